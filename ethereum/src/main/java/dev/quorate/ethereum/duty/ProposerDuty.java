/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.duty;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.ApiJson;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One validator's assignment to propose the block of one slot, as {@code GET
 * /eth/v1/validator/duties/proposer} answers.
 *
 * @param pubkey 48 bytes, compressed
 */
public record ProposerDuty(Bytes pubkey, long validatorIndex, long slot) {
  public ProposerDuty {
    if (pubkey.size() != 48 || validatorIndex < 0 || slot < 0) {
      throw new IllegalArgumentException(
          "a proposal of validator %s at slot %s, with a public key of %s bytes"
              .formatted(
                  Long.toUnsignedString(validatorIndex),
                  Long.toUnsignedString(slot),
                  pubkey.size()));
    }
  }

  public ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("pubkey", ApiJson.hex(pubkey))
        .put("validator_index", Long.toString(validatorIndex))
        .put("slot", Long.toString(slot));
  }

  /** Empty unless {@code json} is a duty with every number below 2^63. */
  public static Optional<ProposerDuty> ofJson(JsonNode json) {
    Optional<Bytes> pubkey = ApiJson.bytes(json.path("pubkey"), 48);
    OptionalLong validatorIndex = ApiJson.number(json.path("validator_index"));
    OptionalLong slot = ApiJson.number(json.path("slot"));
    return pubkey.isPresent() && validatorIndex.isPresent() && slot.isPresent()
        ? Optional.of(new ProposerDuty(pubkey.get(), validatorIndex.getAsLong(), slot.getAsLong()))
        : Optional.empty();
  }
}
