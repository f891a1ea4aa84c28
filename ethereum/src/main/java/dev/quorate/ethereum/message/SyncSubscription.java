/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.duty.SyncDuty;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * That a node should listen to the parts of the sync committee in which a validator has seats.
 *
 * @param positions of the seats, see {@link SyncDuty#positions}
 * @param untilEpoch the first one without them
 */
public record SyncSubscription(long validatorIndex, List<Integer> positions, long untilEpoch) {
  public SyncSubscription {
    positions = List.copyOf(positions);
  }

  public ObjectNode toJson() {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("validator_index", Long.toString(validatorIndex))
            .put("until_epoch", Long.toString(untilEpoch));
    ArrayNode seats = json.putArray("sync_committee_indices");
    positions.forEach(position -> seats.add(Integer.toString(position)));
    return json;
  }

  /** Empty unless {@code json} is a subscription for seats that one validator may have. */
  public static Optional<SyncSubscription> ofJson(JsonNode json) {
    OptionalLong validator = ApiJson.number(json.path("validator_index"));
    OptionalLong untilEpoch = ApiJson.number(json.path("until_epoch"));
    return SyncDuty.positions(json.path("sync_committee_indices"))
        .filter(_ -> validator.isPresent() && untilEpoch.isPresent())
        .map(positions ->
            new SyncSubscription(validator.getAsLong(), positions, untilEpoch.getAsLong()));
  }
}
