/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simnet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.beacon.simulator.Fault;
import dev.quorate.beacon.simulator.SimulatorReport;
import dev.quorate.beacon.simulator.SimulatorReport.DutyCount;
import dev.quorate.ethereum.chain.Fork;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What four operators say to one another and verify, whatever the number of their validators. */
class NetworkCostTest {
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
}
