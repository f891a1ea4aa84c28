/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.chain.Fork;
import java.util.List;

/**
 * The settings file of a simulator in a process of its own, as JSON with exactly these fields.
 *
 * @param fork as in {@code Eth-Consensus-Version}: {@code fulu}
 * @param placement {@code spread} or {@code first_slot}
 * @param publicKeys {@code 0x…}, 48 bytes each
 * @param ports one for each node, 0 for any free one
 * @param controlPort 0 for any free one
 */
public record SimulatorSettings(
    long seed,
    long genesisTimeSeconds,
    Fork fork,
    long slotMillis,
    int slotsPerEpoch,
    Placement placement,
    List<String> publicKeys,
    List<Integer> ports,
    int controlPort) {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .enable(
              DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
              DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES,
              DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  public SimulatorSettings {
    publicKeys = List.copyOf(publicKeys);
    ports = List.copyOf(ports);
  }

  /**
   * @throws IllegalArgumentException saying what is wrong
   */
  public static SimulatorSettings parse(String json) {
    try {
      return JSON.readValue(json, SimulatorSettings.class);
    } catch (JsonProcessingException malformed) {
      throw new IllegalArgumentException(malformed.getOriginalMessage(), malformed);
    }
  }

  public String toJson() {
    return JSON.valueToTree(this).toString();
  }

  /**
   * @throws IllegalArgumentException if there is no such chain
   */
  public ChainConfig chain() {
    return new ChainConfig(
        seed,
        genesisTimeSeconds,
        fork,
        slotMillis,
        slotsPerEpoch,
        placement,
        publicKeys.stream().map(Bytes::fromHex).toList());
  }
}
