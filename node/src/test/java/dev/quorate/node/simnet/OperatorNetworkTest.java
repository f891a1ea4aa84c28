/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simnet;

import static dev.quorate.node.simnet.Cluster.SLOT_MILLIS;
import static dev.quorate.node.simnet.Cluster.assertAllDone;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.beacon.simulator.Fault;
import dev.quorate.beacon.simulator.SimulatorReport;
import dev.quorate.beacon.simulator.SimulatorReport.DutyCount;
import dev.quorate.ethereum.chain.Fork;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Four operators that attest, whatever their nodes say and whoever stops. */
class OperatorNetworkTest {
  @ParameterizedTest
  @EnumSource(
      value = Fork.class,
      names = {"CAPELLA", "DENEB", "ELECTRA", "FULU"})
  void attestsOnEveryForkThatTheSimulatorServes(Fork fork, @TempDir Path folder) throws Exception {
    try (Cluster cluster = new Cluster(folder, 64, 1, fork)) {
      long first = cluster.nextSlot();
      cluster.awaitStartOf(first + 3);
      assertAllDone(cluster.chain.report(first, first + 2));
    }
  }

  /** A proposal, PREPAREs, COMMITs and partial signatures, and some of them late. */
  private static final double OF_AGGREGATES = 6;

  /** How much more the same costs where what belongs together comes apart. */
  private static final double BUSY = 3;

  /**
   * Per slot, not per duty: what operators say to one another, and what they verify, apart from
   * aggregates and contributions, of which each is a message of its own.
   */
  @Test
  void framesSignaturesAndPairingChecksPerSlotDoNotGrowWithTheNumberOfValidators(
      @TempDir Path folder) throws Exception {
    PerSlot few = measure(folder, 64);
    PerSlot many = measure(folder, 1_000);
    System.out.printf("per operator and slot: 64 validators %s, 1,000 %s%n", few, many);
    // Sixteen times the duties. Of few validators one in four slots has an aggregator, of many
    // nearly each; and a machine that is busy with other things gathers less at a time.
    assertThat(many.frames()).isLessThan(few.frames() * BUSY + OF_AGGREGATES);
    assertThat(many.signatures()).isLessThan(few.signatures() * BUSY + OF_AGGREGATES);
    assertThat(many.pairingChecks()).isLessThan(few.pairingChecks() * BUSY);
  }

  /**
   * @param pairingChecks without those of aggregates, each of which is a message of its own
   */
  private record PerSlot(double frames, double signatures, double pairingChecks) {}

  private PerSlot measure(Path folder, int validators) throws Exception {
    // Duties begin when all are up: those that too few take part in go on for a long time.
    List<Fault> untilReady = List.of(new Fault.Syncing());
    try (Cluster cluster = new Cluster(folder, validators, 1, Fork.FULU, untilReady)) {
      // The first slots warm the virtual machine up.
      long first = cluster.nextSlot() + 4;
      cluster.awaitStartOf(first);
      long frames = cluster.frames();
      long signatures = cluster.signatures();
      long pairingChecks = cluster.pairingChecks();
      int slots = 6;
      cluster.awaitStartOf(first + slots);
      SimulatorReport report = cluster.chain.report(first, first + slots - 1);
      long apart =
          Stream.of("aggregator", "sync_contribution")
              .mapToLong(type ->
                  Optional.ofNullable(report.others().get(type))
                      .map(DutyCount::broadcast)
                      .orElse(0L))
              .sum();
      PerSlot result =
          new PerSlot(
              (cluster.frames() - frames) / (4.0 * 3 * slots),
              (cluster.signatures() - signatures) / (4.0 * slots),
              (cluster.pairingChecks() - pairingChecks - 4.0 * apart) / (4.0 * slots));
      // What was not done cost nothing.
      assertThat(report.broadcast()).isGreaterThan(report.expected() * 9 / 10);
      System.out.printf(
          "%d validators: latency p50 %d ms, max %d ms%n",
          validators,
          report.latenciesMillis().get(report.latenciesMillis().size() / 2),
          report.latenciesMillis().getLast());
      return result;
    }
  }

