/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import static dev.quorate.wire.Operators.CLUSTER;
import static dev.quorate.wire.Operators.DUTY;
import static dev.quorate.wire.Operators.HASH;
import static dev.quorate.wire.Operators.OTHER_DUTY;
import static dev.quorate.wire.Operators.VALUE;
import static dev.quorate.wire.Operators.bare;
import static dev.quorate.wire.Operators.decoder;
import static dev.quorate.wire.Operators.encoder;
import static dev.quorate.wire.Operators.signed;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.feature.Features;
import dev.quorate.consensus.qbft.Prepared;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import dev.quorate.wire.proto.Cast;
import dev.quorate.wire.proto.Chunk;
import dev.quorate.wire.proto.Decided;
import dev.quorate.wire.proto.Duty;
import dev.quorate.wire.proto.Frame;
import dev.quorate.wire.proto.HeadView;
import dev.quorate.wire.proto.HelloFrame;
import dev.quorate.wire.proto.Partial;
import dev.quorate.wire.proto.Pull;
import dev.quorate.wire.proto.Status;
import dev.quorate.wire.proto.VoteContent;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Each lie that a peer may tell, and what it is called. */
class FrameRefusalTest {
  private static final VoteContent PREPARE =
      parse(new VoteCodec(CLUSTER).encode(new Vote.Prepare(DUTY, 0, 1, HASH)));
  private static final Vote.RoundChange NOTHING_PREPARED =
      new Vote.RoundChange(DUTY, 0, 2, Optional.empty());
  private static final Vote.RoundChange CHANGE =
      new Vote.RoundChange(DUTY, 0, 2, Optional.of(new Prepared(1, VALUE.hash())));

  // One vote, properly signed, with a lie inside.

  @Test
  void refusesAnotherProtocolVersion() {
    assertThat(ofVote(PREPARE.toBuilder().setVersion(2)))
        .isEqualTo(Map.of(Reason.WRONG_PROTOCOL_VERSION, 1));
  }

  @Test
  void refusesAnotherCluster() {
    assertThat(ofVote(PREPARE.toBuilder().setCluster(ByteString.copyFrom(new byte[32]))))
        .isEqualTo(Map.of(Reason.WRONG_CLUSTER, 1));
    assertThat(ofVote(PREPARE.toBuilder().clearCluster()))
        .isEqualTo(Map.of(Reason.WRONG_CLUSTER, 1));
  }

  @Test
  void refusesAVoteInAnotherOperatorsName() {
    assertThat(ofVote(PREPARE.toBuilder().setSender(1))).isEqualTo(Map.of(Reason.WRONG_SENDER, 1));
  }

  @Test
  void refusesASenderThatIsNoOperator() {
    assertThat(ofVote(PREPARE.toBuilder().setSender(4))).isEqualTo(Map.of(Reason.UNKNOWN_PEER, 1));
    assertThat(ofVote(PREPARE.toBuilder().setSender(-1))).isEqualTo(Map.of(Reason.UNKNOWN_PEER, 1));
  }

  @Test
  void refusesAnUnknownKindOrDutyType() {
    assertThat(ofVote(PREPARE.toBuilder().setKind(9)))
        .isEqualTo(Map.of(Reason.UNKNOWN_MESSAGE_TYPE, 1));
    assertThat(ofVote(PREPARE.toBuilder().setDuty(PREPARE.getDuty().toBuilder().setType(99))))
        .isEqualTo(Map.of(Reason.UNKNOWN_MESSAGE_TYPE, 1));
    assertThat(ofVote(PREPARE.toBuilder().clearDuty()))
        .isEqualTo(Map.of(Reason.UNKNOWN_MESSAGE_TYPE, 1));
  }

  @Test
  void refusesADutyThatTheFieldGaveUp() {
    Duty duty = PREPARE.getDuty().toBuilder().setType(DutyType.DEPRECATED_CODE).build();

    assertThat(DutyType.ofCode(DutyType.DEPRECATED_CODE)).isEmpty();
    assertThat(ofVote(PREPARE.toBuilder().setDuty(duty)))
        .isEqualTo(Map.of(Reason.DEPRECATED_DUTY, 1));
  }

