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
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.HeadView;
import dev.quorate.consensus.qbft.Decision;
import dev.quorate.consensus.qbft.Prepared;
import dev.quorate.consensus.qbft.Proof;
import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FrameRoundTripTest {
  @Test
  void carriesEveryKindOfMessageInOneFrameUnderOneSignature() {
    Vote.RoundChange change =
        new Vote.RoundChange(DUTY, 0, 2, Optional.of(new Prepared(1, VALUE.hash())));
    List<SignedVote> prepares =
        List.of(
            signed(new Vote.Prepare(DUTY, 1, 1, VALUE.hash())).getFirst(),
            signed(
                    new Vote.Prepare(OTHER_DUTY, 2, 1, VALUE.hash()),
                    new Vote.Prepare(DUTY, 2, 1, VALUE.hash()),
                    new Vote.Commit(DUTY, 2, 1, VALUE.hash()))
                .get(1));
    List<SignedVote> commits =
        List.of(signed(new Vote.Commit(OTHER_DUTY, 3, 4, VALUE.hash())).getFirst());
    DutyMessage decided =
        new DutyMessage.Agreement(
            new QbftMessage.Decided(OTHER_DUTY, 0, new Decision(4, VALUE, commits)));
    DutyMessage partial = new DutyMessage.Partial(DUTY, 0, HASH, Bytes.wrap(new byte[192]));
    DutyMessage undecided = new DutyMessage.Status(DUTY, 0, 0, Optional.empty(), -1L);
    DutyMessage decidedStatus = new DutyMessage.Status(DUTY, 0, 9, Optional.of(HASH), 0);

    Flush flush =
        encoder(0)
            .encode(
                List.of(
                    new Outgoing.Broadcast(decidedStatus),
                    new Outgoing.Broadcast(partial),
                    new Outgoing.Cast(change, prepares, Optional.of(VALUE)),
                    bare(new Vote.Commit(OTHER_DUTY, 0, 1, HASH)),
                    new Outgoing.Broadcast(decided),
                    new Outgoing.Broadcast(undecided)));
    Decoded decoded = decoder().decode(0, flush.broadcast().getFirst().toArray());

    assertThat(flush.broadcast()).hasSize(1);
    assertThat(flush.signatures()).isEqualTo(1);
    assertThat(decoded.refusals()).isEmpty();
    assertThat(decoded.messages())
        .containsExactly(
            new DutyMessage.Agreement(flush.own().get(0)),
            new DutyMessage.Agreement(flush.own().get(1)),
            decided,
            partial,
            decidedStatus,
            undecided);
    assertThat(flush.own().getFirst().justification()).isEqualTo(prepares);
    assertThat(decoded.signaturesVerified()).isEqualTo(4);
  }

  /** A value of a kilobyte and more is named by the votes alone, and its bytes come in chunks. */
  @Test
  void aLargeValueIsNamedWhereItIsNeededAndCarriedApart() {
    Value large = new Value(Bytes.wrap(new byte[Value.INLINE_BYTES_MAX + 1]));
    Value named = Value.named(large.hash());
    Vote.PrePrepare proposal = new Vote.PrePrepare(DUTY, 0, 1, large.hash());
    List<SignedVote> commits = signed(new Vote.Commit(OTHER_DUTY, 3, 4, large.hash()));
    DutyMessage decided =
        new DutyMessage.Agreement(
            new QbftMessage.Decided(OTHER_DUTY, 0, new Decision(4, large, commits)));
    DutyMessage chunk =
        new DutyMessage.Chunk(DUTY, 0, large.hash(), large.content().size(), 0, large.content());
    DutyMessage pull = new DutyMessage.Pull(DUTY, 0, HASH, 2 * WireLimits.CHUNK_BYTES);
    Flush flush =
        encoder(0)
            .encode(
                List.of(
                    new Outgoing.Cast(proposal, List.of(), Optional.of(large)),
                    new Outgoing.Broadcast(decided),
                    new Outgoing.Broadcast(chunk),
                    new Outgoing.Broadcast(pull)));
    Decoded decoded = decoder().decode(0, flush.broadcast().getFirst().toArray());
    assertThat(decoded.refusals()).isEmpty();
    assertThat(decoded.messages())
        .containsExactly(
            new DutyMessage.Agreement(
                new QbftMessage.Cast(
                    flush.own().getFirst().signed(), List.of(), Optional.of(named))),
            new DutyMessage.Agreement(
                new QbftMessage.Decided(OTHER_DUTY, 0, new Decision(4, named, commits))),
            chunk,
            pull);
    assertThat(flush.own().getFirst().value()).contains(large);
  }

  @Test
  void sendsAnEarlierVoteAgainWithTheProofItHas() {
    SignedVote vote = signed(new Vote.Prepare(DUTY, 0, 1, HASH)).getFirst();
    DutyMessage again =
        new DutyMessage.Agreement(new QbftMessage.Cast(vote, List.of(), Optional.of(VALUE)));
    Flush flush = encoder(0).encode(List.of(new Outgoing.Unicast(2, again)));

    assertThat(flush.broadcast()).isEmpty();
    assertThat(flush.unicast()).containsOnlyKeys(2);
    assertThat(flush.signatures()).isZero();
    assertThat(decoder().decode(0, only(flush.unicast().getOrDefault(2, List.of()))).messages())
        .containsExactly(again);
  }

  @Test
  void aJustificationFromAKnownBatchCostsNoSecondSignatureCheck() {
    FrameDecoder decoder = decoder();
    Flush prepare = encoder(1).encode(List.of(bare(new Vote.Prepare(DUTY, 1, 1, VALUE.hash()))));
    assertThat(decoder.decode(1, only(prepare.broadcast())).signaturesVerified()).isEqualTo(1);

    Vote.RoundChange change =
        new Vote.RoundChange(DUTY, 0, 2, Optional.of(new Prepared(1, VALUE.hash())));
    Flush later =
        encoder(0)
            .encode(
                List.of(
                    new Outgoing.Cast(
                        change, List.of(prepare.own().getFirst().signed()), Optional.of(VALUE))));
    Decoded decoded = decoder.decode(0, only(later.broadcast()));
    assertThat(decoded.messages()).hasSize(1);
    assertThat(decoded.signaturesVerified()).isEqualTo(1);
  }

  @Test
  void theOwnBatchesOfAnEncoderNeedNoCheckWhenTheyComeBack() {
    VerifiedBatches verified = new VerifiedBatches(4);
    FrameEncoder own = new FrameEncoder(CLUSTER, 3, Operators.signer(3), verified);
    FrameDecoder decoder = new FrameDecoder(CLUSTER, verified, _ -> Optional.empty());
    SignedVote commit =
        own.encode(List.of(bare(new Vote.Commit(DUTY, 3, 1, VALUE.hash()))))
            .own()
            .getFirst()
            .signed();
    DutyMessage decided =
        new DutyMessage.Agreement(
            new QbftMessage.Decided(DUTY, 0, new Decision(1, VALUE, List.of(commit))));
    Flush flush = encoder(0).encode(List.of(new Outgoing.Broadcast(decided)));
    Decoded decoded = decoder.decode(0, only(flush.broadcast()));
    assertThat(decoded.messages()).containsExactly(decided);
    assertThat(decoded.signaturesVerified()).isZero();
  }

  @Test
  void whatMessagesShareTravelsOnce() {
    Value large = new Value(Bytes.wrap(new byte[Value.INLINE_BYTES_MAX]));
    List<Outgoing> proposals =
        IntStream.range(0, 16)
            .<Outgoing>mapToObj(v ->
                new Outgoing.Cast(
                    new Vote.PrePrepare(DutyId.attester(9, v), 0, 1, large.hash()),
                    List.of(),
                    Optional.of(large)))
            .toList();
    Flush flush = encoder(0).encode(proposals);
    assertThat(only(flush.broadcast()).length).isLessThan(16 * 100 + 1024 + 200);

    SignedVote commit = signed(new Vote.Commit(DUTY, 1, 1, large.hash())).getFirst();
    DutyMessage decided =
        new DutyMessage.Agreement(
            new QbftMessage.Decided(DUTY, 0, new Decision(1, large, List.of(commit))));
    Outgoing item = new Outgoing.Broadcast(decided);
    int once = only(encoder(0).encode(List.of(item)).broadcast()).length;
    int twice = only(encoder(0).encode(List.of(item, item)).broadcast()).length;
    assertThat(twice - once).isLessThan(24);

    Outgoing partial =
        new Outgoing.Broadcast(new DutyMessage.Partial(DUTY, 0, HASH, Bytes.wrap(new byte[192])));
    int one = only(encoder(0).encode(List.of(partial)).broadcast()).length;
    int two = only(encoder(0).encode(List.of(partial, partial)).broadcast()).length;
    assertThat(two - one).isLessThan(192 + 24);
  }

  @Test
  void moreThan1024VotesMakeASecondBatch() {
    List<Outgoing> items =
        IntStream.rangeClosed(1, 1025)
            .<Outgoing>mapToObj(round -> bare(new Vote.Prepare(DUTY, 0, round, HASH)))
            .toList();
    Flush flush = encoder(0).encode(items);
    assertThat(flush.broadcast()).hasSize(2);
    assertThat(flush.signatures()).isEqualTo(2);
    assertThat(Operators.proof(flush.own().getFirst().signed()).batch().leafCount())
        .isEqualTo(WireLimits.BATCH_LEAVES_MAX);
    assertThat(all(flush.broadcast())).hasSize(1025);
  }

  @Test
  void noFrameExceedsItsBoundWhateverIsAsked() {
    List<Outgoing> items = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      DutyId duty = DutyId.attester(i, i % 16);
      List<SignedVote> nested =
          i % 10 != 0
              ? List.of()
              : signed(new Vote.Prepare(duty, 1, 1, HASH), new Vote.Commit(duty, 1, 1, HASH));
      Value value = new Value(Bytes.wrap(new byte[i % 1024]));
      items.add(
          new Outgoing.Cast(
              new Vote.RoundChange(duty, 0, 2, Optional.of(new Prepared(1, HASH))),
              nested,
              i % 3 == 0 ? Optional.of(value) : Optional.empty()));
      items.add(
          new Outgoing.Broadcast(
              new DutyMessage.Partial(duty, 0, value.hash(), Bytes.wrap(new byte[192]))));
    }
    Flush flush = encoder(0).encode(items);
    assertThat(flush.broadcast()).hasSizeGreaterThan(4);
    assertThat(flush.broadcast()).allMatch(frame -> frame.size() <= WireLimits.FRAME_BYTES_MAX);
    assertThat(all(flush.broadcast())).hasSize(6000);
  }

  @Test
  void severalSmallMessagesStayBelowTheBoundOfEntries() {
    Outgoing status =
        new Outgoing.Broadcast(new DutyMessage.Status(DUTY, 0, 0, Optional.empty(), 0));
    Flush flush = encoder(0).encode(Stream.generate(() -> status).limit(20_000).toList());
    assertThat(all(flush.broadcast())).hasSize(20_000);
  }

  @Test
  void aHeadViewRidesInTheFirstFrameOfWhatGoesToAllBesideItsVotes() {
    HeadView view = new HeadView(DUTY.slot(), HASH);
    Flush flush =
        encoder(0).encode(List.of(bare(new Vote.Prepare(DUTY, 0, 1, HASH))), Optional.of(view));
    Decoded decoded = decoder().decode(0, only(flush.broadcast()));
    assertThat(decoded.head()).contains(view);
    assertThat(decoded.messages()).hasSize(1);
    assertThat(decoded.isProbeOnly()).isFalse();
  }

  @Test
  void anEmptyFrameHoldsNothingAndIsNoFault() {
    assertThat(decoder().decode(0, new byte[0]))
        .isEqualTo(new Decoded(List.of(), Map.of(), 0, Optional.empty(), Optional.empty()));
  }

  @Test
  void doesNotEncodeWhatIsNotItsOwn() {
    assertThatThrownBy(() -> encoder(0).encode(List.of(bare(new Vote.Prepare(DUTY, 1, 1, HASH)))))
        .isInstanceOf(IllegalArgumentException.class);
    SignedVote unproven = new SignedVote(new Vote.Commit(DUTY, 1, 1, HASH), new NoProof());
    DutyMessage decided =
        new DutyMessage.Agreement(
            new QbftMessage.Decided(DUTY, 0, new Decision(1, VALUE, List.of(unproven))));
    assertThatThrownBy(() -> encoder(0).encode(List.of(new Outgoing.Broadcast(decided))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private record NoProof() implements Proof {}

  private static List<DutyMessage> all(List<Bytes> frames) {
    List<DutyMessage> messages = new ArrayList<>();
    for (Bytes frame : frames) {
      Decoded decoded = decoder().decode(0, frame.toArray());
      assertThat(decoded.refusals()).isEmpty();
      messages.addAll(decoded.messages());
    }
    return messages;
  }

  private static byte[] only(List<Bytes> frames) {
    assertThat(frames).hasSize(1);
    return frames.getFirst().toArray();
  }
}
