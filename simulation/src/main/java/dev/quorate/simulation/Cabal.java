/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import dev.quorate.consensus.qbft.VoteKind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/** What all traitors of a run know together: everything that any of them ever heard. */
final class Cabal {
  private static final int HEARD_MAX = 600;

  /** What is known of one duty. */
  static final class Heard {
    private final Set<Vote> known = new HashSet<>();
    private final List<SignedVote> votes = new ArrayList<>();
    private final List<Value> values = new ArrayList<>();
    private final List<DutyMessage> messages = new ArrayList<>();
    private int highestRound = 1;

    List<SignedVote> votes() {
      return votes;
    }

    List<Value> values() {
      return values;
    }

    List<DutyMessage> messages() {
      return messages;
    }

    int highestRound() {
      return highestRound;
    }

    Optional<Value> value(Vote vote) {
      return values.stream().filter(value -> value.hash().equals(vote.value())).findFirst();
    }

    /** One vote per sender, the last that fits. */
    List<SignedVote> onePerSender(Predicate<Vote> wanted) {
      SortedMap<Integer, SignedVote> bySender = new TreeMap<>();
      for (SignedVote signed : votes) {
        if (wanted.test(signed.vote())) {
          bySender.put(signed.vote().sender(), signed);
        }
      }
      return List.copyOf(bySender.values());
    }

    List<SignedVote> of(VoteKind kind, int round) {
      return onePerSender(vote -> vote.kind() == kind && vote.round() == round);
    }

    private void learn(SignedVote signed) {
      highestRound = Math.max(highestRound, Math.min(signed.vote().round(), 12));
      if (votes.size() < HEARD_MAX && known.add(signed.vote())) {
        votes.add(signed);
      }
    }

    private void learn(Value value) {
      if (values.size() < 16 && !values.contains(value)) {
        values.add(value);
      }
    }
  }

  private final SortedMap<DutyId, Heard> duties = new TreeMap<>();

  Heard of(DutyId duty) {
    return duties.computeIfAbsent(duty, _ -> new Heard());
  }

  /** Another duty of which something is known. */
  Optional<Heard> another(DutyId duty) {
    return duties.entrySet().stream()
        .filter(entry -> !entry.getKey().equals(duty) && !entry.getValue().votes.isEmpty())
        .map(java.util.Map.Entry::getValue)
        .reduce((_, later) -> later);
  }

  void learn(DutyMessage message) {
    Heard heard = of(message.duty());
    if (heard.messages.size() < HEARD_MAX) {
      heard.messages.add(message);
    }
    switch (message) {
      case DutyMessage.Agreement(QbftMessage.Cast cast) -> {
        heard.learn(cast.signed());
        cast.justification().forEach(heard::learn);
        cast.value().ifPresent(heard::learn);
      }
      case DutyMessage.Agreement(QbftMessage.Decided decided) -> {
        decided.decision().commits().forEach(heard::learn);
        heard.learn(decided.decision().value());
      }
      case DutyMessage.Partial _, DutyMessage.Status _, DutyMessage.Bulk _ -> {}
    }
  }
}