  @Test
  void refusesAValidatorOrPartThatTheClusterLacks() {
    Duty duty = PREPARE.getDuty();
    for (Duty lie :
        List.of(
            duty.toBuilder().setValidator(16).build(),
            duty.toBuilder().setValidator(-1).build(),
            duty.toBuilder().setPart(1).build())) {
      assertThat(ofVote(PREPARE.toBuilder().setDuty(lie)))
          .isEqualTo(Map.of(Reason.UNKNOWN_DUTY, 1));
    }
  }

  @Test
  void refusesANegativeSlot() {
    assertThat(ofVote(PREPARE.toBuilder().setDuty(PREPARE.getDuty().toBuilder().setSlot(-1))))
        .isEqualTo(Map.of(Reason.MALFORMED_FRAME, 1));
  }

  @Test
  void refusesARoundBelowOne() {
    assertThat(ofVote(PREPARE.toBuilder().setRound(0))).isEqualTo(Map.of(Reason.STALE_ROUND, 1));
    assertThat(ofVote(PREPARE.toBuilder().setRound(-1))).isEqualTo(Map.of(Reason.STALE_ROUND, 1));
  }

  @Test
  void refusesAVoteWhoseFieldsAreNotThoseOfItsKind() {
    Map<Reason, Integer> malformed = Map.of(Reason.MALFORMED_FRAME, 1);
    assertThat(ofVote(PREPARE.toBuilder().clearValue())).isEqualTo(malformed);
    assertThat(ofVote(PREPARE.toBuilder().setValue(ByteString.copyFrom(new byte[31]))))
        .isEqualTo(malformed);
    assertThat(ofVote(PREPARE.toBuilder().setPreparedRound(1))).isEqualTo(malformed);
    assertThat(ofVote(PREPARE.toBuilder().setKind(4))).isEqualTo(malformed);
    assertThat(ofVote(PREPARE.toBuilder().setKind(4).setPreparedRound(-1))).isEqualTo(malformed);
    assertThat(ofVote(PREPARE.toBuilder().setKind(4).setPreparedRound(1).clearValue()))
        .isEqualTo(malformed);
  }

  @Test
  void refusesAVoteThatIsNoVoteOrTooLong() {
    assertThat(ofLeaf(new byte[] {1, 2, 3})).isEqualTo(Map.of(Reason.MALFORMED_FRAME, 1));
    assertThat(ofLeaf(new byte[WireLimits.VOTE_BYTES_MAX + 1]))
        .isEqualTo(Map.of(Reason.MALFORMED_FRAME, 1));
  }

  // The duty's window.

  @Test
  void refusesWhatTheWindowRefuses() {
    FrameDecoder decoder =
        new FrameDecoder(
            CLUSTER,
            new VerifiedBatches(4),
            duty ->
                switch (Long.compare(duty.slot(), 100)) {
                  case 0 -> Optional.empty();
                  case 1 -> Optional.of(Reason.TOO_EARLY);
                  default -> Optional.of(Reason.TOO_LATE);
                });
    Flush flush =
        encoder(0)
            .encode(
                List.of(
                    bare(new Vote.Prepare(DutyId.attester(99, 0), 0, 1, HASH)),
                    bare(new Vote.Prepare(DutyId.attester(100, 0), 0, 1, HASH)),
                    bare(new Vote.Prepare(DutyId.attester(101, 0), 0, 1, HASH)),
                    new Outgoing.Broadcast(
                        new DutyMessage.Status(
                            DutyId.attester(101, 0), 0, 1, Optional.empty(), 0))));
    Decoded decoded = decoder.decode(0, flush.broadcast().getFirst().toArray());
    assertThat(decoded.messages()).containsExactly(new DutyMessage.Agreement(flush.own().get(1)));
    assertThat(decoded.refusals()).isEqualTo(Map.of(Reason.TOO_EARLY, 2, Reason.TOO_LATE, 1));
  }

  // The batch.

