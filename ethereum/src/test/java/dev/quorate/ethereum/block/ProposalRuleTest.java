/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyRule.Verdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.SharedVectors;
import dev.quorate.ethereum.block.Proposal.Kind;
import dev.quorate.ethereum.chain.Chains;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.SigningExamples;
import dev.quorate.ethereum.duty.SigningExamples.Example;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType;
import dev.quorate.ethereum.ssz.SszValue;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ProposalRuleTest {
  private static final long PROPOSER = 77;
  private static final Bytes RANDAO = Bytes.fromHex("ab".repeat(96));
  private static final Bytes FEE_RECIPIENT = Bytes.fromHex("fe".repeat(20));
  private static final Bytes32 PARENT = Bytes32.sha256(new byte[] {1});
  private static final int BLOB_BYTES = 131_072;
  private static final ProposalRule RULE = rule(Fork.FULU);

  // ---- what is signed

  @ParameterizedTest
  @CsvSource({"BLOCK_V2 (PHASE 0), PHASE0", "BLOCK_V2 (ALTAIR), ALTAIR"})
  void signsABlockAsTheRemoteSigningApiDoes(String name, Fork fork) {
    Example example = SigningExamples.of(name);
    JsonNode block = example.request().path("beacon_block").path("block");
    DutySlot at = example.at(block.path("slot").asLong(), fork);
    Value value = value(at, Kind.FULL, block);
    assertThat(ruleOf(at, block).signable(value))
        .contains(new Signable(example.expected(), 0, at.slot()));
  }

  /** Full with blobs, laid out by hand, and blinded: both sign the root that the vector names. */
  @TestFactory
  Stream<DynamicTest> signsTheBlocksOfTheConsensusSpecs() {
    return Stream.of(Fork.DENEB, Fork.ELECTRA, Fork.FULU)
        .flatMap(fork ->
            SharedVectors.json(
                    SharedVectors.at(
                        "ssz-static/mainnet/"
                            + fork.name().toLowerCase(Locale.ROOT)
                            + "/BeaconBlock.json"))
                .valueStream()
                .filter(vector -> isBelow63(vector, "slot") && isBelow63(vector, "proposer_index"))
                .map(vector ->
                    DynamicTest.dynamicTest(
                        fork + " " + vector.path("suite").asText() + vector.path("case").asText(),
                        () -> signsTheRootOf(fork, vector))));
  }

  private static void signsTheRootOf(Fork fork, JsonNode vector) {
    JsonNode block = vector.path("value");
    DutySlot at =
        new DutySlot(
            Chains.of(fork), Chains.MAINNET_GENESIS, Long.parseLong(block.path("slot").asText()));
    Signable expected =
        at.signable(DomainType.BEACON_PROPOSER, Bytes32.fromHex(vector.path("root").asText()));
    ProposalRule rule = ruleOf(at, block);
    int blobs = block.path("body").path("blob_kzg_commitments").size();
    Bytes contents = contents(fork, Bytes.fromHex(vector.path("serialized").asText()), blobs);
    assertThat(rule.signable(new Proposal(fork, Kind.FULL, contents).value())).contains(expected);
    assertThat(rule.signable(value(at, Kind.BLINDED, blinded(at.types(), block))))
        .contains(expected);
  }

  /** Three offsets, the block, its proofs and its blobs. */
  private static Bytes contents(Fork fork, Bytes block, int blobs) {
    int proofs = 48 * blobs * (fork == Fork.FULU ? 128 : 1);
    ByteBuffer contents =
        ByteBuffer.allocate(12 + block.size() + proofs + blobs * BLOB_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(12)
            .putInt(12 + block.size())
            .putInt(12 + block.size() + proofs)
            .put(block.toArray());
    return Bytes.wrap(contents.array());
  }

  /** Of transactions and withdrawals the roots stay. */
  private static ObjectNode blinded(BeaconTypes types, JsonNode block) {
    ObjectNode blinded = block.deepCopy();
    ObjectNode body = (ObjectNode) blinded.path("body");
    ObjectNode payload = (ObjectNode) body.remove("execution_payload");
    for (SszType.Field field : types.container("ExecutionPayload").fields()) {
      if (List.of("transactions", "withdrawals").contains(field.name())) {
        SszValue value = SszJson.read(field.type(), payload.remove(field.name())).orElseThrow();
        payload.put(field.name() + "_root", Ssz.hashTreeRoot(field.type(), value).toString());
      }
    }
    body.set("execution_payload_header", payload);
    return blinded;
  }

  private static boolean isBelow63(JsonNode vector, String field) {
    return Long.parseUnsignedLong(vector.path("value").path(field).asText()) >= 0;
  }

  // ---- what is voted for

  @ParameterizedTest
  @EnumSource(Fork.class)
  void acceptsABlockOnWhatAnOwnNodeBuildsOn(Fork fork) {
    ProposalRule rule = rule(fork);
    Value value = value(rule.at(), Kind.FULL, full(rule, block -> {}));
    assertThat(rule.judge(value, List.of(value))).isEqualTo(new Verdict.Accepted());
    assertThat(rule.given()).isEmpty();
    if (fork.isAtLeast(Fork.BELLATRIX)) {
      Value blinded = value(rule.at(), Kind.BLINDED, blinded(rule, block -> {}));
      assertThat(rule.judge(blinded, List.of(value))).isEqualTo(new Verdict.Accepted());
      assertThat(rule.judge(value, List.of(blinded))).isEqualTo(new Verdict.Accepted());
    }
  }

  @Test
  void leavesGraffitiAndPayloadFree() {
    Value own = value(full(RULE, block -> {}));
    JsonNode other =
        full(
            RULE,
            block -> {
              body(block).put("graffiti", PARENT.toString());
              ((ObjectNode) body(block).path("execution_payload")).put("gas_used", "7");
            });
    assertThat(RULE.judge(value(other), List.of(own))).isEqualTo(new Verdict.Accepted());
    assertThat(RULE.signable(value(other))).isNotEqualTo(RULE.signable(own));
  }

  @Test
  void doesNotConfirmAParentThatNoOwnNodeBuildsOn() {
    Value own = value(full(RULE, block -> {}));
    Value other = value(full(RULE, block -> block.put("parent_root", Bytes32.ZERO.toString())));
    assertThat(RULE.judge(other, List.of(own)))
        .isEqualTo(new Verdict.Unconfirmed(Reason.HEADS_DIFFER));
    assertThat(RULE.judge(other, List.of(own, other))).isEqualTo(new Verdict.Accepted());
    assertThat(RULE.judge(own, List.of())).isEqualTo(new Verdict.Unconfirmed(Reason.NO_OWN_DATA));
    assertThat(RULE.judge(own, List.of(new Value(Bytes.EMPTY))))
        .isEqualTo(new Verdict.Unconfirmed(Reason.NO_OWN_DATA));
  }

  @Test
  void refusesAnotherSlot() {
    for (String slot : List.of("0", Long.toString(RULE.at().slot() + 1), "18446744073709551615")) {
      refuses(Reason.WRONG_SLOT, value(full(RULE, block -> block.put("slot", slot))));
    }
  }

  @Test
  void refusesAnotherProposer() {
    for (String index : List.of("0", "78", "18446744073709551615")) {
      refuses(
          Reason.WRONG_PROPOSER, value(full(RULE, block -> block.put("proposer_index", index))));
    }
  }

  @Test
  void refusesABlockOfAnotherFork() {
    Bytes ssz = ssz(RULE.at(), Kind.FULL, full(RULE, block -> {}));
    refuses(Reason.WRONG_FORK, new Proposal(Fork.ELECTRA, Kind.FULL, ssz).value());
    ProposalRule before = rule(Fork.CAPELLA);
    Value capella = value(before.at(), Kind.FULL, full(before, block -> {}));
    assertThat(before.judge(capella, List.of(capella))).isEqualTo(new Verdict.Accepted());
    refuses(Reason.WRONG_FORK, capella);
  }

  @Test
  void refusesARandaoRevealThatWasNotAgreedOn() {
    String other = "0x" + "00".repeat(96);
    refuses(
        Reason.WRONG_RANDAO_REVEAL,
        value(full(RULE, block -> body(block).put("randao_reveal", other))));
    refuses(
        Reason.WRONG_RANDAO_REVEAL,
        value(
            RULE.at(),
            Kind.BLINDED,
            blinded(RULE, block -> body(block).put("randao_reveal", other))));
  }

  @Test
  void refusesAnotherFeeRecipient() {
    String other = "0x" + "00".repeat(20);
    refuses(
        Reason.WRONG_FEE_RECIPIENT,
        value(
            full(
                RULE,
                block ->
                    ((ObjectNode) body(block).path("execution_payload"))
                        .put("fee_recipient", other))));
  }

  @Test
  void leavesTheFeeRecipientOfABlindedBlockToItsBuilder() {
    Value blinded =
        value(
            RULE.at(),
            Kind.BLINDED,
            blinded(
                RULE,
                block ->
                    ((ObjectNode) body(block).path("execution_payload_header"))
                        .put("fee_recipient", "0x" + "00".repeat(20))));
    assertThat(RULE.judge(blinded, List.of(blinded))).isEqualTo(new Verdict.Accepted());
  }

  @ParameterizedTest
  @CsvSource({"1, 128, 2", "2, 256, 1", "2, 128, 2", "2, 2, 2", "0, 128, 0"})
  void refusesBlobsThatDoNotFitTheBlock(int commitments, int proofs, int blobs) {
    refuses(Reason.MALFORMED_VALUE, value(withBlobs(commitments, proofs, blobs)));
  }

  @ParameterizedTest
  @CsvSource({"FULU, 2, 256, 2", "FULU, 0, 0, 0", "DENEB, 2, 2, 2", "ELECTRA, 1, 1, 1"})
  void takesAProofOfEachBlobAndOfEachCellInFulu(Fork fork, int commitments, int proofs, int blobs) {
    ProposalRule rule = rule(fork);
    Value value = value(rule.at(), Kind.FULL, withBlobs(rule, commitments, proofs, blobs));
    assertThat(rule.judge(value, List.of(value))).isEqualTo(new Verdict.Accepted());
  }

  @Test
  void refusesBytesThatAreNoProposal() {
    byte[] good = value(full(RULE, block -> {})).content().toArray();
    byte[] unknownFork = good.clone();
    unknownFork[0] = 7;
    byte[] unknownKind = good.clone();
    unknownKind[1] = 2;
    byte[] shifted = good.clone();
    shifted[2] = 16;
    for (byte[] bad :
        List.of(
            new byte[0],
            new byte[1],
            new byte[50],
            unknownFork,
            unknownKind,
            shifted,
            Arrays.copyOf(good, 97),
            Arrays.copyOf(good, 98),
            Arrays.copyOf(good, good.length - 1),
            Arrays.copyOf(good, good.length + 1))) {
      refuses(Reason.MALFORMED_VALUE, new Value(Bytes.wrap(bad)));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Proposal(Fork.ALTAIR, Kind.BLINDED, Bytes.wrap(new byte[200])));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Proposal(Fork.FULU, Kind.FULL, Bytes.wrap(new byte[95])));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Proposal(Fork.FULU, Kind.FULL, Bytes.wrap(new byte[1 << 24])));
  }

  @Test
  void aRuleHasARevealAndARecipient() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ProposalRule(RULE.at(), PROPOSER, Bytes.EMPTY, FEE_RECIPIENT));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ProposalRule(RULE.at(), PROPOSER, RANDAO, Bytes.EMPTY));
  }

  @Test
  void aProposalIsReadAgainAndTellsItsBlock() {
    Proposal proposal =
        new Proposal(Fork.FULU, Kind.FULL, ssz(RULE.at(), Kind.FULL, full(RULE, block -> {})));
    assertThat(Proposal.decode(proposal.value())).contains(proposal);
    assertThat(proposal.slot()).isEqualTo(RULE.at().slot());
    assertThat(proposal.proposerIndex()).isEqualTo(PROPOSER);
    assertThat(proposal.parentRoot()).isEqualTo(PARENT);
    assertThat(proposal.value().content().slice(0, 2).hex()).isEqualTo("0600");
    assertThat(proposal)
        .hasToString(
            "Proposal[FULU FULL, %d bytes, slot %d]"
                .formatted(proposal.ssz().size(), RULE.at().slot()));
  }

  // ---- blocks

  private static ProposalRule rule(Fork fork) {
    DutySlot at = new DutySlot(Chains.of(fork), Chains.MAINNET_GENESIS, 420_000 * 32 + 3);
    return new ProposalRule(at, PROPOSER, RANDAO, FEE_RECIPIENT);
  }

  private static ProposalRule ruleOf(DutySlot at, JsonNode block) {
    JsonNode body = block.path("body");
    return new ProposalRule(
        at,
        block.path("proposer_index").asLong(),
        Bytes.fromHex(body.path("randao_reveal").asText()),
        Bytes.fromHex(
            body.path("execution_payload")
                .path("fee_recipient")
                .asText("0x" + FEE_RECIPIENT.hex())));
  }

  /** The least block that the rule accepts, with its blobs where it comes with them. */
  private static JsonNode full(ProposalRule rule, Consumer<ObjectNode> change) {
    boolean contents = rule.at().fork().isAtLeast(Fork.DENEB);
    ObjectNode json = least(rule.at(), contents ? "BlockContents" : "BeaconBlock");
    ObjectNode block = contents ? (ObjectNode) json.path("block") : json;
    fill(rule, block);
    if (rule.at().fork().isAtLeast(Fork.BELLATRIX)) {
      ((ObjectNode) body(block).path("execution_payload"))
          .put("fee_recipient", ApiJson.hex(FEE_RECIPIENT));
    }
    change.accept(block);
    return json;
  }

  private static JsonNode blinded(ProposalRule rule, Consumer<ObjectNode> change) {
    ObjectNode block = least(rule.at(), "BlindedBeaconBlock");
    fill(rule, block);
    change.accept(block);
    return block;
  }

  private static JsonNode withBlobs(int commitments, int proofs, int blobs) {
    return withBlobs(RULE, commitments, proofs, blobs);
  }

  private static JsonNode withBlobs(ProposalRule rule, int commitments, int proofs, int blobs) {
    JsonNode json =
        full(rule, block -> add(body(block).path("blob_kzg_commitments"), commitments, 48));
    add(json.path("kzg_proofs"), proofs, 48);
    add(json.path("blobs"), blobs, BLOB_BYTES);
    return json;
  }

  private static void add(JsonNode list, int count, int size) {
    Collections.nCopies(count, "0x" + "00".repeat(size)).forEach(((ArrayNode) list)::add);
  }

  private static void fill(ProposalRule rule, ObjectNode block) {
    block
        .put("slot", Long.toString(rule.at().slot()))
        .put("proposer_index", Long.toString(PROPOSER))
        .put("parent_root", PARENT.toString());
    body(block).put("randao_reveal", ApiJson.hex(RANDAO));
  }

  private static ObjectNode body(ObjectNode block) {
    return (ObjectNode) block.path("body");
  }

  private static ObjectNode least(DutySlot at, String container) {
    SszType type = at.types().container(container);
    return (ObjectNode) SszJson.write(type, least(type));
  }

  private static SszValue least(SszType type) {
    return switch (type) {
      case SszType.Uint _ -> new SszValue.Unsigned(BigInteger.ZERO);
      case SszType.Bool _ -> new SszValue.Flag(false);
      case SszType.ByteVector vector -> zeros(vector.length());
      case SszType.Bitvector vector -> zeros((vector.length() + 7) / 8);
      case SszType.ByteList _ -> zeros(0);
      case SszType.Bitlist _ -> new SszValue.Octets(Bytes.wrap(new byte[] {1}));
      case SszType.Vector vector ->
          new SszValue.Items(Collections.nCopies(vector.length(), least(vector.element())));
      case SszType.ListOf _ -> new SszValue.Items(List.of());
      case SszType.Container(var fields) ->
          new SszValue.Items(fields.stream().map(field -> least(field.type())).toList());
    };
  }

  private static SszValue zeros(int size) {
    return new SszValue.Octets(Bytes.wrap(new byte[size]));
  }

  private static Value value(JsonNode json) {
    return value(RULE.at(), Kind.FULL, json);
  }

  private static Value value(DutySlot at, Kind kind, JsonNode json) {
    return new Proposal(at.fork(), kind, ssz(at, kind, json)).value();
  }

  private static Bytes ssz(DutySlot at, Kind kind, JsonNode json) {
    String container =
        kind == Kind.BLINDED
            ? "BlindedBeaconBlock"
            : at.fork().isAtLeast(Fork.DENEB) ? "BlockContents" : "BeaconBlock";
    SszType type = at.types().container(container);
    return Ssz.encode(type, SszJson.read(type, json).orElseThrow());
  }

  private static void refuses(Reason reason, Value value) {
    assertThat(RULE.judge(value, List.of(value))).isEqualTo(new Verdict.Refused(reason));
    assertThat(RULE.signable(value)).isEmpty();
  }
}
