/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.ethereum.ApiJson;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How far a node is, as {@code GET /eth/v1/node/syncing} answers.
 *
 * @param isOptimistic its head is not yet verified by an execution client; false from nodes too old
 *     to tell
 * @param isExecutionOffline its execution client does not answer; false from nodes too old to tell
 */
public record SyncStatus(
    long headSlot,
    long syncDistance,
    boolean isSyncing,
    boolean isOptimistic,
    boolean isExecutionOffline) {

  /** Whether duties may be done with what the node says. */
  public boolean isReady() {
    return !isSyncing && !isOptimistic && !isExecutionOffline;
  }

  /** Empty unless {@code json} is the {@code data} of the answer. */
  static Optional<SyncStatus> ofJson(JsonNode json) {
    OptionalLong head = ApiJson.number(json.path("head_slot"));
    OptionalLong distance = ApiJson.number(json.path("sync_distance"));
    return head.isPresent() && distance.isPresent() && json.path("is_syncing").isBoolean()
        ? Optional.of(
            new SyncStatus(
                head.getAsLong(),
                distance.getAsLong(),
                json.path("is_syncing").booleanValue(),
                json.path("is_optimistic").booleanValue(),
                json.path("el_offline").booleanValue()))
        : Optional.empty();
  }
}
