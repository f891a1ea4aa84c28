/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.broadcast;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.actors.broadcast.Broadcaster.Answer;
import dev.quorate.actors.broadcast.Broadcaster.Command;
import dev.quorate.actors.broadcast.Broadcaster.Submit;
import dev.quorate.actors.fixture.Chains;
import dev.quorate.actors.fixture.FakeBeacon;
import dev.quorate.actors.fixture.FakeBeacon.Asked;
import dev.quorate.actors.fixture.FakeBeacon.Reply;
import dev.quorate.actors.fixture.Group;
import dev.quorate.actors.fixture.Inbox;
import dev.quorate.actors.track.InclusionTracker;
import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.beacon.client.BeaconUrl;
import dev.quorate.beacon.client.BlockRequest;
import dev.quorate.beacon.simulator.BeaconSimulator;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.ForkSchedule;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.GivenRule;
import dev.quorate.ethereum.duty.ProposerDuty;
import dev.quorate.ethereum.duty.Selection;
import dev.quorate.ethereum.duty.SyncDuty;
import dev.quorate.ethereum.message.SyncCommitteeContribution;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Time passes by hand for the broadcaster and by itself for HTTP. */
class BroadcasterTest {
  private static final ActorTestKit HTTP = ActorTestKit.create("broadcast-http");
  private static final ActorTestKit KIT = ActorTestKit.create("broadcast", ManualTime.config());
  private static final ManualTime TIME = ManualTime.get(KIT.system());
  private static final Duration WINDOW = Duration.ofMillis(10);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final long SLOT = 80;
  private static final List<Group> GROUPS = Stream.generate(Group::generate).limit(16).toList();
  private static final SimulatedChain CHAIN =
      new SimulatedChain(Chains.of(Fork.FULU, 256, GROUPS.stream().map(Group::publicKey).toList()));
  private static final AttesterDuty DEFINITION =
      new AttesterDuty(GROUPS.getFirst().publicKey(), 7, 1, 128, 4, 5, SLOT);

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final TestProbe<Command> seen = KIT.createTestProbe();
  private final Inbox<Answer> answers = Inbox.open(KIT);
  private final Inbox<InclusionTracker.Command> tracked = Inbox.open(KIT);

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

  private ActorRef<Command> start(ChainSpec spec, BeaconUrl... urls) {
    SlotTimes times = new SlotTimes(spec, CHAIN.genesis());
    ActorRef<Command> broadcaster =
        KIT.spawn(
            Behaviors.monitor(
                Command.class,
                seen.getRef(),
                Broadcaster.create(
                    new BeaconNodes(HTTP.system(), List.of(urls), 10_000), times, tracked.ref())));
    opened.add(() -> KIT.stop(broadcaster));
    return broadcaster;
  }

  private FakeBeacon node(Reply always) {
    FakeBeacon node = new FakeBeacon(_ -> always);
    opened.add(node);
    return node;
  }

  private Submit submit(long slot, int validator) {
    return new Submit(
        DutyId.attester(slot, validator),
        new Value(CHAIN.attestationData(slot).encode()),
        new Assignment.Attestation(DEFINITION),
        Bytes.wrap(new byte[96]),
        answers.ref());
  }

  private InclusionTracker.Broadcast taken(int validator) {
    Submit submit = submit(SLOT, validator);
    return new InclusionTracker.Broadcast(submit.duty(), submit.value(), submit.assignment());
  }

  /** Returns once the broadcaster has at least begun to take the last of so many items. */
  private void awaitTaken(int count) {
    int taken = 0;
    while (taken < count) {
      taken += seen.receiveMessage(PATIENCE) instanceof Submit ? 1 : 0;
    }
  }

  private Map<DutyId, SubmissionOutcome> outcomesAfterWindow(int count) {
    awaitTaken(count);
    return outcomes(count);
  }

  /** The first item's timer may start a moment after the first passing of time. */
  private Map<DutyId, SubmissionOutcome> outcomes(int count) {
    Map<DutyId, SubmissionOutcome> outcomes = new HashMap<>();
    while (outcomes.size() < count) {
      Answer answer = answers.nextWhile(() -> TIME.timePasses(WINDOW));
      outcomes.put(answer.duty(), answer.outcome());
    }
    return outcomes;
  }

