/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.keystore;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.bls.SecretKey;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;

/** The JSON of EIP-2335. Private to this package; {@link KeystoreReader} is the way in. */
final class KeystoreJson {
  private static final int NESTING_MAX = 8;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(NESTING_MAX).build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private KeystoreJson() {}

  /** Why a store cannot be parsed; stays in this package, where it becomes a refusal. */
  static final class Unparsable extends Exception {
    private static final long serialVersionUID = 1;

    private final KeystoreProblem problem;

    Unparsable(KeystoreProblem problem, String detail) {
      super(detail);
      this.problem = problem;
    }

    KeystoreResult.Refused refusal() {
      return new KeystoreResult.Refused(problem, String.valueOf(getMessage()));
    }
  }

  static Keystore parse(byte[] json) throws Unparsable {
    JsonNode root;
    try {
      root = MAPPER.readTree(json);
    } catch (IOException malformed) {
      throw new Unparsable(KeystoreProblem.MALFORMED, "not valid JSON");
    }
    if (integer(root, "/version") != Keystore.VERSION) {
      throw new Unparsable(KeystoreProblem.UNSUPPORTED, "version is not " + Keystore.VERSION);
    }
    requireFunction(root, "/crypto/checksum/function", "sha256");
    requireFunction(root, "/crypto/cipher/function", "aes-128-ctr");
    return new Keystore(
        derivation(root),
        hex(root, "/crypto/cipher/params/iv", Keystore.IV_BYTES),
        hex(root, "/crypto/cipher/message", SecretKey.BYTES),
        Bytes32.of(hex(root, "/crypto/checksum/message", 32).toArray()),
        root.at("/pubkey").isMissingNode()
            ? Optional.empty()
            : Optional.of(hex(root, "/pubkey", PublicKey.BYTES)),
        text(root, "/path"),
        uuid(root),
        root.at("/description").asText(""));
  }

  private static KeyDerivation derivation(JsonNode root) throws Unparsable {
    Bytes salt = hex(root, "/crypto/kdf/params/salt");
    if (integer(root, "/crypto/kdf/params/dklen") < KeyDerivation.KEY_BYTES) {
      throw new Unparsable(KeystoreProblem.OUT_OF_BOUNDS, "dklen is below 32");
    }
    // Only 32 bytes are used, and a greater dklen leaves them as they are: PBKDF2, with which
    // scrypt
    // ends too, makes its output in blocks of 32 bytes that do not depend on each other.
    String function = text(root, "/crypto/kdf/function");
    try {
      return switch (function) {
        case "pbkdf2" -> {
          requireFunction(root, "/crypto/kdf/params/prf", "hmac-sha256");
          yield new KeyDerivation.Pbkdf2(integer(root, "/crypto/kdf/params/c"), salt);
        }
        case "scrypt" ->
            new KeyDerivation.Scrypt(
                integer(root, "/crypto/kdf/params/n"),
                integer(root, "/crypto/kdf/params/r"),
                integer(root, "/crypto/kdf/params/p"),
                salt);
        default ->
            throw new Unparsable(
                KeystoreProblem.UNSUPPORTED, "/crypto/kdf/function is neither pbkdf2 nor scrypt");
      };
    } catch (IllegalArgumentException outOfBounds) {
      throw new Unparsable(KeystoreProblem.OUT_OF_BOUNDS, String.valueOf(outOfBounds.getMessage()));
    }
  }

  private static UUID uuid(JsonNode root) throws Unparsable {
    try {
      return UUID.fromString(text(root, "/uuid"));
    } catch (IllegalArgumentException malformed) {
      throw new Unparsable(KeystoreProblem.MALFORMED, "/uuid is no UUID");
    }
  }

  private static void requireFunction(JsonNode root, String pointer, String known)
      throws Unparsable {
    if (!text(root, pointer).equals(known)) {
      throw new Unparsable(KeystoreProblem.UNSUPPORTED, pointer + " is not " + known);
    }
  }

  private static String text(JsonNode root, String pointer) throws Unparsable {
    JsonNode node = root.at(pointer);
    if (!node.isTextual()) {
      throw new Unparsable(KeystoreProblem.MALFORMED, pointer + " is missing or no text");
    }
    return node.textValue();
  }

  private static int integer(JsonNode root, String pointer) throws Unparsable {
    JsonNode node = root.at(pointer);
    if (!node.isIntegralNumber()) {
      throw new Unparsable(KeystoreProblem.MALFORMED, pointer + " is missing or no whole number");
    }
    if (!node.canConvertToInt()) {
      throw new Unparsable(KeystoreProblem.OUT_OF_BOUNDS, pointer + " is out of bounds");
    }
    return node.intValue();
  }

  private static Bytes hex(JsonNode root, String pointer) throws Unparsable {
    try {
      return Bytes.fromHex(text(root, pointer));
    } catch (IllegalArgumentException malformed) {
      throw new Unparsable(KeystoreProblem.MALFORMED, pointer + " is not hexadecimal");
    }
  }

  private static Bytes hex(JsonNode root, String pointer, int bytes) throws Unparsable {
    Bytes content = hex(root, pointer);
    if (content.size() != bytes) {
      throw new Unparsable(
          KeystoreProblem.MALFORMED, pointer + " has " + content.size() + " bytes, not " + bytes);
    }
    return content;
  }

  static byte[] write(Keystore store) {
    ObjectNode root = MAPPER.createObjectNode();
    ObjectNode crypto = root.putObject("crypto");
    ObjectNode kdf = crypto.putObject("kdf");
    switch (store.derivation()) {
      case KeyDerivation.Pbkdf2(int iterations, Bytes salt) ->
          kdf.put("function", "pbkdf2")
              .putObject("params")
              .put("dklen", KeyDerivation.KEY_BYTES)
              .put("c", iterations)
              .put("prf", "hmac-sha256")
              .put("salt", salt.hex());
      case KeyDerivation.Scrypt(int n, int r, int p, Bytes salt) ->
          kdf.put("function", "scrypt")
              .putObject("params")
              .put("dklen", KeyDerivation.KEY_BYTES)
              .put("n", n)
              .put("r", r)
              .put("p", p)
              .put("salt", salt.hex());
    }
    kdf.put("message", "");
    ObjectNode checksum = crypto.putObject("checksum").put("function", "sha256");
    checksum.putObject("params");
    checksum.put("message", store.checksum().hex());
    ObjectNode cipher = crypto.putObject("cipher").put("function", "aes-128-ctr");
    cipher.putObject("params").put("iv", store.iv().hex());
    cipher.put("message", store.encrypted().hex());
    root.put("description", store.description());
    store.publicKey().ifPresent(key -> root.put("pubkey", key.hex()));
    root.put("path", store.path()).put("uuid", store.uuid().toString());
    root.put("version", Keystore.VERSION);
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
