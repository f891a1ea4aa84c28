/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.message.CommitteeSubscription;
import dev.quorate.ethereum.message.ProposerPreparation;
import dev.quorate.ethereum.message.SyncSubscription;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What validators announced: who aggregates attestations when, and who is to be paid for blocks.
 * Safe for use by many threads.
 */
final class Subscriptions {
  private final SimulatedChain chain;
  private final TreeMap<Long, Set<Long>> aggregators = new TreeMap<>();
  private final Map<Long, Bytes> feeRecipients = new ConcurrentHashMap<>();

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

  /**
   * Takes all or none. That somebody listens has no other effect.
   *
   * @return whether all are subscriptions to sync committees that are not over
   */
  static boolean subscribeSync(Collection<JsonNode> items, long currentEpoch) {
    return items.stream()
        .map(SyncSubscription::ofJson)
        .allMatch(s -> s.filter(one -> one.untilEpoch() > currentEpoch).isPresent());
  }

  /**
   * Takes all or none. Validators that nobody knows may come to be known, as nodes have it.
   *
   * @return whether all are preparations
   */
  boolean prepare(Collection<JsonNode> items) {
    List<Optional<ProposerPreparation>> read =
        items.stream().map(ProposerPreparation::ofJson).toList();
    if (!read.stream().allMatch(Optional::isPresent)) {
      return false;
    }
    read.stream()
        .flatMap(Optional::stream)
        .filter(preparation -> chain.keyOf(preparation.validatorIndex()).isPresent())
        .forEach(preparation ->
            feeRecipients.put(preparation.validatorIndex(), preparation.feeRecipient()));
    return true;
  }

  /** Empty if the validator's blocks have not been prepared. */
  Optional<Bytes> feeRecipientOf(long validatorIndex) {
    return Optional.ofNullable(feeRecipients.get(validatorIndex));
  }
}
