/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.slashing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import java.util.Collections;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The file in which keys move between validator clients (EIP-3076, format version 5). Reading takes
 * all or nothing: a history with one entry that cannot be understood protects nobody. What a file
 * says about itself being slashable does not matter, its maxima are what is kept.
 */
public final class Interchange {
  /** Longer files are complete histories that their client can write in minimal form. */
  public static final int LENGTH_MAX = 128 << 20;

  /** Entries under {@code data}, of which each names a key. */
  public static final int KEYS_MAX = 100_000;

  private static final String FORMAT_VERSION = "5";

  /** A key that stands twice in an object would hide the first one's history. */
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Interchange() {}

  /** The answer of {@link #read}. */
  public sealed interface Reading {
    /**
     * @param watermarks by public key, 48 bytes; to be raised to, never to be lowered to
     */
    record Understood(SortedMap<Bytes, Watermarks> watermarks) implements Reading {
      public Understood {
        watermarks = Collections.unmodifiableSortedMap(new TreeMap<>(watermarks));
      }
    }

    /**
     * @param why for the operator: what is wrong and where
     */
    record Refused(String why) implements Reading {}
  }

  /**
   * Reads a history.
   *
   * @param genesisValidatorsRoot of the chain that the keys are to sign on
   */
  public static Reading read(String text, Bytes32 genesisValidatorsRoot) {
    if (text.length() > LENGTH_MAX) {
      return new Reading.Refused("longer than " + LENGTH_MAX + " characters: export it minified");
    }
    JsonNode json;
    try {
      json = JSON.readTree(text);
    } catch (JsonProcessingException malformed) {
      return new Reading.Refused("not JSON: " + malformed.getOriginalMessage());
    }
    JsonNode metadata = json.path("metadata");
    if (!FORMAT_VERSION.equals(metadata.path("interchange_format_version").textValue())) {
      return new Reading.Refused(
          "metadata.interchange_format_version is not \"" + FORMAT_VERSION + "\"");
    }
    if (!ApiJson.root(metadata.path("genesis_validators_root"))
        .equals(Optional.of(genesisValidatorsRoot))) {
      return new Reading.Refused(
          "metadata.genesis_validators_root is not this chain's, " + genesisValidatorsRoot);
    }
    JsonNode data = json.path("data");
    if (!data.isArray() || data.size() > KEYS_MAX) {
      return new Reading.Refused("data is not a list of at most " + KEYS_MAX + " keys");
    }
    SortedMap<Bytes, Watermarks> watermarks = new TreeMap<>();
    for (int i = 0; i < data.size(); i++) {
      Optional<Bytes> pubkey = ApiJson.bytes(data.path(i).path("pubkey"), 48);
      Optional<Watermarks> read = watermarks(data.path(i));
      if (pubkey.isEmpty() || read.isEmpty()) {
        return new Reading.Refused("data[" + i + "] is not the history of a key");
      }
      watermarks.merge(pubkey.get(), read.get(), Watermarks::raisedTo);
    }
    return new Reading.Understood(watermarks);
  }

  /** The history of {@code watermarks} in minimal form; keys that signed nothing stand empty. */
  public static ObjectNode write(
      Bytes32 genesisValidatorsRoot, SortedMap<Bytes, Watermarks> watermarks) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.putObject("metadata")
        .put("interchange_format_version", FORMAT_VERSION)
        .put("genesis_validators_root", genesisValidatorsRoot.toString());
    ArrayNode data = json.putArray("data");
    watermarks.forEach((pubkey, signed) -> {
      ObjectNode key = data.addObject().put("pubkey", ApiJson.hex(pubkey));
      ArrayNode blocks = key.putArray("signed_blocks");
      BlockWatermark block = signed.block();
      if (!block.equals(BlockWatermark.NONE)) {
        ObjectNode entry = blocks.addObject().put("slot", Long.toString(block.slot()));
        block.root().ifPresent(root -> entry.put("signing_root", root.toString()));
      }
      ArrayNode attestations = key.putArray("signed_attestations");
      AttestationWatermark attestation = signed.attestation();
      if (!attestation.equals(AttestationWatermark.NONE)) {
        ObjectNode entry =
            attestations
                .addObject()
                .put("source_epoch", Long.toString(attestation.source()))
                .put("target_epoch", Long.toString(attestation.target()));
        attestation.root().ifPresent(root -> entry.put("signing_root", root.toString()));
      }
    });
    return json;
  }

  /**
   * Signing roots are not read: the minimal strategy keeps none of an import, and clients write
   * them in many ways.
   */
  private static Optional<Watermarks> watermarks(JsonNode key) {
    JsonNode blocks = key.path("signed_blocks");
    JsonNode attestations = key.path("signed_attestations");
    if (!blocks.isArray() || !attestations.isArray()) {
      return Optional.empty();
    }
    BlockWatermark block = BlockWatermark.NONE;
    for (JsonNode signed : blocks) {
      OptionalLong slot = ApiJson.number(signed.path("slot"));
      if (slot.isEmpty()) {
        return Optional.empty();
      }
      block = block.raisedTo(new BlockWatermark(slot.getAsLong(), Optional.empty()));
    }
    AttestationWatermark attestation = AttestationWatermark.NONE;
    for (JsonNode signed : attestations) {
      OptionalLong source = ApiJson.number(signed.path("source_epoch"));
      OptionalLong target = ApiJson.number(signed.path("target_epoch"));
      if (source.isEmpty() || target.isEmpty()) {
        return Optional.empty();
      }
      attestation =
          attestation.raisedTo(
              new AttestationWatermark(source.getAsLong(), target.getAsLong(), Optional.empty()));
    }
    return Optional.of(new Watermarks(attestation, block));
  }
}