  @Test
  void aBadBatchSignatureSpoilsTheBatchAndNothingElse() {
    DutyMessage status = new DutyMessage.Status(DUTY, 0, 1, Optional.empty(), 0);
    Frame.Builder frame =
        frame(
            bare(new Vote.Prepare(DUTY, 0, 1, HASH)),
            bare(new Vote.Commit(DUTY, 0, 1, HASH)),
            new Outgoing.Broadcast(status));
    Decoded decoded = decode(frame.setSignature(flip(frame.getSignature())));
    assertThat(decoded.refusals()).isEqualTo(Map.of(Reason.BAD_SIGNATURE, 2));
    assertThat(decoded.messages()).containsExactly(status);
    assertThat(decode(frame.clearSignature()).refusals())
        .isEqualTo(Map.of(Reason.BAD_SIGNATURE, 2));
  }

  @Test
  void oneChangedLeafSpoilsTheBatch() {
    Frame.Builder frame =
        frame(bare(new Vote.Prepare(DUTY, 0, 1, HASH)), bare(new Vote.Commit(DUTY, 0, 1, HASH)));
    frame.setLeaves(1, PREPARE.toBuilder().setRound(7).build().toByteString());
    assertThat(decode(frame).refusals()).isEqualTo(Map.of(Reason.BAD_SIGNATURE, 2));
  }

  @Test
  void oneBadVoteDoesNotSpoilTheBatch() {
    List<Bytes> leaves =
        List.of(
            Bytes.wrap(PREPARE.toByteArray()),
            Bytes.wrap(PREPARE.toBuilder().setVersion(3).build().toByteArray()));
    Decoded decoded = decode(signedFrame(0, leaves));
    assertThat(decoded.messages()).hasSize(1);
    assertThat(decoded.refusals()).isEqualTo(Map.of(Reason.WRONG_PROTOCOL_VERSION, 1));
  }

  @Test
  void anotherOperatorsBatchIsRefusedOnThisLink() {
    Frame.Builder frame =
        signedFrame(1, List.of(Bytes.wrap(PREPARE.toBuilder().setSender(1).build().toByteArray())));
    assertThat(decode(frame).refusals()).isEqualTo(Map.of(Reason.BAD_SIGNATURE, 1));
  }

  @Test
  void aBatchForAnotherClusterIsRefused() {
    WireCluster other = new WireCluster(Bytes32.ZERO, 4, 16, CLUSTER.verifier());
    Flush flush =
        new FrameEncoder(other, 0, Operators.signer(0), new VerifiedBatches(4))
            .encode(List.of(bare(new Vote.Prepare(DUTY, 0, 1, HASH))));
    assertThat(decoder().decode(0, flush.broadcast().getFirst().toArray()).refusals())
        .isEqualTo(Map.of(Reason.BAD_SIGNATURE, 1));
  }

  @Test
  void refuses1025Leaves() {
    Frame.Builder frame = Frame.newBuilder();
    for (int i = 0; i <= WireLimits.BATCH_LEAVES_MAX; i++) {
      frame.addLeaves(ByteString.EMPTY);
    }
    assertThat(decode(frame).refusals()).isEqualTo(Map.of(Reason.MALFORMED_FRAME, 1));
  }

  // Nested votes.

  @Test
  void refusesAJustificationWithTheProofOfAnotherBatch() {
    SignedVote good = prepare(DUTY, 1);
    InclusionProof other =
        Operators.proof(signed(new Vote.Commit(DUTY, 1, 1, VALUE.hash())).getFirst());
    assertThat(
            justifiedBy(
                good, proof -> new InclusionProof(proof.vote(), 0, proof.path(), other.batch())))
        .isEqualTo(Map.of(Reason.BAD_INCLUSION_PROOF, 1));
  }

  @Test
  void refusesAJustificationOfAnotherDuty() {
    assertThat(justifiedBy(prepare(OTHER_DUTY, 1), proof -> proof))
        .isEqualTo(Map.of(Reason.WRONG_DUTY, 1));
  }

