/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.track;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.actors.fixture.Chains;
import dev.quorate.actors.fixture.FakeBeacon;
import dev.quorate.actors.fixture.FakeBeacon.Asked;
import dev.quorate.actors.fixture.FakeBeacon.Reply;
import dev.quorate.actors.fixture.Group;
import dev.quorate.actors.fixture.Inbox;
import dev.quorate.actors.track.InclusionTracker.Broadcast;
import dev.quorate.actors.track.InclusionTracker.Command;
import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.beacon.client.BeaconUrl;
import dev.quorate.beacon.client.BlockRequest;
import dev.quorate.beacon.client.Submission;
import dev.quorate.beacon.simulator.BeaconSimulator;
import dev.quorate.beacon.simulator.Fault;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.attestation.SignedAttestation;
import dev.quorate.ethereum.block.Proposal;
import dev.quorate.ethereum.block.SignedProposal;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.ProposerDuty;
import dev.quorate.ethereum.duty.SyncDuty;
import dev.quorate.ethereum.inclusion.Inclusion;
import dev.quorate.ethereum.message.ProposerPreparation;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.SyncCommitteeMessage;
import dev.quorate.ethereum.message.VoluntaryExit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Time passes by hand for the tracker, and by itself for HTTP. */
class InclusionTrackerTest {
  private static final ActorTestKit HTTP = ActorTestKit.create("track-http");
  private static final ActorTestKit KIT = ActorTestKit.create("track", ManualTime.config());
  private static final ManualTime TIME = ManualTime.get(KIT.system());
  private static final long EPOCH = 10;
  private static final long SLOT = EPOCH * Chains.SLOTS_PER_EPOCH;
  private static final Bytes FEE_RECIPIENT = Bytes.fromHex("fe".repeat(20));
  private static final List<Group> GROUPS = Stream.generate(Group::generate).limit(16).toList();
  private static final List<Bytes> KEYS = GROUPS.stream().map(Group::publicKey).toList();
  private static final SimulatedChain CHAIN = new SimulatedChain(Chains.of(Fork.DENEB, 64, KEYS));

  /** What was told of a duty. */
  private record Told(DutyId duty, Optional<Inclusion> inclusion) {}

  private final AtomicLong clock = new AtomicLong(CHAIN.times().startMillis(SLOT));
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();

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

  private ActorRef<Command> start(BeaconUrl... urls) {
    return start(new BeaconNodes(HTTP.system(), List.of(urls), 10_000));
  }

  private ActorRef<Command> start(BeaconNodes nodes) {
    ActorRef<Command> tracker =
        KIT.spawn(
            InclusionTracker.create(
                new InclusionTracker.Setup(
                    CHAIN.times(),
                    KEYS,
                    clock::get,
                    (duty, inclusion) -> told.add(new Told(duty, inclusion))),
                nodes));
    opened.add(() -> KIT.stop(tracker));
    return tracker;
  }

  private BeaconSimulator simulator() {
    BeaconSimulator simulator = Chains.simulate(HTTP.system(), CHAIN.config(), 1, clock);
    opened.add(() -> simulator.stop().toCompletableFuture().join());
    return simulator;
  }

  private static BeaconNodes nodesOf(BeaconSimulator simulator) {
    return new BeaconNodes(
        HTTP.system(), simulator.nodeUrls().stream().map(BeaconUrl::of).toList(), 10_000);
  }

  private FakeBeacon node(Function<Asked, Reply> answers) {
    FakeBeacon node = new FakeBeacon(answers);
    opened.add(node);
    return node;
  }

  private void pass(long millis) {
    clock.addAndGet(millis);
    TIME.timePasses(Duration.ofMillis(millis));
  }

  /** Most of two epochs at once, then sixths of a slot, so that all of what is quiet comes by. */
  private Told nextTold() {
    pass(
        Math.max(
            0, CHAIN.times().startMillis((EPOCH + 2) * Chains.SLOTS_PER_EPOCH - 1) - clock.get()));
    return Inbox.nextWhile(
        () -> pass(Chains.SLOT_MILLIS / 6), () -> Optional.ofNullable(pollTold()));
  }

