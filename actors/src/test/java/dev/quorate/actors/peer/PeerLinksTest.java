/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.peer;

import static dev.quorate.actors.peer.PeerCounters.NOBODY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.actors.peer.PeerLinks.HeadSaid;
import dev.quorate.actors.peer.PeerLinks.Inbound;
import dev.quorate.actors.peer.PeerLinks.LinkDown;
import dev.quorate.actors.peer.PeerLinks.LinkEvent;
import dev.quorate.actors.peer.PeerLinks.LinkUp;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.HeadView;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.feature.Features;
import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.consensus.qbft.Vote;
import dev.quorate.signing.identity.IdentityKey;
import dev.quorate.signing.identity.IdentityPublicKey;
import dev.quorate.wire.DutyWindow;
import dev.quorate.wire.Hello;
import dev.quorate.wire.Outgoing;
import dev.quorate.wire.WireLimits;
import dev.quorate.wire.proto.Frame;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.io.TcpSO;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.SinkQueueWithCancel;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.Tcp;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real TLS on loopback. */
class PeerLinksTest {
  /** Of a server that may not read: what the system would keep for it is as large as a block. */
  private static final int RECEIVE_BUFFER_BYTES = 64 * 1024;

  private static final ActorTestKit KIT = ActorTestKit.create("peers");
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final PeerTimes TIMES =
      new PeerTimes(
          Duration.ofMillis(5),
          Duration.ofSeconds(10),
          Duration.ofMillis(200),
          Duration.ofSeconds(10),
          Duration.ofMillis(20),
          Duration.ofMillis(200));
  private static final PeerTimes IMPATIENT =
      new PeerTimes(
          Duration.ofMillis(5),
          Duration.ofMillis(300),
          Duration.ofMillis(200),
          Duration.ofSeconds(3),
          Duration.ofMillis(20),
          Duration.ofMillis(200));
  private static final Bytes32 CLUSTER = Bytes32.fromHex("cc".repeat(32));
  private static final List<IdentityKey> KEYS =
      Stream.generate(() -> IdentityKey.generate(new SecureRandom())).limit(4).toList();
  private static final List<IdentityPublicKey> OPERATORS =
      KEYS.stream().map(IdentityKey::publicKey).toList();
  private static final DutyId DUTY = DutyId.attester(100, 3);

  private final List<ActorRef<PeerLinks.Command>> started = new ArrayList<>();

  @AfterEach
  void stopLinks() {
    started.forEach(KIT::stop);
  }

  @AfterAll
  static void shutDown() {
    KIT.shutdownTestKit();
  }

  @Test
  void whatOneSaysEveryoneHearsAndItselfToo() {
    List<Node> nodes = IntStream.range(0, 4).mapToObj(this::node).toList();
    connect(nodes);
    Set<DutyMessage> all = new HashSet<>();
    for (Node node : nodes) {
      DutyMessage status = new DutyMessage.Status(DUTY, node.operator, 1, Optional.empty(), 1);
      node.links.tell(
          new PeerLinks.SendAll(
              List.of(prepare(node.operator, 1), new Outgoing.Broadcast(status))));
      all.add(status);
    }
    for (Node node : nodes) {
      Set<Vote> votes = new HashSet<>();
      Set<DutyMessage> others = new HashSet<>();
      while (votes.size() < 4 || others.size() < 3) {
        for (DutyMessage message : node.inbound.receiveMessage(PATIENCE).messages()) {
          switch (message) {
            case DutyMessage.Agreement(QbftMessage.Cast cast) -> votes.add(cast.signed().vote());
            case DutyMessage.Agreement(QbftMessage.Decided _),
                DutyMessage.Partial _,
                DutyMessage.Bulk _ ->
                throw new AssertionError(message);
            case DutyMessage.Status _ -> others.add(message);
          }
        }
      }
      assertThat(votes).isEqualTo(Set.of(vote(0, 1), vote(1, 1), vote(2, 1), vote(3, 1)));
      Set<DutyMessage> expected = new HashSet<>(all);
      expected.removeIf(message -> message.sender() == node.operator);
      assertThat(others).isEqualTo(expected);
      assertThat(node.counters.signaturesMade()).isEqualTo(1);
      assertThat(node.counters.signaturesVerified()).isEqualTo(3);
      // A frame may be read on the other side before it is counted on this one.
      eventually(() -> {
        PeerCounters.Counts total = node.counters.total();
        assertThat(total.framesSent()).isEqualTo(3);
        assertThat(total.framesReceived()).isEqualTo(3);
        assertThat(total.framesDropped()).isZero();
        assertThat(total.refusals()).isEmpty();
      });
    }
    assertThat(nodes.stream().mapToLong(node -> node.counters.total().bytesSent()).sum())
        .isEqualTo(nodes.stream().mapToLong(node -> node.counters.total().bytesReceived()).sum())
        .isPositive();
  }

