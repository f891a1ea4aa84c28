/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyNetwork.Node;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Duties that end with what was decided: nobody asks the guard, signs or submits. */
class DecisionOnlyTest {
  private static final long SEED = Long.getLong("seed", new Random().nextLong());
  private static final Value VALUE = DutyNetwork.value(1);
  private static final Value OTHER = DutyNetwork.value(2);

  private static DutyNetwork network(long seed) {
    return DutyNetwork.ofInfoSync(4, seed);
  }

  private static void assertDecided(Node node, String where) {
    assertThat(node.ledger.lastDecision().map(DutyEvent.Decided::value))
        .as("%s, operator %s", where, node.self)
        .contains(VALUE);
    assertThat(node.ledger.events()).as(where).hasSize(1);
  }

  @Test
  void operatorsDecideWriteItDownAndAreDone() {
    DutyNetwork network = network(SEED);
    network.assignAll();
    network.ownValues(VALUE);
    network.run();
    for (Node node : network.nodes) {
      assertDecided(node, "seed " + SEED);
      assertThat(network.outcomes(node.self))
          .singleElement()
          .isInstanceOfSatisfying(
              DutyOutcome.Decided.class,
              done -> {
                assertThat(done.value()).isEqualTo(VALUE);
                assertThat(done.round()).isEqualTo(1);
                assertThat(done.decided()).contains(VALUE.hash());
              });
    }
    assertThat(network.broadcast).isEmpty();
    assertThat(network.discarded).isEmpty();
  }

  @Test
  void theRowSaysHowItWasDecided() {
    DutyNetwork network = network(SEED);
    network.assignAll();
    network.ownValues(VALUE);
    network.run();
    DutyEvent.Trail trail = network.nodes.getFirst().ledger.lastDecision().orElseThrow().trail();
    assertThat(trail.round()).isEqualTo(1);
    assertThat(trail.leader()).contains(network.leader());
    assertThat(trail.voters()).hasSizeGreaterThanOrEqualTo(3);
    assertThat(trail.decidedAtMillis()).isGreaterThanOrEqualTo(DutyNetwork.BEGIN_MILLIS);
  }

  @Test
  void whoWasCutOffIsToldOfTheDecision() {
    DutyNetwork network = network(SEED);
    network.connect((from, to) -> from == 3 == (to == 3));
    network.assignAll();
    network.nodes.subList(0, 3).forEach(node -> node.ownValues(VALUE));
    network.nodes.get(3).ownValues(OTHER);
    network.runUntil(DutyNetwork.BEGIN_MILLIS + 20_000);
    assertThat(network.outcomes).containsOnlyKeys(0, 1, 2);
    network.connect((_, _) -> true);
    network.run();
    network.nodes.forEach(node -> assertDecided(node, "seed " + SEED));
  }

  @Test
  void aDecisionThatComesBeforeTheFenceAnsweredIsWrittenDownAllTheSame() {
    DutyNetwork network = network(SEED);
    network.assignAll();
    network.nodes.subList(0, 3).forEach(node -> node.ownValues(VALUE));
    network.nodes.get(3).stop();
    network.runUntil(DutyNetwork.BEGIN_MILLIS + 20_000);
    network.nodes.get(3).restart();
    network.run();
    assertThat(network.outcomes(3)).singleElement().isInstanceOf(DutyOutcome.Decided.class);
    network.nodes.forEach(node -> assertDecided(node, "seed " + SEED));
  }

  @Test
  void onceItIsDecidedNothingIsWaitedForAnyMore() {
    DutyNetwork network = network(SEED);
    network.assignAll();
    network.ownValues(VALUE);
    network.runUntil(DutyNetwork.BEGIN_MILLIS + 500);
    assertThat(network.outcomes).hasSize(4);
    DutyContext context = network.nodes.getFirst().context(network.duty);
    DutyState decided = network.nodes.getFirst().state();
    for (DutyTimer timer : List.of(new DutyTimer.Round(1), new DutyTimer.Nudge(1))) {
      assertThat(
              DutyMachine.step(
                      context, decided, network.nowMillis(), new DutyInput.TimerExpired(timer))
                  .outputs())
          .as("%s", timer)
          .isEmpty();
    }
  }

  @Test
  void withoutAQuorumItIsMissed() {
    DutyNetwork network = network(SEED);
    network.connect((from, to) -> from < 2 && to < 2);
    network.assignAll();
    network.ownValues(VALUE);
    network.run();
    for (Node node : network.nodes) {
      assertThat(network.outcomes(node.self))
          .singleElement()
          .isEqualTo(new DutyOutcome.Missed(Reason.NO_QUORUM, Optional.empty()));
    }
  }

  @Test
  void aPartialSignatureIsNotBelievedAndEndsNothing() {
    DutyNetwork network = network(SEED);
    network.assignAll();
    network.ownValues(VALUE);
    network
        .nodes
        .getFirst()
        .receive(new DutyMessage.Partial(network.duty, 1, Bytes32.ZERO, Bytes.wrap(new byte[192])));
    network.run();
    assertThat(network.discarded).containsOnly(Map.entry(Reason.UNKNOWN_MESSAGE_TYPE, 1));
    network.nodes.forEach(node -> assertDecided(node, "seed " + SEED));
  }

  @Test
  void whereverOneIsKilledAllEndWithTheSameDecision() {
    int killAt = 0;
    for (boolean killed = true; killed; killAt++) {
      long seed = SEED + killAt;
      DutyNetwork network = network(seed);
      Node victim = network.nodes.get(killAt % 4);
      victim.killAt = killAt;
      network.assignAll();
      network.ownValues(VALUE);
      network.run();
      killed = victim.killPoints > killAt;
      String where = "seed %s, killed at point %s".formatted(seed, killAt);
      network.nodes.forEach(node -> assertDecided(node, where));
    }
    assertThat(killAt).as("points where one was killed").isGreaterThan(3);
  }
}
