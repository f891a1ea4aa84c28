/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.ethereum.ApiJson;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * That a node should listen to a committee's attestations in the slot in which a validator attests.
 *
 * @param committeesAtSlot above {@code committeeIndex}
 * @param isAggregator whether the validator was drawn to publish the committee's aggregate: only
 *     then the node collects
 */
public record CommitteeSubscription(
    long validatorIndex,
    long committeeIndex,
    long committeesAtSlot,
    long slot,
    boolean isAggregator) {
  public CommitteeSubscription {
    if (committeeIndex >= committeesAtSlot) {
      throw new IllegalArgumentException("committee " + committeeIndex + " of " + committeesAtSlot);
    }
  }

  public ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("validator_index", Long.toString(validatorIndex))
        .put("committee_index", Long.toString(committeeIndex))
        .put("committees_at_slot", Long.toString(committeesAtSlot))
        .put("slot", Long.toString(slot))
        .put("is_aggregator", isAggregator);
  }

  /** Empty unless {@code json} is a subscription to a committee that there is. */
  public static Optional<CommitteeSubscription> ofJson(JsonNode json) {
    OptionalLong validator = ApiJson.number(json.path("validator_index"));
    OptionalLong committee = ApiJson.number(json.path("committee_index"));
    OptionalLong committees = ApiJson.number(json.path("committees_at_slot"));
    OptionalLong slot = ApiJson.number(json.path("slot"));
    return validator.isPresent()
            && committee.isPresent()
            && committees.isPresent()
            && committee.getAsLong() < committees.getAsLong()
            && slot.isPresent()
            && json.path("is_aggregator").isBoolean()
        ? Optional.of(
            new CommitteeSubscription(
                validator.getAsLong(),
                committee.getAsLong(),
                committees.getAsLong(),
                slot.getAsLong(),
                json.path("is_aggregator").booleanValue()))
        : Optional.empty();
  }
}