  @Test
  void refusesAJustificationOfAnotherCluster() {
    WireCluster other = new WireCluster(Bytes32.ZERO, 4, 16, CLUSTER.verifier());
    SignedVote foreign =
        new FrameEncoder(other, 1, Operators.signer(1), new VerifiedBatches(4))
            .encode(List.of(bare(new Vote.Prepare(DUTY, 1, 1, VALUE.hash()))))
            .own()
            .getFirst()
            .signed();
    assertThat(justifiedBy(foreign, proof -> proof)).isEqualTo(Map.of(Reason.WRONG_CLUSTER, 1));
  }

  @Test
  void refusesAJustificationInAnotherOperatorsName() {
    assertThat(
            justifiedBy(
                prepare(DUTY, 1),
                proof -> {
                  Batch batch = proof.batch();
                  return new InclusionProof(
                      proof.vote(),
                      proof.index(),
                      proof.path(),
                      new Batch(
                          2,
                          batch.leafCount(),
                          batch.root(),
                          Operators.signer(2)
                              .sign(
                                  Batch.content(
                                      CLUSTER.hash(), 2, batch.leafCount(), batch.root()))));
                }))
        .isEqualTo(Map.of(Reason.WRONG_SENDER, 1));
  }

  @Test
  void refusesAForgedNestedSignatureAndChecksNoOtherInThatFrame() {
    Frame.Builder frame =
        frame(
            new Outgoing.Cast(
                CHANGE,
                List.of(prepare(DUTY, 1), prepare(DUTY, 2), prepare(DUTY, 3)),
                Optional.of(VALUE)),
            new Outgoing.Cast(CHANGE, List.of(prepare(DUTY, 3)), Optional.of(VALUE)),
            bare(new Vote.Commit(DUTY, 0, 1, HASH)));
    frame.setSeals(
        0, frame.getSeals(0).toBuilder().setSignature(flip(frame.getSeals(0).getSignature())));
    Decoded decoded = decode(frame);
    assertThat(decoded.refusals()).isEqualTo(Map.of(Reason.BAD_SIGNATURE, 2));
    assertThat(decoded.messages()).hasSize(1);
    assertThat(decoded.signaturesVerified()).isEqualTo(2);
  }

  @Test
  void refusesAnIndexBeyondTheLeafCount() {
    assertThat(
            justifiedBy(
                prepare(DUTY, 1),
                proof -> new InclusionProof(proof.vote(), 1, proof.path(), proof.batch())))
        .isEqualTo(Map.of(Reason.BAD_INCLUSION_PROOF, 1));
  }

  @Test
  void refusesALeafCountThatWasNotSigned() {
    assertThat(
            justifiedBy(
                prepare(DUTY, 1),
                proof -> {
                  Batch batch = proof.batch();
                  return new InclusionProof(
                      proof.vote(),
                      0,
                      Bytes.wrap(new byte[32]),
                      new Batch(1, 2, batch.root(), batch.signature()));
                }))
        .isEqualTo(Map.of(Reason.BAD_SIGNATURE, 1));
  }

  @Test
  void refusesAPathLongerThanAnyTreeIsHigh() {
    assertThat(
            justifiedBy(
                prepare(DUTY, 1),
                proof ->
                    new InclusionProof(
                        proof.vote(), 0, Bytes.wrap(new byte[11 * 32]), proof.batch())))
        .isEqualTo(Map.of(Reason.BAD_INCLUSION_PROOF, 1));
  }

  @Test
  void refusesIndicesThatPointNowhere() {
    Frame.Builder frame =
        frame(new Outgoing.Cast(CHANGE, List.of(prepare(DUTY, 1)), Optional.of(VALUE)));
    Cast cast = frame.getCasts(0);
    for (Cast lie :
        List.of(
            cast.toBuilder().setLeaf(1).build(),
            cast.toBuilder().setLeaf(-1).build(),
            cast.toBuilder().setProven(1).build(),
            cast.toBuilder().clearVote().build(),
            cast.toBuilder().setValue(1).build(),
            cast.toBuilder().setValue(-1).build(),
            cast.toBuilder().setJustification(0, 1).build(),
            cast.toBuilder().setJustification(0, -1).build())) {
      assertThat(decode(frame.clone().setCasts(0, lie)).refusals())
          .isEqualTo(Map.of(Reason.MALFORMED_FRAME, 1));
    }
    assertThat(
            decode(frame.clone().setProven(0, frame.getProven(0).toBuilder().setSeal(7)))
                .refusals())
        .isEqualTo(Map.of(Reason.MALFORMED_FRAME, 1));
    assertThat(
            decode(frame.clone().setProven(0, frame.getProven(0).toBuilder().addPath(0)))
                .refusals())
        .isEqualTo(Map.of(Reason.MALFORMED_FRAME, 1));
  }

