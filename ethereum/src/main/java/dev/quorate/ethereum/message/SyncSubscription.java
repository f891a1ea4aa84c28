/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.duty.SyncDuty;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalInt;

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

  /** Empty unless {@code json} is a subscription for seats that any committee has. */
  public static Optional<SyncSubscription> ofJson(JsonNode json) {
    JsonNode seats = json.path("sync_committee_indices");
    if (!seats.isArray() || seats.size() > SyncDuty.COMMITTEE_SIZE_MAX) {
      return Optional.empty();
    }
    try {
      return Optional.of(
              new SyncSubscription(
                  ApiJson.number(json.path("validator_index")).orElseThrow(),
                  seats
                      .valueStream()
                      .map(ApiJson::smallNumber)
                      .map(OptionalInt::orElseThrow)
                      .toList(),
                  ApiJson.number(json.path("until_epoch")).orElseThrow()))
          .filter(subscription ->
              subscription.positions().stream().allMatch(p -> p < SyncDuty.COMMITTEE_SIZE_MAX));
    } catch (NoSuchElementException malformed) {
      return Optional.empty();
    }
  }
}
