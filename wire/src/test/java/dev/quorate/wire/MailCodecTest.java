/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import static dev.quorate.wire.Operators.CLUSTER_HASH;
import static dev.quorate.wire.Operators.DUTY;
import static dev.quorate.wire.Operators.HASH;
import static dev.quorate.wire.Operators.VALUE;
import static dev.quorate.wire.Operators.decoder;
import static dev.quorate.wire.Operators.encoder;
import static dev.quorate.wire.Operators.signed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.qbft.Decision;
import dev.quorate.consensus.qbft.Prepared;
import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MailCodecTest {
  private static final MailCodec CODEC = new MailCodec(CLUSTER_HASH, 4, 16);

  private static final List<SignedVote> PREPARES =
      IntStream.range(1, 4)
          .mapToObj(sender ->
              signed(
                      new Vote.Prepare(DUTY, sender, 1, VALUE.hash()),
                      new Vote.Commit(DUTY, sender, 1, VALUE.hash()))
                  .getFirst())
          .toList();

  /** What operator 0 sent, as it came out of a link's decoder. */
  private static List<DutyMessage> received() {
    Flush flush =
        encoder(0)
            .encode(
                List.of(
                    new Outgoing.Cast(
                        new Vote.RoundChange(
                            DUTY, 0, 2, Optional.of(new Prepared(1, VALUE.hash()))),
                        PREPARES,
                        Optional.of(VALUE)),
                    Operators.bare(new Vote.Commit(DUTY, 0, 1, HASH)),
                    new Outgoing.Broadcast(
                        new DutyMessage.Agreement(
                            new QbftMessage.Decided(DUTY, 0, new Decision(1, VALUE, PREPARES)))),
                    new Outgoing.Broadcast(
                        new DutyMessage.Partial(DUTY, 0, HASH, Bytes.wrap(new byte[192]))),
                    new Outgoing.Broadcast(
                        new DutyMessage.Status(DUTY, 0, 3, Optional.of(HASH), 5))));
    return decoder().decode(0, flush.broadcast().getFirst().toArray()).messages();
  }

  private static List<DutyMessage> crossed(List<DutyMessage> messages) {
    return CODEC.encode(messages).stream()
        .flatMap(frame -> CODEC.decode(messages.getFirst().sender(), frame).orElseThrow().stream())
        .toList();
  }

  @Test
  void messagesArriveAsTheyWere() {
    assertThat(received()).hasSize(5);
    assertThat(crossed(received())).isEqualTo(received());
  }

  @Test
  void aVoteThatCrossedStillConvincesAnotherOperator() {
    QbftMessage.Cast commit =
        (QbftMessage.Cast) ((DutyMessage.Agreement) crossed(received()).get(1)).message();
    DutyMessage decided =
        new DutyMessage.Agreement(
            new QbftMessage.Decided(DUTY, 1, new Decision(1, VALUE, List.of(commit.signed()))));
    Flush flush = encoder(1).encode(List.of(new Outgoing.Broadcast(decided)));

    Decoded decoded = decoder().decode(1, flush.broadcast().getFirst().toArray());
    assertThat(decoded.messages()).containsExactly(decided);
    assertThat(decoded.signaturesVerified()).isEqualTo(1);
  }

  @Test
  void largeValuesCrossByTheirNamesAndTheirChunksAsTheyAre() {
    Value large = new Value(Bytes.wrap(new byte[Value.INLINE_BYTES_MAX + 1]));
    SignedVote vote = signed(new Vote.PrePrepare(DUTY, 0, 1, large.hash())).getFirst();
    DutyMessage named =
        new DutyMessage.Agreement(
            new QbftMessage.Cast(vote, List.of(), Optional.of(Value.named(large.hash()))));
    DutyMessage whole =
        new DutyMessage.Agreement(new QbftMessage.Cast(vote, List.of(), Optional.of(large)));
    DutyMessage chunk =
        new DutyMessage.Chunk(DUTY, 0, large.hash(), large.content().size(), 0, large.content());
    DutyMessage pull = new DutyMessage.Pull(DUTY, 0, large.hash(), 0);
    assertThat(crossed(List.of(named, whole, chunk, pull)))
        .containsExactly(named, named, chunk, pull);
  }

  @Test
  void asMuchAsAnEntityMayHaveWaitingFitsInAFewFrames() {
    Value large = new Value(Bytes.wrap(new byte[Value.INLINE_BYTES_MAX]));
    List<DutyMessage> mail =
        IntStream.range(0, 128)
            .mapToObj(i -> signed(new Vote.PrePrepare(DUTY, 0, i + 1, large.hash())).getFirst())
            .<DutyMessage>map(vote ->
                new DutyMessage.Agreement(new QbftMessage.Cast(vote, PREPARES, Optional.of(large))))
            .toList();
    List<Bytes> frames = CODEC.encode(mail);
    assertThat(frames).hasSizeLessThanOrEqualTo(2);
    assertThat(frames).allMatch(frame -> frame.size() <= WireLimits.FRAME_BYTES_MAX);
    assertThat(crossed(mail)).isEqualTo(mail);
  }

  @Test
  void refusesMailOfTwoSenders() {
    List<DutyMessage> both =
        Stream.of(0, 1)
            .<DutyMessage>map(
                sender -> new DutyMessage.Status(DUTY, sender, 1, Optional.empty(), 0))
            .toList();
    assertThatThrownBy(() -> CODEC.encode(both)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anyBytesGiveMessagesOrNothing() {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("MailCodecTest -Dseed=" + seed);
    Random random = new Random(seed);
    byte[] frame = CODEC.encode(received()).getFirst().toArray();
    assertThat(CODEC.decode(4, Bytes.of(frame))).isEmpty();
    assertThat(CODEC.decode(-1, Bytes.of(frame))).isEmpty();
    for (int i = 0; i < 20_000; i++) {
      byte[] mutated = frame.clone();
      for (int n = random.nextInt(1, 4); n > 0; n--) {
        mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
      }
      assertThatCode(() -> CODEC.decode(0, Bytes.wrap(mutated))).doesNotThrowAnyException();
    }
  }
}
