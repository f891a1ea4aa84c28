/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import static dev.quorate.wire.Operators.CLUSTER;
import static dev.quorate.wire.Operators.DUTY;
import static dev.quorate.wire.Operators.HASH;
import static dev.quorate.wire.Operators.VALUE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.HeadView;
import dev.quorate.consensus.feature.Features;
import dev.quorate.consensus.qbft.Decision;
import dev.quorate.consensus.qbft.Prepared;
import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Version 1 of the wire format, byte for byte, as a program of its own wrote it. */
class GoldenBytesTest {
  private static final String CLUSTER_FIELD = "08011220" + "cc".repeat(32);
  private static final String DUTY_FIELD = "2208080210c0c4071807";
  private static final String VALUE_FIELD = "3a20" + "aa".repeat(32);

  @Test
  void aPrePrepare() {
    assertVote(
        new Vote.PrePrepare(DUTY, 1, 1, HASH),
        CLUSTER_FIELD + "1801" + DUTY_FIELD + "28013001" + VALUE_FIELD);
  }

  @Test
  void aPrepare() {
    assertVote(
        new Vote.Prepare(DUTY, 1, 1, HASH),
        CLUSTER_FIELD + "1801" + DUTY_FIELD + "28023001" + VALUE_FIELD);
  }

  @Test
  void aCommit() {
    assertVote(
        new Vote.Commit(DUTY, 1, 2, HASH),
        CLUSTER_FIELD + "1801" + DUTY_FIELD + "28033002" + VALUE_FIELD);
  }

  @Test
  void aRoundChangeThatPreparedNothing() {
    assertVote(
        new Vote.RoundChange(DUTY, 1, 2, Optional.empty()),
        CLUSTER_FIELD + "1801" + DUTY_FIELD + "28043002");
  }

  @Test
  void aRoundChangeThatPrepared() {
    assertVote(
        new Vote.RoundChange(DUTY, 1, 3, Optional.of(new Prepared(2, HASH))),
        CLUSTER_FIELD + "1801" + DUTY_FIELD + "28043003" + VALUE_FIELD + "4002");
  }

  @Test
  void aFrameOfOneVote() {
    assertFrame(
        Operators.bare(new Vote.Prepare(DUTY, 1, 1, HASH)),
        "0a56"
            + CLUSTER_FIELD
            + "1801"
            + DUTY_FIELD
            + "28023001"
            + VALUE_FIELD
            + "1240cf39e5bd00be67937cc5c6848832d01c2cd17964a8f14beaac69a14559596534959d06f7029610fe"
            + "142e2ee89b94aa9867da0be77cf46521874c902922c0be993a020800");
  }

  @Test
  void aFrameOfAProposalWithItsValue() {
    assertFrame(
        new Outgoing.Cast(
            new Vote.PrePrepare(DUTY, 1, 1, VALUE.hash()), List.of(), Optional.of(VALUE)),
        "0a56"
            + CLUSTER_FIELD
            + "1801"
            + DUTY_FIELD
            + "280130013a20039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81"
            + "1240f8caf885d413f95e2860841055946f73ed4a711b7154bd313d0fc90e508682fff4a5dbfd1500e4d3"
            + "2f28ac4107825035cc25b4d6f6b7822c0ef0093e481816ae32030102033a0408001800");
  }

  @Test
  void aFrameOfAPartialSignature() {
    byte[] signature = new byte[192];
    for (int i = 0; i < signature.length; i++) {
      signature[i] = (byte) i;
    }
    assertFrame(
        new Outgoing.Broadcast(new DutyMessage.Partial(DUTY, 1, HASH, Bytes.wrap(signature))),
        "2a20"
            + "aa".repeat(32)
            + "4acd010a08080210c0c40718071ac001"
            + HexFormat.of().formatHex(signature));
  }