  /**
   * One operator's node tells of blocks early; the others' do not tell at all, or only when due.
   */
  @Test
  void blocksThatSomeHearOfEarlyCostNoRoundAndNoDuty(@TempDir Path folder) throws Exception {
    try (Cluster cluster = new Cluster(folder, 64, 1, Fork.FULU)) {
      cluster.chain.setBlockDelay(SLOT_MILLIS / 20);
      cluster.chain.setFaults(1, List.of(new Fault.NoEvents()));
      cluster.chain.setFaults(2, List.of(new Fault.NoEvents()));
      cluster.chain.setFaults(3, List.of(new Fault.MadeUpRoots()));
      long first = cluster.nextSlot() + 1;
      cluster.awaitStartOf(first + 5);
      assertAllDone(cluster.chain.report(first, first + 4));
    }
  }

  @Test
  void whereAllHearOfABlockEarlyItIsAttestedBeforeItIsDue(@TempDir Path folder) throws Exception {
    try (Cluster cluster = new Cluster(folder, 64, 1, Fork.FULU)) {
      long before = cluster.nextSlot() + 1;
      cluster.awaitStartOf(before + 3);
      cluster.chain.setBlockDelay(SLOT_MILLIS / 20);
      long after = cluster.nextSlot() + 1;
      cluster.awaitStartOf(after + 5);
      SimulatorReport late = cluster.chain.report(before, before + 1);
      SimulatorReport early = cluster.chain.report(after, after + 4);
      assertAllDone(late);
      assertAllDone(early);
      assertThat(late.latenciesMillis().getFirst()).isNotNegative();
      assertThat(early.latenciesMillis().getFirst()).isNegative();
    }
  }

  @Test
  void aStalledBeaconNodeBesideAGoodOneCostsNoDuty(@TempDir Path folder) throws Exception {
    try (Cluster cluster = new Cluster(folder, 64, 2, Fork.ELECTRA)) {
      for (int operator = 0; operator < 4; operator++) {
        cluster.chain.setFaults(2 * operator, List.of(new Fault.StallForever()));
      }
      long first = cluster.nextSlot() + 1;
      cluster.awaitStartOf(first + 5);
      assertAllDone(cluster.chain.report(first, first + 4));
    }
  }

  @Test
  void withFourHeadsAtFourOperatorsASlotStillDecidesOneValue(@TempDir Path folder)
      throws Exception {
    try (Cluster cluster = new Cluster(folder, 320, 1, Fork.FULU)) {
      for (int operator = 0; operator < 4; operator++) {
        cluster.chain.setFaults(operator, List.of(new Fault.OtherHead(operator)));
      }
      long first = cluster.nextSlot() + 1;
      cluster.awaitStartOf(first + 8);
      SimulatorReport report = cluster.chain.report(first, first + 7);
      assertAllDone(report);
      assertThat(report.diverged())
          .as("of %s duties", report.expected())
          .isLessThanOrEqualTo(report.expected() / 100);
    }
  }

  @Test
  void aLyingBeaconNodeAtOneOperatorChangesNothing(@TempDir Path folder) throws Exception {
    try (Cluster cluster = new Cluster(folder, 64, 1, Fork.FULU)) {
      cluster.chain.setFaults(0, List.of(new Fault.Lie(Fault.Field.TARGET_ROOT)));
      long first = cluster.nextSlot() + 1;
      cluster.awaitStartOf(first + 6);
      assertAllDone(cluster.chain.report(first, first + 3));
    }
  }

  @Test
  void anOperatorThatStopsAndReturnsOnItsDatabaseContradictsNothing(@TempDir Path folder)
      throws Exception {
    try (Cluster cluster = new Cluster(folder, 320, 1, Fork.FULU)) {
      long first = cluster.nextSlot();
      for (int operator : List.of(0, 2)) {
        cluster.awaitStartOf(cluster.nextSlot());
        // In the middle of the slot's votes.
        TimeUnit.MILLISECONDS.sleep(SLOT_MILLIS / 3 + 20);
        cluster.network.restart(operator);
      }
      long last = cluster.nextSlot();
      cluster.awaitStartOf(last + 1);
      assertAllDone(cluster.chain.report(first, last - 1));
      assertThat(
              IntStream.range(0, 4)
                  .mapToObj(cluster.network.operators()::get)
                  .mapToLong(operator -> operator.figures().accusations())
                  .sum())
          .as("votes against votes")
          .isZero();
    }
  }
}
