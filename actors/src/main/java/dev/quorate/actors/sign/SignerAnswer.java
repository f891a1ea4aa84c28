/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.sign;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.bls.Signature;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** What a remote signer's answers are read with; empty for what is none. */
final class SignerAnswer {
  /** Jackson's own bounds on depth will do: the length has one. */
  private static final JsonMapper JSON = new JsonMapper();

  private SignerAnswer() {}

  /**
   * A point of the curve that is said to be a signature. Signers answer with an object or, some
   * whatever they are asked for, with text.
   */
  static Optional<Signature> signature(String body) {
    String text = body.strip();
    JsonNode signature = text.startsWith("0x") ? new TextNode(text) : json(text).path("signature");
    return ApiJson.bytes(signature, Signature.COMPRESSED_BYTES).flatMap(Signature::decode);
  }

  /** Public keys, 48 bytes each. */
  static Optional<Set<Bytes>> publicKeys(String body) {
    JsonNode list = json(body);
    if (!list.isArray()) {
      return Optional.empty();
    }
    Set<Bytes> keys = new HashSet<>();
    list.forEach(key -> ApiJson.bytes(key, PublicKey.BYTES).ifPresent(keys::add));
    return Optional.of(keys);
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException malformed) {
      return MissingNode.getInstance();
    }
  }
}