  @Test
  void refusesAVoteOfAThirdOperatorAsACast() {
    Frame.Builder frame =
        frame(new Outgoing.Cast(CHANGE, List.of(prepare(DUTY, 1)), Optional.of(VALUE)));
    frame.setCasts(0, Cast.newBuilder().setProven(0));
    assertThat(decode(frame).refusals()).isEqualTo(Map.of(Reason.WRONG_SENDER, 1));
  }

  @Test
  void refusesMoreNestedVotesThanAnyJustificationNeeds() {
    Frame.Builder frame =
        frame(new Outgoing.Cast(CHANGE, List.of(prepare(DUTY, 1)), Optional.of(VALUE)));
    Cast.Builder cast = frame.getCasts(0).toBuilder();
    // Of four operators: a ROUND-CHANGE and a PREPARE each, and one more with the first.
    for (int i = 0; i < 2 * 4; i++) {
      cast.addJustification(0);
    }
    assertThat(decode(frame.setCasts(0, cast)).refusals())
        .isEqualTo(Map.of(Reason.MALFORMED_FRAME, 1));
  }

  // Everything else.

  @Test
  void refusesAPartialSignatureOfAnotherSizeOrWithoutRoot() {
    Duty duty = PREPARE.getDuty();
    ByteString point = ByteString.copyFrom(new byte[192]);
    ByteString root = ByteString.copyFrom(new byte[32]);
    Partial good = Partial.newBuilder().setDuty(duty).setSignature(point).build();
    assertThat(decode(Frame.newBuilder().setHashes(root).addPartials(good)).messages()).hasSize(1);
    assertThat(
            decode(
                    Frame.newBuilder()
                        .setHashes(root)
                        .addPartials(good.toBuilder().setSignature(point.substring(1))))
                .refusals())
        .isEqualTo(Map.of(Reason.BAD_PARTIAL, 1));
    assertThat(decode(Frame.newBuilder().addPartials(good)).refusals())
        .isEqualTo(Map.of(Reason.MALFORMED_FRAME, 1));
    assertThat(
            decode(Frame.newBuilder().setHashes(root).addPartials(good.toBuilder().clearDuty()))
                .refusals())
        .isEqualTo(Map.of(Reason.UNKNOWN_MESSAGE_TYPE, 1));
  }

  @Test
  void refusesADecisionWithoutRoundValueOrCommitsOfItsDuty() {
    Duty duty = PREPARE.getDuty();
    assertThat(
            decode(Frame.newBuilder().addDecisions(Decided.newBuilder().setDuty(duty))).refusals())
        .isEqualTo(Map.of(Reason.STALE_ROUND, 1));
    assertThat(
            decode(Frame.newBuilder().addDecisions(Decided.newBuilder().setDuty(duty).setRound(1)))
                .refusals())
        .isEqualTo(Map.of(Reason.MALFORMED_FRAME, 1));
    Frame.Builder frame =
        frame(new Outgoing.Cast(CHANGE, List.of(prepare(DUTY, 1)), Optional.of(VALUE)));
    Decided decided = Decided.newBuilder().setDuty(duty).setRound(1).addCommits(0).build();
    assertThat(decode(frame.clone().addDecisions(decided)).messages()).hasSize(2);
    assertThat(
            decode(
                    frame
                        .clone()
                        .addDecisions(
                            decided.toBuilder().setDuty(duty.toBuilder().setValidator(3))))
                .refusals())
        .isEqualTo(Map.of(Reason.WRONG_DUTY, 1));
    assertThat(
            decode(
                    frame
                        .clone()
                        .addDecisions(decided.toBuilder().addAllCommits(List.of(0, 0, 0, 0))))
                .refusals())
        .isEqualTo(Map.of(Reason.MALFORMED_FRAME, 1));
  }