  @Test
  void whatComesWithinAFewMillisecondsIsOneRequestAndEachItemHasItsOwnAnswer() {
    FakeBeacon node =
        node(
            new Reply(
                400,
                """
                {"code":400,"message":"some failed","failures":[
                  {"index":2,"message":"PriorAttestationKnown"},
                  {"index":1,"message":"the signature is wrong"}]}
                """));
    ActorRef<Command> broadcaster = start(CHAIN.spec(), node.url());
    for (int validator = 0; validator < 4; validator++) {
      broadcaster.tell(submit(SLOT, validator));
    }
    assertThat(outcomesAfterWindow(4))
        .isEqualTo(
            Map.of(
                DutyId.attester(SLOT, 0), SubmissionOutcome.ACCEPTED,
                DutyId.attester(SLOT, 1), SubmissionOutcome.REJECTED,
                DutyId.attester(SLOT, 2), SubmissionOutcome.ALREADY_KNOWN,
                DutyId.attester(SLOT, 3), SubmissionOutcome.ACCEPTED));
    assertThat(node.asked(PATIENCE).map(Asked::body).map(JsonNode::size)).contains(4);
    assertThat(Stream.generate(tracked::next).limit(3))
        .as("what was taken is tracked, what was rejected is not")
        .containsExactly(taken(0), taken(2), taken(3));
    assertThat(tracked.poll(Inbox.BRIEFLY)).isEmpty();

    broadcaster.tell(submit(SLOT, 9));
    assertThat(outcomesAfterWindow(1)).containsOnlyKeys(DutyId.attester(SLOT, 9));
    assertThat(node.asked(PATIENCE).map(Asked::body).map(JsonNode::size)).contains(1);
  }

  @Test
  void nothingIsSentBeforeTheWindowEnds() {
    FakeBeacon node = node(new Reply(200, "{}"));
    start(CHAIN.spec(), node.url()).tell(submit(SLOT, 0));
    awaitTaken(1);
    TIME.timePasses(WINDOW.minusMillis(1));
    assertThat(node.asked(Duration.ofMillis(50))).isEmpty();
    assertThat(outcomes(1)).containsValue(SubmissionOutcome.ACCEPTED);
  }

  @Test
  void attestationsOfTwoForksAreTwoRequests() {
    ForkSchedule schedule =
        new ForkSchedule(
            CHAIN.spec().forks().activations().stream()
                .map(fork ->
                    new ForkSchedule.Activation(
                        fork.fork(),
                        fork.version(),
                        fork.fork() == Fork.FULU ? CHAIN.spec().epochOf(SLOT) : fork.epoch()))
                .toList());
    ChainSpec spec =
        new ChainSpec(
            CHAIN.spec().slotMillis(),
            CHAIN.spec().slotsPerEpoch(),
            CHAIN.spec().due(),
            CHAIN.spec().preset(),
            schedule,
            List.of());
    FakeBeacon node = node(new Reply(200, "{}"));
    ActorRef<Command> broadcaster = start(spec, node.url());
    broadcaster.tell(submit(SLOT, 0));
    broadcaster.tell(submit(SLOT - 1, 1));
    broadcaster.tell(submit(SLOT, 2));
    assertThat(outcomesAfterWindow(3)).hasSize(3).containsValue(SubmissionOutcome.ACCEPTED);
    assertThat(
            Stream.of(node.asked(PATIENCE).orElseThrow(), node.asked(PATIENCE).orElseThrow())
                .collect(Collectors.toMap(Asked::fork, asked -> asked.body().size())))
        .isEqualTo(Map.of("electra", 1, "fulu", 2));
  }

  @Test
  void ofANodeThatFailsNothingIsKnownOfAnyItem() {
    ActorRef<Command> broadcaster = start(CHAIN.spec(), node(Reply.failure(503)).url());
    broadcaster.tell(submit(SLOT, 0));
    broadcaster.tell(submit(SLOT, 1));
    assertThat(outcomesAfterWindow(2))
        .isEqualTo(
            Map.of(
                DutyId.attester(SLOT, 0), SubmissionOutcome.UNKNOWN,
                DutyId.attester(SLOT, 1), SubmissionOutcome.UNKNOWN));
  }

