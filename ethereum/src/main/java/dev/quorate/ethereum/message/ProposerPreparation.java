/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.ApiJson;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Who is to be paid for a validator's blocks. A node forgets it after two epochs.
 *
 * @param feeRecipient 20 bytes
 */
public record ProposerPreparation(long validatorIndex, Bytes feeRecipient) {
  public ProposerPreparation {
    if (feeRecipient.size() != 20) {
      throw new IllegalArgumentException("a fee recipient of " + feeRecipient.size() + " bytes");
    }
  }

  public ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("validator_index", Long.toString(validatorIndex))
        .put("fee_recipient", ApiJson.hex(feeRecipient));
  }

  /** Empty unless {@code json} is a preparation. */
  public static Optional<ProposerPreparation> ofJson(JsonNode json) {
    OptionalLong validator = ApiJson.number(json.path("validator_index"));
    Optional<Bytes> feeRecipient = ApiJson.bytes(json.path("fee_recipient"), 20);
    return validator.isPresent() && feeRecipient.isPresent()
        ? Optional.of(new ProposerPreparation(validator.getAsLong(), feeRecipient.get()))
        : Optional.empty();
  }
}