  @Test
  void aMessageForOneOperatorReachesNoOther() {
    List<Node> nodes = IntStream.range(0, 3).mapToObj(this::node).toList();
    connect(nodes);
    DutyMessage forTwo = new DutyMessage.Status(DUTY, 0, 7, Optional.empty(), 0);
    nodes.get(0).links.tell(new PeerLinks.Send(new Outgoing.Unicast(2, forTwo)));
    nodes.get(0).links.tell(new PeerLinks.Send(prepare(0, 1)));
    assertThat(nodes.get(2).inbound.receiveMessage(PATIENCE).messages()).hasSize(1);
    Inbound atOne = nodes.get(1).inbound.receiveMessage(PATIENCE);
    assertThat(atOne.messages()).hasSize(1).noneMatch(message -> message.equals(forTwo));
  }

  /** One frame to each peer per step, and one signature where votes are in it. */
  @ParameterizedTest
  @ValueSource(ints = {2, 31, 1_000})
  void whatAllValidatorsOfASlotSayCostsTheSameHoweverManyTheyAre(int validators) {
    List<Node> nodes =
        List.of(node(0, withFlush(Duration.ofHours(1))), node(1, withFlush(Duration.ofHours(1))));
    connect(nodes);
    Node node = nodes.getFirst();
    node.links.tell(new PeerLinks.Expect(DUTY.group(), validators));
    List<IntFunction<Outgoing>> steps =
        List.of(
            validator ->
                cast(new Vote.Prepare(DutyId.attester(DUTY.slot(), validator), 0, 1, CLUSTER)),
            validator ->
                cast(new Vote.Commit(DutyId.attester(DUTY.slot(), validator), 0, 1, CLUSTER)),
            validator ->
                new Outgoing.Broadcast(
                    new DutyMessage.Partial(
                        DutyId.attester(DUTY.slot(), validator),
                        0,
                        CLUSTER,
                        Bytes.wrap(new byte[192]))));
    for (IntFunction<Outgoing> step : steps) {
      for (int validator = 0; validator < validators; validator++) {
        node.links.tell(new PeerLinks.Send(step.apply(validator)));
      }
      assertThat(nodes.getLast().inbound.receiveMessage(PATIENCE).messages()).hasSize(validators);
    }
    eventually(() -> assertThat(node.counters.total().framesSent()).isEqualTo(steps.size()));
    assertThat(node.counters.signaturesMade()).isEqualTo(2);
    assertThat(nodes.getLast().counters.signaturesVerified()).isEqualTo(2);
  }

  private static Outgoing.Cast cast(Vote vote) {
    return new Outgoing.Cast(vote, List.of(), Optional.empty());
  }

  /** A block goes once to every other operator, in chunks, and never twice. */
  @Test
  void aMegabyteCostsTheClusterOfFourLessThanFour() {
    List<Node> nodes = IntStream.range(0, 4).mapToObj(this::node).toList();
    connect(nodes);
    int size = 1 << 20;
    List<DutyMessage.Chunk> chunks = chunks(0, size);
    chunks.forEach(
        chunk -> nodes.getFirst().links.tell(new PeerLinks.Send(new Outgoing.Broadcast(chunk))));
    for (Node node : nodes.subList(1, 4)) {
      for (DutyMessage.Chunk chunk : chunks) {
        assertThat(node.inbound.receiveMessage(PATIENCE).messages()).containsExactly(chunk);
      }
    }
    long bytes = nodes.stream().mapToLong(node -> node.counters.total().bytesSent()).sum();
    assertThat(bytes).isBetween(3L * size, 4L * size);
  }

