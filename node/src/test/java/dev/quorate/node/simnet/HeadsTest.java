/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simnet;

import static dev.quorate.node.simnet.Cluster.SLOT_MILLIS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.beacon.simulator.Fault;
import dev.quorate.beacon.simulator.SimulatorReport;
import dev.quorate.ethereum.chain.Fork;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Four operators that hear of blocks early, at different times, or each of another head. */
class HeadsTest {
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
      cluster.assertAllDone(first, first + 4);
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
      SimulatorReport late = cluster.assertAllDone(before, before + 1);
      SimulatorReport early = cluster.assertAllDone(after, after + 4);
      assertThat(late.latenciesMillis().getFirst()).isNotNegative();
      assertThat(early.latenciesMillis().getFirst()).isNegative();
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
      SimulatorReport report = cluster.assertAllDone(first, first + 7);
      assertThat(report.diverged())
          .as("of %s duties", report.expected())
          .isLessThanOrEqualTo(report.expected() / 100);
    }
  }
}
