/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.ssz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.SharedVectors;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Writes what {@code e2e/ssz} gives another implementation to judge: random values of all
 * containers, and what was captured, each with its SSZ, its JSON and its root, in a line of JSON.
 */
@EnabledIfSystemProperty(named = "quorate.ssz-samples", matches = ".+")
class SszCrossCheckTest {
  private static final int VALUES_OF_EACH = 5;
  private static final int LENGTH_MAX = 4;

  /** What the other side's numbers hold. */
  private static final int UINT64_BITS = 53;

  private static final Map<String, Preset> PRESETS =
      Map.of("minimal", Preset.MINIMAL, "mainnet", Preset.MAINNET);

  /** A block as it was captured, in either form. */
  private record Captured(Fork fork, String container, String file, String side) {}

  private static final String DENEB_BLOCK =
      "GET_eth_v3_validator_blocks_N-with-randao_reveal-fee_recipient-builder_selection-"
          + "builder_boost_factor-strict_fee_recipient_check-blinded_local.200";
  private static final String DENEB_PUBLISHED =
      "POST_eth_v2_beacon_blocks-with-broadcast_validation.200";

  private static final List<Captured> CAPTURED =
      List.of(
          new Captured(
              Fork.CAPELLA,
              "BeaconBlock",
              "npm-1.5.1-capella-json/GET_eth_v2_validator_blocks_N-with-randao_reveal-graffiti.200",
              "response"),
          new Captured(
              Fork.CAPELLA,
              "SignedBeaconBlock",
              "npm-1.5.1-capella-json/POST_eth_v1_beacon_blocks.200",
              "request"),
          new Captured(
              Fork.DENEB,
              "BlockContents",
              "deneb-default-jsonreq-sszresp/" + DENEB_BLOCK,
              "response"),
          new Captured(
              Fork.DENEB, "BlockContents", "deneb-distributed-ssz/" + DENEB_BLOCK, "response"),
          new Captured(
              Fork.DENEB,
              "SignedBlockContents",
              "deneb-default-jsonreq-sszresp/" + DENEB_PUBLISHED,
              "request"),
          new Captured(
              Fork.DENEB,
              "SignedBlockContents",
              "deneb-distributed-ssz/" + DENEB_PUBLISHED,
              "request"));

  @Test
  void writesSamples() throws IOException {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("SszCrossCheckTest -Dseed=" + seed);
    RandomValues values = new RandomValues(new Random(seed), LENGTH_MAX, UINT64_BITS);
    Path file = Path.of(System.getProperty("quorate.ssz-samples"));
    try (BufferedWriter samples = Files.newBufferedWriter(file)) {
      for (Map.Entry<String, Preset> preset : new TreeMap<>(PRESETS).entrySet()) {
        for (Fork fork : Fork.values()) {
          if (fork.isAtLeast(Fork.CAPELLA)) {
            BeaconTypes types = new BeaconTypes(fork, preset.getValue());
            for (String container : types.names()) {
              for (int i = 0; i < VALUES_OF_EACH; i++) {
                SszType type = types.container(container);
                write(samples, preset.getKey(), fork, container, "random", type, values.of(type));
              }
            }
          }
        }
      }
      // Last: where there are none, the rest is written all the same.
      for (Captured captured : CAPTURED) {
        write(samples, captured);
      }
    }
    assertThat(file).isNotEmptyFile();
  }

  /** Those chains have the minimal preset. */
  private static void write(BufferedWriter samples, Captured captured) throws IOException {
    String body =
        SharedVectors.json(SharedVectors.shared("clients/captures/" + captured.file() + ".json"))
            .at("/" + captured.side() + "/body")
            .asText();
    SszType type = new BeaconTypes(captured.fork(), Preset.MINIMAL).container(captured.container());
    SszValue value;
    if (body.startsWith("hex:")) {
      value = Ssz.decode(type, Bytes.fromHex(body.substring(4))).orElseThrow();
    } else {
      JsonNode json = SharedVectors.json(body);
      value = SszJson.read(type, json.has("data") ? json.path("data") : json).orElseThrow();
    }
    write(samples, "minimal", captured.fork(), captured.container(), "captured", type, value);
  }

  private static void write(
      BufferedWriter samples,
      String preset,
      Fork fork,
      String container,
      String kind,
      SszType type,
      SszValue value)
      throws IOException {
    samples.write(
        JsonNodeFactory.instance
            .objectNode()
            .put("preset", preset)
            .put("fork", fork.consensusVersion())
            .put("container", container)
            .put("kind", kind)
            .put("ssz", ApiJson.hex(Ssz.encode(type, value)))
            .put("root", Ssz.hashTreeRoot(type, value).toString())
            .<ObjectNode>set("json", SszJson.write(type, value))
            .toString());
    samples.newLine();
  }
}