  /** A peer that reads slowly has at most what sockets hold to read before it gets a vote. */
  @Test
  void votesOvertakeChunks() throws Exception {
    Node from = node(0);
    SinkQueueWithCancel<byte[]> slow = rawServer(from, 1, PeerStream.frame(hello(1).encode()));
    assertThat(slow.pull().toCompletableFuture().get()).isPresent();
    assertThat(from.events.receiveMessage(PATIENCE)).isInstanceOf(LinkUp.class);
    int chunks = PeerDialler.CHUNKS_MAX;
    from.links.tell(
        new PeerLinks.SendAll(
            chunks(0, Value.BYTES_MAX).stream().<Outgoing>map(Outgoing.Broadcast::new).toList()));
    from.links.tell(
        new PeerLinks.Send(
            new Outgoing.Broadcast(new DutyMessage.Status(DUTY, 0, 1, Optional.empty(), 0))));
    eventually(() -> assertThat(from.counters.total().framesSent()).isEqualTo(chunks + 1));
    int before = 0;
    Frame frame = Frame.getDefaultInstance();
    while (frame.getStatusesCount() == 0) {
      before += frame.getChunksCount();
      frame = Frame.parseFrom(slow.pull().toCompletableFuture().get().orElseThrow());
    }
    assertThat(before).isLessThan(chunks);
    slow.cancel();
  }

  @Test
  void chunksThatAPeerDoesNotReadAreDropped() {
    Node from = node(0);
    from.links.tell(new PeerLinks.Send(new Outgoing.Unicast(2, chunks(0, 10).getFirst())));
    eventually(() -> assertThat(from.counters.total().framesDropped()).isEqualTo(1));
  }

  private static List<DutyMessage.Chunk> chunks(int operator, int size) {
    return IntStream.iterate(0, at -> at < size, at -> at + WireLimits.CHUNK_BYTES)
        .mapToObj(at ->
            new DutyMessage.Chunk(
                DUTY,
                operator,
                CLUSTER,
                size,
                at,
                Bytes.wrap(new byte[Math.min(WireLimits.CHUNK_BYTES, size - at)])))
        .toList();
  }

  @Test
  void aFullBatchDoesNotWaitForTheFlush() {
    Node node = node(0, withFlush(Duration.ofHours(1)));
    node.links.tell(
        new PeerLinks.SendAll(
            IntStream.range(1, PeerLinks.OUTBOX_ITEMS_MAX)
                .<Outgoing>mapToObj(round -> prepare(0, round))
                .toList()));
    node.links.tell(new PeerLinks.Send(prepare(0, PeerLinks.OUTBOX_ITEMS_MAX)));
    assertThat(node.inbound.receiveMessage(PATIENCE).messages())
        .hasSize(PeerLinks.OUTBOX_ITEMS_MAX);
    assertThat(node.counters.signaturesMade()).isEqualTo(1);
  }

  @Test
  void aKeyOutsideTheClusterGetsNoLink() {
    Node node = node(0);
    IdentityKey stranger = IdentityKey.generate(new SecureRandom());
    List<IdentityPublicKey> invented = List.of(OPERATORS.get(0), stranger.publicKey());
    Node intruder = node(1, stranger, invented, TIMES, 0);
    dial(intruder, node);
    awaitRefusal(node, NOBODY, Reason.UNKNOWN_PEER);
    assertThat(intruder.counters.of(0).linksOpened()).isZero();
  }

  @Test
  void aDialledAddressThatHasAnotherOperatorsKeyGetsNothing() {
    Node dialler = node(0);
    Node other = node(2);
    dialler.links.tell(new PeerLinks.Dial(1, other.address()));
    awaitRefusal(dialler, 1, Reason.UNKNOWN_PEER);
    dialler.links.tell(new PeerLinks.Send(prepare(0, 1)));
    eventually(() -> assertThat(dialler.counters.of(1).framesDropped()).isEqualTo(1));
    assertThat(dialler.counters.of(1).linksOpened()).isZero();
  }

