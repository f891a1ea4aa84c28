/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.actors.sign.ClientProblem;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.ethereum.block.Proposal;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.GivenRule;
import dev.quorate.ethereum.message.AggregateAttestation;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType;
import dev.quorate.ethereum.ssz.SszType.Container;
import dev.quorate.http.validator.ServedClient.Reply;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Aggregates, the sync committee, and blocks: over real HTTP, asked for as entities ask. */
class LaterDutiesTest {
  private static final Bytes32 HEAD = Bytes32.sha256(new byte[] {2});
  private static final String ACCEPT_SSZ = "application/octet-stream;q=1,application/json;q=0.9";
  private static final String VERSION = "Eth-Consensus-Version";

  private Optional<ServedClient> opened = Optional.empty();

  private ServedClient served(Fork fork) throws Exception {
    ServedClient served = new ServedClient(fork);
    opened = Optional.of(served);
    return served;
  }

  @AfterEach
  void close() {
    opened.ifPresent(ServedClient::close);
  }

  private static DutySlot at(ServedClient served) {
    return new DutySlot(served.times.spec(), served.times.genesis(), served.slot());
  }

  private static String index(ServedClient served, int validator) throws Exception {
    return served
        .get("/eth/v1/beacon/states/head/validators?id=" + served.share(validator))
        .json()
        .at("/data/0/index")
        .asText();
  }

