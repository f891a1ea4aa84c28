/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import dev.quorate.beacon.simulator.SimulatorReport.DutyCount;
import dev.quorate.ethereum.message.AggregateAndProof;
import dev.quorate.ethereum.message.Signed;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What all nodes of the chain have taken, by kind. */
final class Pools {
  final AttestationPool attestations;
  final Subscriptions subscriptions;
  final MessagePool<Signed<AggregateAndProof>> aggregates;

  /**
   * @throws IllegalArgumentException if a public key of the configuration is none
   */
  Pools(SimulatedChain chain) {
    SignatureChecks checks = new SignatureChecks(chain.config());
    attestations = new AttestationPool(chain, checks);
    subscriptions = new Subscriptions(chain);
    aggregates = new MessagePool<>(new AggregateRules(chain, attestations, subscriptions), checks);
  }

  /** See {@link BeaconSimulator#report}. */
  SimulatorReport report(long fromSlot, long toSlot) {
    SimulatorReport attesters = attestations.report(fromSlot, toSlot);
    Map<String, Optional<DutyCount>> counts =
        Map.of("aggregator", aggregates.count(fromSlot, toSlot));
    Map<String, DutyCount> others = new TreeMap<>();
    counts.forEach((type, count) -> count.ifPresent(c -> others.put(type, c)));
    return attesters.with(others);
  }
}
