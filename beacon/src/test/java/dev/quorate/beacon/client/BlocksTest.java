/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import static dev.quorate.beacon.client.SimulatorFixture.VALIDATORS;
import static dev.quorate.beacon.client.SimulatorFixture.await;
import static dev.quorate.beacon.client.SimulatorFixture.errorOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quorate.beacon.client.BeaconError.BadAnswer;
import dev.quorate.beacon.client.BeaconError.BadStatus;
import dev.quorate.beacon.simulator.Captures;
import dev.quorate.beacon.simulator.Fault;
import dev.quorate.beacon.simulator.PublishedBlock;
import dev.quorate.beacon.simulator.Rejection;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.beacon.simulator.SimulatorReport.DutyCount;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyRule.Verdict;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.ethereum.block.Proposal;
import dev.quorate.ethereum.block.Proposal.Kind;
import dev.quorate.ethereum.block.ProposalRule;
import dev.quorate.ethereum.block.SignedProposal;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.ProposerDuty;
import dev.quorate.ethereum.message.ProposerPreparation;
import dev.quorate.ethereum.ssz.LittleEndian;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BlocksTest {
  private static final long SLOT = 43;
  private static final Bytes32 GRAFFITI = Bytes32.sha256(new byte[] {7});
  private static final Bytes FEE_RECIPIENT = Bytes.fromHex("fe".repeat(20));
  private static final int MEGABYTE = 1 << 20;

  private SimulatorFixture fixture = new SimulatorFixture(Fork.FULU);
  private SimulatedChain chain = fixture.simulator.chain();

  private void on(Fork fork) {
    fixture.close();
    fixture = new SimulatorFixture(fork);
    chain = fixture.simulator.chain();
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  private DutySlot at() {
    fixture.setSlot(SLOT);
    return new DutySlot(chain.spec(), chain.genesis(), SLOT);
  }

  private ProposerDuty duty() {
    return chain.proposals(chain.spec().epochOf(SLOT)).stream()
        .filter(duty -> duty.slot() == SLOT)
        .findFirst()
        .orElseThrow();
  }

  private Bytes reveal() {
    byte[] epoch = new byte[32];
    LittleEndian.put(epoch, 0, chain.spec().epochOf(SLOT));
    return VALIDATORS.signature(chain, duty().pubkey(), DomainType.RANDAO, SLOT, Bytes32.of(epoch));
  }

  private BlockRequest request() {
    return new BlockRequest(reveal(), GRAFFITI, 100);
  }

  private Proposal block() {
    return await(fixture.node().block(at(), request()));
  }

  private ProposalRule rule() {
    return new ProposalRule(at(), duty().validatorIndex(), reveal(), FEE_RECIPIENT);
  }

  private void prepare() {
    await(
        fixture
            .node()
            .submit(
                Submission.preparations(
                    List.of(new ProposerPreparation(duty().validatorIndex(), FEE_RECIPIENT)))));
  }

  /** What the proposer publishes. */
  private SignedProposal signed(Proposal block) {
    Bytes32 root = rule().signable(block.value()).orElseThrow().root();
    return new SignedProposal(block, VALIDATORS.signatureUnder(duty().pubkey(), root));
  }

  private SubmissionOutcome publish(SignedProposal block) {
    return await(fixture.nodes().submit(Submission.block(at(), block))).getFirst();
  }

  private DutyCount count() {
    return Objects.requireNonNull(fixture.simulator.report(SLOT, SLOT).others().get("proposer"));
  }

  @ParameterizedTest
  @EnumSource(names = {"CAPELLA", "DENEB", "ELECTRA", "FULU"})
  void aBlockIsFetchedSignedAndPublished(Fork fork) {
    on(fork);
    prepare();
    Proposal block = block();
    assertThat(block.kind()).isEqualTo(Kind.FULL);
    assertThat(rule().judge(block.value(), List.of(block.value())))
        .isEqualTo(new Verdict.Accepted());
    assertThat(publish(signed(block))).isEqualTo(SubmissionOutcome.ACCEPTED);
    assertThat(publish(signed(block))).isEqualTo(SubmissionOutcome.ALREADY_KNOWN);
    assertThat(fixture.simulator.blocks(SLOT))
        .singleElement()
        .returns(Bytes.wrap(GRAFFITI.toArray()), PublishedBlock::graffiti)
        .returns(FEE_RECIPIENT, PublishedBlock::feeRecipient)
        .returns(chain.blockRoot(SLOT - 1), PublishedBlock::parentRoot);
    assertThat(count().expected()).isEqualTo(OptionalLong.of(1));
    assertThat(count().broadcast()).isEqualTo(1);
    assertThat(count().duplicates()).isEqualTo(1);
    assertThat(count().rejected()).doesNotContainKey(Rejection.BLOCK_KNOWN).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"CAPELLA", "DENEB", "FULU"})
  void aNodeThatKnowsNoSszIsUnderstoodInJson(Fork fork) {
    on(fork);
    prepare();
    Proposal inSsz = block();
    fixture.simulator.setFaults(0, List.of(new Fault.NoSsz()));
    assertThat(block()).isEqualTo(inSsz);
    assertThat(publish(signed(inSsz))).isEqualTo(SubmissionOutcome.ACCEPTED);
  }

  @ParameterizedTest
  @EnumSource(names = {"CAPELLA", "DENEB", "ELECTRA", "FULU"})
  void aBuildersBlockIsPublishedBlindedAndHasTheRootOfTheFullOne(Fork fork) {
    on(fork);
    prepare();
    Proposal full = block();
    fixture.simulator.setFaults(0, List.of(new Fault.BuilderBlocks()));
    Proposal blinded = block();
    assertThat(blinded.kind()).isEqualTo(Kind.BLINDED);
    assertThat(rule().signable(blinded.value())).isEqualTo(rule().signable(full.value()));
    assertThat(publish(signed(blinded))).isEqualTo(SubmissionOutcome.ACCEPTED);
    assertThat(publish(signed(full))).isEqualTo(SubmissionOutcome.ALREADY_KNOWN);
  }

  @Test
  void aMegabyteWithBlobsIsFetchedAndPublished() {
    prepare();
    fixture.simulator.setBlockBytes(2 * MEGABYTE);
    Proposal block = block();
    assertThat(block.ssz().size()).isBetween(MEGABYTE, 2 * MEGABYTE + 64 * 1024);
    assertThat(rule().judge(block.value(), List.of(block.value())))
        .isEqualTo(new Verdict.Accepted());
    assertThat(publish(signed(block))).isEqualTo(SubmissionOutcome.ACCEPTED);
  }

  @Test
  void theBlockOfAnotherProposerOrUnderAnotherSignatureIsRejected() {
    prepare();
    Proposal block = block();
    SignedProposal forged = new SignedProposal(block, reveal());
    assertThat(publish(forged)).isEqualTo(SubmissionOutcome.REJECTED);
    byte[] ssz = block.ssz().toArray();
    LittleEndian.put(ssz, 12 + 8, SimulatedChain.validatorIndex(15) + 1);
    SignedProposal stranger =
        new SignedProposal(new Proposal(block.fork(), block.kind(), Bytes.wrap(ssz)), reveal());
    assertThat(publish(stranger)).isEqualTo(SubmissionOutcome.REJECTED);
    assertThat(count().rejected())
        .containsOnlyKeys(Rejection.BAD_SIGNATURE, Rejection.UNKNOWN_VALIDATOR);
    assertThat(count().broadcast()).isZero();
  }

  @Test
  void aBlockOnAnUnknownParentIsRejectedAndOneOfThePastComesTooLate() {
    prepare();
    Proposal block = block();
    byte[] ssz = block.ssz().toArray();
    ssz[12 + 16] ^= 1;
    Proposal orphan = new Proposal(block.fork(), block.kind(), Bytes.wrap(ssz));
    assertThat(publish(signed(orphan))).isEqualTo(SubmissionOutcome.REJECTED);
    SignedProposal late = signed(block);
    Submission submission = Submission.block(at(), late);
    fixture.setSlot(SLOT + 1);
    assertThat(await(fixture.node().submit(submission)))
        .containsExactly(SubmissionOutcome.REJECTED);
    assertThat(count().rejected())
        .containsOnlyKeys(Rejection.UNKNOWN_PARENT, Rejection.PAST_INCLUSION);
  }

  @Test
  void twoDifferentBlocksOfOneSlotAreAConflict() {
    prepare();
    Proposal one = block();
    Proposal other =
        await(fixture.node().block(at(), new BlockRequest(reveal(), Bytes32.ZERO, 100)));
    assertThat(publish(signed(one))).isEqualTo(SubmissionOutcome.ACCEPTED);
    assertThat(publish(signed(other))).isEqualTo(SubmissionOutcome.ALREADY_KNOWN);
    assertThat(count().conflicting()).isEqualTo(1);
  }

  @Test
  void aNodeBuildsNothingOnAForeignReveal() {
    BlockRequest foreign = new BlockRequest(Bytes.fromHex("ab".repeat(96)), GRAFFITI, 0);
    assertThat(errorOf(fixture.node().block(at(), foreign)))
        .isInstanceOfSatisfying(BadStatus.class, e -> assertThat(e.status()).isEqualTo(400));
  }

  @Test
  void aRevealIsASignature() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BlockRequest(Bytes.fromHex("ab"), GRAFFITI, 0));
  }

  // ---- other nodes

  private BeaconNode node(FakeNode fake) {
    return new BeaconNode(fixture.system(), fake.url(), 20_000);
  }

  private static HttpResponse ssz(String version, String blinded, byte[] body) {
    return HttpResponse.create()
        .addHeader(RawHeader.create("Eth-Consensus-Version", version))
        .addHeader(RawHeader.create("Eth-Execution-Payload-Blinded", blinded))
        .withEntity(ContentTypes.APPLICATION_OCTET_STREAM, body);
  }

  @Test
  void aNodeWithoutTheThirdVersionIsAskedByTheSecond() {
    Proposal block = block();
    FakeNode older =
        FakeNode.start(
            fixture.system(),
            received ->
                received.route().startsWith("GET /eth/v3")
                    ? FakeNode.json(404, "{}")
                    : ssz("fulu", "false", block.ssz().toArray()));
    assertThat(await(node(older).block(at(), request()))).isEqualTo(block);
    assertThat(older.routes())
        .containsExactly(
            "GET /eth/v3/validator/blocks/" + SLOT, "GET /eth/v2/validator/blocks/" + SLOT);
    assertThat(older.received().getFirst().request().getUri().query().get("builder_boost_factor"))
        .contains("100");
    assertThat(older.received().getLast().request().getUri().query().get("builder_boost_factor"))
        .isEmpty();
  }

  @Test
  void aBlockOfAnotherForkOrSlotOrNoBlockAtAllIsABadAnswer() {
    byte[] block = block().ssz().toArray();
    byte[] ofOtherSlot = block.clone();
    LittleEndian.put(ofOtherSlot, 12, SLOT + 1);
    Stream.of(
            ssz("electra", "false", block),
            ssz("fulu", "false", ofOtherSlot),
            ssz("fulu", "false", new byte[10]),
            ssz("", "false", block),
            FakeNode.json(200, "{\"version\":\"fulu\",\"data\":{}}"),
            FakeNode.json(200, "{\"version\":\"electra\",\"data\":{}}"))
        .forEach(answer -> {
          FakeNode fake = FakeNode.start(fixture.system(), _ -> answer);
          assertThat(errorOf(node(fake).block(at(), request()))).isInstanceOf(BadAnswer.class);
        });
  }

  @Test
  void anAnswerLargerThanAnyBlockIsRefusedUnread() {
    FakeNode fake =
        FakeNode.start(
            fixture.system(), _ -> ssz("fulu", "false", new byte[BeaconNode.BLOCK_BYTES_MAX + 1]));
    assertThat(errorOf(node(fake).block(at(), request())))
        .isInstanceOfSatisfying(BadAnswer.class, e -> assertThat(e.detail()).contains("more than"));
    assertThat(BeaconNode.BLOCK_BYTES_MAX).isGreaterThan(2 * Value.BYTES_MAX);
  }

  // ---- what a real node answered and took

  @Test
  void readsTheBlocksThatLodestarAnswered() {
    var capella = Captures.capture("GET_eth_v2_validator_blocks_N-with-randao_reveal-graffiti.200");
    var spec = Captures.capture("GET_eth_v1_config_spec.200");
    BeaconNode node =
        node(
            FakeNode.start(
                fixture.system(),
                received ->
                    received.route().endsWith("spec")
                        ? FakeNode.json(200, spec.at("/response/body").asText())
                        : received.route().startsWith("GET /eth/v3")
                            ? FakeNode.json(404, "{}")
                            : FakeNode.json(200, capella.at("/response/body").asText())));
    DutySlot first = new DutySlot(await(node.spec()), chain.genesis(), 1);
    assertThat(await(node.block(first, request())))
        .returns(1L, Proposal::slot)
        .returns(13L, Proposal::proposerIndex)
        .returns(Fork.CAPELLA, Proposal::fork);
  }

  /** Both in SSZ: the block that Lodestar 1.22 answered, and how its validator published it. */
  @Test
  void aBlockIsPublishedAsLodestarDoes() {
    String folder = "clients/captures/deneb-distributed-ssz";
    Bytes answered =
        hex(
            Captures.capture(
                    folder,
                    "GET_eth_v3_validator_blocks_N-with-randao_reveal-fee_recipient-"
                        + "builder_selection-builder_boost_factor-strict_fee_recipient_check-"
                        + "blinded_local.200")
                .at("/response/body")
                .asText());
    Bytes published =
        hex(
            Captures.capture(folder, "POST_eth_v2_beacon_blocks-with-broadcast_validation.200")
                .at("/request/body")
                .asText());
    Proposal proposal = new Proposal(Fork.DENEB, Kind.FULL, answered);
    // Three offsets, and the one of the block.
    Bytes signature = published.slice(16, 16 + 96);
    assertThat(new SignedProposal(proposal, signature).ssz()).isEqualTo(published);
  }

  private static Bytes hex(String body) {
    return Bytes.fromHex(body.substring("hex:".length()));
  }
}
