/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.actors.sign.ClientProblem;
import dev.quorate.beacon.simulator.Placement;
import dev.quorate.beacon.simulator.SimulatorReport;
import dev.quorate.ethereum.chain.Fork;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Validator clients hold the key shares, and speak to their operators over the Beacon API alone:
 * real links, databases, guard and threshold signatures.
 */
class ValidatorClientTest {
  private static final int VALIDATORS = 320;
  private static final int SLOT_MILLIS = 3_000;

  private static ClientNetwork network(Path folder, Fork fork) throws Exception {
    return new ClientNetwork(
        folder,
        new ClientNetwork.Plan(
            VALIDATORS, fork, SLOT_MILLIS, Placement.SPREAD, HonestClient.Duties.AGGREGATES));
  }

  @ParameterizedTest
  @EnumSource(
      value = Fork.class,
      names = {"DENEB", "FULU"})
  void clientsOfFourOperatorsAttestAndAggregateTogether(Fork fork, @TempDir Path folder)
      throws Exception {
    try (ClientNetwork network = network(folder, fork)) {
      network.awaitStartOf(network.nextSlot());
      network.clients().forEach(HonestClient::start);
      long first = network.nextSlot() + 1;
      network.awaitStartOf(first + 4);

      SimulatorReport report = network.chain().report(first, first + 3);
      assertThat(report.expected()).isPositive();
      assertThat(report.missed()).as("missed duties of %s", report.slots()).isZero();
      assertThat(report.invalidAggregates()).isZero();
      assertThat(report.conflictingSignatures()).isZero();
      assertThat(network.clients())
          .allSatisfy(client -> {
            assertThat(client.troubles()).isEmpty();
            assertThat(
                    Optional.ofNullable(report.others().get("aggregator"))
                        .orElseThrow()
                        .broadcast())
                .isPositive()
                .isEqualTo(client.selected(first, first + 3));
          });
      assertThat(network.pods())
          .allSatisfy(pod -> assertThat(pod.operator().clientRefusals()).isEmpty());
    }
  }

  /** Three of four sign: the fourth's clients are not needed, and its own duty says why. */
  @Test
  void aClientThatIsSilentCostsNoDuty(@TempDir Path folder) throws Exception {
    try (ClientNetwork network = network(folder, Fork.FULU)) {
      network.awaitStartOf(network.nextSlot());
      network.clients().subList(0, 3).forEach(HonestClient::start);
      long first = network.nextSlot() + 1;
      network.awaitStartOf(first + 3);

      SimulatorReport report = network.chain().report(first, first + 2);
      assertThat(report.expected()).isPositive();
      assertThat(report.missed()).isZero();
      assertThat(network.pods().get(3).operator().clientRefusals())
          .isEqualTo(Map.<ClientProblem, Long>of());
    }
  }
}