  @Test
  void refusesAStatusWithANegativeRoundOrAHashThatIsNotThere() {
    Status status = Status.newBuilder().setDuty(PREPARE.getDuty()).build();
    assertThat(decode(Frame.newBuilder().addStatuses(status)).messages()).hasSize(1);
    assertThat(
            decode(
                    Frame.newBuilder()
                        .addStatuses(status.toBuilder().setRound(-1))
                        .addStatuses(status.toBuilder().setDecided(0)))
                .refusals())
        .isEqualTo(Map.of(Reason.MALFORMED_FRAME, 2));
  }

  @Test
  void refusesAHeadViewThatIsNoRootOrOfNoSlotOrOutOfTheWindow() {
    HeadView view =
        HeadView.newBuilder()
            .setSlot(DUTY.slot())
            .setRoot(ByteString.copyFrom(HASH.toArray()))
            .build();
    for (HeadView lie :
        List.of(
            view.toBuilder().clearRoot().build(),
            view.toBuilder().setRoot(ByteString.copyFrom(new byte[33])).build(),
            view.toBuilder().setSlot(-1).build())) {
      Decoded decoded = decoder().decode(0, Frame.newBuilder().setHead(lie).build().toByteArray());
      assertThat(decoded.head()).isEmpty();
      assertThat(decoded.refusals()).isEqualTo(Map.of(Reason.MALFORMED_FRAME, 1));
    }
    FrameDecoder late =
        new FrameDecoder(
            CLUSTER,
            new VerifiedBatches(4),
            duty -> Optional.of(Reason.TOO_LATE).filter(_ -> duty.type() == DutyType.SYNC_MESSAGE));
    Decoded decoded = late.decode(0, Frame.newBuilder().setHead(view).build().toByteArray());
    assertThat(decoded.head()).isEmpty();
    assertThat(decoded.refusals()).isEqualTo(Map.of(Reason.TOO_LATE, 1));
  }

  @Test
  void refusesAValueBeyondTheBound() {
    Frame.Builder frame = frame(new Outgoing.Cast(CHANGE, List.of(), Optional.of(VALUE)));
    assertThat(decode(frame.setValues(0, ByteString.copyFrom(new byte[1025]))).refusals())
        .isEqualTo(Map.of(Reason.MALFORMED_FRAME, 1));
  }

  @Test
  void refusesAValueApartThatNoVoteNames() {
    Frame.Builder none = frame(new Outgoing.Cast(NOTHING_PREPARED, List.of(), Optional.empty()));
    none.setCasts(0, none.getCasts(0).toBuilder().setValueApart(true));
    assertThat(decode(none).refusals()).isEqualTo(Map.of(Reason.MALFORMED_FRAME, 1));
    Decided decided =
        Decided.newBuilder().setDuty(PREPARE.getDuty()).setRound(1).setValueApart(true).build();
    assertThat(decode(Frame.newBuilder().addDecisions(decided)).refusals())
        .isEqualTo(Map.of(Reason.MALFORMED_FRAME, 1));
  }

  @Test
  void refusesAChunkBeyondItsValueOrTheLargestOrOutOfStep() {
    int step = WireLimits.CHUNK_BYTES;
    Chunk good =
        Chunk.newBuilder()
            .setDuty(PREPARE.getDuty())
            .setValue(ByteString.copyFrom(HASH.toArray()))
            .setSize(step + 3)
            .setOffset(step)
            .setContent(ByteString.copyFrom(new byte[3]))
            .build();
    assertThat(decode(Frame.newBuilder().addChunks(good)).messages()).hasSize(1);
    List<Chunk> bad =
        List.of(
            good.toBuilder().setValue(ByteString.copyFrom(new byte[31])).build(),
            good.toBuilder().setSize(0).build(),
            good.toBuilder().setSize(step).build(),
            good.toBuilder().setSize(Value.BYTES_MAX + 1).build(),
            good.toBuilder().setSize(-1).build(),
            good.toBuilder().setOffset(step + 1).build(),
            good.toBuilder().setOffset(-step).build(),
            good.toBuilder().setContent(ByteString.copyFrom(new byte[4])).build(),
            good.toBuilder().setOffset(0).setContent(ByteString.copyFrom(new byte[3])).build());
    assertThat(decode(Frame.newBuilder().addAllChunks(bad)).refusals())
        .isEqualTo(Map.of(Reason.MALFORMED_FRAME, bad.size()));
  }