  private static String list(JsonNode item) {
    return JsonNodeFactory.instance.arrayNode().add(item).toString();
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** A message of validator 0 with its own partial signature of it. */
  private static ObjectNode signed(ServedClient served, JsonNode message, Bytes32 root) {
    return object()
        .<ObjectNode>set("message", message)
        .put("signature", ApiJson.hex(served.sign(0, root)));
  }

  private static Bytes32 root(ServedClient served, DomainType type, Container of, JsonNode json) {
    return at(served)
        .signable(type, Ssz.hashTreeRoot(of, SszJson.read(of, json).orElseThrow()))
        .root();
  }

  // ---- aggregates

  private static AggregateAttestation aggregate(ServedClient served, Fork fork) {
    long epoch = served.times.spec().epochOf(served.slot());
    BitSet attesters = new BitSet();
    attesters.set(1);
    return AggregateAttestation.of(
        new AttestationData(
            served.slot(),
            fork.isAtLeast(Fork.ELECTRA) ? 0 : 3,
            HEAD,
            new Checkpoint(epoch - 1, HEAD),
            new Checkpoint(epoch, HEAD)),
        3,
        64,
        attesters,
        fork,
        Bytes.wrap(new byte[96]));
  }

  @ParameterizedTest
  @EnumSource(
      value = Fork.class,
      names = {"DENEB", "FULU"})
  void aggregatesAreSignedWithTheGroupsProofAlone(Fork fork) throws Exception {
    ServedClient served = served(fork);
    boolean isNew = fork.isAtLeast(Fork.ELECTRA);
    String version = isNew ? "v2" : "v1";
    Bytes32 slotRoot = GivenRule.aggregatorSelection(at(served)).meaning().root();
    Bytes proof = served.sign(2, slotRoot);
    served.desk.onCompleted(new DutyId(DutyType.PREPARE_AGGREGATOR, served.slot(), 0, 0), proof);
    served.post(
        "/eth/v1/validator/beacon_committee_selections",
        list(
            object()
                .put("validator_index", index(served, 0))
                .put("slot", Long.toString(served.slot()))
                .put("selection_proof", ApiJson.hex(served.sign(0, slotRoot)))));
    AggregateAttestation aggregate = aggregate(served, fork);
    ObjectNode message = object().put("aggregator_index", index(served, 0));
    message.set("aggregate", aggregate.toJson());
    message.put("selection_proof", ApiJson.hex(proof));
    Container type = at(served).types().container("AggregateAndProof");
    Bytes32 root = root(served, DomainType.AGGREGATE_AND_PROOF, type, message);
    CompletionStage<Bytes> partial =
        served.ask(new DutyId(DutyType.AGGREGATOR, served.slot(), 0, 0), aggregate.encode(), root);

    String path =
        "/eth/%s/validator/aggregate_attestation?slot=%d&attestation_data_root=%s%s"
            .formatted(
                version,
                served.slot(),
                aggregate.data().hashTreeRoot(),
                isNew ? "&committee_index=3" : "");
    Reply json = served.get(path);
    assertThat(json.json().path("data")).isEqualTo(aggregate.toJson());
    assertThat(
            BeaconContract.violations(
                isNew ? "beacon-APIs" : "beacon-APIs-v2.5.0",
                isNew
                    ? "validator/aggregate_attestation.v2.yaml"
                    : "validator/aggregate_attestation.yaml",
                "get",
                200,
                json.json()))
        .isEmpty();
    assertThat(Bytes.wrap(served.get(path, "Accept", ACCEPT_SSZ).response().body()))
        .isEqualTo(aggregate.encode());

    String publish = "/eth/" + version + "/validator/aggregate_and_proofs";
    ObjectNode own =
        message.deepCopy().put("selection_proof", ApiJson.hex(served.sign(0, slotRoot)));
    Reply judgedItself =
        served.post(
            publish,
            list(signed(served, own, root(served, DomainType.AGGREGATE_AND_PROOF, type, own))),
            VERSION,
            fork.consensusVersion());
    assertThat(judgedItself.status()).isEqualTo(400);
    assertThat(judgedItself.text()).contains(ClientProblem.CLIENT_NOT_DISTRIBUTED.name());
    assertThat(partial.toCompletableFuture()).isNotDone();

    Reply taken =
        served.post(publish, list(signed(served, message, root)), VERSION, fork.consensusVersion());
    assertThat(taken.text()).isEmpty();
    assertThat(partial.toCompletableFuture()).isCompletedWithValue(served.partial(0, root));
  }

  // ---- the sync committee

  @Test
  void theSyncCommitteeSignsTheHeadThatWasAgreedOn() throws Exception {
    ServedClient served = served(Fork.FULU);
    assertThat(served.get("/eth/v1/beacon/blocks/head/root").text())
        .as("as the beacon node says, before anything is agreed on")
        .isEqualTo(served.node("/eth/v1/beacon/blocks/head/root").text());
    Bytes32 root = at(served).signable(DomainType.SYNC_COMMITTEE, HEAD).root();
    DutyId duty = new DutyId(DutyType.SYNC_MESSAGE, served.slot(), 0, 0);
    CompletionStage<Bytes> partial = served.ask(duty, Bytes.wrap(HEAD.toArray()), root);

    Reply head = served.get("/eth/v1/beacon/blocks/head/root");
    assertThat(head.json().at("/data/root").asText()).isEqualTo(HEAD.toString());
    assertThat(
            BeaconContract.violations(
                "beacon-APIs", "beacon/blocks/root.yaml", "get", 200, head.json()))
        .isEmpty();
    Reply reply =
        served.post(
            "/eth/v1/beacon/pool/sync_committees",
            list(
                object()
                    .put("slot", Long.toString(served.slot()))
                    .put("beacon_block_root", HEAD.toString())
                    .put("validator_index", index(served, 0))
                    .put("signature", ApiJson.hex(served.sign(0, root)))));

    assertThat(reply.text()).isEmpty();
    assertThat(partial.toCompletableFuture()).isCompletedWithValue(served.partial(0, root));
  }

  @Test
  void whoSignsAnotherHeadThanTheSyncCommitteeAgreedOnIsToldOfSuccessAndItDoesNotLeave()
      throws Exception {
    ServedClient served = served(Fork.FULU);
    Bytes32 root = at(served).signable(DomainType.SYNC_COMMITTEE, HEAD).root();
    DutyId duty = new DutyId(DutyType.SYNC_MESSAGE, served.slot(), 0, 0);
    CompletionStage<Bytes> partial = served.ask(duty, Bytes.wrap(HEAD.toArray()), root);
    Bytes32 other = Bytes32.sha256(HEAD.toArray());
    Bytes32 otherRoot = at(served).signable(DomainType.SYNC_COMMITTEE, other).root();

    Reply reply =
        served.post(
            "/eth/v1/beacon/pool/sync_committees",
            list(
                object()
                    .put("slot", Long.toString(served.slot()))
                    .put("beacon_block_root", other.toString())
                    .put("validator_index", index(served, 0))
                    .put("signature", ApiJson.hex(served.sign(0, otherRoot)))));

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.text()).isEmpty();
    assertThat(partial.toCompletableFuture()).isNotDone();
    assertThat(served.desk.refusals()).isEqualTo(Map.of(ClientProblem.OTHER_HEAD, 1L));
  }

