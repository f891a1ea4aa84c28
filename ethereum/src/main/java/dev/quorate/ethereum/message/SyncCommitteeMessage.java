/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a member of the sync committee takes for the head in a slot.
 *
 * @param beaconBlockRoot what the signature is over
 * @param signature 96 bytes, compressed
 */
public record SyncCommitteeMessage(
    long slot, Bytes32 beaconBlockRoot, long validatorIndex, Bytes signature) {
  public SyncCommitteeMessage {
    Containers.requireSignature(signature);
  }

  public ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("slot", Long.toString(slot))
        .put("beacon_block_root", beaconBlockRoot.toString())
        .put("validator_index", Long.toString(validatorIndex))
        .put("signature", ApiJson.hex(signature));
  }

  /** Empty unless {@code json} is a message with every number below 2^63. */
  public static Optional<SyncCommitteeMessage> ofJson(JsonNode json) {
    OptionalLong slot = ApiJson.number(json.path("slot"));
    Optional<Bytes32> root = ApiJson.root(json.path("beacon_block_root"));
    OptionalLong validator = ApiJson.number(json.path("validator_index"));
    Optional<Bytes> signature = ApiJson.bytes(json.path("signature"), 96);
    return slot.isPresent() && root.isPresent() && validator.isPresent() && signature.isPresent()
        ? Optional.of(
            new SyncCommitteeMessage(
                slot.getAsLong(), root.get(), validator.getAsLong(), signature.get()))
        : Optional.empty();
  }
}