  @Test
  void refusesAPullOfNoHashOrFromNoChunk() {
    Pull good =
        Pull.newBuilder()
            .setDuty(PREPARE.getDuty())
            .setValue(ByteString.copyFrom(HASH.toArray()))
            .setFrom(Value.BYTES_MAX - WireLimits.CHUNK_BYTES)
            .build();
    assertThat(decode(Frame.newBuilder().addPulls(good)).messages()).hasSize(1);
    List<Pull> bad =
        List.of(
            good.toBuilder().setValue(ByteString.EMPTY).build(),
            good.toBuilder().setFrom(1).build(),
            good.toBuilder().setFrom(Value.BYTES_MAX).build(),
            good.toBuilder().setFrom(-WireLimits.CHUNK_BYTES).build());
    assertThat(decode(Frame.newBuilder().addAllPulls(bad)).refusals())
        .isEqualTo(Map.of(Reason.MALFORMED_FRAME, bad.size()));
  }

  @Test
  void refusesFramesThatAreTooLongCutOffOrHoldTooMuch() {
    Map<Reason, Integer> malformed = Map.of(Reason.MALFORMED_FRAME, 1);
    assertThat(decoder().decode(0, new byte[WireLimits.FRAME_BYTES_MAX + 1]).refusals())
        .isEqualTo(malformed);

    byte[] frame = frame(bare(new Vote.Prepare(DUTY, 0, 1, HASH))).build().toByteArray();
    assertThat(decoder().decode(0, Arrays.copyOf(frame, frame.length - 1)).refusals())
        .isEqualTo(malformed);

    byte[] entries = new byte[2 * (WireLimits.FRAME_ENTRIES_MAX + 1)];
    for (int i = 0; i < entries.length; i += 2) {
      entries[i] = (byte) (Frame.STATUSES_FIELD_NUMBER << 3 | 2);
    }
    assertThat(decoder().decode(0, entries).refusals()).isEqualTo(malformed);

    byte[] seals = new byte[2 * (WireLimits.FRAME_SEALS_MAX + 1)];
    for (int i = 0; i < seals.length; i += 2) {
      seals[i] = (byte) (Frame.SEALS_FIELD_NUMBER << 3 | 2);
    }
    assertThat(decoder().decode(0, seals).refusals()).isEqualTo(malformed);

    byte[] groups = new byte[1000];
    Arrays.fill(groups, (byte) (15 << 3 | 3));
    assertThat(decoder().decode(0, groups).refusals()).isEqualTo(malformed);
  }

