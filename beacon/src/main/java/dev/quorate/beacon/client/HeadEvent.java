/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.chain.ChainSpec;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A node has a new head, as the topic {@code head} of {@code GET /eth/v1/events} says.
 *
 * @param slot of the head block
 * @param block its root
 * @param previousDutyDependentRoot what attester duties of the head's epoch depend on
 * @param currentDutyDependentRoot what attester duties of the epoch after it depend on
 * @param isOptimistic not yet verified by an execution client; false from nodes too old to tell
 */
public record HeadEvent(
    long slot,
    Bytes32 block,
    Bytes32 previousDutyDependentRoot,
    Bytes32 currentDutyDependentRoot,
    boolean isOptimistic) {

  /**
   * What attester duties of {@code epoch} depend on in the eyes of this head (beacon-APIs, "Get
   * attester duties"); empty for epochs of which it does not say.
   */
  public Optional<Bytes32> attesterDependentRoot(long epoch, ChainSpec spec) {
    long epochsAhead = epoch - spec.epochOf(slot);
    if (epochsAhead == 0) {
      return Optional.of(previousDutyDependentRoot);
    }
    return epochsAhead == 1 ? Optional.of(currentDutyDependentRoot) : Optional.empty();
  }

  /** Empty unless {@code json} is the event's data. */
  static Optional<HeadEvent> ofJson(JsonNode json) {
    OptionalLong slot = ApiJson.number(json.path("slot"));
    Optional<Bytes32> block = ApiJson.root(json.path("block"));
    Optional<Bytes32> previous = ApiJson.root(json.path("previous_duty_dependent_root"));
    Optional<Bytes32> current = ApiJson.root(json.path("current_duty_dependent_root"));
    return slot.isPresent() && block.isPresent() && previous.isPresent() && current.isPresent()
        ? Optional.of(
            new HeadEvent(
                slot.getAsLong(),
                block.get(),
                previous.get(),
                current.get(),
                json.path("execution_optimistic").booleanValue()))
        : Optional.empty();
  }
}