  @Test
  void anOperatorsKeyDoesNotSpeakForAnother() {
    Node node = node(0);
    rawClient(1, node, PeerStream.frame(hello(2).encode()));
    awaitRefusal(node, 1, Reason.WRONG_SENDER);
  }

  @Test
  void anAcceptingOperatorDoesNotAnswerForAnother() {
    Node node = node(0);
    rawServer(node, 1, PeerStream.frame(hello(2).encode()));
    awaitRefusal(node, 1, Reason.WRONG_SENDER);
    assertThat(node.counters.of(1).linksOpened()).isZero();
  }

  @Test
  void whoAcceptsMayNotSendFrames() {
    Node node = node(0);
    rawServer(
        node, 1, PeerStream.frame(hello(1).encode()), PeerStream.frame(Bytes.fromHex("0102")));
    awaitRefusal(node, 1, Reason.MALFORMED_FRAME);
  }

  @Test
  void anotherClusterIsRefused() {
    Node node = node(0);
    rawClient(
        1,
        node,
        PeerStream.frame(new Hello(Bytes32.ZERO, 1, "pod-0", 1, "1.0", Features.NONE).encode()));
    awaitRefusal(node, 1, Reason.WRONG_CLUSTER);
  }

  @Test
  void whatIsNoTlsIsRefused() throws IOException {
    Node node = node(0);
    try (Socket socket = connect(node)) {
      socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      awaitRefusal(node, NOBODY, Reason.UNKNOWN_PEER);
    }
  }

  @Test
  void aFrameBeyondTheBoundClosesTheLinkBeforeItIsRead() {
    Node node = node(0);
    byte[] length = ByteBuffer.allocate(4).putInt(WireLimits.FRAME_BYTES_MAX + 1).array();
    rawClient(1, node, PeerStream.frame(hello(1).encode()), ByteString.fromArrayUnsafe(length));
    awaitRefusal(node, 1, Reason.MALFORMED_FRAME);
  }

  @Test
  void aFrameThatIsCutOffIsRefused() {
    Node node = node(0);
    ByteString cut = ByteString.fromArrayUnsafe(ByteBuffer.allocate(20).putInt(100).array());
    Source.from(List.of(PeerStream.frame(hello(1).encode()), cut))
        .via(tls(1, node))
        .runWith(Sink.ignore(), KIT.system());
    awaitRefusal(node, 1, Reason.MALFORMED_FRAME);
  }

  @Test
  void badFramesAreCountedAndTheLinkStaysOpen() {
    Node node = node(0);
    rawClient(
        1,
        node,
        PeerStream.frame(hello(1).encode()),
        PeerStream.frame(Bytes.fromHex("ffff")),
        PeerStream.frame(Bytes.fromHex("52060a020802" + "1001")));
    awaitRefusal(node, 1, Reason.MALFORMED_FRAME);
    assertThat(node.inbound.receiveMessage(PATIENCE).messages())
        .containsExactly(new DutyMessage.Status(DutyId.attester(0, 0), 1, 1, Optional.empty(), 0));
  }

  @Test
  void aConnectionThatSaysNothingIsClosed() throws IOException {
    Node node = node(0, IMPATIENT);
    try (Socket socket = connect(node)) {
      awaitRefusal(node, NOBODY, Reason.SILENT_PEER);
      assertThat(isClosed(socket)).isTrue();
    }
  }

  @Test
  void anOpenLinkThatFallsSilentIsClosed() {
    Node node =
        node(
            0,
            new PeerTimes(
                TIMES.flush(),
                TIMES.handshake(),
                TIMES.keepAlive(),
                IMPATIENT.idle(),
                TIMES.redialMin(),
                TIMES.redialMax()));
    rawClient(1, node, PeerStream.frame(hello(1).encode()));
    awaitRefusal(node, 1, Reason.SILENT_PEER);
  }

