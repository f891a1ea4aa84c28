/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.SharedVectors;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.domain.Domains;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessagesTest {
  private static final Bytes SIGNATURE = Bytes.fromHex("0x" + "ab".repeat(96));
  private static final Bytes32 ROOT = Bytes32.sha256(new byte[] {1});
  private static final AttestationData DATA =
      new AttestationData(43, 0, ROOT, new Checkpoint(4, ROOT), new Checkpoint(5, ROOT));

  private static AggregateAttestation aggregate(Fork fork) {
    BitSet attesters = new BitSet();
    attesters.set(3);
    attesters.set(127);
    return AggregateAttestation.of(DATA, 2, 128, attesters, fork, SIGNATURE);
  }

  private static SyncCommitteeContribution contribution(int bytesOfBits) {
    byte[] bits = new byte[bytesOfBits];
    bits[0] = 0x24;
    return new SyncCommitteeContribution(43, ROOT, 1, Bytes.wrap(bits), SIGNATURE);
  }

  /** An example of ethereum/remote-signing-api whose root the specification's own code confirms. */
  private static JsonNode example(String type) {
    for (JsonNode example :
        SharedVectors.json(SharedVectors.at("signing-roots/remote-signing-api-examples.json"))) {
      if (example.at("/request/type").asText().equals(type)) {
        assertThat(example.path("verified_with_pyspec").booleanValue()).isTrue();
        return example;
      }
    }
    throw new AssertionError("no example of " + type);
  }

  private static void signsAsInTheExample(
      String name,
      String field,
      DomainType type,
      Bytes32 genesisValidatorsRoot,
      Function<JsonNode, Bytes32> root) {
    JsonNode example = example(name);
    Bytes32 domain = Domains.compute(type, Bytes.fromHex("0x00000001"), genesisValidatorsRoot);
    assertThat(Domains.signingRoot(root.apply(example.path("request").path(field)), domain))
        .as(name)
        .hasToString(example.path("expected_signing_root").asText());
  }

  private static <M extends Message> Function<JsonNode, Bytes32> rootOf(
      Function<JsonNode, Optional<M>> reader) {
    return json -> {
      M message = reader.apply(json).orElseThrow();
      assertThat(message.toJson()).as("written as it was read").isEqualTo(json);
      return message.hashTreeRoot();
    };
  }

  @Test
  void everyMessageHasTheRootThatRemoteSignersSign() {
    Bytes32 genesis =
        Bytes32.fromHex("0x04700007fabc8282644aed6d1c7c9e21d38a03a0c4ba193f3afe428824b3a673");
    signsAsInTheExample(
        "AGGREGATE_AND_PROOF",
        "aggregate_and_proof",
        DomainType.AGGREGATE_AND_PROOF,
        genesis,
        rootOf(json -> AggregateAndProof.ofJson(json, Fork.DENEB)));
    signsAsInTheExample(
        "SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF",
        "contribution_and_proof",
        DomainType.CONTRIBUTION_AND_PROOF,
        genesis,
        rootOf(ContributionAndProof::ofJson));
    signsAsInTheExample(
        "SYNC_COMMITTEE_SELECTION_PROOF",
        "sync_aggregator_selection_data",
        DomainType.SYNC_COMMITTEE_SELECTION_PROOF,
        genesis,
        _ -> ContributionAndProof.selectionRoot(0, 0));
    signsAsInTheExample(
        "VOLUNTARY_EXIT",
        "voluntary_exit",
        DomainType.VOLUNTARY_EXIT,
        genesis,
        rootOf(VoluntaryExit::ofJson));
    signsAsInTheExample(
        "VALIDATOR_REGISTRATION",
        "validator_registration",
        DomainType.APPLICATION_BUILDER,
        Bytes32.ZERO,
        rootOf(ValidatorRegistration::ofJson));
  }

  @ParameterizedTest
  @EnumSource(names = {"DENEB", "FULU"})
  void anAggregateIsReadAsItIsWrittenAndOnlyInTheFormOfItsFork(Fork fork) {
    AggregateAttestation aggregate = aggregate(fork);
    assertThat(AggregateAttestation.ofJson(aggregate.toJson(), fork)).contains(aggregate);
    Fork other = fork == Fork.DENEB ? Fork.FULU : Fork.DENEB;
    assertThat(AggregateAttestation.ofJson(aggregate.toJson(), other)).isEmpty();
    assertThat(aggregate.committeeLength()).isEqualTo(128);
    assertThat(aggregate.attesters().stream()).containsExactly(3, 127);
    assertThat(aggregate.committee()).hasValue(fork == Fork.DENEB ? DATA.index() : 2);
    Signed<AggregateAndProof> signed =
        new Signed<>(new AggregateAndProof(7, aggregate, SIGNATURE), SIGNATURE);
    assertThat(Signed.ofJson(signed.toJson(), json -> AggregateAndProof.ofJson(json, fork)))
        .contains(signed);
  }

  @Test
  void anAggregateOfSeveralCommitteesIsOfNoneInParticular() {
    ObjectNode json = aggregate(Fork.FULU).toJson().put("committee_bits", "0x0500000000000000");
    assertThat(AggregateAttestation.ofJson(json, Fork.FULU).orElseThrow().committee()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/aggregation_bits 0x",
        "/aggregation_bits 0x00",
        "/aggregation_bits 0x0800",
        "/committee_bits 0x",
        "/committee_bits 0x0100",
        "/committee_bits 0x020000000000000000",
        "/signature 0xab",
        "/data {}"
      })
  void whatIsNoAggregateIsNotRead(String change) {
    ObjectNode json = aggregate(Fork.FULU).toJson();
    String[] fieldAndValue = change.split(" ", 2);
    json.put(fieldAndValue[0].substring(1), fieldAndValue[1]);
    assertThat(AggregateAttestation.ofJson(json, Fork.FULU)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16})
  void aContributionIsReadAsItIsWrittenInEveryPreset(int bytesOfBits) {
    SyncCommitteeContribution contribution = contribution(bytesOfBits);
    assertThat(SyncCommitteeContribution.ofJson(contribution.toJson())).contains(contribution);
    assertThat(contribution.signers().stream()).containsExactly(2, 5);
    assertThat(SyncCommitteeContribution.decode(contribution.encode(), contribution.preset()))
        .contains(contribution);
    Signed<ContributionAndProof> signed =
        new Signed<>(new ContributionAndProof(7, contribution, SIGNATURE), SIGNATURE);
    assertThat(Signed.ofJson(signed.toJson(), ContributionAndProof::ofJson)).contains(signed);
    assertThat(signed.message().hashTreeRoot()).isNotEqualTo(Bytes32.ZERO);
  }

  /** Chains exist that differ from both presets in what no message has. */
  @Test
  void messagesOfAChainWithAPresetOfItsOwnAreRead() {
    Preset own = new Preset(64, 512, 8, 16, 4, 2, 1);
    SyncCommitteeContribution contribution = contribution(16);
    assertThat(SyncCommitteeContribution.decode(contribution.encode(), own)).contains(contribution);
    AggregateAttestation aggregate = aggregate(Fork.FULU);
    assertThat(AggregateAttestation.decode(aggregate.encode(), Fork.FULU, own)).contains(aggregate);
  }

  @Test
  void messagesAreReadAsTheyAreWritten() {
    SyncCommitteeMessage message = new SyncCommitteeMessage(43, ROOT, 7, SIGNATURE);
    assertThat(SyncCommitteeMessage.ofJson(message.toJson())).contains(message);
    CommitteeSubscription committee = new CommitteeSubscription(7, 1, 4, 43, true);
    assertThat(CommitteeSubscription.ofJson(committee.toJson())).contains(committee);
    SyncSubscription sync = new SyncSubscription(7, List.of(3, 511), 256);
    assertThat(SyncSubscription.ofJson(sync.toJson())).contains(sync);
    ProposerPreparation preparation = new ProposerPreparation(7, SIGNATURE.slice(0, 20));
    assertThat(ProposerPreparation.ofJson(preparation.toJson())).contains(preparation);
  }

  @Test
  void aMessageThatLacksAnyOfItsFieldsIsNotRead() {
    isReadOnlyWhole(aggregate(Fork.FULU).toJson(), j -> AggregateAttestation.ofJson(j, Fork.FULU));
    isReadOnlyWhole(contribution(16).toJson(), SyncCommitteeContribution::ofJson);
    isReadOnlyWhole(
        new AggregateAndProof(7, aggregate(Fork.FULU), SIGNATURE).toJson(),
        j -> AggregateAndProof.ofJson(j, Fork.FULU));
    isReadOnlyWhole(
        new ContributionAndProof(7, contribution(16), SIGNATURE).toJson(),
        ContributionAndProof::ofJson);
    isReadOnlyWhole(
        new SyncCommitteeMessage(43, ROOT, 7, SIGNATURE).toJson(), SyncCommitteeMessage::ofJson);
    isReadOnlyWhole(
        new CommitteeSubscription(7, 1, 4, 43, true).toJson(), CommitteeSubscription::ofJson);
    isReadOnlyWhole(new SyncSubscription(7, List.of(3), 256).toJson(), SyncSubscription::ofJson);
    isReadOnlyWhole(
        new ProposerPreparation(7, SIGNATURE.slice(0, 20)).toJson(), ProposerPreparation::ofJson);
    isReadOnlyWhole(
        new ValidatorRegistration(SIGNATURE.slice(0, 20), 1, 2, SIGNATURE.slice(0, 48)).toJson(),
        ValidatorRegistration::ofJson);
    VoluntaryExit exit = new VoluntaryExit(5, 7);
    isReadOnlyWhole(exit.toJson(), VoluntaryExit::ofJson);
    isReadOnlyWhole(
        new Signed<>(exit, SIGNATURE).toJson(), j -> Signed.ofJson(j, VoluntaryExit::ofJson));
  }

  private static void isReadOnlyWhole(ObjectNode json, Function<JsonNode, Optional<?>> reader) {
    assertThat(reader.apply(json)).isPresent();
    List<String> fields = json.propertyStream().map(Map.Entry::getKey).toList();
    assertThat(fields).isNotEmpty();
    for (String field : fields) {
      ObjectNode part = json.deepCopy();
      part.remove(field);
      assertThat(reader.apply(part)).as("without %s", field).isEmpty();
    }
  }

  @Test
  void messagesThatCannotBeAreRefused() {
    assertThatThrownBy(() -> new Signed<>(new VoluntaryExit(5, 7), Bytes.EMPTY))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> contribution(2)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new CommitteeSubscription(7, 4, 4, 43, true))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new AggregateAttestation(Bytes.EMPTY, DATA, Bytes.EMPTY, SIGNATURE))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
