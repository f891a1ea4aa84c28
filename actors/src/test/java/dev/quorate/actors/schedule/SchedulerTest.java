/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.actors.aggregate.Aggregator;
import dev.quorate.actors.fetch.Fetcher;
import dev.quorate.actors.fixture.Chains;
import dev.quorate.actors.fixture.FakeBeacon;
import dev.quorate.actors.fixture.FakeBeacon.Asked;
import dev.quorate.actors.fixture.FakeBeacon.Reply;
import dev.quorate.actors.fixture.Group;
import dev.quorate.actors.fixture.Inbox;
import dev.quorate.actors.schedule.Scheduler.Command;
import dev.quorate.actors.schedule.Scheduler.PeerUp;
import dev.quorate.actors.schedule.Scheduler.Register;
import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.actors.validator.DistributedValidator.Assign;
import dev.quorate.actors.validator.DistributedValidator.PeerConnected;
import dev.quorate.actors.validator.DistributedValidator.Tell;
import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.beacon.client.BeaconUrl;
import dev.quorate.beacon.simulator.BeaconSimulator;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyContext;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyInput;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.qbft.RoundTimes;
import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.ethereum.attestation.AttestationRule;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.chain.Fork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Time passes by hand for the scheduler and by itself for HTTP. */
class SchedulerTest {
  private static final ActorTestKit HTTP = ActorTestKit.create("schedule-http");
  private static final ActorTestKit KIT = ActorTestKit.create("schedule", ManualTime.config());
  private static final ManualTime TIME = ManualTime.get(KIT.system());
  private static final Duration RESOLVE_AGAIN = Duration.ofMillis(500);
  private static final Quorum QUORUM = new Quorum(Group.OPERATORS);
  private static final RoundTimes ROUNDS = new RoundTimes(1_000, 4_000);
  private static final int SELF = 2;
  private static final int VALIDATORS = 2 * Chains.SLOTS_PER_EPOCH;
  private static final List<Bytes> KEYS =
      Stream.generate(() -> Group.generate().publicKey()).limit(VALIDATORS).toList();
  private static final SimulatedChain CHAIN = new SimulatedChain(Chains.of(Fork.FULU, KEYS));
  private static final long EPOCH = 10;
  private static final long FIRST_SLOT = EPOCH * Chains.SLOTS_PER_EPOCH;
  private static final String DUTIES = "/eth/v1/validator/duties/attester/";

  private final AtomicLong clock = new AtomicLong();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final Inbox<Fetcher.Command> fetcher = Inbox.open(KIT);
  private final Inbox<Aggregator.Command> aggregator = Inbox.open(KIT);
  private final Queue<Integer> woken = new ConcurrentLinkedQueue<>();
  private final BlockingQueue<Long> pruned = new LinkedBlockingQueue<>();
  private final Map<Integer, Inbox<DistributedValidator.Command>> entities = new HashMap<>();

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

  // ---- set-up

  private ActorRef<Command> start(List<Bytes> validators, BeaconUrl... urls) {
    Scheduler.Setup setup =
        new Scheduler.Setup(
            CHAIN.times(),
            validators,
            QUORUM,
            Group.THRESHOLD,
            SELF,
            ROUNDS,
            clock::get,
            (type, slot, duties) ->
                aggregator.ref().tell(new Aggregator.Expect(type, slot, duties)),
            pruned::add,
            woken::add);
    ActorRef<Command> scheduler =
        KIT.spawn(
            Scheduler.create(
                setup, new BeaconNodes(HTTP.system(), List.of(urls), 10_000), fetcher.ref()));
    opened.add(() -> KIT.stop(scheduler));
    return scheduler;
  }

  private BeaconUrl simulator() {
    BeaconSimulator simulator = Chains.simulate(HTTP.system(), CHAIN.config(), 1, clock);
    opened.add(() -> simulator.stop().toCompletableFuture().join());
    return BeaconUrl.of(simulator.nodeUrls().getFirst());
  }

  private FakeBeacon node(Function<Asked, Reply> answers) {
    FakeBeacon node = new FakeBeacon(answers);
    opened.add(node);
    return node;
  }

  private void register(ActorRef<Command> scheduler, int... validators) {
    for (int validator : validators) {
      Inbox<DistributedValidator.Command> entity = Inbox.open(KIT);
      entities.put(validator, entity);
      scheduler.tell(new Register(validator, entity.ref(), Set.of()));
    }
  }