  @Test
  void contributionsAreSignedWithTheGroupsProofAlone() throws Exception {
    ServedClient served = served(Fork.FULU);
    int part = 2;
    Bytes32 slotRoot = GivenRule.syncSelection(at(served), part).meaning().root();
    Bytes proof = served.sign(2, slotRoot);
    served.desk.onCompleted(
        new DutyId(DutyType.PREPARE_SYNC_CONTRIBUTION, served.slot(), 0, part), proof);
    ObjectNode selection =
        object()
            .put("validator_index", index(served, 0))
            .put("slot", Long.toString(served.slot()))
            .put("subcommittee_index", Integer.toString(part));
    Reply selected =
        served.post(
            "/eth/v1/validator/sync_committee_selections",
            list(
                selection
                    .deepCopy()
                    .put("selection_proof", ApiJson.hex(served.sign(0, slotRoot)))));
    assertThat(selected.json().at("/data/0"))
        .isEqualTo(selection.deepCopy().put("selection_proof", ApiJson.hex(proof)));
    assertThat(
            BeaconContract.violations(
                "beacon-APIs",
                "validator/sync_committee_selections.yaml",
                "post",
                200,
                selected.json()))
        .isEmpty();
    Container type = at(served).types().container("SyncCommitteeContribution");
    ObjectNode contribution = (ObjectNode) SszJson.write(type, Zeros.of(type));
    contribution
        .put("slot", Long.toString(served.slot()))
        .put("beacon_block_root", HEAD.toString())
        .put("subcommittee_index", Integer.toString(part));
    ObjectNode message = object().put("aggregator_index", index(served, 0));
    message.set("contribution", contribution);
    message.put("selection_proof", ApiJson.hex(proof));
    Bytes32 root =
        root(
            served,
            DomainType.CONTRIBUTION_AND_PROOF,
            at(served).types().container("ContributionAndProof"),
            message);
    SszType values = new SszType.ListOf(type, DutyType.SYNC_SUBCOMMITTEES);
    CompletionStage<Bytes> partial =
        served.ask(
            new DutyId(DutyType.SYNC_CONTRIBUTION, served.slot(), 0, part),
            Ssz.encode(
                values,
                SszJson.read(values, JsonNodeFactory.instance.arrayNode().add(contribution))
                    .orElseThrow()),
            root);

    Reply asked =
        served.get(
            "/eth/v1/validator/sync_committee_contribution?slot=%d&subcommittee_index=%d&beacon_block_root=%s"
                .formatted(served.slot(), part, HEAD));
    assertThat(asked.json().path("data")).isEqualTo(contribution);
    Reply reply =
        served.post(
            "/eth/v1/validator/contribution_and_proofs", list(signed(served, message, root)));

    assertThat(reply.text()).isEmpty();
    assertThat(partial.toCompletableFuture()).isCompletedWithValue(served.partial(0, root));

    served.passSlot();
    assertThat(
            served
                .post(
                    "/eth/v1/validator/contribution_and_proofs",
                    list(signed(served, message, root)))
                .text())
        .as("not that its client is none of a group's")
        .contains(ClientProblem.TOO_LATE.name());
  }