  @Test
  void refusesAHelloOfAnotherVersionClusterOrOperator() {
    HelloFrame hello =
        parseHello(new Hello(CLUSTER.hash(), 1, "pod-0", 1, "1.0", Features.OWN).encode());
    assertThat(refusal(hello.toBuilder().setVersion(2))).isEqualTo(Reason.WRONG_PROTOCOL_VERSION);
    assertThat(refusal(hello.toBuilder().clearCluster())).isEqualTo(Reason.WRONG_CLUSTER);
    assertThat(refusal(hello.toBuilder().setOperator(4))).isEqualTo(Reason.UNKNOWN_PEER);
    assertThat(refusal(hello.toBuilder().setOperator(-1))).isEqualTo(Reason.UNKNOWN_PEER);
    assertThat(refusal(hello.toBuilder().setPod(""))).isEqualTo(Reason.MALFORMED_FRAME);
    assertThat(refusal(hello.toBuilder().setPod("a\nb"))).isEqualTo(Reason.MALFORMED_FRAME);
    assertThat(refusal(hello.toBuilder().setPod("a".repeat(254))))
        .isEqualTo(Reason.MALFORMED_FRAME);
    assertThat(refusal(hello.toBuilder().setIncarnation(-1))).isEqualTo(Reason.MALFORMED_FRAME);
    assertThat(refusal(hello.toBuilder().setRelease(""))).isEqualTo(Reason.MALFORMED_FRAME);
    assertThat(refusal(hello.toBuilder().setRelease("1\u001b[0m")))
        .isEqualTo(Reason.MALFORMED_FRAME);
    assertThat(refusal(hello.toBuilder().addFeatures("a b"))).isEqualTo(Reason.MALFORMED_FRAME);
    assertThat(
            refusal(
                hello.toBuilder().addAllFeatures(Collections.nCopies(Features.NAMES_MAX + 1, "a"))))
        .isEqualTo(Reason.MALFORMED_FRAME);
    assertThat(Hello.decode(CLUSTER, new byte[Hello.BYTES_MAX + 1]))
        .isEqualTo(new Hello.Received.Refused(Reason.MALFORMED_FRAME));
    assertThat(Hello.decode(CLUSTER, new byte[] {1, 2}))
        .isEqualTo(new Hello.Received.Refused(Reason.MALFORMED_FRAME));
  }

  private static Reason refusal(HelloFrame.Builder hello) {
    return switch (Hello.decode(CLUSTER, hello.build().toByteArray())) {
      case Hello.Received.Refused(Reason reason) -> reason;
      case Hello.Received.Accepted accepted -> throw new AssertionError(accepted);
    };
  }

  private static SignedVote prepare(DutyId duty, int sender) {
    return signed(new Vote.Prepare(duty, sender, 1, VALUE.hash())).getFirst();
  }

  private static Map<Reason, Integer> justifiedBy(
      SignedVote vote, UnaryOperator<InclusionProof> lie) {
    SignedVote forged = new SignedVote(vote.vote(), lie.apply(Operators.proof(vote)));
    Decoded decoded = decode(frame(new Outgoing.Cast(CHANGE, List.of(forged), Optional.of(VALUE))));
    assertThat(decoded.messages()).isEmpty();
    return decoded.refusals();
  }

  private static Map<Reason, Integer> ofVote(VoteContent.Builder vote) {
    return ofLeaf(vote.build().toByteArray());
  }

  private static Map<Reason, Integer> ofLeaf(byte[] leaf) {
    Decoded decoded = decode(signedFrame(0, List.of(Bytes.wrap(leaf))));
    assertThat(decoded.messages()).isEmpty();
    return decoded.refusals();
  }

  /** The leaves as casts of one batch, signed as they are. */
  private static Frame.Builder signedFrame(int signer, List<Bytes> leaves) {
    Frame.Builder frame = Frame.newBuilder();
    for (Bytes leaf : leaves) {
      frame.addCasts(Cast.newBuilder().setLeaf(frame.getLeavesCount()));
      frame.addLeaves(ByteString.copyFrom(leaf.toArray()));
    }
    byte[] content =
        Batch.content(CLUSTER.hash(), signer, leaves.size(), MerkleTree.of(leaves).root());
    return frame.setSignature(
        ByteString.copyFrom(Operators.signer(signer).sign(content).toArray()));
  }

  private static Frame.Builder frame(Outgoing... items) {
    try {
      return Frame.parseFrom(encoder(0).encode(List.of(items)).broadcast().getFirst().toArray())
          .toBuilder();
    } catch (InvalidProtocolBufferException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static Decoded decode(Frame.Builder frame) {
    return decoder().decode(0, frame.build().toByteArray());
  }

  private static ByteString flip(ByteString bytes) {
    byte[] flipped = bytes.toByteArray();
    flipped[0] ^= 1;
    return ByteString.copyFrom(flipped);
  }

  private static VoteContent parse(Bytes bytes) {
    try {
      return VoteContent.parseFrom(bytes.toArray());
    } catch (InvalidProtocolBufferException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static HelloFrame parseHello(Bytes bytes) {
    try {
      return HelloFrame.parseFrom(bytes.toArray());
    } catch (InvalidProtocolBufferException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