  private void registerAll(ActorRef<Command> scheduler) {
    for (int validator = 0; validator < VALIDATORS; validator++) {
      register(scheduler, validator);
    }
  }

  private Inbox<DistributedValidator.Command> entity(int validator) {
    return Objects.requireNonNull(entities.get(validator));
  }

  private void setClockTo(long unixMillis) {
    clock.set(unixMillis);
  }

  private void passTo(long unixMillis) {
    Duration step = Duration.ofMillis(unixMillis - clock.getAndSet(unixMillis));
    TIME.timePasses(step);
  }

  /** In the order of the cluster file, as the chain has them. */
  private static List<Integer> validatorsOf(long slot) {
    return CHAIN.dutiesAt(slot).stream().map(duty -> KEYS.indexOf(duty.pubkey())).sorted().toList();
  }

  private static AttesterDuty definition(long slot, int validator) {
    return CHAIN.dutiesAt(slot).stream()
        .filter(duty -> duty.pubkey().equals(KEYS.get(validator)))
        .findFirst()
        .orElseThrow();
  }

  private static Assign assignment(long slot, int validator) {
    return assignment(slot, validator, definition(slot, validator));
  }

  private static Assign assignment(long slot, int validator, AttesterDuty definition) {
    return new Assign(
        new DutyContext(
            DutyId.attester(slot, validator),
            QUORUM,
            Group.THRESHOLD,
            SELF,
            slot,
            ROUNDS,
            new AttestationRule(CHAIN.spec(), CHAIN.genesis(), definition),
            CHAIN.times().attestationDueMillis(slot),
            CHAIN.times().inclusionDeadlineMillis(slot)),
        definition);
  }

  private Fetcher.Fetch fetch(long slot, List<Integer> validators) {
    return new Fetcher.Fetch(
        slot,
        CHAIN.times().attestationDueMillis(slot),
        validators.stream()
            .map(validator ->
                new Fetcher.Recipient(DutyId.attester(slot, validator), entity(validator).ref()))
            .toList());
  }

  private static Aggregator.Expect expect(long slot, int duties) {
    return new Aggregator.Expect(DutyType.ATTESTER, slot, duties);
  }

  // ---- a node like the simulator's, but with knobs