  // ---- blocks

  private static Proposal proposal(ServedClient served, Fork fork, Proposal.Kind kind)
      throws Exception {
    String prefix = kind == Proposal.Kind.BLINDED ? "Blinded" : "";
    Container blockType = at(served).types().container(prefix + "BeaconBlock");
    ObjectNode block = (ObjectNode) SszJson.write(blockType, Zeros.of(blockType));
    block.put("slot", Long.toString(served.slot())).put("proposer_index", index(served, 0));
    boolean isPlain = kind == Proposal.Kind.BLINDED || !fork.isAtLeast(Fork.DENEB);
    Container type = isPlain ? blockType : at(served).types().container("BlockContents");
    JsonNode whole =
        isPlain ? block : ((ObjectNode) SszJson.write(type, Zeros.of(type))).set("block", block);
    return new Proposal(fork, kind, Ssz.encode(type, SszJson.read(type, whole).orElseThrow()));
  }

  private record Proposed(
      Proposal proposal, JsonNode block, Bytes32 root, CompletionStage<Bytes> partial) {}

  /** The duties of a proposal by validator 0. */
  private static Proposed propose(ServedClient served, Fork fork, Proposal.Kind kind)
      throws Exception {
    Bytes32 reveal = GivenRule.randao(at(served)).meaning().root();
    served.ask(new DutyId(DutyType.RANDAO, served.slot(), 0, 0), Bytes.wrap(new byte[8]), reveal);
    Proposal proposal = proposal(served, fork, kind);
    Container type = at(served).types().container(proposal.container());
    JsonNode json = SszJson.write(type, Ssz.decode(type, proposal.ssz()).orElseThrow());
    JsonNode block = json.has("block") ? json.path("block") : json;
    Bytes32 root =
        root(
            served,
            DomainType.BEACON_PROPOSER,
            at(served)
                .types()
                .container(kind == Proposal.Kind.BLINDED ? "BlindedBeaconBlock" : "BeaconBlock"),
            block);
    return new Proposed(
        proposal,
        block,
        root,
        served.ask(
            new DutyId(DutyType.PROPOSER, served.slot(), 0, 0), proposal.value().content(), root));
  }

  private static String path(ServedClient served, String version, int signer) {
    return "/eth/%s/validator/blocks/%d?graffiti=0x00&builder_boost_factor=0&randao_reveal=%s"
        .formatted(
            version,
            served.slot(),
            ApiJson.hex(served.sign(signer, GivenRule.randao(at(served)).meaning().root())));
  }

  @ParameterizedTest
  @EnumSource(
      value = Fork.class,
      names = {"CAPELLA", "DENEB", "ELECTRA", "FULU"})
  void theAgreedBlockIsHandedOutAndSigned(Fork fork) throws Exception {
    ServedClient served = served(fork);
    Proposed proposed = propose(served, fork, Proposal.Kind.FULL);

    Reply json = served.get(path(served, "v3", 0));
    assertThat(json.status()).as(json.text()).isEqualTo(200);
    assertThat(json.header("Eth-Consensus-Version")).isEqualTo(fork.consensusVersion());
    assertThat(json.header("Eth-Execution-Payload-Blinded")).isEqualTo("false");
    assertThat(json.json().path("version").asText()).isEqualTo(fork.consensusVersion());
    Reply ssz = served.get(path(served, "v3", 0), "Accept", ACCEPT_SSZ);
    assertThat(Bytes.wrap(ssz.response().body())).isEqualTo(proposed.proposal().ssz());
    assertThat(served.get(path(served, "v2", 0)).json().path("data"))
        .isEqualTo(json.json().path("data"));

    ObjectNode block = signed(served, proposed.block(), proposed.root());
    boolean hasContents = fork.isAtLeast(Fork.DENEB);
    JsonNode whole = block;
    if (hasContents) {
      ObjectNode contents = json.json().path("data").deepCopy();
      contents.remove("block");
      contents.set("signed_block", block);
      whole = contents;
    }
    Container type =
        at(served).types().container(hasContents ? "SignedBlockContents" : "SignedBeaconBlock");
    Reply reply =
        served.postSsz(
            "/eth/v2/beacon/blocks?broadcast_validation=gossip",
            Ssz.encode(type, SszJson.read(type, whole).orElseThrow()),
            VERSION,
            fork.consensusVersion());
    assertThat(reply.text()).isEmpty();
    assertThat(proposed.partial().toCompletableFuture())
        .isCompletedWithValue(served.partial(0, proposed.root()));
    assertThat(served.post("/eth/v1/beacon/blocks", whole.toString()).status())
        .as("the same again")
        .isEqualTo(200);
  }

