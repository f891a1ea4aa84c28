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
 * The believed votes that an instance remembers, those of a kind in the order they came, with the
 * bytes of the values that they name: one per sender, kind and round. Of each sender and kind only
 * the highest rounds stay, so that a flood evicts nobody else's.
 */
record VoteSet(
    List<Cast> prePrepares, List<Cast> prepares, List<Cast> commits, List<Cast> roundChanges) {
  static final int ROUNDS_PER_SENDER_MAX = 8;

  static final VoteSet EMPTY = new VoteSet(List.of(), List.of(), List.of(), List.of());

  private record Subject(int round, Bytes32 value) {}

  VoteSet {
    prePrepares = List.copyOf(prePrepares);
    prepares = List.copyOf(prepares);
    commits = List.copyOf(commits);
    roundChanges = List.copyOf(roundChanges);
  }

  int size() {
    return prePrepares.size() + prepares.size() + commits.size() + roundChanges.size();
  }

  private List<Cast> of(VoteKind kind) {
    return switch (kind) {
      case PRE_PREPARE -> prePrepares;
      case PREPARE -> prepares;
      case COMMIT -> commits;
      case ROUND_CHANGE -> roundChanges;
    };
  }

  private VoteSet with(VoteKind kind, List<Cast> casts) {
    return switch (kind) {
      case PRE_PREPARE -> new VoteSet(casts, prepares, commits, roundChanges);
      case PREPARE -> new VoteSet(prePrepares, casts, commits, roundChanges);
      case COMMIT -> new VoteSet(prePrepares, prepares, casts, roundChanges);
      case ROUND_CHANGE -> new VoteSet(prePrepares, prepares, commits, casts);
    };
  }

  Optional<Cast> find(VoteKind kind, int round, int sender) {
    for (Cast cast : of(kind)) {
      if (round(cast) == round && cast.sender() == sender) {
        return Optional.of(cast);
      }
    }
    return Optional.empty();
  }

  VoteSet with(Cast added) {
    VoteKind kind = added.signed().vote().kind();
    List<Cast> next = new ArrayList<>(of(kind));
    next.add(added);
    int alike = 0;
    Cast lowest = added;
    for (Cast cast : next) {
      if (cast.sender() == added.sender()) {
        alike++;
        lowest = round(cast) < round(lowest) ? cast : lowest;
      }
    }
    if (alike > ROUNDS_PER_SENDER_MAX) {
      next.remove(lowest);
    }
    return with(kind, next);
  }

  /** The same votes, those that name {@code value} with its bytes. */
  VoteSet bringing(Value value) {
    return new VoteSet(
        bringing(prePrepares, value),
        bringing(prepares, value),
        bringing(commits, value),
        bringing(roundChanges, value));
  }

  private static List<Cast> bringing(List<Cast> casts, Value value) {
    List<Cast> changed = casts;
    for (int i = 0; i < casts.size(); i++) {
      Cast cast = casts.get(i);
      if (lacks(cast, value)) {
        changed = changed == casts ? new ArrayList<>(casts) : changed;
        changed.set(i, new Cast(cast.signed(), cast.justification(), Optional.of(value)));
      }
    }
    return changed;
  }

  private static boolean lacks(Cast cast, Value value) {
    return cast.value().isEmpty() && cast.signed().vote().value().equals(value.hash());
  }

  /** The value with this hash, if a vote names it and its bytes are known. */
  Optional<Value> value(Bytes32 hash) {
    for (VoteKind kind : VoteKind.values()) {
      for (Cast cast : of(kind)) {
        if (cast.value().isPresent() && cast.value().get().hash().equals(hash)) {
          return cast.value();
        }
      }
    }
    return Optional.empty();
  }

  /** What still matters in {@code round}: COMMITs of any round, the rest from that round on. */
  VoteSet from(int round) {
    return new VoteSet(
        from(prePrepares, round), from(prepares, round), commits, from(roundChanges, round));
  }

  private static List<Cast> from(List<Cast> casts, int round) {
    return casts.stream().filter(cast -> round(cast) >= round).toList();
  }

  List<Cast> of(VoteKind kind, int round) {
    return of(kind).stream().filter(cast -> round(cast) == round).toList();
  }

  /** Every set of at least {@code size} votes of a kind that name the same round and value. */
  List<List<SignedVote>> quorums(VoteKind kind, int size) {
    if (of(kind).size() < size) {
      return List.of();
    }
    Map<Subject, List<SignedVote>> bySubject = new LinkedHashMap<>();
    for (Cast cast : of(kind)) {
      Vote vote = cast.signed().vote();
      bySubject
          .computeIfAbsent(new Subject(vote.round(), vote.value()), _ -> new ArrayList<>())
          .add(cast.signed());
    }
    return bySubject.values().stream().filter(votes -> votes.size() >= size).toList();
  }

  /** The highest round of each sender's ROUND-CHANGEs, highest first. */
  List<Integer> roundsWanted() {
    if (roundChanges.isEmpty()) {
      return List.of();
    }
    Map<Integer, Integer> bySender = new TreeMap<>();
    for (Cast cast : roundChanges) {
      bySender.merge(cast.sender(), round(cast), Math::max);
    }
    List<Integer> rounds = new ArrayList<>(bySender.values());
    rounds.sort(Comparator.reverseOrder());
    return rounds;
  }

  /** The highest round with a proposal, 0 if there is none. */
  int highestProposed() {
    int highest = 0;
    for (Cast cast : prePrepares) {
      highest = Math.max(highest, round(cast));
    }
    return highest;
  }

  private static int round(Cast cast) {
    return cast.signed().vote().round();
  }
}