  private @Nullable Told pollTold() {
    try {
      return told.poll(Inbox.BRIEFLY.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  private Map<DutyId, Optional<Inclusion>> nextTold(int count) {
    Map<DutyId, Optional<Inclusion>> all = new HashMap<>();
    while (all.size() < count) {
      Told one = nextTold();
      assertThat(all.put(one.duty(), one.inclusion())).as("told twice").isNull();
    }
    return all;
  }

  private long slot() {
    return CHAIN.times().slotAt(clock.get());
  }

  // ---- duties

  private static int position(long validatorIndex) {
    return IntStream.range(0, KEYS.size())
        .filter(i -> SimulatedChain.validatorIndex(i) == validatorIndex)
        .findFirst()
        .orElseThrow();
  }

  private static Broadcast attestation(AttesterDuty duty) {
    return new Broadcast(
        DutyId.attester(duty.slot(), position(duty.validatorIndex())),
        new Value(CHAIN.attestationData(duty.slot()).encode()),
        new Assignment.Attestation(duty));
  }

  private static Broadcast attestation(long slot, int validator) {
    return attestation(
        new AttesterDuty(
            KEYS.get(validator), SimulatedChain.validatorIndex(validator), 1, 128, 4, 5, slot));
  }

  private static Broadcast syncMessage(long slot, int validator) {
    return new Broadcast(
        new DutyId(DutyType.SYNC_MESSAGE, slot, validator, 0),
        new Value(CHAIN.blockRoot(slot).toBytes()),
        new Assignment.SyncMessage(SimulatedChain.validatorIndex(validator)));
  }

  private static Bytes sign(int validator, Bytes32 root) {
    return GROUPS.get(validator).sign(root);
  }

  private static DutySlot at(long slot) {
    return new DutySlot(CHAIN.spec(), CHAIN.genesis(), slot);
  }

  private static void submit(BeaconNodes nodes, Submission submission) {
    assertThat(nodes.submit(submission).toCompletableFuture().join())
        .containsOnly(SubmissionOutcome.ACCEPTED);
  }

  // ---- against a chain

  @Test
  void tellsWhichAttestationsTheChainHasTwoEpochsLater() {
    BeaconSimulator simulator = simulator();
    BeaconNodes nodes = nodesOf(simulator);
    AttesterDuty done = CHAIN.dutiesAt(SLOT).getFirst();
    AttesterDuty lost = CHAIN.dutiesAt(SLOT).getLast();
    AttestationData data = CHAIN.attestationData(SLOT);
    clock.set(CHAIN.times().attestationDueMillis(SLOT));
    submit(
        nodes,
        Submission.attestations(
            Fork.DENEB,
            List.of(
                new SignedAttestation(
                    data,
                    done,
                    sign(
                        position(done.validatorIndex()),
                        new Assignment.Attestation(done)
                            .rule(at(SLOT))
                            .signable(new Value(data.encode()))
                            .orElseThrow()
                            .root())))));
    ActorRef<Command> tracker = start(nodes);
    tracker.tell(attestation(done));
    // A node that took it lost it.
    tracker.tell(attestation(lost));
    assertThat(nextTold(2))
        .isEqualTo(
            Map.of(
                attestation(done).duty(), Optional.of(Inclusion.INCLUDED),
                attestation(lost).duty(), Optional.of(Inclusion.NOT_INCLUDED)));
    assertThat(slot()).isGreaterThanOrEqualTo((EPOCH + 2) * Chains.SLOTS_PER_EPOCH);
  }

  @Test
  void tellsWhichBlocksAndSyncMessagesTheChainHas() {
    BeaconSimulator simulator = simulator();
    BeaconNodes nodes = nodesOf(simulator);
    ActorRef<Command> tracker = start(nodes);
    List<Broadcast> sent = new ArrayList<>();
    for (long slot = SLOT + 1; slot <= SLOT + 2; slot++) {
      clock.set(CHAIN.times().startMillis(slot) + 1);
      sent.add(propose(nodes, slot));
    }
    SyncDuty member = CHAIN.syncCommittee(EPOCH).duties().getFirst();
    sent.add(signHead(nodes, member, SLOT + 2));
    sent.add(
        syncMessage(
            SLOT + 2, position(CHAIN.syncCommittee(EPOCH).duties().getLast().validatorIndex())));
    sent.forEach(tracker::tell);
    simulator.orphan(SLOT + 2);
    assertThat(nextTold(4).values())
        .containsExactlyInAnyOrder(
            Optional.of(Inclusion.INCLUDED),
            Optional.of(Inclusion.NOT_INCLUDED),
            Optional.of(Inclusion.INCLUDED),
            Optional.of(Inclusion.NOT_INCLUDED));
    assertThat(slot()).isGreaterThanOrEqualTo(SLOT + 2 + Chains.SLOTS_PER_EPOCH);
  }

  private static Broadcast propose(BeaconNodes nodes, long slot) {
    ProposerDuty duty =
        CHAIN.proposals(EPOCH).stream().filter(one -> one.slot() == slot).findFirst().orElseThrow();
    int validator = position(duty.validatorIndex());
    submit(
        nodes,
        Submission.preparations(
            List.of(new ProposerPreparation(duty.validatorIndex(), FEE_RECIPIENT))));
    Bytes reveal =
        sign(
            validator,
            new Assignment.Randao()
                .rule(at(slot))
                .given()
                .flatMap(given -> new Assignment.Randao().rule(at(slot)).signable(given))
                .orElseThrow()
                .root());
    Proposal block =
        nodes
            .block(at(slot), new BlockRequest(reveal, Bytes32.ZERO, 0))
            .toCompletableFuture()
            .join();
    Assignment.BlockProposal assignment = new Assignment.BlockProposal(duty, reveal, FEE_RECIPIENT);
    Bytes32 root = assignment.rule(at(slot)).signable(block.value()).orElseThrow().root();
    submit(nodes, Submission.block(at(slot), new SignedProposal(block, sign(validator, root))));
    return new Broadcast(
        new DutyId(DutyType.PROPOSER, slot, validator, 0), block.value(), assignment);
  }

  private static Broadcast signHead(BeaconNodes nodes, SyncDuty member, long slot) {
    int validator = position(member.validatorIndex());
    Broadcast broadcast = syncMessage(slot, validator);
    Bytes32 root =
        broadcast.assignment().rule(at(slot)).signable(broadcast.value()).orElseThrow().root();
    submit(
        nodes,
        Submission.syncMessages(
            List.of(
                new SyncCommitteeMessage(
                    slot, CHAIN.blockRoot(slot), member.validatorIndex(), sign(validator, root)))));
    return broadcast;
  }

  @Test
  void tellsWhichExitsTheChainHas() {
    BeaconSimulator simulator = simulator();
    BeaconNodes nodes = nodesOf(simulator);
    ActorRef<Command> tracker = start(nodes);
    List<Broadcast> exits =
        IntStream.range(0, 2)
            .mapToObj(validator ->
                new Broadcast(
                    new DutyId(DutyType.EXIT, 0, validator, 0),
                    new Value(Bytes.EMPTY),
                    new Assignment.Exit(SimulatedChain.validatorIndex(validator))))
            .toList();
    Assignment.Exit leaving = (Assignment.Exit) exits.getFirst().assignment();
    VoluntaryExit message = leaving.message(at(0));
    Bytes32 root =
        leaving
            .rule(at(0))
            .signable(leaving.rule(at(0)).given().orElseThrow())
            .orElseThrow()
            .root();
    submit(nodes, Submission.exit(new Signed<>(message, sign(0, root))));
    exits.forEach(tracker::tell);
    assertThat(nextTold(2))
        .isEqualTo(
            Map.of(
                exits.getFirst().duty(), Optional.of(Inclusion.INCLUDED),
                exits.getLast().duty(), Optional.of(Inclusion.NOT_INCLUDED)));
  }

  @Test
  void ofANodeWithoutTheRoutesNothingIsTold() {
    BeaconSimulator simulator = simulator();
    simulator.setFaults(0, List.of(new Fault.NoRewards()));
    ActorRef<Command> tracker = start(nodesOf(simulator));
    tracker.tell(attestation(SLOT, 0));
    tracker.tell(syncMessage(SLOT, 1));
    assertThat(nextTold(2).values()).containsOnly(Optional.empty());
  }

  // ---- against nodes that are made up

  /** Rewards all who are asked about. */
  private static Reply rewarded(Asked asked) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    asked
        .body()
        .forEach(index ->
            list.addObject()
                .put("validator_index", index.asText())
                .put("target", "1")
                .put("source", "1")
                .put("reward", "1"));
    ObjectNode data = JsonNodeFactory.instance.objectNode();
    data.set("total_rewards", list);
    return Reply.data(asked.path().contains("/attestations/") ? data : list);
  }

  private static List<Asked> allAsked(FakeBeacon node) {
    return Stream.generate(() -> node.asked(Inbox.BRIEFLY))
        .takeWhile(Optional::isPresent)
        .flatMap(Optional::stream)
        .toList();
  }

  private List<String> pathsFor(int validators) {
    told.clear();
    clock.set(CHAIN.times().startMillis(SLOT));
    FakeBeacon node = node(InclusionTrackerTest::rewarded);
    ActorRef<Command> tracker = start(node.url());
    for (int validator = 0; validator < validators; validator++) {
      tracker.tell(attestation(SLOT + validator % Chains.SLOTS_PER_EPOCH, validator));
      tracker.tell(syncMessage(SLOT, validator));
    }
    assertThat(nextTold(2 * validators).values()).containsOnly(Optional.of(Inclusion.INCLUDED));
    return allAsked(node).stream().map(Asked::path).toList();
  }

  @Test
  void theNumberOfRequestsDoesNotGrowWithTheNumberOfValidators() {
    assertThat(pathsFor(KEYS.size()))
        .isEqualTo(pathsFor(1))
        .containsExactly(
            "/eth/v1/beacon/rewards/sync_committee/" + (SLOT + 1),
            "/eth/v1/beacon/rewards/attestations/" + EPOCH);
  }

  @Test
  void itAsksInTheLastSixthOfASlotTwoEpochsLaterAndNotBefore() {
    FakeBeacon node = node(InclusionTrackerTest::rewarded);
    start(node.url()).tell(attestation(SLOT, 3));
    long quiet =
        CHAIN.times().startMillis((EPOCH + 2) * Chains.SLOTS_PER_EPOCH)
            + Chains.SLOT_MILLIS * 5 / 6;
    while (clock.get() < quiet - Chains.SLOT_MILLIS) {
      pass(Chains.SLOT_MILLIS);
    }
    pass(quiet - 1 - clock.get());
    assertThat(node.asked(Duration.ofMillis(200))).isEmpty();
    assertThat(Inbox.nextWhile(() -> pass(1), () -> node.asked(Inbox.BRIEFLY)).path())
        .isEqualTo("/eth/v1/beacon/rewards/attestations/" + EPOCH);
  }

  @Test
  void whatFailsIsAskedAgainAFewTimesAndThenUnknown() {
    FakeBeacon node = node(_ -> Reply.failure(500));
    ActorRef<Command> tracker = start(node.url());
    tracker.tell(attestation(SLOT, 3));
    assertThat(nextTold()).isEqualTo(new Told(DutyId.attester(SLOT, 3), Optional.empty()));
    assertThat(allAsked(node)).hasSize(InclusionTracker.ATTEMPTS_MAX);
    assertThat(slot())
        .as("a slot apart")
        .isGreaterThanOrEqualTo(
            (EPOCH + 2) * Chains.SLOTS_PER_EPOCH + InclusionTracker.ATTEMPTS_MAX - 1);
  }

  @Test
  void ofWhomTheAnswerDoesNotTellNothingIsKnown() {
    ObjectNode nobody = JsonNodeFactory.instance.objectNode();
    nobody.putArray("total_rewards");
    ActorRef<Command> tracker = start(node(_ -> Reply.data(nobody)).url());
    tracker.tell(attestation(SLOT, 3));
    assertThat(nextTold()).isEqualTo(new Told(DutyId.attester(SLOT, 3), Optional.empty()));
  }

  @Test
  void aNodeThatStallsHasOneQuestionAtATime() {
    BeaconSimulator simulator = simulator();
    simulator.setFaults(0, List.of(new Fault.StallForever()));
    BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    FakeBeacon behind =
        node(question -> {
          asked.add(question.path());
          return rewarded(question);
        });
    BeaconNodes nodes =
        new BeaconNodes(
            HTTP.system(),
            List.of(BeaconUrl.of(simulator.nodeUrls().getFirst()), behind.url()),
            10_000);
    ActorRef<Command> tracker = start(nodes);
    for (long slot = SLOT; slot < SLOT + 20; slot++) {
      tracker.tell(syncMessage(slot, 0));
    }
    for (int slot = 0; slot < 30; slot++) {
      pass(Chains.SLOT_MILLIS * 5 / 6);
      pass(Chains.SLOT_MILLIS / 6);
    }
    assertThat(pollTold()).as("the first question is still with the first node").isNull();
    assertThat(asked).isEmpty();
    assertThat(nodes.health().getFirst().isReady()).isTrue();
    assertThat(nodes.health().getFirst().failuresInARow()).isZero();
  }

  @Test
  void ofMoreDutiesThanItRemembersTheOldestStayUnknown() {
    ActorRef<Command> tracker = start(node(InclusionTrackerTest::rewarded).url());
    tracker.tell(attestation(SLOT, 5));
    for (int i = 0; i < InclusionTracker.WAITING_MAX; i++) {
      tracker.tell(syncMessage(SLOT + 1 + i, 0));
    }
    assertThat(Inbox.nextWhile(() -> {}, () -> Optional.ofNullable(pollTold())))
        .isEqualTo(new Told(DutyId.attester(SLOT, 5), Optional.empty()));
    assertThat(pollTold()).isNull();
  }

  @Test
  void aDutyThatIsBroadcastTwiceIsToldOfOnceAndSumsNever() {
    ActorRef<Command> tracker = start(node(InclusionTrackerTest::rewarded).url());
    tracker.tell(attestation(SLOT, 5));
    tracker.tell(attestation(SLOT, 5));
    AttesterDuty duty = CHAIN.dutiesAt(SLOT).getFirst();
    tracker.tell(
        new Broadcast(
            new DutyId(DutyType.AGGREGATOR, SLOT, 5, 0),
            new Value(Bytes.EMPTY),
            new Assignment.Aggregation(duty, Bytes.wrap(new byte[96]), Bytes32.ZERO)));
    assertThat(nextTold())
        .isEqualTo(new Told(DutyId.attester(SLOT, 5), Optional.of(Inclusion.INCLUDED)));
    for (int i = 0; i < 12; i++) {
      pass(Chains.SLOT_MILLIS / 6);
    }
    assertThat(pollTold()).isNull();
  }
}
