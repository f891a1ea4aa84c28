/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.SharedVectors;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.ethereum.chain.Chains;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DomainsTest {
  private static final Domains MAINNET =
      new Domains(Chains.mainnet().forks(), Chains.MAINNET_GENESIS);

  @ParameterizedTest
  @CsvSource({
    "0, 01000000b5303f2a",
    "269567, 01000000bba4da96",
    "269568, 010000006a95a1a9",
    "364032, 01000000ad532ceb"
  })
  void bindsAttestationsToTheForkOfTheirEpoch(long epoch, String start) {
    assertThat(MAINNET.at(DomainType.BEACON_ATTESTER, epoch).hex()).startsWith(start);
  }

  @Test
  void bindsDepositsAndRegistrationsToTheGenesisForkAlone() {
    assertThat(MAINNET.deposit().hex())
        .isEqualTo("03000000f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a9");
    assertThat(MAINNET.builderRegistration().hex())
        .isEqualTo("00000001f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a9");
  }

  @Test
  void bindsExitsToCapellaFromDenebOn() {
    String capella = "04000000bba4da96";
    assertThat(MAINNET.voluntaryExit(0, 300_000).hex()).startsWith(capella);
    assertThat(MAINNET.voluntaryExit(300_000, 300_000).hex()).startsWith(capella);
    assertThat(MAINNET.voluntaryExit(411_392, 411_392).hex()).startsWith(capella);
    assertThat(MAINNET.voluntaryExit(200_000, 200_000).hex()).startsWith(capella);
    assertThat(MAINNET.voluntaryExit(0, 200_000).hex()).startsWith("04000000b5303f2a");
  }

  @ParameterizedTest
  @EnumSource(names = {"DEPOSIT", "VOLUNTARY_EXIT", "APPLICATION_BUILDER"})
  void refusesToGuessTheDomainOfTypesThatNoSingleEpochDecides(DomainType type) {
    assertThatIllegalArgumentException().isThrownBy(() -> MAINNET.at(type, 0));
  }

  @Test
  void signsAnAttestationAsTheRemoteSigningApiDoes() {
    Bytes32 head =
        Bytes32.fromHex("b2eedb01adbd02c828d5eec09b4c70cbba12ffffba525ebf48aca33028e8ad89");
    AttestationData data =
        new AttestationData(32, 0, head, new Checkpoint(0, Bytes32.ZERO), new Checkpoint(0, head));
    Bytes32 domain =
        Domains.compute(
            DomainType.BEACON_ATTESTER,
            Bytes.fromHex("00000001"),
            Bytes32.fromHex("04700007fabc8282644aed6d1c7c9e21d38a03a0c4ba193f3afe428824b3a673"));
    assertThat(Domains.signingRoot(data.hashTreeRoot(), domain).hex())
        .isEqualTo("548c9a015f4c96cb8b1ddbbdfca85846f85bf9f344a434c140f378cdfb5341f0");
  }

  @TestFactory
  Stream<DynamicTest> signsEveryVerifiedExampleOfTheRemoteSigningApi() {
    return SharedVectors.json(SharedVectors.at("signing-roots/remote-signing-api-examples.json"))
        .valueStream()
        .filter(example -> example.path("verified_with_pyspec").booleanValue())
        .map(example ->
            DynamicTest.dynamicTest(
                example.path("example").asText(),
                () ->
                    assertThat(signingRoot(example).toString())
                        .isEqualTo(example.path("expected_signing_root").textValue())));
  }

  private static Bytes32 signingRoot(JsonNode example) {
    JsonNode request = example.path("request");
    boolean minimal = example.path("verified_as").asText().equals("minimal");
    Preset preset = minimal ? Preset.MINIMAL : Preset.MAINNET;
    long slotsPerEpoch = minimal ? 8 : 32;
    Bytes genesisVersion = Bytes.fromHex(minimal ? "00000001" : "00000000");
    BeaconTypes types = new BeaconTypes(Fork.DENEB, preset);
    String type = request.path("type").asText();
    return switch (type) {
      case "BLOCK_V2" -> {
        JsonNode beaconBlock = request.path("beacon_block");
        boolean header = beaconBlock.has("block_header");
        JsonNode block = beaconBlock.path(header ? "block_header" : "block");
        BeaconTypes ofFork =
            new BeaconTypes(Fork.valueOf(beaconBlock.path("version").asText()), preset);
        yield signingRoot(
            request,
            root(ofFork.container(header ? "BeaconBlockHeader" : "BeaconBlock"), block),
            DomainType.BEACON_PROPOSER,
            block.path("slot").asLong() / slotsPerEpoch);
      }
      case "ATTESTATION" -> {
        JsonNode data = request.path("attestation");
        yield signingRoot(
            request,
            AttestationData.ofJson(data).orElseThrow().hashTreeRoot(),
            DomainType.BEACON_ATTESTER,
            data.path("target").path("epoch").asLong());
      }
      case "AGGREGATION_SLOT" -> {
        JsonNode slot = request.path("aggregation_slot").path("slot");
        yield signingRoot(
            request,
            root(new SszType.Uint(64), slot),
            DomainType.SELECTION_PROOF,
            slot.asLong() / slotsPerEpoch);
      }
      case "AGGREGATE_AND_PROOF" -> {
        JsonNode proof = request.path("aggregate_and_proof");
        yield signingRoot(
            request,
            root(types.container("AggregateAndProof"), proof),
            DomainType.AGGREGATE_AND_PROOF,
            proof.path("aggregate").path("data").path("slot").asLong() / slotsPerEpoch);
      }
      case "RANDAO_REVEAL" -> {
        JsonNode epoch = request.path("randao_reveal").path("epoch");
        yield signingRoot(
            request, root(new SszType.Uint(64), epoch), DomainType.RANDAO, epoch.asLong());
      }
      case "VOLUNTARY_EXIT" -> {
        JsonNode exit = request.path("voluntary_exit");
        yield signingRoot(
            request,
            root(types.container("VoluntaryExit"), exit),
            DomainType.VOLUNTARY_EXIT,
            exit.path("epoch").asLong());
      }
      case "SYNC_COMMITTEE_MESSAGE" -> {
        JsonNode message = request.path("sync_committee_message");
        yield signingRoot(
            request,
            ApiJson.root(message.path("beacon_block_root")).orElseThrow(),
            DomainType.SYNC_COMMITTEE,
            message.path("slot").asLong() / slotsPerEpoch);
      }
      case "SYNC_COMMITTEE_SELECTION_PROOF" -> {
        JsonNode data = request.path("sync_aggregator_selection_data");
        yield signingRoot(
            request,
            root(types.container("SyncAggregatorSelectionData"), data),
            DomainType.SYNC_COMMITTEE_SELECTION_PROOF,
            data.path("slot").asLong() / slotsPerEpoch);
      }
      case "SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF" -> {
        JsonNode proof = request.path("contribution_and_proof");
        yield signingRoot(
            request,
            root(types.container("ContributionAndProof"), proof),
            DomainType.CONTRIBUTION_AND_PROOF,
            proof.path("contribution").path("slot").asLong() / slotsPerEpoch);
      }
      case "VALIDATOR_REGISTRATION" ->
          Domains.signingRoot(
              root(
                  types.container("ValidatorRegistrationV1"),
                  request.path("validator_registration")),
              Domains.compute(DomainType.APPLICATION_BUILDER, genesisVersion, Bytes32.ZERO));
      case "DEPOSIT" -> {
        ObjectNode deposit = request.path("deposit").deepCopy();
        Bytes version = Bytes.fromHex(deposit.remove("genesis_fork_version").asText());
        yield Domains.signingRoot(
            root(types.container("DepositMessage"), deposit),
            Domains.compute(DomainType.DEPOSIT, version, Bytes32.ZERO));
      }
      default -> throw new AssertionError(type);
    };
  }

  private static Bytes32 signingRoot(
      JsonNode request, Bytes32 objectRoot, DomainType type, long epoch) {
    JsonNode info = request.path("fork_info");
    JsonNode fork = info.path("fork");
    boolean previous = epoch < fork.path("epoch").asLong();
    String snake = previous ? "previous_version" : "current_version";
    String camel = previous ? "previousVersion" : "currentVersion";
    Bytes version = Bytes.fromHex(fork.path(fork.has(snake) ? snake : camel).asText());
    Bytes32 genesis = ApiJson.root(info.path("genesis_validators_root")).orElseThrow();
    return Domains.signingRoot(objectRoot, Domains.compute(type, version, genesis));
  }

  private static Bytes32 root(SszType type, JsonNode json) {
    return Ssz.hashTreeRoot(type, SszJson.read(type, json).orElseThrow());
  }
}