  @Test
  void handshakesBeyondTheBoundAreTurnedAway() throws IOException {
    Node node = node(0);
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i <= AcceptedLinks.HANDSHAKES_MAX; i++) {
        sockets.add(connect(node));
      }
      awaitRefusal(node, NOBODY, Reason.BUFFER_FULL);
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void aPeerThatNeverReadsLosesItsFramesAndDelaysNobody() {
    Node node = node(0);
    Node reader = node(2);
    SinkQueueWithCancel<byte[]> unread = rawServer(node, 1, PeerStream.frame(hello(1).encode()));
    dial(node, reader);
    assertThat(List.of(node.events.receiveMessage(PATIENCE), node.events.receiveMessage(PATIENCE)))
        .containsExactlyInAnyOrder(new LinkUp(1, Features.NONE), new LinkUp(2, Features.OWN));
    List<Outgoing> large =
        Stream.<Outgoing>generate(() ->
                new Outgoing.Unicast(
                    1, new DutyMessage.Partial(DUTY, 0, CLUSTER, Bytes.wrap(new byte[192]))))
            .limit(PeerLinks.OUTBOX_ITEMS_MAX)
            .toList();
    eventually(() -> {
      node.links.tell(new PeerLinks.SendAll(large));
      assertThat(node.counters.of(1).framesDropped()).isPositive();
    });
    node.links.tell(new PeerLinks.Send(prepare(0, 9)));
    assertThat(reader.inbound.receiveMessage(PATIENCE).messages()).hasSize(1);
    assertThat(node.counters.of(2).framesDropped()).isZero();
    unread.cancel();
  }

  @Test
  void aLinkIsReadNoFasterThanItsBound() {
    Node node = node(0);
    // 15,000 statuses a frame: the burst is used up by the seventh.
    byte[] status = Bytes.fromHex("52060a0208021001").toArray();
    ByteBuffer statuses = ByteBuffer.allocate(15_000 * status.length);
    while (statuses.hasRemaining()) {
      statuses.put(status);
    }
    ByteString frame = PeerStream.frame(Bytes.wrap(statuses.array()));
    ByteString[] frames =
        Stream.concat(
                Stream.of(PeerStream.frame(hello(1).encode())),
                Stream.generate(() -> frame).limit(9))
            .toArray(ByteString[]::new);
    rawClient(1, node, frames);
    long startNanos = System.nanoTime();
    for (int i = 0; i < 9; i++) {
      assertThat(node.inbound.receiveMessage(PATIENCE).messages()).hasSize(15_000);
    }
    // Eight frames are paid for before the ninth is read: 20,000 beyond the burst, one second's
    // worth.
    assertThat(Duration.ofNanos(System.nanoTime() - startNanos))
        .isGreaterThan(Duration.ofMillis(800));
  }

  @Test
  void whoDialsIsDialledBackAtOnceAndNoMoreOftenThanThePauseAllows() {
    Duration never = Duration.ofHours(1);
    Node node =
        node(
            0,
            new PeerTimes(
                TIMES.flush(), TIMES.handshake(), TIMES.keepAlive(), TIMES.idle(), never, never));
    Node first = node(1);
    dial(node, first);
    node.events.expectMessage(PATIENCE, new LinkUp(1, Features.OWN));
    int port = first.address().getPort();
    KIT.stop(first.links);
    node.events.expectMessage(PATIENCE, new LinkDown(1));
    eventually(() -> assertThat(isFree(port)).isTrue());

    Node back = node(1, KEYS.get(1), OPERATORS, TIMES, port);
    dial(back, node);
    node.events.expectMessage(PATIENCE, new LinkUp(1, Features.OWN));

    KIT.stop(back.links);
    node.events.expectMessage(PATIENCE, new LinkDown(1));
    eventually(() -> assertThat(isFree(port)).isTrue());
    Node tooSoon = node(1, KEYS.get(1), OPERATORS, TIMES, port);
    dial(tooSoon, node);
    tooSoon.events.expectMessage(PATIENCE, new LinkUp(0, Features.OWN));
    node.events.expectNoMessage(Duration.ofMillis(300));
  }