  private static Reply validators(Asked asked, List<Bytes> known) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (JsonNode id : asked.body().path("ids")) {
      int position = known.indexOf(Bytes.fromHex(id.asText()));
      if (position >= 0) {
        ObjectNode item =
            list.addObject()
                .put("index", Long.toString(SimulatedChain.validatorIndex(position)))
                .put("status", "active_ongoing");
        item.putObject("validator").put("pubkey", id.asText());
      }
    }
    return Reply.data(list);
  }

  private static Reply duties(Bytes32 dependentRoot, List<AttesterDuty> duties) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    duties.forEach(duty -> list.add(duty.toJson()));
    ObjectNode json = JsonNodeFactory.instance.objectNode().set("data", list);
    return new Reply(200, json.put("dependent_root", dependentRoot.toString()).toString());
  }

  private static long epochOf(Asked asked) {
    return Long.parseLong(asked.path().substring(DUTIES.length()));
  }

  private static Reply likeTheChain(Asked asked) {
    return asked.path().startsWith(DUTIES)
        ? duties(CHAIN.dependentRoot(epochOf(asked)), CHAIN.duties(epochOf(asked)))
        : validators(asked, KEYS);
  }

  /** The answer reaches the scheduler a moment after it was given; meanwhile it gives no duty. */
  private void awaitResolved(FakeBeacon node, long epoch) {
    awaitDutiesAsked(node, epoch);
    assertThat(fetcher.poll(Duration.ofMillis(200))).isEmpty();
  }

  private static void awaitDutiesAsked(FakeBeacon node, long epoch) {
    while (!node.asked(Inbox.PATIENCE).orElseThrow().path().equals(DUTIES + epoch)) {
      // Something else was asked before.
    }
  }

  // ---- tests

  @Test
  void givesEachDutyToItsEntityAtTheStartOfItsSlotAndOnce() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 5_000);
    FakeBeacon node = node(SchedulerTest::likeTheChain);
    ActorRef<Command> scheduler = start(KEYS, node.url());
    registerAll(scheduler);
    // It starts in the middle of a slot, whose duties are given as soon as they are known.
    for (long slot = FIRST_SLOT; slot < FIRST_SLOT + VALIDATORS; slot++) {
      if (slot > FIRST_SLOT) {
        passTo(CHAIN.times().startMillis(slot) - 1);
        assertThat(fetcher.poll(Duration.ZERO)).isEmpty();
        passTo(CHAIN.times().startMillis(slot));
      }
      assertThat(fetcher.next()).isEqualTo(fetch(slot, validatorsOf(slot)));
      if (slot == FIRST_SLOT + Chains.SLOTS_PER_EPOCH / 2) {
        awaitResolved(node, EPOCH + 1);
      }
      assertThat(aggregator.next()).isEqualTo(expect(slot, 2));
    }
    // The new epoch was looked up once more when it began, and nothing of it is given again.
    awaitResolved(node, EPOCH + 1);
    assertThat(aggregator.poll(Duration.ZERO)).isEmpty();
    scheduler.tell(new PeerUp(3));
    for (int validator = 0; validator < VALIDATORS; validator++) {
      List<DistributedValidator.Command> expected = new ArrayList<>();
      for (long slot = FIRST_SLOT; slot < FIRST_SLOT + VALIDATORS; slot++) {
        if (validatorsOf(slot).contains(validator)) {
          expected.add(assignment(slot, validator));
        }
      }
      expected.add(new PeerConnected(3));
      for (DistributedValidator.Command command : expected) {
        assertThat(entity(validator).next()).isEqualTo(command);
      }
      assertThat(entity(validator).poll(Duration.ZERO)).isEmpty();
    }
  }

  @Test
  void whoRegistersLateGetsTheRunningSlotsDutyAndTheLastSlots() {
    long slot = FIRST_SLOT + 5;
    setClockTo(CHAIN.times().startMillis(slot) + 100);
    ActorRef<Command> scheduler = start(KEYS, simulator());
    int early = validatorsOf(slot).get(0);
    int late = validatorsOf(slot).get(1);
    int ofLastSlot = validatorsOf(slot - 1).get(0);
    int tooLate = validatorsOf(slot - 2).get(0);
    register(scheduler, early);
    assertThat(fetcher.next()).isEqualTo(fetch(slot, List.of(early)));
    assertThat(aggregator.next()).isEqualTo(expect(slot, 1));

    register(scheduler, late);
    assertThat(fetcher.next()).isEqualTo(fetch(slot, List.of(late)));
    assertThat(aggregator.next()).isEqualTo(expect(slot, 2));
    assertThat(entity(late).next()).isEqualTo(assignment(slot, late));

    register(scheduler, ofLastSlot);
    assertThat(fetcher.next()).isEqualTo(fetch(slot - 1, List.of(ofLastSlot)));
    assertThat(entity(ofLastSlot).next()).isEqualTo(assignment(slot - 1, ofLastSlot));

    register(scheduler, tooLate);
    scheduler.tell(new PeerUp(1));
    assertThat(entity(tooLate).next()).isEqualTo(new PeerConnected(1));
    assertThat(entity(early).next()).isEqualTo(assignment(slot, early));
    assertThat(entity(early).next()).isEqualTo(new PeerConnected(1));
  }

  @Test
  void validatorsThatTheChainDoesNotKnowDelayNobody() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 100);
    List<Bytes> withStranger = new ArrayList<>(KEYS);
    withStranger.add(3, Group.generate().publicKey());
    ActorRef<Command> scheduler = start(withStranger, simulator());
    for (int validator = 0; validator < withStranger.size(); validator++) {
      register(scheduler, validator);
    }
    int first = validatorsOf(FIRST_SLOT).getFirst();
    int position = withStranger.indexOf(KEYS.get(first));
    assertThat(entity(position).next())
        .isEqualTo(assignment(FIRST_SLOT, position, definition(FIRST_SLOT, first)));
  }

  @Test
  void anOperatorWhoseValidatorsAreAllUnknownAsksAgainOnlyAfterAWhile() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 100);
    AtomicBoolean areKnown = new AtomicBoolean();
    FakeBeacon node =
        node(asked ->
            asked.path().startsWith(DUTIES)
                ? likeTheChain(asked)
                : validators(asked, areKnown.get() ? KEYS : List.of()));
    registerAll(start(KEYS, node.url()));
    assertThat(node.asked(Inbox.PATIENCE)).isPresent();
    for (int i = 0; i < 5; i++) {
      assertThat(node.asked(Duration.ofMillis(50))).isEmpty();
    }
    areKnown.set(true);
    int first = validatorsOf(FIRST_SLOT).getFirst();
    assertThat(entity(first).nextWhile(() -> TIME.timePasses(RESOLVE_AGAIN)))
        .isEqualTo(assignment(FIRST_SLOT, first));
  }

  @Test
  void aNodeThatFailsIsAskedAgain() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 100);
    AtomicLong questions = new AtomicLong();
    // The first two questions are about the indices, then come the duties of this epoch and the
    // last.
    FakeBeacon node =
        node(asked ->
            switch ((int) questions.getAndIncrement()) {
              case 0, 2, 3 -> Reply.failure(500);
              default -> likeTheChain(asked);
            });
    registerAll(start(KEYS, node.url()));
    int first = validatorsOf(FIRST_SLOT).getFirst();
    assertThat(entity(first).nextWhile(() -> TIME.timePasses(RESOLVE_AGAIN)))
        .isEqualTo(assignment(FIRST_SLOT, first));
    assertThat(questions.get()).isEqualTo(5);
  }

  @Test
  void aDutyThatMovedWithItsDependentRootIsTakenBackAndGivenAnew() {
    long nextEpoch = EPOCH + 1;
    long nextFirst = FIRST_SLOT + Chains.SLOTS_PER_EPOCH;
    int moved = validatorsOf(nextFirst).getFirst();
    int stays = validatorsOf(nextFirst).getLast();
    AttesterDuty before = definition(nextFirst, moved);
    AttesterDuty after =
        new AttesterDuty(
            before.pubkey(),
            before.validatorIndex(),
            before.committeeIndex(),
            before.committeeLength(),
            before.committeesAtSlot(),
            before.validatorCommitteeIndex(),
            nextFirst + 1);
    AtomicLong asksForNext = new AtomicLong();
    FakeBeacon node =
        node(asked -> {
          if (!asked.path().equals(DUTIES + nextEpoch) || asksForNext.getAndIncrement() == 0) {
            return likeTheChain(asked);
          }
          List<AttesterDuty> duties = new ArrayList<>(CHAIN.duties(nextEpoch));
          duties.replaceAll(duty -> duty.equals(before) ? after : duty);
          return duties(Bytes32.sha256(new byte[] {1}), duties);
        });
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT + 3) + 100);
    ActorRef<Command> scheduler = start(KEYS, node.url());
    register(scheduler, validatorsOf(FIRST_SLOT + 3).getFirst());
    fetcher.next();
    passTo(CHAIN.times().startMillis(FIRST_SLOT + 4));
    awaitResolved(node, nextEpoch);
    entities.clear();
    register(scheduler, moved, stays);
    for (long slot = FIRST_SLOT + 5; slot <= nextFirst; slot++) {
      passTo(CHAIN.times().startMillis(slot));
      scheduler.tell(new PeerUp((int) (slot - FIRST_SLOT)));
      awaitPeer(entity(stays), (int) (slot - FIRST_SLOT));
    }
    assertThat(nextButPeers(entity(moved), nextFirst))
        .isEqualTo(new Tell(DutyId.attester(nextFirst, moved), new DutyInput.Reassigned()));
    passTo(CHAIN.times().startMillis(nextFirst + 1));
    assertThat(nextButPeers(entity(moved), nextFirst))
        .isEqualTo(assignment(nextFirst + 1, moved, after));
  }

  /** What the start of the epoch gave before the new assignments were known is not looked at. */
  private static DistributedValidator.Command nextButPeers(
      Inbox<DistributedValidator.Command> entity, long slot) {
    while (true) {
      DistributedValidator.Command command = entity.next();
      boolean isOld = command instanceof Assign assign && assign.context().id().slot() <= slot;
      if (!isOld && !(command instanceof PeerConnected)) {
        return command;
      }
    }
  }

  private static void awaitPeer(Inbox<DistributedValidator.Command> entity, int operator) {
    while (!entity.next().equals(new PeerConnected(operator))) {
      // A duty came first.
    }
  }

  @Test
  void anEntityThatStoppedDoesNotTakeItsSuccessorAway() {
    long slot = FIRST_SLOT + 2;
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 100);
    ActorRef<Command> scheduler = start(KEYS, simulator());
    int validator = validatorsOf(slot).getFirst();
    int gone = validatorsOf(slot).getLast();
    register(scheduler, gone, validator);
    ActorRef<DistributedValidator.Command> predecessor = entity(validator).ref();
    KIT.stop(entity(gone).ref());
    register(scheduler, validator, validatorsOf(FIRST_SLOT).getFirst());
    KIT.stop(predecessor);
    assertThat(fetcher.next())
        .isEqualTo(fetch(FIRST_SLOT, List.of(validatorsOf(FIRST_SLOT).getFirst())));
    passTo(CHAIN.times().startMillis(FIRST_SLOT + 1));
    // In a slot without a duty of a registered entity nothing shows that it began.
    awaitSlotTaken(scheduler, validator);
    passTo(CHAIN.times().startMillis(slot));
    assertThat(fetcher.next()).isEqualTo(fetch(slot, List.of(validator)));
    assertThat(entity(validator).next()).isEqualTo(assignment(slot, validator));
  }

  private void awaitSlotTaken(ActorRef<Command> scheduler, int validator) {
    scheduler.tell(new PeerUp(0));
    assertThat(entity(validator).next()).isEqualTo(new PeerConnected(0));
  }

  @Test
  void aClockThatWasSetBackPutsTheSlotOff() {
    long slot = FIRST_SLOT + 1;
    setClockTo(CHAIN.times().startMillis(slot) - 1_000);
    ActorRef<Command> scheduler = start(KEYS, simulator());
    registerAll(scheduler);
    assertThat(fetcher.next()).isEqualTo(fetch(FIRST_SLOT, validatorsOf(FIRST_SLOT)));
    clock.addAndGet(-3_000);
    passTo(CHAIN.times().startMillis(slot) - 2_500);
    int validator = validatorsOf(slot).getFirst();
    awaitSlotTaken(scheduler, validator);
    passTo(CHAIN.times().startMillis(slot) - 1);
    awaitSlotTaken(scheduler, validator);
    assertThat(fetcher.poll(Duration.ZERO)).isEmpty();
    passTo(CHAIN.times().startMillis(slot));
    assertThat(fetcher.next()).isEqualTo(fetch(slot, validatorsOf(slot)));
  }

  @Test
  void beforeGenesisItWaitsForSlotZero() {
    setClockTo(CHAIN.times().startMillis(0) - 30_000);
    FakeBeacon node = node(SchedulerTest::likeTheChain);
    registerAll(start(KEYS, node.url()));
    awaitDutiesAsked(node, 0);
    passTo(CHAIN.times().startMillis(0) - 1);
    assertThat(fetcher.poll(Duration.ofMillis(50))).isEmpty();
    passTo(CHAIN.times().startMillis(0));
    assertThat(fetcher.next()).isEqualTo(fetch(0, validatorsOf(0)));
  }

  @Test
  void tellsOnceAnEpochBelowWhichSlotNothingIsOpen() throws InterruptedException {
    long lastSlot = FIRST_SLOT + Chains.SLOTS_PER_EPOCH - 1;
    setClockTo(CHAIN.times().startMillis(lastSlot) + 100);
    registerAll(start(KEYS, simulator()));
    assertThat(fetcher.next()).isEqualTo(fetch(lastSlot, validatorsOf(lastSlot)));
    assertThat(pruned).isEmpty();
    passTo(CHAIN.times().startMillis(lastSlot + 1));
    long floor = pruned.take();
    assertThat(floor).isEqualTo((EPOCH - 1) * Chains.SLOTS_PER_EPOCH);
    assertThat(CHAIN.times().inclusionDeadlineMillis(floor - 1))
        .isLessThanOrEqualTo(CHAIN.times().startMillis(lastSlot + 1));
    assertThat(fetcher.next()).isEqualTo(fetch(lastSlot + 1, validatorsOf(lastSlot + 1)));
    assertThat(pruned).isEmpty();
  }
}
