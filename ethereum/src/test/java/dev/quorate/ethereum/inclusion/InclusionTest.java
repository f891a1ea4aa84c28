/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.inclusion;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.SharedVectors;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InclusionTest {
  private static final String SAMPLES =
      "beacon-api-samples/teku/data/beaconrestapi/handlers/v1/rewards/";

  private static JsonNode sample(String name) {
    return SharedVectors.json(SharedVectors.at(SAMPLES + name + ".json")).path("data");
  }

  @ParameterizedTest
  @CsvSource({
    "all that there is, 2600, 1400, INCLUDED",
    "late: behind five slots, 2600, -1400, INCLUDED",
    "another target but in time, -2600, 1400, INCLUDED",
    "in an inactivity leak, 0, 0, INCLUDED",
    "late in a leak, 0, -1400, INCLUDED",
    "another target in a leak, -2600, 0, INCLUDED",
    "none, -2600, -1400, NOT_INCLUDED",
  })
  void anAttestationIsOnChainUnlessItsValidatorIsPunishedForTargetAndSource(
      String what, long target, long source, Inclusion inclusion) {
    assertThat(new AttestationReward(7, target, source).inclusion()).as(what).isEqualTo(inclusion);
  }

  @ParameterizedTest
  @CsvSource({"500, INCLUDED", "0, INCLUDED", "-500, NOT_INCLUDED", "-1, NOT_INCLUDED"})
  void aSyncMessageIsOnChainUnlessItsMemberIsPunished(long reward, Inclusion inclusion) {
    assertThat(new SyncReward(7, reward).inclusion()).isEqualTo(inclusion);
  }

  @Test
  void aBlockIsOnChainIfItIsTheOneOfItsSlot() {
    Bytes32 ours = Bytes32.sha256(new byte[] {1});
    assertThat(Inclusion.ofBlock(ours, Optional.of(ours))).isEqualTo(Inclusion.INCLUDED);
    assertThat(Inclusion.ofBlock(ours, Optional.of(Bytes32.ZERO)))
        .isEqualTo(Inclusion.NOT_INCLUDED);
    assertThat(Inclusion.ofBlock(ours, Optional.empty())).isEqualTo(Inclusion.NOT_INCLUDED);
  }

  @Test
  void readsWhatAnotherClientSends() {
    assertThat(sample("getAttestationRewards").path("total_rewards").valueStream())
        .map(AttestationReward::ofJson)
        .containsExactly(Optional.of(new AttestationReward(0, 2_000, 4_000)));
    assertThat(sample("getSyncCommitteeRewards").valueStream())
        .map(SyncReward::ofJson)
        .containsExactly(
            Optional.of(new SyncReward(1, 1_029)), Optional.of(new SyncReward(2, -3_920)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "{\"validator_index\":\"7\",\"target\":\"1\"}",
        "{\"validator_index\":7,\"target\":\"1\",\"source\":\"1\",\"reward\":1}",
        "{\"validator_index\":\"-7\",\"target\":\"1\",\"source\":\"1\",\"reward\":\"1\"}",
        "{\"validator_index\":\"7\",\"target\":\"1\",\"source\":\"--1\",\"reward\":\"-\"}",
        "{\"validator_index\":\"7\",\"target\":\"-0\",\"source\":\"1\",\"reward\":\"-0\"}",
        "{\"validator_index\":\"7\",\"target\":\"+1\",\"source\":\"1\",\"reward\":\"+1\"}",
        "{\"validator_index\":\"7\",\"target\":\"9223372036854775808\",\"source\":\"1\",\"reward\":\"-9223372036854775808\"}"
      })
  void readsNothingElse(String json) {
    assertThat(AttestationReward.ofJson(SharedVectors.json(json))).isEmpty();
    assertThat(SyncReward.ofJson(SharedVectors.json(json))).isEmpty();
  }

  @Test
  void numbersMayBeNegativeWhereTheStandardSaysSo() {
    assertThat(ApiJson.signed(SharedVectors.json("\"-9223372036854775807\"")))
        .hasValue(-Long.MAX_VALUE);
    assertThat(ApiJson.signed(SharedVectors.json("\"9223372036854775807\"")))
        .hasValue(Long.MAX_VALUE);
    assertThat(ApiJson.signed(SharedVectors.json("\"0\""))).hasValue(0);
    assertThat(ApiJson.signed(SharedVectors.json("-1"))).isEmpty();
  }
}
