/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.ethereum.message.CommitteeSubscription;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Who announced to aggregate attestations when. Safe for use by many threads. */
final class Subscriptions {
  private final SimulatedChain chain;
  private final TreeMap<Long, Set<Long>> aggregators = new TreeMap<>();

  Subscriptions(SimulatedChain chain) {
    this.chain = chain;
  }

  /**
   * Takes all or none.
   *
   * @return whether all are subscriptions to committees that there are, up to the next epoch
   */
  boolean subscribe(Collection<JsonNode> items, long currentSlot) {
    List<Optional<CommitteeSubscription>> read =
        items.stream().map(CommitteeSubscription::ofJson).toList();
    long lastEpoch = chain.spec().epochOf(currentSlot) + 1;
    if (!read.stream()
        .allMatch(
            s -> s.filter(one -> chain.spec().epochOf(one.slot()) <= lastEpoch).isPresent())) {
      return false;
    }
    read.stream().flatMap(Optional::stream).forEach(this::remember);
    return true;
  }

  private synchronized void remember(CommitteeSubscription subscription) {
    boolean isDuty =
        chain
            .dutyOf(subscription.validatorIndex(), chain.spec().epochOf(subscription.slot()))
            .filter(duty -> duty.slot() == subscription.slot())
            .isPresent();
    if (isDuty && subscription.isAggregator()) {
      aggregators
          .computeIfAbsent(subscription.slot(), _ -> new HashSet<>())
          .add(subscription.validatorIndex());
      if (aggregators.size() > AttestationPool.SLOTS_MAX) {
        aggregators.pollFirstEntry();
      }
    }
  }

  synchronized int aggregatorsAt(long slot) {
    return aggregators.getOrDefault(slot, Set.of()).size();
  }
}
