/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.web3signer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.SharedVectors;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttestationRule;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Chains;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.ForkSchedule;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.chain.Preset;
import dev.quorate.ethereum.domain.Domains;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.GivenRule;
import dev.quorate.ethereum.message.AggregateAttestation;
import dev.quorate.ethereum.message.SyncCommitteeContribution;
import dev.quorate.ethereum.message.ValidatorRegistration;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType.Container;
import dev.quorate.ethereum.ssz.SszValue;
import dev.quorate.ethereum.web3signer.SigningRequests.Request;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SigningRequestsTest {
  private static final String SIGNING = "openapi/web3signer/openapi-specs/eth2/signing/";
  private static final ChainSpec MAINNET = Chains.mainnet();
  private static final SigningRequests REQUESTS =
      new SigningRequests(MAINNET, Chains.MAINNET_GENESIS);

  private static JsonNode yaml(String name) throws IOException {
    return new YAMLMapper().readTree(SharedVectors.text(SharedVectors.shared(SIGNING + name)));
  }

  /** The example's own chain, which is in {@code fork} from the beginning. */
  private static SigningRequests chain(JsonNode example, Fork fork, Preset preset) {
    Bytes version = Bytes.fromHex("00000001");
    ForkSchedule forks =
        new ForkSchedule(
            Arrays.stream(Fork.values())
                .filter(fork::isAtLeast)
                .map(one -> new ForkSchedule.Activation(one, version, 0))
                .toList());
    return new SigningRequests(
        new ChainSpec(
            MAINNET.slotMillis(), MAINNET.slotsPerEpoch(), MAINNET.due(), preset, forks, List.of()),
        new Genesis(
            0,
            ApiJson.root(example.at("/fork_info/genesis_validators_root")).orElse(Bytes32.ZERO),
            version));
  }

  private static SszValue message(RequestType type, Fork fork, Preset preset, JsonNode json) {
    return SszJson.read(type.container(new BeaconTypes(fork, preset)), json).orElseThrow();
  }

  @TestFactory
  Stream<DynamicTest> asksAsTheContractsExamplesDo() throws IOException {
    JsonNode content = yaml("paths/sign.yaml").at("/post/requestBody/content/application~1json");
    JsonNode schemas = yaml("schemas.yaml");
    Set<RequestType> seen = EnumSet.noneOf(RequestType.class);
    List<DynamicTest> tests =
        content.path("examples").properties().stream()
            .filter(example ->
                Arrays.stream(RequestType.values())
                    .anyMatch(type -> type.name().equals(example.getKey().split(" ", 2)[0])))
            .filter(example -> !example.getKey().matches("BLOCK_V2 \\((ALTAIR|PHASE 0)\\)"))
            .map(example -> {
              JsonNode value = example.getValue().path("value");
              RequestType type = RequestType.valueOf(value.path("type").textValue());
              seen.add(type);
              return DynamicTest.dynamicTest(
                  example.getKey(),
                  () -> {
                    JsonNode body = value.path(type.key);
                    Fork fork =
                        type.versioned
                            .map(_ -> Fork.valueOf(body.path("version").textValue()))
                            .orElse(Fork.CAPELLA);
                    JsonNode message = type.versioned.map(body::path).orElse(body);
                    Preset preset =
                        type == RequestType.SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF
                            ? Preset.MINIMAL
                            : Preset.MAINNET;
                    Request asked =
                        chain(value, fork, preset)
                            .of(type, message(type, fork, preset, message), 0);

                    // The examples of electra and fulu name a root that is not of their message.
                    if (!fork.isAtLeast(Fork.ELECTRA)
                        || type != RequestType.AGGREGATE_AND_PROOF_V2) {
                      assertThat(asked.signingRoot())
                          .hasToString(value.path("signingRoot").textValue());
                    }
                    assertThat(asked.json().path(type.key)).isEqualTo(body);
                    assertThat(fields(asked.json())).isEqualTo(fields(value));
                    assertThat(violations(schemas, content, asked)).isEmpty();
                  });
            })
            .toList();
    assertThat(seen).containsExactlyInAnyOrder(RequestType.values());
    return tests.stream();
  }

  private static Set<String> fields(JsonNode json) {
    Set<String> names = new TreeSet<>();
    json.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static List<String> violations(JsonNode schemas, JsonNode content, Request asked) {
    String path = content.at("/schema/discriminator/mapping").path(asked.type().name()).textValue();
    ObjectNode whole = new JsonMapper().createObjectNode();
    whole.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    whole.put("$ref", path.substring(path.indexOf('#')));
    whole.set("components", schemas.path("components"));
    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
        .getSchema(whole)
        .validate(asked.json())
        .stream()
        .map(Object::toString)
        .toList();
  }

  /** consensus-specs, get_domain: what a signer makes of the request alone. */
  private static Bytes32 domain(Request asked, long epoch) {
    JsonNode fork = asked.json().at("/fork_info/fork");
    boolean isBefore = epoch < ApiJson.number(fork.path("epoch")).orElseThrow();
    return Domains.compute(
        asked.type().domain,
        ApiJson.bytes(fork.path(isBefore ? "previous_version" : "current_version"), 4)
            .orElseThrow(),
        ApiJson.root(asked.json().at("/fork_info/genesis_validators_root")).orElseThrow());
  }

  @ParameterizedTest
  @EnumSource(
      value = RequestType.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"VALIDATOR_REGISTRATION"})
  void theForkOfTheRequestMakesTheDomainThatIsSigned(RequestType type) {
    for (long epoch : List.of(194_048L, 269_567L, 269_568L, 411_392L, 500_000L)) {
      Container container =
          type.container(new BeaconTypes(MAINNET.forks().forkAt(epoch), Preset.MAINNET));
      SszValue message = container.zero();
      Request asked = REQUESTS.of(type, message, epoch);

      Bytes32 root =
          type == RequestType.SYNC_COMMITTEE_MESSAGE
              ? Bytes32.ZERO
              : Ssz.hashTreeRoot(container, message);
      assertThat(Domains.signingRoot(root, domain(asked, epoch)))
          .as("epoch %d", epoch)
          .isEqualTo(asked.signingRoot())
          .hasToString(asked.json().path("signingRoot").textValue());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0x00000000, 0x00000000, 0",
    "74240, 0x00000000, 0x01000000, 74240",
    "364031, 0x03000000, 0x04000000, 269568",
    "500000, 0x05000000, 0x06000000, 411392",
  })
  void namesTheForkOfTheMessageAndTheOneBefore(
      long epoch, String previous, String current, long since) {
    SszValue zero =
        RequestType.RANDAO_REVEAL.container(new BeaconTypes(Fork.PHASE0, Preset.MAINNET)).zero();

    assertThat(REQUESTS.of(RequestType.RANDAO_REVEAL, zero, epoch).json().at("/fork_info/fork"))
        .isEqualTo(
            SharedVectors.json(
                "{\"previous_version\":\"%s\",\"current_version\":\"%s\",\"epoch\":\"%d\"}"
                    .formatted(previous, current, since)));
  }

  @Test
  void exitsAndRegistrationsAreAskedForWithTheRootThatWasGrantedAlone() {
    DutySlot at = new DutySlot(REQUESTS.spec(), REQUESTS.genesis(), 500_000L * 32);
    ValidatorRegistration registration =
        new ValidatorRegistration(
            Bytes.fromHex("ab".repeat(20)), 60_000_000, 5, Bytes.fromHex("cd".repeat(48)));
    List<Assignment> assignments =
        List.of(new Assignment.Exit(7), new Assignment.Registration(registration));
    for (Assignment assignment : assignments) {
      Value given = assignment.rule(at).given().orElseThrow();
      asked(assignment, at, given);
      assertThat(REQUESTS.of(assignment, at.slot(), given, Bytes32.ZERO)).isEmpty();
    }
  }

  @Test
  void anExitIsOfCapellaOnceTheChainIsInDeneb() {
    JsonNode exit = SharedVectors.json("{\"epoch\":\"500000\",\"validator_index\":\"7\"}");
    SszValue message = message(RequestType.VOLUNTARY_EXIT, Fork.FULU, Preset.MAINNET, exit);
    Request asked = REQUESTS.of(RequestType.VOLUNTARY_EXIT, message, 500_000);

    JsonNode fork = asked.json().at("/fork_info/fork");
    assertThat(fork.path("previous_version").textValue()).isEqualTo("0x03000000");
    assertThat(fork.path("current_version").textValue()).isEqualTo("0x03000000");
  }

  @Test
  void noSignerTakesAHeaderOfABlockBeforeBellatrix() {
    SszValue header =
        new BeaconTypes(Fork.ALTAIR, Preset.MAINNET).container("BeaconBlockHeader").zero();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> REQUESTS.of(RequestType.BLOCK_V2, header, 74_240));
  }

  // ---- of a duty

  private static AttestationData attestation(long slot) {
    long epoch = MAINNET.epochOf(slot);
    Bytes32 root = Bytes32.sha256(new byte[] {1});
    return new AttestationData(
        slot, 0, root, new Checkpoint(epoch - 1, root), new Checkpoint(epoch, root));
  }

  @ParameterizedTest
  @CsvSource({"300000, 5", "400000, 0", "500000, 0"})
  void asksForTheAttestationThatTheDutyRuleSigns(long epoch, long index) {
    long slot = MAINNET.firstSlotOf(epoch) + 3;
    AttesterDuty duty = duty(slot);
    Value decided = new Value(attestation(slot).encode());
    Signable signable =
        new AttestationRule(MAINNET, Chains.MAINNET_GENESIS, duty).signable(decided).orElseThrow();

    Request asked =
        REQUESTS.of(new Assignment.Attestation(duty), slot, decided, signable.root()).orElseThrow();

    assertThat(asked.type()).isEqualTo(RequestType.ATTESTATION);
    assertThat(asked.signingRoot()).isEqualTo(signable.root());
    assertThat(AttestationData.ofJson(asked.json().path("attestation")))
        .contains(
            new AttestationData(
                slot,
                index,
                attestation(slot).beaconBlockRoot(),
                attestation(slot).source(),
                attestation(slot).target()));
  }

  /** Of every kind of assignment what its rule signs, or the root would not be the rule's. */
  @ParameterizedTest
  @CsvSource({"300000", "400000", "500000"})
  void asksForTheSelectionAndTheAggregateThatTheirRulesSign(long epoch) {
    long slot = MAINNET.firstSlotOf(epoch) + 3;
    DutySlot at = new DutySlot(MAINNET, Chains.MAINNET_GENESIS, slot);
    AttesterDuty duty = duty(slot);
    AttestationData data = attestation(slot).assigned(duty, at.fork());
    BitSet attesters = new BitSet();
    attesters.set(7);
    Bytes signature = Bytes.wrap(new byte[96]);
    Value aggregate =
        new Value(
            AggregateAttestation.of(
                    data,
                    duty.committeeIndex(),
                    duty.committeeLength(),
                    attesters,
                    at.fork(),
                    signature)
                .encode());

    Request selection =
        asked(new Assignment.AggregatorSelection(), at, GivenRule.aggregatorSelection(at).value());
    assertThat(selection.type()).isEqualTo(RequestType.AGGREGATION_SLOT);
    assertThat(selection.json().at("/aggregation_slot/slot").asLong()).isEqualTo(slot);

    Request aggregation =
        asked(new Assignment.Aggregation(duty, signature, data.hashTreeRoot()), at, aggregate);
    assertThat(aggregation.type()).isEqualTo(RequestType.AGGREGATE_AND_PROOF_V2);
    assertThat(aggregation.json().at("/aggregate_and_proof/data/aggregator_index").asLong())
        .isEqualTo(duty.validatorIndex());
  }

  @ParameterizedTest
  @CsvSource({"300000", "500000"})
  void asksForTheHeadTheSelectionAndTheContributionThatTheirRulesSign(long epoch) {
    DutySlot at = new DutySlot(MAINNET, Chains.MAINNET_GENESIS, MAINNET.firstSlotOf(epoch) + 3);
    Bytes32 head = Bytes32.sha256(new byte[] {3});
    Bytes signature = Bytes.wrap(new byte[96]);
    byte[] bits = new byte[16];
    bits[0] = 1;
    SyncCommitteeContribution contribution =
        new SyncCommitteeContribution(at.slot(), head, 2, Bytes.wrap(bits), signature);

    JsonNode message =
        asked(new Assignment.SyncMessage(9), at, new Value(head.toBytes()))
            .json()
            .path("sync_committee_message");
    assertThat(message.path("beacon_block_root").textValue()).isEqualTo(head.toString());
    assertThat(message.path("slot").asLong()).isEqualTo(at.slot());
    assertThat(
            asked(new Assignment.SyncSelection(2), at, GivenRule.syncSelection(at, 2).value())
                .json()
                .at("/sync_aggregator_selection_data/subcommittee_index")
                .asInt())
        .isEqualTo(2);
    assertThat(
            asked(
                    new Assignment.Contribution(9, 2, signature, head),
                    at,
                    new Value(contribution.encode()))
                .json()
                .at("/contribution_and_proof/aggregator_index")
                .asLong())
        .isEqualTo(9);
    assertThat(REQUESTS.of(new Assignment.SyncMessage(9), at.slot(), new Value(Bytes.EMPTY), head))
        .isEmpty();
  }

  private static Request asked(Assignment assignment, DutySlot at, Value decided) {
    Bytes32 root = assignment.rule(at).signable(decided).orElseThrow().root();
    Request asked = REQUESTS.of(assignment, at.slot(), decided, root).orElseThrow();
    assertThat(asked.signingRoot()).isEqualTo(root);
    return asked;
  }

  private static AttesterDuty duty(long slot) {
    return new AttesterDuty(Bytes.wrap(new byte[48]), 9, 5, 128, 64, 7, slot);
  }

  @ParameterizedTest
  @CsvSource({"300000", "500000"})
  void asksForNothingThatTheRootIsNotOf(long epoch) {
    long slot = MAINNET.firstSlotOf(epoch);
    Assignment assignment = new Assignment.Attestation(duty(slot));
    Bytes32 granted = Bytes32.sha256(new byte[] {2});

    assertThat(REQUESTS.of(assignment, slot, new Value(attestation(slot).encode()), granted))
        .isEmpty();
    assertThat(REQUESTS.of(assignment, slot, new Value(Bytes.wrap(new byte[127])), granted))
        .isEmpty();
  }
}
