/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyNetwork.Node;
import dev.quorate.consensus.quorum.Quorum;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * What sync messages of four operators become of whom one is a slot behind, with what the others
 * say of the head and without: whoever lags, leads, or is down.
 */
class LaggingHeadTest {
  private static final int OPERATORS = 4;
  private static final Value OLD = DutyNetwork.value(1);
  private static final Value NEW = DutyNetwork.value(2);
  private static final long SEED = Long.getLong("seed", new Random().nextLong());

  /** What an operator is given to sign, of those that are up. */
  private interface Heads {
    List<Value> of(int self, Map<Integer, Value> own);
  }

  private static List<Value> alone(int self, Map<Integer, Value> own) {
    return List.of(Objects.requireNonNull(own.get(self)));
  }

  private static List<Value> withHeadViews(int self, Map<Integer, Value> own) {
    Map<Bytes32, Value> values = new TreeMap<>();
    own.values().forEach(value -> values.put(root(value), value));
    HeadViews views = HeadViews.none(new Quorum(OPERATORS));
    for (Map.Entry<Integer, Value> other : own.entrySet()) {
      if (other.getKey() != self) {
        views =
            views.with(
                new HeadViews.Heard(other.getKey(), new HeadView(8, root(other.getValue()))));
      }
    }
    return views.known(8, List.of(root(Objects.requireNonNull(own.get(self))))).stream()
        .flatMap(head -> Optional.ofNullable(values.get(head)).stream())
        .toList();
  }

  private static Bytes32 root(Value value) {
    return Bytes32.sha256(value.content().toArray());
  }

  /** Rounds of the duties that all who are up broadcast; 0 is a miss. */
  private static List<Integer> rounds(int down, Heads heads) {
    List<Integer> rounds = new ArrayList<>();
    for (int lagging = 0; lagging < OPERATORS; lagging++) {
      for (int away = 0; away < OPERATORS; away++) {
        if (lagging != away && (down == 1 || away == (lagging + 1) % OPERATORS)) {
          rounds.add(round(lagging, down == 1 ? away : OPERATORS, heads));
        }
      }
    }
    return rounds;
  }

  private static int round(int lagging, int away, Heads heads) {
    DutyNetwork network = DutyNetwork.ofSyncMessage(OPERATORS, SEED);
    Map<Integer, Value> own = new TreeMap<>();
    for (Node node : network.nodes) {
      if (node.self == away) {
        node.stop();
      } else {
        own.put(node.self, node.self == lagging ? OLD : NEW);
      }
    }
    network.assignAll();
    own.keySet()
        .forEach(
            self -> network.nodes.get(self).ownValues(heads.of(self, own).toArray(Value[]::new)));
    network.run();
    Bytes head = DutyNetwork.group(DutyNetwork.root(NEW));
    assertThat(network.broadcast).as("seed %s", SEED).allMatch(head::equals);
    return own.keySet().stream()
        .flatMap(self -> network.outcomes(self).stream())
        .mapToInt(outcome -> outcome instanceof DutyOutcome.Broadcast done ? done.round() : 0)
        .reduce((a, b) -> a == 0 || b == 0 ? 0 : Math.max(a, b))
        .orElseThrow();
  }

  private static long missed(List<Integer> rounds) {
    return rounds.stream().filter(round -> round == 0).count();
  }

  @Test
  void theWordOfTheOthersSavesTheDutyOfWhomLags() {
    System.out.println("LaggingHeadTest -Dseed=" + SEED);
    System.out.println("rounds of each duty, 0 is a miss:");
    for (int down : new int[] {0, 1}) {
      List<Integer> without = rounds(down, LaggingHeadTest::alone);
      List<Integer> with = rounds(down, LaggingHeadTest::withHeadViews);
      System.out.printf(
          "one a slot behind, %d down: without head views %s, %d of %d missed; with them %s, %d missed%n",
          down, without, missed(without), without.size(), with, missed(with));
      assertThat(missed(without)).isEqualTo(down == 0 ? 0 : without.size());
      assertThat(missed(with)).isZero();
      // Only a leader that is down costs a round.
      assertThat(with.stream().filter(round -> round > 1)).hasSize(down == 0 ? 0 : 3);
      assertThat(with).allMatch(round -> round <= 2);
    }
  }
}