  @Test
  void aPeerThatComesBackIsFoundAgain() {
    Node node = node(0);
    Node first = node(1);
    dial(node, first);
    node.events.expectMessage(PATIENCE, new LinkUp(1, Features.OWN));
    int port = first.address().getPort();
    KIT.stop(first.links);
    node.events.expectMessage(PATIENCE, new LinkDown(1));
    eventually(() -> assertThat(isFree(port)).isTrue());
    Node second = node(1, KEYS.get(1), OPERATORS, TIMES, port);
    node.events.expectMessage(PATIENCE, new LinkUp(1, Features.OWN));
    node.links.tell(new PeerLinks.Send(prepare(0, 1)));
    assertThat(second.inbound.receiveMessage(PATIENCE).messages()).hasSize(1);
    assertThat(node.counters.of(1).linksOpened()).isEqualTo(2);
  }

  @Test
  void anOpenLinkTellsHowFarAwayThePeerIsAndWhatItRuns() {
    Node node = node(0);
    Node peer = node(1);
    assertThat(node.counters.vitals(1)).isEmpty();
    dial(node, peer);
    eventually(() ->
        assertThat(node.counters.vitals(1))
            .hasValueSatisfying(vitals -> {
              assertThat(vitals.pod()).isEqualTo("pod-0");
              assertThat(vitals.release()).isEqualTo("1.0");
              assertThat(vitals.roundTrip()).isPositive().isLessThan(PATIENCE);
              assertThat(Math.abs(vitals.clockOffsetMillis()))
                  .isLessThanOrEqualTo(vitals.roundTrip().toMillis() + 1);
            }));
    assertThat(peer.counters.total().framesReceived()).as("frames that say something").isZero();
    KIT.stop(peer.links);
    node.events.expectMessage(PATIENCE, new LinkUp(1, Features.OWN));
    node.events.expectMessage(PATIENCE, new LinkDown(1));
    assertThat(node.counters.vitals(1)).isEmpty();
  }

  @Test
  void stoppedLinksAreClosedOnBothSides() {
    Node node = node(0);
    Node peer = node(1);
    dial(node, peer);
    dial(peer, node);
    node.events.expectMessage(PATIENCE, new LinkUp(1, Features.OWN));
    peer.events.expectMessage(PATIENCE, new LinkUp(0, Features.OWN));
    int port = node.address().getPort();
    KIT.stop(node.links);
    peer.events.expectMessage(PATIENCE, new LinkDown(0));
    eventually(() -> assertThat(isFree(port)).isTrue());
  }

  @Test
  void aHeadIsSaidToAllByItselfOrWithABatchAndAgainOnANewLink() {
    Node node = node(0);
    Node peer = node(1);
    dial(node, peer);
    node.events.expectMessage(PATIENCE, new LinkUp(1, Features.OWN));
    HeadView first = new HeadView(100, CLUSTER);
    node.links.tell(new PeerLinks.SayHead(first));
    peer.events.expectMessage(PATIENCE, new HeadSaid(0, first));
    node.links.tell(new PeerLinks.Send(prepare(0, 1)));
    peer.inbound.receiveMessage(PATIENCE);
    HeadView second = new HeadView(101, CLUSTER);
    node.links.tell(new PeerLinks.SayHead(second));
    node.links.tell(new PeerLinks.Send(prepare(0, 2)));
    peer.events.expectMessage(PATIENCE, new HeadSaid(0, second));
    peer.inbound.receiveMessage(PATIENCE);
    // What has not changed is not said again.
    assertThat(node.counters.of(1).framesSent()).isEqualTo(3);

    Node later = node(1);
    dial(node, later);
    later.events.expectMessage(PATIENCE, new HeadSaid(0, second));
  }

  @Test
  void aHeadOfASlotThatIsOverIsNotSaidOnANewLink() {
    Node node = node(0, TIMES, _ -> Optional.of(Reason.TOO_LATE));
    Node peer = node(1);
    dial(node, peer);
    node.events.expectMessage(PATIENCE, new LinkUp(1, Features.OWN));
    HeadView view = new HeadView(100, CLUSTER);
    node.links.tell(new PeerLinks.SayHead(view));
    peer.events.expectMessage(PATIENCE, new HeadSaid(0, view));

    Node later = node(1);
    dial(node, later);
    node.events.expectMessage(PATIENCE, new LinkDown(1));
    node.events.expectMessage(PATIENCE, new LinkUp(1, Features.OWN));
    node.links.tell(new PeerLinks.Send(prepare(0, 1)));
    later.inbound.receiveMessage(PATIENCE);
    later.events.expectNoMessage(Duration.ZERO);
  }

