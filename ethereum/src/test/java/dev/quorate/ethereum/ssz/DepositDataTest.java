/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.ssz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.ethereum.SharedVectors;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Files of the staking deposit tool: deposits with both of their roots. */
class DepositDataTest {
  static Stream<Path> files() {
    return SharedVectors.filesOf(SharedVectors.at("deposit-data")).stream();
  }

  @ParameterizedTest
  @MethodSource("files")
  void theRootsOfEveryDepositAreTheTools(Path file) {
    JsonNode deposits = SharedVectors.json(file);
    assertThat(deposits).isNotEmpty();
    for (JsonNode deposit : deposits) {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      for (String field : List.of("pubkey", "withdrawal_credentials")) {
        json.put(field, "0x" + deposit.path(field).asText());
      }
      json.put("amount", deposit.path("amount").asText());
      assertThat(root("DepositMessage", json))
          .isEqualTo(deposit.path("deposit_message_root").asText());
      json.put("signature", "0x" + deposit.path("signature").asText());
      assertThat(root("DepositData", json)).isEqualTo(deposit.path("deposit_data_root").asText());
    }
  }

  private static String root(String container, JsonNode json) {
    SszType type = new BeaconTypes(Fork.CAPELLA, Preset.MAINNET).container(container);
    return Ssz.hashTreeRoot(type, SszJson.read(type, json).orElseThrow()).hex();
  }
}
