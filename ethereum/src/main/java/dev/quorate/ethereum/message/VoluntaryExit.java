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
 * That a validator wants to leave. There is no way back.
 *
 * @param epoch from which on it counts
 */
public record VoluntaryExit(long epoch, long validatorIndex) implements Message {
  @Override
  public ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("epoch", Long.toString(epoch))
        .put("validator_index", Long.toString(validatorIndex));
  }

  @Override
  public Bytes32 hashTreeRoot() {
    return Containers.root("VoluntaryExit", Fork.DENEB, Preset.MAINNET, toJson());
  }

  public Bytes encode() {
    return Containers.encode("VoluntaryExit", Fork.DENEB, Preset.MAINNET, toJson());
  }

  /** Empty unless the bytes are one with every number below 2^63. */
  public static Optional<VoluntaryExit> decode(Bytes encoded) {
    return Containers.decode("VoluntaryExit", Fork.DENEB, Preset.MAINNET, encoded)
        .flatMap(VoluntaryExit::ofJson);
  }

  /** Empty unless {@code json} is an exit with every number below 2^63. */
  public static Optional<VoluntaryExit> ofJson(JsonNode json) {
    OptionalLong epoch = ApiJson.number(json.path("epoch"));
    OptionalLong validator = ApiJson.number(json.path("validator_index"));
    return epoch.isPresent() && validator.isPresent()
        ? Optional.of(new VoluntaryExit(epoch.getAsLong(), validator.getAsLong()))
        : Optional.empty();
  }
}
