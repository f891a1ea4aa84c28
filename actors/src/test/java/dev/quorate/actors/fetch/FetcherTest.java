/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.actors.fetch.Fetcher.BlockSeen;
import dev.quorate.actors.fetch.Fetcher.Command;
import dev.quorate.actors.fetch.Fetcher.Fetch;
import dev.quorate.actors.fetch.Fetcher.Recipient;
import dev.quorate.actors.fetch.Fetcher.Refresh;
import dev.quorate.actors.fixture.Chains;
import dev.quorate.actors.fixture.FakeBeacon;
import dev.quorate.actors.fixture.FakeBeacon.Reply;
import dev.quorate.actors.fixture.Group;
import dev.quorate.actors.fixture.Inbox;
import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.beacon.client.BeaconUrl;
import dev.quorate.beacon.client.BlockRequest;
import dev.quorate.beacon.client.HeadEvent;
import dev.quorate.beacon.simulator.BeaconSimulator;
import dev.quorate.beacon.simulator.Fault;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyInput;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.HeadView;
import dev.quorate.consensus.duty.HeadViews;
import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.ethereum.block.Proposal;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.GivenRule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Time passes by hand for the fetcher and by itself for HTTP. */
class FetcherTest {
  private static final ActorTestKit HTTP = ActorTestKit.create("fetch-http");
  private static final ActorTestKit KIT = ActorTestKit.create("fetch", ManualTime.config());
  private static final ManualTime TIME = ManualTime.get(KIT.system());
  private static final Duration AGAIN = Duration.ofMillis(250);
  private static final int ASKS_MAX = 1 + Fetcher.REFRESHES_MAX;
  private static final long SLOT = 80;
  private static final Map<Bytes, Group> PROPOSERS =
      Stream.generate(Group::generate)
          .limit(2)
          .collect(Collectors.toMap(Group::publicKey, Function.identity()));
  private static final SimulatedChain CHAIN =
      new SimulatedChain(Chains.of(Fork.DENEB, List.copyOf(PROPOSERS.keySet())));
  private static final AttestationData DATA = CHAIN.attestationData(SLOT);
  private static final long DUE = CHAIN.times().attestationDueMillis(SLOT);