  @Test
  void aFrameOfAStatus() {
    assertFrame(
        new Outgoing.Broadcast(new DutyMessage.Status(DUTY, 1, 3, Optional.of(HASH), 5)),
        "2a20" + "aa".repeat(32) + "52170a08080210c0c407180710031800210500000000000000");
  }

  @Test
  void aFrameOfADecision() {
    List<SignedVote> batch =
        Operators.signed(
            new Vote.Commit(DUTY, 0, 1, VALUE.hash()), new Vote.Prepare(DUTY, 0, 1, VALUE.hash()));
    Decision decision = new Decision(1, VALUE, List.of(batch.getFirst()));
    assertFrame(
        new Outgoing.Broadcast(
            new DutyMessage.Agreement(new QbftMessage.Decided(DUTY, 1, decision))),
        "1a590a54"
            + CLUSTER_FIELD
            + DUTY_FIELD
            + "280330013a20039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81220100"
            + "226610021a20f1243df351186fe0255b7d74a7c30d14a778aeb8e88431fefbb5272ee4c11032"
            + "2240067223c607e7a485012568f3b8be75f54a9f20deb2abf8b1ddf3b5883710cfcb8791f2ce91b389b3"
            + "bbff3661061cb431f3f5c664e4190a8c6fc4fc16a686613c"
            + "2a205eeefdad2a4669e6a0a3635ae5d4bfaa62191154e5a82a388221796be0a3ec7c"
            + "3203010203420f0a08080210c0c40718071001220100");
  }

  @Test
  void aFrameOfAHeadView() {
    Flush flush =
        Operators.encoder(1).encode(List.of(), Optional.of(new HeadView(DUTY.slot(), HASH)));
    assertThat(flush.broadcast())
        .containsExactly(Bytes.fromHex("7226" + "08c0c407" + "1220" + "aa".repeat(32)));
  }

  @Test
  void aHello() {
    assertHello(Features.NONE, "18022205706f642d3028ac023205312e322e33");
    assertHello(
        new Features(List.of("b", "a")),
        "18022205706f642d3028ac023205312e322e33" + "3a0161" + "3a0162");
  }

  private static void assertHello(Features features, String hex) {
    Hello hello = new Hello(Operators.CLUSTER_HASH, 2, "pod-0", 300, "1.2.3", features);
    assertThat(hello.encode().hex()).isEqualTo(CLUSTER_FIELD + hex);
    assertThat(Hello.decode(CLUSTER, hello.encode().toArray()))
        .isEqualTo(new Hello.Received.Accepted(hello));
  }

  @Test
  void aProbeAndItsEcho() {
    Bytes frame = new Probe(0x0102030405060708L).encode();
    assertThat(frame.hex()).isEqualTo("590807060504030201");
    assertThat(Operators.decoder().decode(0, frame.toArray()))
        .isEqualTo(
            new Decoded(
                List.of(),
                Map.of(),
                0,
                Optional.empty(),
                Optional.of(new Probe(0x0102030405060708L))));
    Probe.Echo echo = new Probe.Echo(0x0102030405060708L, 9);
    assertThat(echo.encode().hex()).isEqualTo("090807060504030201110900000000000000");
    assertThat(Probe.Echo.decode(echo.encode().toArray())).contains(echo);
    assertThat(Probe.Echo.decode(new byte[19])).isEmpty();
    assertThat(Probe.Echo.decode(new byte[] {9, 1})).isEmpty();
  }

  private static void assertVote(Vote vote, String hex) {
    VoteCodec codec = new VoteCodec(CLUSTER);
    assertThat(codec.encode(vote).hex()).isEqualTo(hex);
    assertThat(codec.decode(Bytes.fromHex(hex))).isEqualTo(new Checked.Good<>(vote));
  }

  private static void assertFrame(Outgoing item, String hex) {
    Flush flush = Operators.encoder(1).encode(List.of(item));
    assertThat(flush.broadcast()).containsExactly(Bytes.fromHex(hex));
  }
}
