/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a validator wants of builders (builder-specs, {@code ValidatorRegistrationV1}).
 *
 * @param feeRecipient 20 bytes
 * @param timestamp Unix seconds: the newest registration counts
 * @param pubkey 48 bytes, compressed
 */
public record ValidatorRegistration(Bytes feeRecipient, long gasLimit, long timestamp, Bytes pubkey)
    implements Message {
  public ValidatorRegistration {
    if (feeRecipient.size() != 20 || pubkey.size() != 48) {
      throw new IllegalArgumentException(
          "a fee recipient of %s bytes, a public key of %s"
              .formatted(feeRecipient.size(), pubkey.size()));
    }
  }

  @Override
  public ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("fee_recipient", ApiJson.hex(feeRecipient))
        .put("gas_limit", Long.toString(gasLimit))
        .put("timestamp", Long.toString(timestamp))
        .put("pubkey", ApiJson.hex(pubkey));
  }

  @Override
  public Bytes32 hashTreeRoot() {
    return Containers.root("ValidatorRegistrationV1", Fork.DENEB, Preset.MAINNET, toJson());
  }

  public Bytes encode() {
    return Containers.encode("ValidatorRegistrationV1", Fork.DENEB, Preset.MAINNET, toJson());
  }

  /** Empty unless {@code json} is a registration with every number below 2^63. */
  public static Optional<ValidatorRegistration> ofJson(JsonNode json) {
    Optional<Bytes> feeRecipient = ApiJson.bytes(json.path("fee_recipient"), 20);
    OptionalLong gasLimit = ApiJson.number(json.path("gas_limit"));
    OptionalLong timestamp = ApiJson.number(json.path("timestamp"));
    Optional<Bytes> pubkey = ApiJson.bytes(json.path("pubkey"), 48);
    return feeRecipient.isPresent()
            && gasLimit.isPresent()
            && timestamp.isPresent()
            && pubkey.isPresent()
        ? Optional.of(
            new ValidatorRegistration(
                feeRecipient.get(), gasLimit.getAsLong(), timestamp.getAsLong(), pubkey.get()))
        : Optional.empty();
  }
}
