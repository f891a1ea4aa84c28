/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.domain.Domains;
import dev.quorate.ethereum.message.AggregateAndProof;
import dev.quorate.ethereum.message.ContributionAndProof;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.SyncCommitteeMessage;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszValue;
import dev.quorate.signing.bls.Bls;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.bls.Signature;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * What Lodestar's validator client signed on a development chain verifies by the roots and domains
 * that the simulator verifies by, lest it share its mistakes with our own client.
 */
class CapturedSignaturesTest {
  private static final Bytes CAPELLA = Bytes.fromHex("0x03000001");

  private final Bytes32 genesis =
      ApiJson.root(
              Captures.answered("GET_eth_v1_beacon_genesis.200")
                  .at("/data/genesis_validators_root"))
          .orElseThrow();
  private final Map<Long, PublicKey> keys = keys();

  private static Map<Long, PublicKey> keys() {
    Map<Long, PublicKey> keys = new HashMap<>();
    for (JsonNode duty :
        Captures.answered("POST_eth_v1_validator_duties_attester_N.200").path("data")) {
      keys.put(
          duty.path("validator_index").asLong(),
          ApiJson.bytes(duty.path("pubkey"), 48).flatMap(PublicKey::decode).orElseThrow());
    }
    return keys;
  }

  private void verify(DomainType type, Bytes32 root, long validator, Bytes signature) {
    PublicKey key = Objects.requireNonNull(keys.get(validator));
    Bytes32 signingRoot = Domains.signingRoot(root, Domains.compute(type, CAPELLA, genesis));
    assertThat(
            Bls.verify(
                key, HashedMessage.of(signingRoot), Signature.decode(signature).orElseThrow()))
        .as("%s of validator %s", type, validator)
        .isTrue();
  }

  @Test
  void verifiesAggregatesAndTheirSelectionProofs() {
    JsonNode items = Captures.sent("POST_eth_v1_validator_aggregate_and_proofs.200");
    assertThat(items).isNotEmpty();
    for (JsonNode item : items) {
      Signed<AggregateAndProof> signed =
          Signed.ofJson(item, json -> AggregateAndProof.ofJson(json, Fork.CAPELLA)).orElseThrow();
      AggregateAndProof message = signed.message();
      long slot = message.aggregate().data().slot();
      verify(
          DomainType.SELECTION_PROOF,
          SimulatedChain.rootOf(slot),
          message.aggregatorIndex(),
          message.selectionProof());
      verify(
          DomainType.AGGREGATE_AND_PROOF,
          message.hashTreeRoot(),
          message.aggregatorIndex(),
          signed.signature());
    }
  }

  @Test
  void verifiesSyncCommitteeMessages() {
    JsonNode items = Captures.sent("POST_eth_v1_beacon_pool_sync_committees.200");
    assertThat(items).isNotEmpty();
    for (JsonNode item : items) {
      SyncCommitteeMessage message = SyncCommitteeMessage.ofJson(item).orElseThrow();
      verify(
          DomainType.SYNC_COMMITTEE,
          message.beaconBlockRoot(),
          message.validatorIndex(),
          message.signature());
    }
  }

  @Test
  void verifiesContributionsAndTheirSelectionProofs() {
    JsonNode items = Captures.sent("POST_eth_v1_validator_contribution_and_proofs.200");
    assertThat(items).isNotEmpty();
    for (JsonNode item : items) {
      Signed<ContributionAndProof> signed =
          Signed.ofJson(item, ContributionAndProof::ofJson).orElseThrow();
      ContributionAndProof message = signed.message();
      verify(
          DomainType.SYNC_COMMITTEE_SELECTION_PROOF,
          ContributionAndProof.selectionRoot(
              message.contribution().slot(), message.contribution().subcommitteeIndex()),
          message.aggregatorIndex(),
          message.selectionProof());
      verify(
          DomainType.CONTRIBUTION_AND_PROOF,
          message.hashTreeRoot(),
          message.aggregatorIndex(),
          signed.signature());
    }
  }

  /** Its minimal preset is of another version: a list of other length has another root. */
  @Test
  void aBlockHasTheRootThatItsNodeTellsOfByTheFiguresThatItLists() {
    String folder = "clients/captures/deneb-default-jsonreq-sszresp";
    Preset preset =
        ChainSpec.ofJson(
                Captures.parsed(
                        Captures.capture(folder, "GET_eth_v1_config_spec.200").at("/response/body"))
                    .path("data"))
            .preset();
    Bytes published =
        Bytes.fromHex(
            Captures.capture(folder, "POST_eth_v2_beacon_blocks-with-broadcast_validation.200")
                .at("/request/body")
                .asText()
                .substring("hex:".length()));
    String heads =
        Captures.capture(folder, "GET_eth_v1_events-with-topics.200").at("/response/body").asText();
    assertThat(preset.blobCommitmentsPerBlock()).isEqualTo(16);
    assertThat(heads).contains(headOfSlot1(published, preset));
    assertThat(heads).doesNotContain(headOfSlot1(published, Preset.MINIMAL));
  }

  private static String headOfSlot1(Bytes published, Preset preset) {
    BeaconTypes types = new BeaconTypes(Fork.DENEB, preset);
    SszValue contents = Ssz.decode(types.container("SignedBlockContents"), published).orElseThrow();
    SszValue block = Ssz.items(Ssz.items(contents).getFirst()).getFirst();
    return "\"slot\":\"1\",\"block\":\"%s\""
        .formatted(Ssz.hashTreeRoot(types.container("BeaconBlock"), block));
  }
}
