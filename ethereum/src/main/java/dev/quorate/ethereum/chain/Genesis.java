/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.chain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What identifies a chain, as {@code GET /eth/v1/beacon/genesis} answers.
 *
 * @param timeSeconds Unix time of slot 0
 * @param validatorsRoot what every signature is bound to
 * @param forkVersion 4 bytes
 */
public record Genesis(long timeSeconds, Bytes32 validatorsRoot, Bytes forkVersion) {
  public Genesis {
    if (timeSeconds < 0 || timeSeconds > Long.MAX_VALUE / 1000 || forkVersion.size() != 4) {
      throw new IllegalArgumentException(
          "genesis at " + Long.toUnsignedString(timeSeconds) + " s, version " + forkVersion);
    }
  }

  public ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("genesis_time", Long.toString(timeSeconds))
        .put("genesis_validators_root", validatorsRoot.toString())
        .put("genesis_fork_version", ApiJson.hex(forkVersion));
  }

  /** Empty unless {@code json} is the {@code data} of the answer, with a time that exists. */
  public static Optional<Genesis> ofJson(JsonNode json) {
    OptionalLong time = ApiJson.number(json.path("genesis_time"));
    Optional<Bytes32> root = ApiJson.root(json.path("genesis_validators_root"));
    Optional<Bytes> version = ApiJson.bytes(json.path("genesis_fork_version"), 4);
    return time.isPresent()
            && time.getAsLong() <= Long.MAX_VALUE / 1000
            && root.isPresent()
            && version.isPresent()
        ? Optional.of(new Genesis(time.getAsLong(), root.get(), version.get()))
        : Optional.empty();
  }
}