  private final AtomicLong clock = new AtomicLong(DUE);
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final BlockingQueue<HeadView> told = new LinkedBlockingQueue<>();
  private final Inbox<DistributedValidator.Command> one = Inbox.open(KIT);
  private final Inbox<DistributedValidator.Command> two = Inbox.open(KIT);

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable resource : opened) {
      resource.close();
    }
  }

  @AfterAll
  static void shutDown() {
    KIT.shutdownTestKit();
    HTTP.shutdownTestKit();
  }

  private ActorRef<Command> start(List<BeaconUrl> urls) {
    return start(new BeaconNodes(HTTP.system(), urls, 60_000));
  }

  private static BeaconNodes nodesOf(BeaconSimulator simulator) {
    return new BeaconNodes(
        HTTP.system(), simulator.nodeUrls().stream().map(BeaconUrl::of).toList(), 60_000);
  }

  private ActorRef<Command> start(BeaconNodes nodes) {
    ActorRef<Command> fetcher =
        KIT.spawn(Fetcher.create(nodes, clock::get, new Quorum(4), told::add));
    opened.add(() -> KIT.stop(fetcher));
    return fetcher;
  }

  private BeaconSimulator simulator(int nodes) {
    BeaconSimulator simulator = Chains.simulate(HTTP.system(), CHAIN.config(), nodes, clock);
    opened.add(() -> simulator.stop().toCompletableFuture().join());
    return simulator;
  }

  private ActorRef<Command> start(BeaconSimulator simulator) {
    return start(nodesOf(simulator));
  }

  /** A node whose n-th answer, from 0, is {@code answers} of n. */
  private FakeBeacon node(IntFunction<Reply> answers) {
    AtomicInteger count = new AtomicInteger();
    FakeBeacon node = new FakeBeacon(_ -> answers.apply(count.getAndIncrement()));
    opened.add(node);
    return node;
  }

  private static AttestationData withSource(int number) {
    return new AttestationData(
        SLOT,
        0,
        DATA.beaconBlockRoot(),
        new Checkpoint(DATA.source().epoch(), Bytes32.sha256(new byte[] {(byte) number})),
        DATA.target());
  }

  private static Fetch fetch(
      long slot, long dueMillis, List<Inbox<DistributedValidator.Command>> entities) {
    List<Recipient> recipients = new ArrayList<>();
    for (Inbox<DistributedValidator.Command> entity : entities) {
      recipients.add(new Recipient(DutyId.attester(slot, recipients.size()), entity.ref()));
    }
    return new Fetch(new Question.ToAttest(slot), dueMillis, recipients);
  }

  private static DistributedValidator.Tell values(int validator, AttestationData... data) {
    return new DistributedValidator.Tell(
        DutyId.attester(SLOT, validator),
        new DutyInput.OwnValues(Stream.of(data).map(d -> new Value(d.encode())).toList()));
  }

  /** A timer that is due at once still needs time to pass. */
  private static DistributedValidator.Command next(Inbox<DistributedValidator.Command> entity) {
    return entity.nextWhile(() -> TIME.timePasses(Duration.ofMillis(1)));
  }

  private static void awaitAsked(FakeBeacon node, Runnable pump) {
    Inbox.nextWhile(pump, () -> node.asked(Inbox.BRIEFLY));
  }

  private static void assertNotAskedAgain(FakeBeacon node, Runnable pump) {
    for (int i = 0; i < 10; i++) {
      pump.run();
      assertThat(node.asked(Inbox.BRIEFLY)).isEmpty();
    }
  }

  private static List<Value> known(DistributedValidator.Command command) {
    return command instanceof DistributedValidator.Tell(_, DutyInput.OwnValues(var values))
        ? values
        : List.of();
  }

  @Test
  void aNodeWhoseHeadIsNotVerifiedIsNotAskedEvenIfItIsTheOnlyOne() {
    BeaconSimulator simulator = simulator(1);
    BeaconNodes nodes = nodesOf(simulator);
    simulator.setFaults(0, List.of(new Fault.Optimistic()));
    nodes.checkHealth(SLOT).toCompletableFuture().join();
    start(nodes).tell(fetch(SLOT, DUE, List.of(one)));
    for (int i = 0; i < 20; i++) {
      TIME.timePasses(AGAIN);
      assertThat(one.poll(Inbox.BRIEFLY)).isEmpty();
    }
    simulator.setFaults(0, List.of());
    nodes.checkHealth(SLOT).toCompletableFuture().join();
    assertThat(one.nextWhile(() -> TIME.timePasses(AGAIN))).isEqualTo(values(0, DATA));
  }

  @Test
  void equalNodesGiveEveryEntityOneValueOnceAndOtherCheckpointsOneMore() {
    BeaconSimulator simulator = simulator(4);
    // Another head alone is nothing new; what comes last shows that nothing came in between.
    simulator.setFaults(1, List.of(new Fault.OtherHead(1), new Fault.Stall(100)));
    simulator.setFaults(3, List.of(new Fault.Lie(Fault.Field.TARGET_ROOT), new Fault.Stall(1_000)));
    start(simulator).tell(fetch(SLOT, DUE, List.of(one, two)));
    assertThat(next(one)).isEqualTo(values(0, DATA));
    assertThat(two.next()).isEqualTo(values(1, DATA));
    for (Inbox<DistributedValidator.Command> entity : List.of(one, two)) {
      List<Value> values = known(entity.next());
      assertThat(values).hasSize(2).startsWith(new Value(DATA.encode()));
      AttestationData other = AttestationData.decode(values.getLast().content()).orElseThrow();
      assertThat(other.target()).isNotEqualTo(DATA.target());
      assertThat(other.source()).isEqualTo(DATA.source());
      assertThat(entity.poll(Duration.ZERO)).isEmpty();
    }
  }

  /** Two nodes that build on one block make one choice; the one of another head makes one more. */
  @Test
  void blocksAreTheSameVoteIfTheyAreBuiltOnTheSame() {
    Group proposer =
        CHAIN.proposals(CHAIN.spec().epochOf(SLOT)).stream()
            .filter(duty -> duty.slot() == SLOT)
            .flatMap(duty -> Stream.ofNullable(PROPOSERS.get(duty.pubkey())))
            .findFirst()
            .orElseThrow();
    DutySlot at = new DutySlot(CHAIN.spec(), CHAIN.genesis(), SLOT);
    Bytes reveal = proposer.sign(GivenRule.randao(at).meaning().root());
    clock.set(CHAIN.times().startMillis(SLOT));
    BeaconSimulator simulator = simulator(3);
    simulator.setFaults(2, List.of(new Fault.OtherHead(1), new Fault.Stall(500)));
    DutyId duty = new DutyId(DutyType.PROPOSER, SLOT, 0, 0);
    start(simulator)
        .tell(
            new Fetch(
                new Question.ToPropose(at, new BlockRequest(reveal, Bytes32.ZERO, 0)),
                clock.get(),
                List.of(new Recipient(duty, one.ref()))));
    assertThat(known(next(one))).hasSize(1);
    List<Value> values = known(one.next());
    assertThat(values)
        .extracting(value -> Proposal.decode(value).orElseThrow().parentRoot())
        .containsExactly(CHAIN.blockRoot(SLOT - 1), CHAIN.otherBlockRoot(SLOT - 1, 1));
  }

  @Test
  void theNodesAreNotAskedBeforeTheDataIsDue() {
    clock.set(DUE - 100);
    FakeBeacon node = node(_ -> Reply.data(DATA.toJson()));
    start(List.of(node.url())).tell(fetch(SLOT, DUE, List.of(one)));
    TIME.timePasses(Duration.ofMillis(99));
    assertThat(node.asked(Inbox.BRIEFLY)).isEmpty();
    assertThat(next(one)).isEqualTo(values(0, DATA));
    assertThat(node.asked(Duration.ZERO)).isPresent();
    assertNotAskedAgain(node, () -> TIME.timePasses(AGAIN));
  }

  @Test
  void dataOfAnotherSlotIsLeftOut() {
    BeaconSimulator simulator = simulator(2);
    simulator.setFaults(0, List.of(new Fault.Lie(Fault.Field.SLOT)));
    simulator.setFaults(1, List.of(new Fault.Lie(Fault.Field.SOURCE_ROOT), new Fault.Stall(200)));
    start(simulator).tell(fetch(SLOT, DUE, List.of(one)));
    List<Value> values = known(next(one));
    assertThat(values).hasSize(1);
    AttestationData only = AttestationData.decode(values.getFirst().content()).orElseThrow();
    assertThat(only.slot()).isEqualTo(SLOT);
    assertThat(only.index()).isZero();
  }

  @Test
  void whatFailedIsTriedAgainUntilTheSlotIsForgotten() {
    Duration longest = Duration.ofSeconds(4);
    FakeBeacon recovering =
        node(n -> n < 3 ? Reply.failure(500) : Reply.data(withSource(n).toJson()));
    start(List.of(recovering.url())).tell(fetch(SLOT, DUE, List.of(one)));
    assertThat(one.nextWhile(() -> TIME.timePasses(longest))).isEqualTo(values(0, withSource(3)));

    FakeBeacon dead = node(_ -> Reply.failure(500));
    ActorRef<Command> fetcher = start(List.of(dead.url()));
    fetcher.tell(fetch(SLOT, DUE, List.of(two)));
    for (int round = 0; round < 2 * Fetcher.REFRESHES_MAX; round++) {
      awaitAsked(dead, () -> TIME.timePasses(longest));
    }
    for (int later = 1; later <= Fetcher.SLOTS_KEPT; later++) {
      fetcher.tell(fetch(SLOT + later, DUE + 1_000_000_000L, List.of(two)));
    }
    int askedMore = 0;
    for (int i = 0; i < 10; i++) {
      TIME.timePasses(longest);
      askedMore += dead.asked(Inbox.BRIEFLY).isPresent() ? 1 : 0;
    }
    assertThat(askedMore).as("one question may be under way").isLessThanOrEqualTo(1);
    assertThat(two.poll(Duration.ZERO)).isEmpty();
  }

  @Test
  void aRefreshBringsNewCheckpointsToEveryEntityAndIsBounded() {
    FakeBeacon node = node(n -> Reply.data(withSource(n).toJson()));
    ActorRef<Command> fetcher = start(List.of(node.url()));
    fetcher.tell(fetch(SLOT, DUE, List.of(one, two)));
    next(one);
    AttestationData[] expected = new AttestationData[ASKS_MAX];
    for (int round = 0; round < ASKS_MAX; round++) {
      expected[ASKS_MAX - 1 - round] = withSource(round);
    }
    for (int round = 1; round < ASKS_MAX; round++) {
      assertThat(known(one.nextWhile(() -> fetcher.tell(new Refresh(DutyId.attester(SLOT, 0))))))
          .hasSizeGreaterThan(1);
      awaitAsked(node, () -> {});
    }
    awaitAsked(node, () -> {});
    assertNotAskedAgain(node, () -> fetcher.tell(new Refresh(DutyId.attester(SLOT, 0))));
    DistributedValidator.Command last = two.next();
    for (int round = 1; round < ASKS_MAX; round++) {
      last = two.next();
    }
    assertThat(last).isEqualTo(values(1, expected));
  }

  @Test
  void differentAnswersAreKeptOnlyUpToTheBound() {
    List<FakeBeacon> nodes =
        List.of(
            node(n -> Reply.data(withSource(n).toJson())),
            node(n -> Reply.data(withSource(100 + n).toJson())));
    ActorRef<Command> fetcher = start(nodes.stream().map(FakeBeacon::url).toList());
    fetcher.tell(fetch(SLOT, DUE, List.of(one)));
    int size = known(next(one)).size();
    while (size < Fetcher.ANSWERS_MAX) {
      size = known(one.nextWhile(() -> fetcher.tell(new Refresh(DutyId.attester(SLOT, 0))))).size();
    }
    for (FakeBeacon node : nodes) {
      for (int round = 0; round < ASKS_MAX; round++) {
        awaitAsked(node, () -> fetcher.tell(new Refresh(DutyId.attester(SLOT, 0))));
      }
    }
    Optional<DistributedValidator.Command> more = one.poll(Duration.ofMillis(200));
    while (more.isPresent()) {
      assertThat(known(more.get())).hasSize(Fetcher.ANSWERS_MAX);
      more = one.poll(Duration.ofMillis(200));
    }
  }

  // ---- what other operators say of the head

  private static final Bytes32 OLD = Bytes32.sha256(new byte[] {1});
  private static final Bytes32 NEW = Bytes32.sha256(new byte[] {2});
  private static final DutyId MESSAGE = new DutyId(DutyType.SYNC_MESSAGE, SLOT, 0, 0);

  private static Fetcher.HeadSaid headSaid(int operator, Bytes32 root) {
    return new Fetcher.HeadSaid(new HeadViews.Heard(operator, new HeadView(SLOT, root)));
  }

  private static DistributedValidator.Tell heads(Bytes32... roots) {
    return new DistributedValidator.Tell(
        MESSAGE,
        new DutyInput.OwnValues(Stream.of(roots).map(root -> new Value(root.toBytes())).toList()));
  }

  private FakeBeacon headNode(Bytes32... roots) {
    return node(n ->
        Reply.data(
            JsonNodeFactory.instance
                .objectNode()
                .put("root", roots[Math.min(n, roots.length - 1)].toString())));
  }

  private static Fetch fetchHead(ActorRef<DistributedValidator.Command> entity) {
    return new Fetch(new Question.ToNameHead(SLOT), DUE, List.of(new Recipient(MESSAGE, entity)));
  }

  @Test
  void whoLagsIsGivenTheHeadThatMostHoldToProposeAndTellsItsOwn() throws Exception {
    ActorRef<Command> fetcher = start(List.of(headNode(OLD).url()));
    // Before the slot's duties are known here, and behind it.
    fetcher.tell(headSaid(1, NEW));
    fetcher.tell(fetchHead(one.ref()));
    assertThat(next(one)).isEqualTo(heads(OLD));
    assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo(new HeadView(SLOT, OLD));
    fetcher.tell(headSaid(2, NEW));
    assertThat(one.next()).isEqualTo(heads(NEW, OLD));
    assertThat(told).isEmpty();
  }

  @Test
  void aHeadIsToldAgainWhenItChangesAndNotBefore() throws Exception {
    ActorRef<Command> fetcher = start(List.of(headNode(OLD, OLD, NEW).url()));
    fetcher.tell(fetchHead(one.ref()));
    assertThat(next(one)).isEqualTo(heads(OLD));
    assertThat(one.nextWhile(() -> fetcher.tell(new Refresh(MESSAGE)))).isEqualTo(heads(NEW, OLD));
    assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo(new HeadView(SLOT, OLD));
    assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo(new HeadView(SLOT, NEW));
    assertThat(told).isEmpty();
  }

  @Test
  void whoseNodesAreSilentIsGivenWhatEnoughOthersHold() {
    FakeBeacon node = node(_ -> Reply.failure(500));
    ActorRef<Command> fetcher = start(List.of(node.url()));
    fetcher.tell(headSaid(1, NEW));
    fetcher.tell(headSaid(2, NEW));
    fetcher.tell(fetchHead(one.ref()));
    assertThat(one.next()).isEqualTo(heads(NEW));
    assertThat(told).isEmpty();
  }

  // ---- before the data is due

  private static final long EARLY = DUE - 2_500;

  @Test
  void aNodeThatHasTheBlockIsAskedAtOnceAndTheOthersWhenTheDataIsDue() {
    clock.set(EARLY);
    FakeBeacon fast = node(_ -> Reply.data(DATA.toJson()));
    FakeBeacon slow = node(_ -> Reply.data(withSource(1).toJson()));
    ActorRef<Command> fetcher = start(List.of(slow.url(), fast.url()));
    fetcher.tell(fetch(SLOT, DUE, List.of(one)));
    fetcher.tell(new BlockSeen(SLOT, 1));
    assertThat(one.next()).isEqualTo(values(0, DATA));
    fetcher.tell(new BlockSeen(SLOT, 1));
    assertThat(slow.asked(Inbox.BRIEFLY)).isEmpty();
    TIME.timePasses(Duration.ofMillis(DUE - EARLY));
    assertThat(one.next()).isEqualTo(values(0, DATA, withSource(1)));
    assertThat(fast.asked(Duration.ZERO)).isPresent();
    assertThat(slow.asked(Duration.ZERO)).isPresent();
    assertNotAskedAgain(fast, () -> TIME.timePasses(AGAIN));
    assertNotAskedAgain(slow, () -> TIME.timePasses(AGAIN));
  }

  @Test
  void anEarlyQuestionThatFailsIsPutAgainWhenTheDataIsDue() {
    clock.set(EARLY);
    FakeBeacon node = node(n -> n == 0 ? Reply.failure(500) : Reply.data(DATA.toJson()));
    ActorRef<Command> fetcher = start(List.of(node.url()));
    fetcher.tell(fetch(SLOT, DUE, List.of(one)));
    fetcher.tell(new BlockSeen(SLOT, 0));
    awaitAsked(node, () -> {});
    TIME.timePasses(Duration.ofMillis(DUE - EARLY - 1));
    assertThat(node.asked(Inbox.BRIEFLY)).isEmpty();
    assertThat(next(one)).isEqualTo(values(0, DATA));
  }

  @Test
  void ofABlockOfAnUnknownSlotNothingFollows() {
    FakeBeacon node = node(_ -> Reply.data(DATA.toJson()));
    start(List.of(node.url())).tell(new BlockSeen(SLOT, 0));
    assertNotAskedAgain(node, () -> TIME.timePasses(AGAIN));
  }

  // ---- nodes that lag behind

  @Test
  void nodesThatAreNotReadyAreNotAsked() {
    BeaconSimulator simulator = simulator(2);
    simulator.setFaults(0, List.of(new Fault.OldHead(5)));
    BeaconNodes nodes = nodesOf(simulator);
    nodes.checkHealth(SLOT).toCompletableFuture().join();
    start(nodes).tell(fetch(SLOT, DUE, List.of(one)));
    assertThat(next(one)).isEqualTo(values(0, DATA));
    assertThat(one.poll(Duration.ofMillis(200))).isEmpty();
  }

  @Test
  void nodesThatAreNotReadyAreAskedWhereNoneIs() {
    BeaconSimulator simulator = simulator(2);
    simulator.setFaults(0, List.of(new Fault.Peerless()));
    simulator.setFaults(1, List.of(new Fault.Syncing()));
    BeaconNodes nodes = nodesOf(simulator);
    nodes.checkHealth(SLOT).toCompletableFuture().join();
    start(nodes).tell(fetch(SLOT, DUE, List.of(one)));
    assertThat(next(one)).isEqualTo(values(0, DATA));
  }

  @Test
  void whatMostNodesSayIsProposedThoughANodeWithOldDataWasFirst() {
    // Of its health the first says nothing wrong, but its head is of the epoch before.
    BeaconSimulator simulator = simulator(3);
    simulator.setFaults(0, List.of(new Fault.OldData(2)));
    simulator.setFaults(1, List.of(new Fault.Stall(500)));
    simulator.setFaults(2, List.of(new Fault.Stall(500)));
    BeaconNodes nodes = nodesOf(simulator);
    nodes.checkHealth(SLOT).toCompletableFuture().join();
    start(nodes).tell(fetch(SLOT, DUE, List.of(one)));
    assertThat(known(next(one))).hasSize(2).startsWith(new Value(DATA.encode()));
  }

  // ---- how long a majority is waited for

  private static final AttestationData LAGGING = withHead(CHAIN.blockRoot(SLOT - 1));

  private static AttestationData withHead(Bytes32 root) {
    return new AttestationData(SLOT, 0, root, DATA.source(), DATA.target());
  }

  private FakeBeacon saying(AttestationData data) {
    return node(_ -> Reply.data(data.toJson()));
  }

  /** Says nothing before it is told what. */
  private FakeBeacon stalled(CompletableFuture<Reply> reply) {
    opened.add(() -> reply.complete(Reply.failure(500)));
    return node(_ -> reply.join());
  }

  private ActorRef<Command> fetchOf(FakeBeacon... nodes) {
    ActorRef<Command> fetcher = start(Stream.of(nodes).map(FakeBeacon::url).toList());
    fetcher.tell(fetch(SLOT, DUE, List.of(one)));
    return fetcher;
  }

  /** From then on time stands still: what comes was not waited for. */
  private static void awaitDue(FakeBeacon node) {
    awaitAsked(node, () -> TIME.timePasses(Duration.ofMillis(1)));
  }

  @Test
  void aNodeThatStallsDelaysNothingThatMostNodesSay() {
    FakeBeacon good = saying(DATA);
    fetchOf(stalled(new CompletableFuture<>()), good, saying(DATA));
    awaitDue(good);
    assertThat(one.next()).isEqualTo(values(0, DATA));
  }

  @Test
  void whereTheMajorityDoesNotComeWhatIsKnownIsGivenAfterABoundedWait() {
    FakeBeacon good = saying(DATA);
    fetchOf(stalled(new CompletableFuture<>()), good);
    awaitDue(good);
    assertThat(one.poll(Duration.ofMillis(300))).isEmpty();
    // One may have passed between the answer and the moment when the test saw it.
    TIME.timePasses(Duration.ofMillis(Fetcher.MAJORITY_PATIENCE_MILLIS - 2));
    assertThat(one.poll(Inbox.BRIEFLY)).isEmpty();
    assertThat(next(one)).isEqualTo(values(0, DATA));
  }

  @Test
  void whoFailsIsWaitedForNoLonger() {
    CompletableFuture<Reply> late = new CompletableFuture<>();
    FakeBeacon good = saying(DATA);
    fetchOf(stalled(late), good);
    awaitDue(good);
    assertThat(one.poll(Duration.ofMillis(200))).isEmpty();
    late.complete(Reply.failure(500));
    assertThat(one.next()).isEqualTo(values(0, DATA));
  }

  @Test
  void whereAllSayOtherwiseAllOfItIsGivenAtOnce() {
    FakeBeacon first = saying(DATA);
    FakeBeacon second = saying(withSource(1));
    fetchOf(first, second);
    awaitDue(first);
    assertThat(known(one.next()))
        .containsExactlyInAnyOrder(new Value(DATA.encode()), new Value(withSource(1).encode()));
  }

  @Test
  void ofTheSameSourceAndTargetTheLatestHeadIsProposed() throws Exception {
    CompletableFuture<Reply> late = new CompletableFuture<>();
    FakeBeacon lagging = saying(LAGGING);
    FakeBeacon abreast = stalled(late);
    BeaconNodes nodes =
        new BeaconNodes(HTTP.system(), List.of(lagging.url(), abreast.url()), 60_000);
    BlockingQueue<HeadEvent> heard = new LinkedBlockingQueue<>();
    opened.add(nodes.onHeads(Duration.ofMinutes(1), (_, head) -> heard.add(head))::shutdown);
    lagging.tellHead(head(SLOT - 1, LAGGING.beaconBlockRoot()));
    abreast.tellHead(head(SLOT, DATA.beaconBlockRoot()));
    assertThat(heard.poll(20, TimeUnit.SECONDS)).isNotNull();
    assertThat(heard.poll(20, TimeUnit.SECONDS)).isNotNull();

    start(nodes).tell(fetch(SLOT, DUE, List.of(one)));
    awaitDue(lagging);
    late.complete(Reply.data(DATA.toJson()));
    assertThat(one.next()).isEqualTo(values(0, DATA));
  }

  private static ObjectNode head(long slot, Bytes32 root) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("slot", Long.toString(slot))
        .put("block", root.toString())
        .put("previous_duty_dependent_root", Bytes32.ZERO.toString())
        .put("current_duty_dependent_root", Bytes32.ZERO.toString());
  }

  /** -1: nobody told of it. */
  @ParameterizedTest
  @CsvSource({
    "80, 79, true", "79, 80, false", "80, 80, false", "78, 77, true",
    "80, -1, true", "79, -1, false", "-1, 77, false", "-1, -1, false",
    "81, 79, false", "80, 81, true", "79, 81, false"
  })
  void aHeadIsLaterIfItsSlotIsKnownToBeAndHasBegun(long one, long other, boolean isLater) {
    Map<Bytes32, Long> slots = Map.of(OLD, one, NEW, other);
    assertThat(
            new Question.ToAttest(SLOT)
                .isLater(
                    new Value(withHead(OLD).encode()),
                    new Value(withHead(NEW).encode()),
                    root -> Optional.ofNullable(slots.get(root)).filter(slot -> slot >= 0)))
        .isEqualTo(isLater);
  }

  @Test
  void whatANodeSaysThatHasTheBlockWaitsForNoOtherThoughTheDataIsDueByThen() {
    clock.set(EARLY);
    CompletableFuture<Reply> late = new CompletableFuture<>();
    FakeBeacon failing = node(_ -> Reply.failure(500));
    ActorRef<Command> fetcher = fetchOf(stalled(late), stalled(new CompletableFuture<>()), failing);
    for (int node = 0; node < 3; node++) {
      fetcher.tell(new BlockSeen(SLOT, node));
    }
    awaitAsked(failing, () -> {});
    // It is put again when the data is due.
    awaitAsked(failing, () -> TIME.timePasses(Duration.ofMillis(DUE - EARLY)));
    assertNotAskedAgain(failing, () -> {});
    late.complete(Reply.data(DATA.toJson()));
    assertThat(one.next()).isEqualTo(values(0, DATA));
  }

  @Test
  void anEarlyQuestionThatFailsOnceTheDataIsDueIsPutAgainAtOnceThoughAnotherNodeStalls() {
    clock.set(EARLY);
    CompletableFuture<Reply> failure = new CompletableFuture<>();
    opened.add(() -> failure.complete(Reply.failure(500)));
    FakeBeacon early = node(n -> n == 0 ? failure.join() : Reply.data(DATA.toJson()));
    FakeBeacon whenDue = node(_ -> Reply.failure(500));
    ActorRef<Command> fetcher = fetchOf(early, stalled(new CompletableFuture<>()), whenDue);
    fetcher.tell(new BlockSeen(SLOT, 0));
    awaitAsked(whenDue, () -> TIME.timePasses(Duration.ofMillis(DUE - EARLY)));
    failure.complete(Reply.failure(500));
    assertThat(one.next()).isEqualTo(values(0, DATA));
  }

  @Test
  void anEarlyQuestionToANodeThatIsNotSoundByThenIsNotPutAgain() throws Exception {
    clock.set(EARLY);
    CountDownLatch arrived = new CountDownLatch(1);
    CompletableFuture<Reply> failure = new CompletableFuture<>();
    opened.add(() -> failure.complete(Reply.failure(500)));
    FakeBeacon untried =
        node(_ -> {
          arrived.countDown();
          return failure.join();
        });
    ActorRef<Command> fetcher =
        start(new BeaconNodes(HTTP.system(), List.of(untried.url()), 60_000, Bytes32.ZERO));
    fetcher.tell(fetch(SLOT, DUE, List.of(one)));
    fetcher.tell(new BlockSeen(SLOT, 0));
    assertThat(arrived.await(20, TimeUnit.SECONDS)).isTrue();
    TIME.timePasses(Duration.ofMillis(DUE - EARLY));
    failure.complete(Reply.failure(500));
    awaitAsked(untried, () -> {});
    assertNotAskedAgain(untried, () -> {});
  }

  @Test
  void whoComesLateOrAgainGetsWhatIsKnown() {
    FakeBeacon node = node(n -> Reply.data(withSource(n).toJson()));
    ActorRef<Command> fetcher = start(List.of(node.url()));
    fetcher.tell(fetch(SLOT, DUE, List.of(one)));
    fetcher.tell(fetch(SLOT, DUE, List.of(one)));
    assertThat(next(one)).isEqualTo(values(0, withSource(0)));
    // A duty that was taken back and given anew has forgotten what it was told.
    fetcher.tell(fetch(SLOT, DUE, List.of(one, two)));
    assertThat(one.next()).isEqualTo(values(0, withSource(0)));
    assertThat(two.next()).isEqualTo(values(1, withSource(0)));
    fetcher.tell(new Refresh(DutyId.attester(SLOT, 0)));
    assertThat(one.next()).isEqualTo(values(0, withSource(1), withSource(0)));
    assertThat(two.next()).isEqualTo(values(1, withSource(1), withSource(0)));
    assertThat(one.poll(Duration.ZERO)).isEmpty();
  }

  @Test
  void onlyTheLastFourSlotsAreKept() {
    Duration ahead = Duration.ofSeconds(10);
    clock.set(DUE - ahead.toMillis());
    FakeBeacon node = node(_ -> Reply.failure(500));
    ActorRef<Command> fetcher = start(List.of(node.url()));
    for (long slot = SLOT; slot < SLOT + 5; slot++) {
      fetcher.tell(fetch(slot, DUE, List.of(one)));
    }
    fetcher.tell(new Refresh(DutyId.attester(SLOT, 0)));
    fetcher.tell(new Refresh(DutyId.attester(SLOT + 4, 0)));
    assertThat(node.asked(Inbox.PATIENCE).orElseThrow().query()).isEqualTo(question(SLOT + 4));
    Set<String> asked = new HashSet<>();
    while (asked.size() < 4) {
      asked.add(
          Inbox.nextWhile(() -> TIME.timePasses(ahead), () -> node.asked(Inbox.BRIEFLY)).query());
    }
    assertThat(asked)
        .containsExactlyInAnyOrder(
            question(SLOT + 1), question(SLOT + 2), question(SLOT + 3), question(SLOT + 4));
  }

  private static String question(long slot) {
    return "slot=" + slot + "&committee_index=0";
  }
}
