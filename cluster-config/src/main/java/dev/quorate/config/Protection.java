/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.slashing.Interchange;
import dev.quorate.ethereum.slashing.SigningRule;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.threshold.SharedKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What whole keys signed before they were split (EIP-3076). Each operator imports it before it
 * signs anything: the watermarks are those of the group key.
 *
 * @param genesisValidatorsRoot of the chain that the keys validated on; the importer compares it
 * @param watermarks by group key, 48 bytes
 */
public record Protection(Bytes32 genesisValidatorsRoot, SortedMap<Bytes, Watermarks> watermarks) {
  public Protection {
    watermarks = Collections.unmodifiableSortedMap(new TreeMap<>(watermarks));
  }

  /**
   * @throws InvalidConfiguration if it cannot be read or understood in every part
   */
  public static Protection load(Path file) {
    return read(
        new String(StrictJson.readBounded(file, Interchange.LENGTH_MAX), StandardCharsets.UTF_8),
        file.toString());
  }

  /**
   * @param where the text is from
   * @throws InvalidConfiguration if it cannot be understood in every part
   */
  public static Protection read(String text, String where) {
    Bytes32 root = genesisValidatorsRoot(where, text);
    return switch (Interchange.read(text, root)) {
      case Interchange.Reading.Understood understood ->
          new Protection(root, understood.watermarks());
      case Interchange.Reading.Refused refused -> throw broken(where, refused.why());
    };
  }

  /**
   * What an operator whose pods may sign raises its guard to, by group key.
   *
   * @param where the history is from
   * @param chain its genesis validators root
   * @param epoch by the own clock, as {@code slot}
   * @throws InvalidConfiguration if it is of another chain, names a key that is not this
   *     operator's, or reaches beyond the clock
   */
  public SortedMap<Bytes, Watermarks> importable(
      String where, ClusterFile cluster, int position, Bytes32 chain, long epoch, long slot) {
    if (!genesisValidatorsRoot.equals(chain)) {
      throw new InvalidConfiguration(
          ConfigurationFault.WRONG_CHAIN,
          where,
          "it is of the chain %s, the beacon nodes' is %s".formatted(genesisValidatorsRoot, chain));
    }
    SortedMap<Bytes, Watermarks> signed = underGroupKeys(cluster, position).watermarks();
    signed.forEach((key, known) -> {
      if (SigningRule.reachesBeyondClock(known, epoch, slot)) {
        throw new InvalidConfiguration(
            ConfigurationFault.FUTURE_PROTECTION,
            where,
            "what it says of %s lies beyond the clock, which is at epoch %d, slot %d"
                .formatted(ApiJson.hex(key), epoch, slot));
      }
    });
    return signed;
  }

  /**
   * The part that concerns {@code keys}.
   *
   * @throws InvalidConfiguration if there is none of one of them
   */
  Protection of(Collection<PublicKey> keys) {
    SortedMap<Bytes, Watermarks> part = new TreeMap<>();
    for (PublicKey key : keys) {
      Watermarks known = watermarks.get(key.compressed());
      if (known == null) {
        throw new InvalidConfiguration(
            ConfigurationFault.UNPROTECTED_KEYS,
            "slashing protection",
            "there is no history of the key " + key);
      }
      part.put(key.compressed(), known);
    }
    return new Protection(genesisValidatorsRoot, part);
  }

  /**
   * The same history under the group keys, which is how the signing guard knows it.
   *
   * @param position of the operator whose file it is: it may name a validator by that one's share,
   *     as its validator client does, or by the group key
   * @throws InvalidConfiguration if it names any other key
   */
  public Protection underGroupKeys(ClusterFile cluster, int position) {
    Map<Bytes, Bytes> groups = new HashMap<>();
    for (SharedKey validator : cluster.validators()) {
      Bytes group = validator.group().compressed();
      groups.put(group, group);
      groups.put(validator.shares().get(position).compressed(), group);
    }
    SortedMap<Bytes, Watermarks> renamed = new TreeMap<>();
    watermarks.forEach((key, signed) -> {
      Bytes group = groups.get(key);
      if (group == null) {
        throw new InvalidConfiguration(
            ConfigurationFault.FOREIGN_KEYS,
            "slashing protection",
            ApiJson.hex(key)
                + " is neither a validator of this cluster nor this operator's share of one");
      }
      renamed.merge(group, signed, Watermarks::raisedTo);
    });
    return new Protection(genesisValidatorsRoot, renamed);
  }

  /** This history, which is under group keys, as the operator's own validator client knows them. */
  public Protection underShares(ClusterFile cluster, int position) {
    SortedMap<Bytes, Watermarks> renamed = new TreeMap<>();
    for (SharedKey validator : cluster.validators()) {
      Watermarks signed = watermarks.get(validator.group().compressed());
      if (signed != null) {
        renamed.put(validator.shares().get(position).compressed(), signed);
      }
    }
    return new Protection(genesisValidatorsRoot, renamed);
  }

  /** SHA-256 of the file that {@link #toJson} makes. */
  Bytes32 hash() {
    return Bytes32.sha256(toJson());
  }

  /** What {@link #load} reads, in minimal form. */
  public byte[] toJson() {
    return StrictJson.write(Interchange.write(genesisValidatorsRoot, watermarks));
  }

  /** Which chain it is can only be compared once a beacon node was asked. */
  private static Bytes32 genesisValidatorsRoot(String where, String text) {
    try {
      JsonNode root =
          StrictJson.MAPPER.readTree(text).path("metadata").path("genesis_validators_root");
      return ApiJson.root(root)
          .orElseThrow(() -> broken(where, "metadata.genesis_validators_root is missing"));
    } catch (JsonProcessingException notJson) {
      throw broken(where, "not JSON: " + notJson.getOriginalMessage());
    }
  }

  private static InvalidConfiguration broken(String where, String why) {
    return new InvalidConfiguration(ConfigurationFault.BROKEN_PROTECTION, where, why);
  }
}
