/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.duty;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.ApiJson;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One validator's seats in a sync committee, as {@code POST /eth/v1/validator/duties/sync} answers.
 *
 * @param pubkey 48 bytes, compressed
 * @param positions at least one, each below {@link #COMMITTEE_SIZE_MAX}, none twice: a validator
 *     may have been drawn several times
 */
public record SyncDuty(Bytes pubkey, long validatorIndex, List<Integer> positions) {
  /** SYNC_COMMITTEE_SIZE of mainnet; no preset has more. */
  public static final int COMMITTEE_SIZE_MAX = 512;

  /**
   * @throws IllegalArgumentException if there is no such duty
   */
  public SyncDuty {
    positions = List.copyOf(positions);
    if (pubkey.size() != 48
        || validatorIndex < 0
        || positions.isEmpty()
        || new HashSet<>(positions).size() < positions.size()
        || positions.stream().anyMatch(p -> p < 0 || p >= COMMITTEE_SIZE_MAX)) {
      throw new IllegalArgumentException(
          "seats %s of validator %s, with a public key of %s bytes"
              .formatted(positions, Long.toUnsignedString(validatorIndex), pubkey.size()));
    }
  }

  public ObjectNode toJson() {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("pubkey", ApiJson.hex(pubkey))
            .put("validator_index", Long.toString(validatorIndex));
    ArrayNode seats = json.putArray("validator_sync_committee_indices");
    positions.forEach(position -> seats.add(Integer.toString(position)));
    return json;
  }

  /** Empty unless {@code json} is a duty. */
  public static Optional<SyncDuty> ofJson(JsonNode json) {
    Optional<Bytes> pubkey = ApiJson.bytes(json.path("pubkey"), 48);
    OptionalLong validatorIndex = ApiJson.number(json.path("validator_index"));
    JsonNode seats = json.path("validator_sync_committee_indices");
    if (!seats.isArray() || seats.size() > COMMITTEE_SIZE_MAX) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new SyncDuty(
              pubkey.orElseThrow(),
              validatorIndex.orElseThrow(),
              seats
                  .valueStream()
                  .map(ApiJson::smallNumber)
                  .map(OptionalInt::orElseThrow)
                  .toList()));
    } catch (NoSuchElementException | IllegalArgumentException noDuty) {
      return Optional.empty();
    }
  }
}