  @Test
  void itemsBeyondTheBoundAreAnsweredAtOnceAndNotSent() {
    FakeBeacon node = node(new Reply(200, "{}"));
    ActorRef<Command> broadcaster = start(CHAIN.spec(), node.url());
    Submit one = submit(SLOT, 0);
    for (int i = 0; i < Broadcaster.WAITING_MAX; i++) {
      broadcaster.tell(one);
    }
    broadcaster.tell(submit(SLOT, 1));
    assertThat(answers.next())
        .isEqualTo(new Answer(DutyId.attester(SLOT, 1), SubmissionOutcome.UNKNOWN));
    assertThat(answers.poll(Duration.ZERO)).isEmpty();
    assertThat(node.asked(Duration.ZERO)).isEmpty();
  }

  /** Two in one window, as no slot has them, are two requests: a block goes alone. */
  @Test
  void aBlockThatIsSubmittedIsWhatTheChainTakes() {
    AtomicLong clock = new AtomicLong(CHAIN.times().startMillis(SLOT));
    BeaconSimulator simulator = Chains.simulate(HTTP.system(), CHAIN.config(), 2, clock);
    opened.add(() -> simulator.stop().toCompletableFuture().join());
    BeaconUrl[] urls = simulator.nodeUrls().stream().map(BeaconUrl::of).toArray(BeaconUrl[]::new);
    ActorRef<Command> broadcaster = start(CHAIN.spec(), urls);
    ProposerDuty duty =
        CHAIN.proposals(CHAIN.spec().epochOf(SLOT)).stream()
            .filter(some -> some.slot() == SLOT)
            .findFirst()
            .orElseThrow();
    Group group =
        GROUPS.stream()
            .filter(some -> some.publicKey().equals(duty.pubkey()))
            .findFirst()
            .orElseThrow();
    DutySlot at = new DutySlot(CHAIN.spec(), CHAIN.genesis(), SLOT);
    Bytes reveal =
        group.sign(
            new Assignment.Randao()
                .rule(at)
                .given()
                .flatMap(given -> new Assignment.Randao().rule(at).signable(given))
                .orElseThrow()
                .root());
    Assignment.BlockProposal assignment =
        new Assignment.BlockProposal(duty, reveal, Bytes.wrap(new byte[20]));
    for (int block = 0; block < 2; block++) {
      Value value =
          new BeaconNodes(HTTP.system(), List.of(urls), 10_000)
              .block(at, new BlockRequest(reveal, Bytes32.sha256(new byte[] {(byte) block}), 0))
              .toCompletableFuture()
              .join()
              .value();
      Bytes signature = group.sign(assignment.rule(at).signable(value).orElseThrow().root());
      broadcaster.tell(
          new Submit(
              new DutyId(DutyType.PROPOSER, SLOT, block, 0),
              value,
              assignment,
              signature,
              answers.ref()));
    }
    // Of two nodes of one chain each may be the first to answer, and the other the first to be
    // asked.
    assertThat(outcomesAfterWindow(2).values()).hasSize(2).allMatch(SubmissionOutcome::isSuccess);
    assertThat(simulator.blocks(SLOT)).hasSize(1);
  }

  @Test
  void whatIsSubmittedIsWhatTheChainTakes() {
    AtomicLong clock = new AtomicLong(CHAIN.times().attestationDueMillis(SLOT));
    BeaconSimulator simulator = Chains.simulate(HTTP.system(), CHAIN.config(), 2, clock);
    opened.add(() -> simulator.stop().toCompletableFuture().join());
    ActorRef<Command> broadcaster =
        start(
            CHAIN.spec(),
            simulator.nodeUrls().stream().map(BeaconUrl::of).toArray(BeaconUrl[]::new));
    Value value = new Value(CHAIN.attestationData(SLOT).encode());
    List<AttesterDuty> duties = CHAIN.dutiesAt(SLOT);
    for (int i = 0; i < duties.size(); i++) {
      AttesterDuty duty = duties.get(i);
      broadcaster.tell(
          signed(DutyId.attester(SLOT, i), value, new Assignment.Attestation(duty), duty.pubkey()));
    }
    assertThat(outcomesAfterWindow(duties.size()).values())
        .hasSize(2)
        .allMatch(SubmissionOutcome::isSuccess);
    assertThat(simulator.report(SLOT, SLOT).invalidAggregates()).isZero();
  }