  @Test
  void whatIsForAnOperatorThatIsNotDialledIsDroppedAndCounted() {
    Node node = node(0);
    DutyMessage status = new DutyMessage.Status(DUTY, 0, 7, Optional.empty(), 0);
    node.links.tell(new PeerLinks.Send(new Outgoing.Unicast(3, status)));
    eventually(() -> assertThat(node.counters.of(3).framesDropped()).isEqualTo(1));
  }

  @Test
  void dialingAnotherAddressEndsTheEarlierLink() {
    Node node = node(0);
    Node first = node(1);
    dial(node, first);
    node.events.expectMessage(PATIENCE, new LinkUp(1, Features.OWN));
    Node second = node(1);
    dial(node, second);
    node.events.expectMessage(PATIENCE, new LinkDown(1));
    node.events.expectMessage(PATIENCE, new LinkUp(1, Features.OWN));
    node.links.tell(new PeerLinks.Send(prepare(0, 1)));
    assertThat(second.inbound.receiveMessage(PATIENCE).messages()).hasSize(1);
    first.inbound.expectNoMessage(Duration.ZERO);
  }

  @Test
  void aKeyThatTheClusterFileDoesNotPinIsASetUpError() {
    assertThatThrownBy(() -> new PinnedTls(KEYS.get(1), OPERATORS, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> settings(0, List.of(OPERATORS.get(0), OPERATORS.get(0)), TIMES, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private record Node(
      int operator,
      ActorRef<PeerLinks.Command> links,
      TestProbe<Inbound> inbound,
      TestProbe<LinkEvent> events,
      PeerCounters counters) {
    InetSocketAddress address() {
      TestProbe<InetSocketAddress> probe = KIT.createTestProbe(InetSocketAddress.class);
      links.tell(new PeerLinks.AskBoundAddress(probe.ref()));
      return probe.receiveMessage(PATIENCE);
    }
  }

  private Node node(int operator) {
    return node(operator, TIMES);
  }

  private Node node(int operator, PeerTimes times) {
    return node(operator, KEYS.get(operator), OPERATORS, times, 0);
  }

  private Node node(int operator, PeerTimes times, DutyWindow window) {
    return node(operator, KEYS.get(operator), OPERATORS, times, 0, window);
  }

  private Node node(
      int operator, IdentityKey key, List<IdentityPublicKey> operators, PeerTimes times, int port) {
    return node(operator, key, operators, times, port, _ -> Optional.empty());
  }

  private Node node(
      int operator,
      IdentityKey key,
      List<IdentityPublicKey> operators,
      PeerTimes times,
      int port,
      DutyWindow window) {
    TestProbe<Inbound> inbound = KIT.createTestProbe(Inbound.class);
    TestProbe<LinkEvent> events = KIT.createTestProbe(LinkEvent.class);
    PeerCounters counters = new PeerCounters(operators.size());
    ActorRef<PeerLinks.Command> links =
        KIT.spawn(
            PeerLinks.create(
                settings(operator, operators, times, port),
                key,
                window,
                counters,
                inbound.ref(),
                events.ref()));
    started.add(links);
    return new Node(operator, links, inbound, events, counters);
  }

  private static PeerSettings settings(
      int operator, List<IdentityPublicKey> operators, PeerTimes times, int port) {
    return new PeerSettings(
        CLUSTER,
        operators,
        1_000,
        operator,
        "pod-0",
        1,
        "1.0",
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
        Map.of(),
        times);
  }

  private static PeerTimes withFlush(Duration flush) {
    return new PeerTimes(
        flush,
        TIMES.handshake(),
        TIMES.keepAlive(),
        TIMES.idle(),
        TIMES.redialMin(),
        TIMES.redialMax());
  }

  private static void connect(List<Node> nodes) {
    for (Node from : nodes) {
      nodes.stream().filter(to -> to.operator != from.operator).forEach(to -> dial(from, to));
    }
    for (Node node : nodes) {
      for (int i = 1; i < nodes.size(); i++) {
        assertThat(node.events.receiveMessage(PATIENCE)).isInstanceOf(LinkUp.class);
      }
    }
  }

  private static void dial(Node from, Node to) {
    from.links.tell(new PeerLinks.Dial(to.operator, to.address()));
  }

  private static Socket connect(Node node) throws IOException {
    return new Socket(node.address().getAddress(), node.address().getPort());
  }

  /** Dials with the key of {@code operator}, sends these bytes, and then nothing. */
  private static void rawClient(int operator, Node node, ByteString... bytes) {
    Source.from(List.of(bytes))
        .concat(Source.never())
        .via(tls(operator, node))
        .runWith(Sink.ignore(), KIT.system());
  }

  private static Flow<ByteString, byte[], ?> tls(int operator, Node node) {
    return PeerStream.over(
        Tcp.get(KIT.system())
            .outgoingConnection(node.address().getHostString(), node.address().getPort()),
        new PinnedTls(KEYS.get(operator), OPERATORS, operator).client(node.operator),
        _ -> {},
        TIMES,
        KIT.system());
  }

  /**
   * Has {@code node} dial something with the key of {@code operator} that says this and keeps
   * alive.
   */
  private static SinkQueueWithCancel<byte[]> rawServer(
      Node node, int operator, ByteString... bytes) {
    PinnedTls tls = new PinnedTls(KEYS.get(operator), OPERATORS, operator);
    TestProbe<Object> connections = KIT.createTestProbe(Object.class);
    var binding =
        Tcp.get(KIT.system())
            .bind(
                "127.0.0.1",
                0,
                1,
                List.of(TcpSO.receiveBufferSize(RECEIVE_BUFFER_BYTES)),
                false,
                Optional.empty())
            .take(1)
            .to(
                Sink.foreach(tcp ->
                    connections
                        .ref()
                        .tell(
                            Source.from(List.of(bytes))
                                .concat(Source.never())
                                .keepAlive(TIMES.keepAlive(), () -> PeerStream.KEEP_ALIVE)
                                .via(
                                    PeerStream.over(
                                        tcp.flow(), tls::server, _ -> {}, TIMES, KIT.system()))
                                .toMat(Sink.queue(), Keep.right())
                                .run(KIT.system()))))
            .run(KIT.system());
    binding.thenAccept(
        bound -> node.links.tell(new PeerLinks.Dial(operator, bound.localAddress())));
    @SuppressWarnings("unchecked") // the probe's only messages are these
    SinkQueueWithCancel<byte[]> queue =
        (SinkQueueWithCancel<byte[]>) connections.receiveMessage(PATIENCE);
    return queue;
  }

  private static Hello hello(int operator) {
    return new Hello(CLUSTER, operator, "pod-0", 1, "1.0", Features.NONE);
  }

  private static Vote vote(int operator, int round) {
    return new Vote.Prepare(DUTY, operator, round, CLUSTER);
  }

  private static Outgoing.Cast prepare(int operator, int round) {
    return new Outgoing.Cast(vote(operator, round), List.of(), Optional.empty());
  }

  /** Reads to the end; an alert of TLS may come before it. */
  private static boolean isClosed(Socket socket) throws IOException {
    socket.setSoTimeout((int) PATIENCE.toMillis());
    try {
      return socket.getInputStream().readAllBytes().length < 32;
    } catch (SocketTimeoutException open) {
      return false;
    } catch (SocketException reset) {
      return true;
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException taken) {
      return false;
    }
  }

  private static void awaitRefusal(Node node, int peer, Reason reason) {
    eventually(() -> assertThat(node.counters.of(peer).refusals(reason)).isPositive());
  }

  private static void eventually(Runnable assertion) {
    KIT.createTestProbe()
        .awaitAssert(
            PATIENCE,
            Duration.ofMillis(20),
            () -> {
              assertion.run();
              return true;
            });
  }
}
