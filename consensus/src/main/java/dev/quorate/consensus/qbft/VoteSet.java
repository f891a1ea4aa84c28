/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.qbft.QbftMessage.Cast;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The believed votes that an instance remembers, in the order they came and with the bytes of the
 * values that they name: one per sender, kind and round. Of each sender and kind only the highest
 * rounds stay, so that a flood evicts nobody else's.
 */
record VoteSet(List<Cast> casts) {
  static final int ROUNDS_PER_SENDER_MAX = 8;

  static final VoteSet EMPTY = new VoteSet(List.of());

  private record Subject(int round, Bytes32 value) {}

  VoteSet {
    casts = List.copyOf(casts);
  }

  Optional<Cast> find(VoteKind kind, int round, int sender) {
    for (Cast cast : casts) {
      if (is(cast, kind) && round(cast) == round && cast.sender() == sender) {
        return Optional.of(cast);
      }
    }
    return Optional.empty();
  }

  VoteSet with(Cast added) {
    VoteKind kind = added.signed().vote().kind();
    List<Cast> next = new ArrayList<>(casts);
    next.add(added);
    int alike = 0;
    Cast lowest = added;
    for (Cast cast : next) {
      if (is(cast, kind) && cast.sender() == added.sender()) {
        alike++;
        lowest = round(cast) < round(lowest) ? cast : lowest;
      }
    }
    if (alike > ROUNDS_PER_SENDER_MAX) {
      next.remove(lowest);
    }
    return new VoteSet(next);
  }

  /** The same votes, those that name {@code value} with its bytes. */
  VoteSet bringing(Value value) {
    List<Cast> next = new ArrayList<>(casts);
    next.replaceAll(cast ->
        cast.value().isEmpty() && cast.signed().vote().value().equals(value.hash())
            ? new Cast(cast.signed(), cast.justification(), Optional.of(value))
            : cast);
    return new VoteSet(next);
  }

  /** The value with this hash, if a vote names it and its bytes are known. */
  Optional<Value> value(Bytes32 hash) {
    for (Cast cast : casts) {
      if (cast.value().isPresent() && cast.value().get().hash().equals(hash)) {
        return cast.value();
      }
    }
    return Optional.empty();
  }

  /** What still matters in {@code round}: COMMITs of any round, the rest from that round on. */
  VoteSet from(int round) {
    return new VoteSet(
        casts.stream().filter(cast -> is(cast, VoteKind.COMMIT) || round(cast) >= round).toList());
  }

  List<Cast> of(VoteKind kind, int round) {
    return casts.stream().filter(cast -> is(cast, kind) && round(cast) == round).toList();
  }

  /** Every set of at least {@code size} votes of a kind that name the same round and value. */
  List<List<SignedVote>> quorums(VoteKind kind, int size) {
    if (count(kind) < size) {
      return List.of();
    }
    Map<Subject, List<SignedVote>> bySubject = new LinkedHashMap<>();
    for (Cast cast : casts) {
      Vote vote = cast.signed().vote();
      if (vote.kind() == kind) {
        bySubject
            .computeIfAbsent(new Subject(vote.round(), vote.value()), _ -> new ArrayList<>())
            .add(cast.signed());
      }
    }
    return bySubject.values().stream().filter(votes -> votes.size() >= size).toList();
  }

  /** The highest round of each sender's ROUND-CHANGEs, highest first. */
  List<Integer> roundsWanted() {
    Map<Integer, Integer> bySender = new TreeMap<>();
    for (Cast cast : casts) {
      if (is(cast, VoteKind.ROUND_CHANGE)) {
        bySender.merge(cast.sender(), round(cast), Math::max);
      }
    }
    List<Integer> rounds = new ArrayList<>(bySender.values());
    rounds.sort(Comparator.reverseOrder());
    return rounds;
  }

  /** The highest round with a proposal, 0 if there is none. */
  int highestProposed() {
    int highest = 0;
    for (Cast cast : casts) {
      if (is(cast, VoteKind.PRE_PREPARE)) {
        highest = Math.max(highest, round(cast));
      }
    }
    return highest;
  }

  private int count(VoteKind kind) {
    int count = 0;
    for (Cast cast : casts) {
      if (is(cast, kind)) {
        count++;
      }
    }
    return count;
  }

  private static boolean is(Cast cast, VoteKind kind) {
    return cast.signed().vote().kind() == kind;
  }

  private static int round(Cast cast) {
    return cast.signed().vote().round();
  }
}