  @Test
  void aBlockIsNotWrittenInJsonForWhoWantsSsz() throws Exception {
    ServedClient served = served(Fork.FULU);
    Bytes32 reveal = GivenRule.randao(at(served)).meaning().root();
    served.ask(new DutyId(DutyType.RANDAO, served.slot(), 0, 0), Bytes.wrap(new byte[8]), reveal);
    Bytes unwritable = Bytes.wrap(new byte[1_000]);
    served.ask(
        new DutyId(DutyType.PROPOSER, served.slot(), 0, 0),
        new Proposal(Fork.FULU, Proposal.Kind.FULL, unwritable).value().content(),
        Bytes32.ZERO);

    Reply ssz = served.get(path(served, "v3", 0), "Accept", ACCEPT_SSZ);

    assertThat(ssz.status()).isEqualTo(200);
    assertThat(Bytes.wrap(ssz.response().body())).isEqualTo(unwritable);
    assertThat(served.get(path(served, "v3", 0)).status()).isEqualTo(500);
  }

  @Test
  void aBlindedBlockIsHandedOutAsSuchAndSigned() throws Exception {
    ServedClient served = served(Fork.FULU);
    Proposed proposed = propose(served, Fork.FULU, Proposal.Kind.BLINDED);

    assertThat(
            served.get(path(served, "v3", 0)).json().path("execution_payload_blinded").asBoolean())
        .isTrue();
    assertThat(served.get(path(served, "v2", 0)).status())
        .as("a route that knows no blinded ones")
        .isEqualTo(503);
    Reply reply =
        served.post(
            "/eth/v2/beacon/blinded_blocks",
            signed(served, proposed.block(), proposed.root()).toString(),
            VERSION,
            "fulu");

    assertThat(reply.text()).isEmpty();
    assertThat(proposed.partial().toCompletableFuture()).isDone();
  }

  @Test
  void aBlockThatWasNotAgreedOnAndARevealOfAnotherShareAreRefused() throws Exception {
    ServedClient served = served(Fork.CAPELLA);
    Proposed proposed = propose(served, Fork.CAPELLA, Proposal.Kind.FULL);

    Reply reveal = served.get(path(served, "v3", 1));
    assertThat(reveal.status()).isEqualTo(400);
    assertThat(reveal.text()).contains(ClientProblem.WRONG_SIGNATURE.name());

    ObjectNode other = proposed.block().deepCopy();
    other.put("state_root", HEAD.toString());
    Bytes32 root =
        root(
            served, DomainType.BEACON_PROPOSER, at(served).types().container("BeaconBlock"), other);
    Reply reply = served.post("/eth/v1/beacon/blocks", signed(served, other, root).toString());
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.text()).contains(ClientProblem.WRONG_MESSAGE.name());
    assertThat(
            served
                .post(
                    "/eth/v2/beacon/blocks",
                    signed(served, proposed.block(), proposed.root()).toString(),
                    VERSION,
                    "fulu")
                .text())
        .contains(ClientProblem.UNKNOWN_VERSION.name());
    assertThat(proposed.partial().toCompletableFuture()).isNotDone();
    assertThat(List.of(served.desk.refusals().get(ClientProblem.WRONG_MESSAGE)))
        .containsExactly(1L);
  }
}
