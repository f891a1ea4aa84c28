/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simnet;

import static dev.quorate.node.simnet.Cluster.SLOT_MILLIS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.beacon.simulator.Fault;
import dev.quorate.ethereum.chain.Fork;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
      cluster.assertAllDone(first, first + 2);
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
      cluster.assertAllDone(first, first + 4);
    }
  }

  @Test
  void aLyingBeaconNodeAtOneOperatorChangesNothing(@TempDir Path folder) throws Exception {
    try (Cluster cluster = new Cluster(folder, 64, 1, Fork.FULU)) {
      cluster.chain.setFaults(0, List.of(new Fault.Lie(Fault.Field.TARGET_ROOT)));
      long first = cluster.nextSlot() + 1;
      cluster.awaitStartOf(first + 6);
      cluster.assertAllDone(first, first + 3);
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
      cluster.assertAllDone(first, last - 1);
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
