/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.beacon.simulator.BeaconSimulator;
import dev.quorate.beacon.simulator.Fault;
import dev.quorate.beacon.simulator.ManualClock;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.beacon.simulator.TestValidators;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.LoggingTestKit;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.stream.KillSwitch;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadStreamTest {
  private static final TestValidators VALIDATORS = new TestValidators(16);
  private static final long SLOT = 43;
  private static final long PATIENCE_SECONDS = 20;
  private static final Duration SILENCE = Duration.ofSeconds(60);
  private static final Bytes32 ROOT = Bytes32.sha256(new byte[] {1});

  private static ActorTestKit kit;

  private final ManualClock clock = new ManualClock();
  private final List<BeaconSimulator> simulators = new ArrayList<>();
  private final List<KillSwitch> listening = new ArrayList<>();
  private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();

  private record Told(int node, HeadEvent head) {}

  @BeforeAll
  static void startSystem() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stopSystem() {
    kit.shutdownTestKit();
  }

  @AfterEach
  void close() {
    listening.forEach(KillSwitch::shutdown);
    simulators.forEach(simulator -> simulator.stop().toCompletableFuture().join());
  }

  private BeaconSimulator simulator(int nodes) {
    BeaconSimulator simulator =
        BeaconSimulator.start(
                kit.system(), VALIDATORS.chain(Fork.FULU), Collections.nCopies(nodes, 0), 0, clock)
            .toCompletableFuture()
            .join();
    simulators.add(simulator);
    clock.set(simulator.chain().times().startMillis(SLOT));
    return simulator;
  }

  private BeaconNodes listen(Duration silence, List<BeaconUrl> urls) {
    BeaconNodes nodes = new BeaconNodes(kit.system(), urls, 5_000);
    listening.add(nodes.onHeads(silence, (node, head) -> told.add(new Told(node, head))));
    return nodes;
  }

  private BeaconNodes listen(BeaconSimulator simulator) {
    BeaconNodes nodes = listen(SILENCE, simulator.nodeUrls().stream().map(BeaconUrl::of).toList());
    await(nodes, HeadFigures::isOpen);
    return nodes;
  }

  /** Polls: nobody tells when a figure changes. */
  private static void await(BeaconNodes nodes, Predicate<HeadFigures> expected) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!nodes.nodes().stream().map(BeaconNode::headFigures).allMatch(expected)) {
      assertThat(System.nanoTime())
          .as("%s", nodes.nodes().getFirst().headFigures())
          .isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private Told next() throws InterruptedException {
    Told next = told.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(next).as("an event").isNotNull();
    return next;
  }

  /** A node whose n-th stream, from 0, is {@code streams} of n. */
  private static FakeNode node(IntFunction<HttpResponse> streams) {
    AtomicInteger count = new AtomicInteger();
    return FakeNode.start(kit.system(), _ -> streams.apply(count.getAndIncrement()));
  }

  private static HttpResponse stream(Source<ByteString, NotUsed> bytes) {
    return HttpResponse.create()
        .withEntity(
            HttpEntities.createChunked(MediaTypes.TEXT_EVENT_STREAM.toContentType(), bytes));
  }

  private static HttpResponse stream(String text) {
    return stream(Source.single(ByteString.fromString(text)));
  }

  private static HttpResponse endless(String text) {
    return stream(Source.single(ByteString.fromString(text)).concat(Source.<ByteString>never()));
  }

  private static String event(long slot) {
    return """
    event: head
    data: {"slot":"%d","block":"%s","state":"%s","epoch_transition":false,
    data: "previous_duty_dependent_root":"%s","current_duty_dependent_root":"%s"}

    """
        .formatted(slot, ROOT, ROOT, ROOT, ROOT);
  }

  // ---- the simulator's events

  @Test
  void tellsOfEveryNodesHeadWhenItsBlockArrives() throws InterruptedException {
    BeaconSimulator simulator = simulator(2);
    SimulatedChain chain = simulator.chain();
    simulator.setFaults(1, List.of(new Fault.OtherHead(5), new Fault.Optimistic()));
    simulator.setBlockDelay(700);
    listen(simulator);
    clock.set(chain.times().startMillis(SLOT) + 699);
    assertThat(told.poll(100, TimeUnit.MILLISECONDS)).isNull();
    clock.set(chain.times().startMillis(SLOT) + 700);
    long epoch = chain.spec().epochOf(SLOT);
    assertThat(List.of(next(), next()))
        .containsExactlyInAnyOrder(
            new Told(
                0,
                new HeadEvent(
                    SLOT,
                    chain.blockRoot(SLOT),
                    chain.dependentRoot(epoch),
                    chain.dependentRoot(epoch + 1),
                    false)),
            new Told(
                1,
                new HeadEvent(
                    SLOT,
                    chain.otherBlockRoot(SLOT, 5),
                    chain.dependentRoot(epoch),
                    chain.dependentRoot(epoch + 1),
                    true)));
  }

  @Test
  void tellsOfAReorganisationWithTheRootThatDutiesDependOnNow() throws InterruptedException {
    BeaconSimulator simulator = simulator(1);
    ChainSpec spec = simulator.chain().spec();
    long epoch = spec.epochOf(SLOT);
    listen(simulator);
    Bytes32 before = simulator.chain().dependentRoot(epoch + 1);
    simulator.reorganise(epoch + 1);
    HeadEvent head = next().head();
    assertThat(head.attesterDependentRoot(epoch + 1, spec))
        .contains(simulator.chain().dependentRoot(epoch + 1))
        .isNotEqualTo(Optional.of(before));
    assertThat(head.attesterDependentRoot(epoch, spec))
        .contains(simulator.chain().dependentRoot(epoch));
    assertThat(head.attesterDependentRoot(epoch + 2, spec)).isEmpty();
    assertThat(head.attesterDependentRoot(epoch - 1, spec)).isEmpty();
  }

  @Test
  void aNodeWithoutTheEndpointIsToleratedAndTheOthersAreHeard() throws InterruptedException {
    BeaconSimulator simulator = simulator(2);
    simulator.setFaults(0, List.of(new Fault.NoEvents()));
    BeaconNodes nodes = listen(SILENCE, simulator.nodeUrls().stream().map(BeaconUrl::of).toList());
    while (!nodes.nodes().get(1).headFigures().isOpen()) {
      Thread.onSpinWait();
    }
    clock.set(simulator.chain().times().startMillis(SLOT + 1));
    assertThat(next().node()).isEqualTo(1);
    assertThat(nodes.nodes().getFirst().headFigures()).isEqualTo(new HeadFigures(0, 0, 0, false));
    simulator.setFaults(0, List.of());
    await(nodes, HeadFigures::isOpen);
  }

  @Test
  void malformedEventsAreCountedAndDropped() throws InterruptedException {
    BeaconSimulator simulator = simulator(1);
    simulator.setFaults(0, List.of(new Fault.MalformedEvents()));
    BeaconNodes nodes = listen(simulator);
    clock.set(simulator.chain().times().startMillis(SLOT + 1));
    await(nodes, figures -> figures.malformed() == 1);
    simulator.setFaults(0, List.of());
    clock.set(simulator.chain().times().startMillis(SLOT + 2));
    assertThat(next().head().slot()).isEqualTo(SLOT + 1);
    assertThat(nodes.nodes().getFirst().headFigures()).isEqualTo(new HeadFigures(1, 1, 1, true));
  }

  @Test
  void findsItsWayBackToANodeThatWasGone() throws InterruptedException {
    BeaconSimulator simulator = simulator(1);
    simulator.setFaults(0, List.of(new Fault.Fail(503)));
    BeaconNodes nodes = listen(SILENCE, simulator.nodeUrls().stream().map(BeaconUrl::of).toList());
    simulator.setFaults(0, List.of());
    await(nodes, HeadFigures::isOpen);
    clock.set(simulator.chain().times().startMillis(SLOT + 1));
    assertThat(next().head().slot()).isEqualTo(SLOT);
  }

  // ---- worse streams

  @Test
  void aStreamThatFallsSilentIsTakenForDeadAndOpenedAgain() throws InterruptedException {
    FakeNode fake = node(n -> endless(event(n)));
    BeaconNodes nodes = listen(Duration.ofMillis(500), List.of(fake.url()));
    assertThat(next().head().slot()).isZero();
    assertThat(next().head().slot()).isEqualTo(1);
    assertThat(nodes.nodes().getFirst().headFigures().connections()).isGreaterThanOrEqualTo(2);
  }

  @Test
  void commentsKeepAStreamAlive() throws InterruptedException {
    FakeNode fake =
        node(n ->
            stream(
                Source.tick(Duration.ZERO, Duration.ofMillis(100), ByteString.fromString(":\n\n"))
                    .mapMaterializedValue(_ -> NotUsed.getInstance())
                    .take(20)
                    .concat(Source.single(ByteString.fromString(event(n))))));
    listen(Duration.ofMillis(500), List.of(fake.url()));
    assertThat(next().head().slot()).as("the first stream lasted two seconds").isZero();
  }

  @Test
  void aStreamThatEndsIsOpenedAgain() throws InterruptedException {
    FakeNode fake = node(n -> stream(event(n)));
    listen(SILENCE, List.of(fake.url()));
    assertThat(next().head().slot()).isZero();
    assertThat(next().head().slot()).isEqualTo(1);
    assertThat(fake.routes()).containsOnly("GET /eth/v1/events");
    assertThat(fake.received().getFirst().request().getUri().rawQueryString())
        .contains("topics=head");
    assertThat(fake.received().getFirst().request().getHeader("Accept").orElseThrow().value())
        .isEqualTo("text/event-stream");
  }

  @ParameterizedTest
  @ValueSource(ints = {HeadStream.LINE_BYTES_MAX + 1, 1_000_000})
  void aLineBeyondTheBoundEndsTheConnectionAndNoMore(int length) throws InterruptedException {
    String line = "data: " + "x".repeat(length);
    FakeNode fake = node(n -> n == 0 ? endless("event: head\n" + line) : endless(event(n)));
    listen(SILENCE, List.of(fake.url()));
    assertThat(next().head().slot()).isEqualTo(1);
  }

  @Test
  void anEventBeyondTheBoundEndsTheConnectionAndNoMore() throws InterruptedException {
    String lines = ("data: " + "x".repeat(1_000) + "\n").repeat(HeadStream.EVENT_BYTES_MAX / 900);
    FakeNode fake = node(n -> n == 0 ? endless("event: head\n" + lines) : endless(event(n)));
    listen(SILENCE, List.of(fake.url()));
    assertThat(next().head().slot()).isEqualTo(1);
  }

  @Test
  void whatIsNoEventStreamIsNotListenedTo() throws InterruptedException {
    FakeNode fake = node(n -> n == 0 ? FakeNode.json(200, event(0)) : endless(event(n)));
    listen(SILENCE, List.of(fake.url()));
    assertThat(next().head().slot()).isEqualTo(1);
  }

  @Test
  void eventsOfOtherKindsAndNestedWithoutEndAreDropped() throws InterruptedException {
    String deep = "{\"a\":".repeat(600);
    FakeNode fake =
        node(_ ->
            endless(
                event(3).replace("event: head", "event: block")
                    + event(4).replace("event: head\n", "")
                    + "event: head\ndata: "
                    + deep
                    + "\n\n"
                    + event(5).replace(ROOT.toString(), "0x00")
                    + event(6)));
    BeaconNodes nodes = listen(SILENCE, List.of(fake.url()));
    assertThat(next().head().slot()).isEqualTo(6);
    assertThat(nodes.nodes().getFirst().headFigures()).isEqualTo(new HeadFigures(1, 4, 1, true));
  }

  @Test
  void aFloodOfEventsIsCutDownToTheLatestOfEachMoment() throws InterruptedException {
    int flood = 20_000;
    FakeNode fake =
        node(_ ->
            stream(
                Source.range(1, flood)
                    .map(n -> ByteString.fromString(event(n)))
                    .concat(Source.<ByteString>never())));
    BeaconNodes nodes = listen(SILENCE, List.of(fake.url()));
    long start = System.nanoTime();
    await(nodes, figures -> figures.events() == flood);
    int events = 0;
    long slot = 0;
    while (slot < flood) {
      slot = next().head().slot();
      events++;
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    assertThat(events)
        .isLessThanOrEqualTo((int) (HeadStream.EVENTS_PER_SECOND_MAX * (seconds + 2)));
  }

  @Test
  void anOrdinaryEndIsNoNews() {
    BeaconNodes nodes = listen(simulator(1));

    LoggingTestKit.custom(event -> event.loggerName().equals(HeadStream.class.getName()))
        .withOccurrences(0)
        .expect(
            kit.system(),
            () -> {
              listening.getLast().shutdown();
              await(nodes, figures -> !figures.isOpen());
              return true;
            });
  }

  @Test
  void aStreamThatItsNodeEndsIsSaidToBeLostOnce() {
    FakeNode fake = node(n -> n == 0 ? stream(event(0)) : FakeNode.json(404, "{}"));

    LoggingTestKit.warn("does not tell of its heads: ")
        .withMessageContains("the stream ended")
        .expect(
            kit.system(),
            () -> {
              listen(SILENCE, List.of(fake.url()));
              return true;
            });
  }

  @Test
  void aListenerThatFailsIsSaidToHaveFailed() {
    FakeNode fake = node(n -> endless(event(n)));
    BeaconNodes nodes = new BeaconNodes(kit.system(), List.of(fake.url()), 5_000);

    LoggingTestKit.error("no more heads are heard of " + fake.url())
        .withCause(IllegalStateException.class)
        .expect(
            kit.system(),
            () ->
                listening.add(
                    nodes.onHeads(
                        SILENCE,
                        (_, _) -> {
                          throw new IllegalStateException("a bug");
                        })));
  }

  @Test
  void whoListensNoMoreIsToldNoMore() throws InterruptedException {
    BeaconSimulator simulator = simulator(1);
    BeaconNodes nodes = listen(simulator);
    listening.getLast().shutdown();
    await(nodes, figures -> !figures.isOpen());
    clock.set(simulator.chain().times().startMillis(SLOT + 1));
    assertThat(told.poll(300, TimeUnit.MILLISECONDS)).isNull();
  }
}
