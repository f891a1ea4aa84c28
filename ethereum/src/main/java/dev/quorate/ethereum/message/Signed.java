/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.ApiJson;
import java.util.Optional;
import java.util.function.Function;

/**
 * A message with its signature; whose it is, the message says.
 *
 * @param signature 96 bytes, compressed
 */
public record Signed<M extends Message>(M message, Bytes signature) {
  public Signed {
    Containers.requireSignature(signature);
  }

  public ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .<ObjectNode>set("message", message.toJson())
        .put("signature", ApiJson.hex(signature));
  }

  /** Empty unless {@code json} is a message and 96 bytes. */
  public static <M extends Message> Optional<Signed<M>> ofJson(
      JsonNode json, Function<JsonNode, Optional<M>> reader) {
    Optional<Bytes> signature = ApiJson.bytes(json.path("signature"), 96);
    return reader
        .apply(json.path("message"))
        .filter(_ -> signature.isPresent())
        .map(message -> new Signed<>(message, signature.get()));
  }
}
