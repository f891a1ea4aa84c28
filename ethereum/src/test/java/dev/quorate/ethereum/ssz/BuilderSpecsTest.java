/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.ssz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.SharedVectors;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The builder specs' own examples, each as JSON and as SSZ. */
class BuilderSpecsTest {
  @ParameterizedTest
  @CsvSource({
    "CAPELLA, execution_payload, ExecutionPayload",
    "CAPELLA, signed_blinded_beacon_block, SignedBlindedBeaconBlock",
    "DENEB, signed_blinded_beacon_block, SignedBlindedBeaconBlock",
    "ELECTRA, signed_blinded_beacon_block, SignedBlindedBeaconBlock",
    "FULU, signed_blinded_beacon_block, SignedBlindedBeaconBlock",
    "CAPELLA, signed_builder_bid, SignedBuilderBid",
    "DENEB, signed_builder_bid, SignedBuilderBid",
    "ELECTRA, signed_builder_bid, SignedBuilderBid",
    "FULU, signed_builder_bid, SignedBuilderBid"
  })
  void theJsonAndTheSszAreTheSame(Fork fork, String file, String container) throws IOException {
    String path = "builder-specs/examples/" + fork.consensusVersion() + "/" + file;
    JsonNode example = SharedVectors.json(SharedVectors.at(path + ".json")).path("value");
    JsonNode json = example.has("data") ? example.path("data") : example;
    Bytes ssz = Bytes.wrap(Files.readAllBytes(SharedVectors.at(path + ".ssz")));
    SszType type = new BeaconTypes(fork, Preset.MAINNET).container(container);
    SszValue value = SszJson.read(type, json).orElseThrow();
    assertThat(Ssz.encode(type, value).hex()).isEqualTo(ssz.hex());
    assertThat(Ssz.decode(type, ssz)).contains(value);
    assertThat(SszJson.write(type, value)).isEqualTo(json);
  }
}
