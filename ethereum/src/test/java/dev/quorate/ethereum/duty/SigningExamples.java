/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.duty;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.SharedVectors;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.ForkSchedule;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.chain.Preset;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Verified examples of the remote signing API, each with the chain that it was made on. */
public final class SigningExamples {
  private SigningExamples() {}

  /**
   * @param request what is to be signed
   * @param expected the signing root
   */
  public record Example(JsonNode request, Bytes32 expected, boolean isMinimal) {
    /** A slot of the example's chain, which had the same version in every fork. */
    public DutySlot at(long slot, Fork fork) {
      JsonNode info = request.path("fork_info");
      JsonNode versions = info.path("fork");
      Bytes version =
          Bytes.fromHex(
              versions
                  .path(versions.has("current_version") ? "current_version" : "currentVersion")
                  .asText());
      ChainSpec spec =
          new ChainSpec(
              12_000,
              isMinimal ? 8 : 32,
              List.of(new ChainSpec.Due(0, Map.of(DutyType.ATTESTER, 4_000L))),
              isMinimal ? Preset.MINIMAL : Preset.MAINNET,
              new ForkSchedule(
                  Stream.of(Fork.values())
                      .filter(known -> fork.isAtLeast(known))
                      .map(known -> new ForkSchedule.Activation(known, version, 0))
                      .toList()),
              List.of());
      return new DutySlot(
          spec,
          new Genesis(0, ApiJson.root(info.path("genesis_validators_root")).orElseThrow(), version),
          slot);
    }
  }

  /** The example of that name; aborts the test if there are none. */
  public static Example of(String name) {
    return SharedVectors.json(SharedVectors.at("signing-roots/remote-signing-api-examples.json"))
        .valueStream()
        .filter(example -> example.path("example").asText().equals(name))
        .filter(example -> example.path("verified_with_pyspec").booleanValue())
        .map(example ->
            new Example(
                example.path("request"),
                Bytes32.fromHex(example.path("expected_signing_root").asText()),
                example.path("verified_as").asText().equals("minimal")))
        .findFirst()
        .orElseThrow();
  }
}