  private static DutySlot at(long slot) {
    return new DutySlot(CHAIN.spec(), CHAIN.genesis(), slot);
  }

  private static Bytes sign(Bytes key, Signable signable) {
    return GROUPS.stream()
        .filter(some -> some.publicKey().equals(key))
        .findFirst()
        .orElseThrow()
        .sign(signable.root());
  }

  private Submit signed(DutyId duty, Value value, Assignment.Published assignment, Bytes key) {
    Signable signable = assignment.rule(at(duty.slot())).signable(value).orElseThrow();
    return new Submit(duty, value, assignment, sign(key, signable), answers.ref());
  }

  private static Bytes proof(SyncDuty member, long slot, int part) {
    return sign(member.pubkey(), GivenRule.syncSelection(at(slot), part).meaning());
  }

  /** A slot in which the first member of the committee aggregates what the first part says. */
  private static long slotToContribute(SyncDuty member, int part) {
    return LongStream.range(SLOT, SLOT + 1_000)
        .filter(
            slot -> Selection.isSyncAggregator(CHAIN.spec().preset(), proof(member, slot, part)))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void whatTheSyncCommitteeSignsIsWhatTheChainTakes() {
    List<SyncDuty> members = CHAIN.syncCommittee(0).duties();
    SyncDuty aggregator = members.getFirst();
    int part = aggregator.positions().getFirst() / 128;
    long slot = slotToContribute(aggregator, part);
    Bytes32 head = CHAIN.blockRoot(slot);
    AtomicLong clock = new AtomicLong(CHAIN.times().dueMillis(DutyType.SYNC_CONTRIBUTION, slot));
    BeaconSimulator simulator = Chains.simulate(HTTP.system(), CHAIN.config(), 1, clock);
    opened.add(() -> simulator.stop().toCompletableFuture().join());
    BeaconUrl url = BeaconUrl.of(simulator.nodeUrls().getFirst());
    ActorRef<Command> broadcaster = start(CHAIN.spec(), url);
    for (int i = 0; i < members.size(); i++) {
      broadcaster.tell(
          signed(
              new DutyId(DutyType.SYNC_MESSAGE, slot, i, 0),
              new Value(head.toBytes()),
              new Assignment.SyncMessage(members.get(i).validatorIndex()),
              members.get(i).pubkey()));
    }
    assertThat(outcomesAfterWindow(members.size()).values())
        .allMatch(SubmissionOutcome.ACCEPTED::equals);

    SyncCommitteeContribution sum =
        new BeaconNodes(HTTP.system(), List.of(url), 10_000)
            .contribution(slot, part, head)
            .toCompletableFuture()
            .join();
    broadcaster.tell(
        signed(
            new DutyId(DutyType.SYNC_CONTRIBUTION, slot, 0, part),
            new Value(sum.encode()),
            new Assignment.Contribution(
                aggregator.validatorIndex(), part, proof(aggregator, slot, part), head),
            aggregator.pubkey()));
    assertThat(outcomesAfterWindow(1)).containsValue(SubmissionOutcome.ACCEPTED);
  }

  @Test
  void exitsGoOneByOne() {
    FakeBeacon node = node(new Reply(200, ""));
    ActorRef<Command> broadcaster = start(CHAIN.spec(), node.url());
    for (int validator = 0; validator < 3; validator++) {
      broadcaster.tell(
          new Submit(
              new DutyId(DutyType.EXIT, 0, validator, 0),
              new Value(Bytes.EMPTY),
              new Assignment.Exit(100 + validator),
              Bytes.wrap(new byte[96]),
              answers.ref()));
    }
    assertThat(outcomesAfterWindow(3).values()).containsOnly(SubmissionOutcome.ACCEPTED);
    Set<Integer> indices = new TreeSet<>();
    for (int request = 0; request < 3; request++) {
      Asked asked = node.asked(PATIENCE).orElseThrow();
      assertThat(asked.path()).isEqualTo("/eth/v1/beacon/pool/voluntary_exits");
      indices.add(asked.body().path("message").path("validator_index").asInt());
    }
    assertThat(indices).containsExactly(100, 101, 102);
  }
}
