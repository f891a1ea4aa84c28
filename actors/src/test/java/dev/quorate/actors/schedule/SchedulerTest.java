/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.actors.aggregate.Aggregator;
import dev.quorate.actors.announce.Announcer;
import dev.quorate.actors.errand.Errands;
import dev.quorate.actors.fetch.Fetcher;
import dev.quorate.actors.fetch.Question;
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
import dev.quorate.beacon.client.NodeHealth;
import dev.quorate.beacon.client.Submission;
import dev.quorate.beacon.simulator.BeaconSimulator;
import dev.quorate.beacon.simulator.Fault;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyContext;
import dev.quorate.consensus.duty.DutyGroup;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyInput;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.qbft.RoundTimes;
import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttestationRule;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.Selection;
import dev.quorate.ethereum.duty.SyncDuty;
import dev.quorate.ethereum.message.SyncSubscription;
import dev.quorate.ethereum.sync.ContributionRule;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  /** By how much the clock was set: all else that it went, time went. */
  private final AtomicLong steps = new AtomicLong();

  private final ClockHealth clockHealth = new ClockHealth();
  private final AtomicBoolean isSealed = new AtomicBoolean();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final Inbox<Fetcher.Command> fetcher = Inbox.open(KIT);
  private final Inbox<Aggregator.Command> aggregator = Inbox.open(KIT);
  private final Map<DutyGroup, Integer> expected = new ConcurrentHashMap<>();
  private final Inbox<Announcer.Command> announcer = Inbox.open(KIT);
  private final Inbox<Errands.Command> errands = Inbox.open(KIT);
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
    return start(validators, new BeaconNodes(HTTP.system(), List.of(urls), 10_000));
  }

  private ActorRef<Command> start(List<Bytes> validators, BeaconNodes nodes) {
    return start(validators, nodes, _ -> {});
  }

  /** With all validators up, before any beacon node has answered. */
  private ActorRef<Command> startWithAll(BeaconUrl... urls) {
    return start(KEYS, new BeaconNodes(HTTP.system(), List.of(urls), 10_000), this::registerAll);
  }

  private ActorRef<Command> start(
      List<Bytes> validators, BeaconNodes nodes, Consumer<ActorRef<Command>> first) {
    Scheduler.Setup setup =
        new Scheduler.Setup(
            CHAIN.times(),
            validators,
            QUORUM,
            Group.THRESHOLD,
            SELF,
            ROUNDS,
            Optional.empty(),
            clock::get,
            () -> TimeUnit.MILLISECONDS.toNanos(clock.get() - steps.get()),
            clockHealth,
            isSealed::get,
            (group, duties) -> {
              expected.put(group, duties);
              if (group.type() == DutyType.ATTESTER) {
                aggregator.ref().tell(new Aggregator.Expect(group, duties));
              }
            },
            pruned::add);
    CompletableFuture<Void> isTold = new CompletableFuture<>();
    ActorRef<Command> scheduler =
        KIT.spawn(
            Behaviors.setup(_ -> {
              isTold.join();
              return Scheduler.create(setup, nodes, fetcher.ref(), announcer.ref(), errands.ref());
            }));
    opened.add(() -> KIT.stop(scheduler));
    first.accept(scheduler);
    isTold.complete(null);
    return scheduler;
  }

  private BeaconUrl simulator() {
    return BeaconUrl.of(simulator(1).nodeUrls().getFirst());
  }

  private BeaconSimulator simulator(int nodes) {
    BeaconSimulator simulator = Chains.simulate(HTTP.system(), CHAIN.config(), nodes, clock);
    opened.add(() -> simulator.stop().toCompletableFuture().join());
    return simulator;
  }

  private static BeaconUrl[] urls(BeaconSimulator simulator) {
    return simulator.nodeUrls().stream().map(BeaconUrl::of).toArray(BeaconUrl[]::new);
  }

  private FakeBeacon node(Function<Asked, Reply> answers) {
    FakeBeacon node = new FakeBeacon(answers);
    opened.add(node);
    return node;
  }

  private void register(ActorRef<Command> scheduler, int... validators) {
    for (int validator : validators) {
      register(scheduler, validator, Set.of());
    }
  }

  private void register(ActorRef<Command> scheduler, int validator, Set<DutyId> unfinished) {
    Inbox<DistributedValidator.Command> entity = Inbox.open(KIT, command -> !isSelection(command));
    entities.put(validator, entity);
    scheduler.tell(new Register(validator, entity.ref(), unfinished));
  }

  private static boolean isSelection(DistributedValidator.Command command) {
    return switch (command) {
      case Assign assign -> assign.context().id().type() == DutyType.PREPARE_AGGREGATOR;
      case Tell tell -> tell.duty().type() == DutyType.PREPARE_AGGREGATOR;
      default -> false;
    };
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
        new Assignment.Attestation(definition));
  }

  private Fetcher.Fetch fetch(long slot, List<Integer> validators) {
    return new Fetcher.Fetch(
        new Question.ToAttest(slot),
        CHAIN.times().attestationDueMillis(slot),
        validators.stream()
            .map(validator ->
                new Fetcher.Recipient(DutyId.attester(slot, validator), entity(validator).ref()))
            .toList());
  }

  private static Aggregator.Expect expect(long slot, int duties) {
    return new Aggregator.Expect(new DutyGroup(DutyType.ATTESTER, slot, 0), duties);
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
    ActorRef<Command> scheduler = startWithAll(node.url());
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
    startWithAll(node.url());
    // Its own health, of which it tells in two answers, and the validators.
    for (int i = 0; i < 3; i++) {
      assertThat(node.asked(Inbox.PATIENCE)).isPresent();
    }
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
    Map<String, Integer> questions = new ConcurrentHashMap<>();
    FakeBeacon node =
        node(asked ->
            questions.merge(asked.path(), 1, Integer::sum) == 1
                ? Reply.failure(500)
                : likeTheChain(asked));
    startWithAll(node.url());
    int first = validatorsOf(FIRST_SLOT).getFirst();
    assertThat(entity(first).nextWhile(() -> TIME.timePasses(RESOLVE_AGAIN)))
        .isEqualTo(assignment(FIRST_SLOT, first));
    assertThat(questions)
        .containsEntry("/eth/v1/beacon/states/head/validators", 2)
        .containsEntry(DUTIES + EPOCH, 2)
        .containsEntry(DUTIES + (EPOCH - 1), 1);
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
    assertThat(nextButPeers(entity(moved), nextFirst))
        .isEqualTo(
            new Tell(
                DutyId.attester(nextFirst, moved).sibling(DutyType.AGGREGATOR),
                new DutyInput.Reassigned()));
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
    ActorRef<Command> scheduler = startWithAll(simulator());
    assertThat(fetcher.next()).isEqualTo(fetch(FIRST_SLOT, validatorsOf(FIRST_SLOT)));
    steps.addAndGet(-3_000);
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
    startWithAll(node.url());
    awaitDutiesAsked(node, 0);
    passTo(CHAIN.times().startMillis(0) - 1);
    assertThat(fetcher.poll(Duration.ofMillis(50))).isEmpty();
    passTo(CHAIN.times().startMillis(0));
    assertThat(fetcher.next()).isEqualTo(fetch(0, validatorsOf(0)));
  }

  /** Until it has told, nothing is asked of it, and no slot begins in which it might be asked. */
  @Test
  void aNodeThatStallsBeforeGenesisIsAskedAgainHowItFares() {
    setClockTo(CHAIN.times().startMillis(0) - 3_000_000);
    BeaconSimulator simulator = simulator(1);
    simulator.setFaults(0, List.of(new Fault.StallForever()));
    BeaconNodes nodes =
        new BeaconNodes(
            HTTP.system(), List.of(urls(simulator)), 100, CHAIN.genesis().validatorsRoot());
    start(KEYS, nodes);
    passSecond();
    assertThat(nodes.health()).allMatch(NodeHealth::isUntried);

    simulator.setFaults(0, List.of());

    Inbox.nextWhile(
        this::passSecond,
        () ->
            fetcher.poll(Duration.ofMillis(20)).isEmpty()
                    && nodes.health().stream().noneMatch(NodeHealth::isUntried)
                ? Optional.of(true)
                : Optional.empty());
  }

  @Test
  void tellsOnceAnEpochBelowWhichSlotNothingIsOpen() throws InterruptedException {
    long lastSlot = FIRST_SLOT + Chains.SLOTS_PER_EPOCH - 1;
    setClockTo(CHAIN.times().startMillis(lastSlot) + 100);
    startWithAll(simulator());
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

  // ---- what a restart left unfinished

  @Test
  void whoComesUpBehindADeadlineIsToldWhichOfItsDutiesAreOver() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 100);
    ActorRef<Command> scheduler = start(KEYS, node(_ -> Reply.failure(500)).url());
    DutyId over = DutyId.attester(FIRST_SLOT - Chains.SLOTS_PER_EPOCH - 1, 3);
    DutyId open = DutyId.attester(FIRST_SLOT - Chains.SLOTS_PER_EPOCH, 3);
    register(scheduler, 3, Set.of(over, open));
    scheduler.tell(new PeerUp(1));
    assertThat(entity(3).next()).isEqualTo(new DistributedValidator.Expire(over));
    assertThat(entity(3).next()).isEqualTo(new PeerConnected(1));
  }

  @Test
  void aDutyThatNoBeaconNodeNamesAgainIsOverAtItsDeadline() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 100);
    ActorRef<Command> scheduler = start(KEYS, node(_ -> Reply.failure(500)).url());
    DutyId open = DutyId.attester(FIRST_SLOT - 1, 3);
    register(scheduler, 3, Set.of(open));
    long deadline = CHAIN.times().inclusionDeadlineMillis(open.slot());
    passTo(deadline - 1);
    assertThat(entity(3).poll(Duration.ofMillis(50))).isEmpty();
    passTo(deadline);
    assertThat(entity(3).next()).isEqualTo(new DistributedValidator.Expire(open));
  }

  // ---- heads

  private static final long BLOCK_DELAY_MILLIS = 1_000;

  /** The head of {@code slot}, with the chain's dependent roots unless {@code root} is another. */
  private static ObjectNode head(long slot, Optional<Bytes32> root) {
    long epoch = CHAIN.spec().epochOf(slot);
    return JsonNodeFactory.instance
        .objectNode()
        .put("slot", Long.toString(slot))
        .put("block", CHAIN.blockRoot(slot).toString())
        .put("previous_duty_dependent_root", root.orElse(CHAIN.dependentRoot(epoch)).toString())
        .put("current_duty_dependent_root", root.orElse(CHAIN.dependentRoot(epoch + 1)).toString())
        .put("execution_optimistic", false);
  }

  private static Bytes32 madeUp(int number) {
    return Bytes32.sha256(new byte[] {(byte) number});
  }

  /** Up to {@code slot}, with the duties of its validators given and their data asked for. */
  private List<Integer> givenDutiesOf(long slot) {
    List<Integer> validators = validatorsOf(slot);
    // Whoever registers late is given the last slot's duty, too.
    Fetcher.Command asked = fetcher.next();
    while (asked instanceof Fetcher.Fetch fetch && fetch.question().slot() < slot) {
      asked = fetcher.next();
    }
    assertThat(asked).isEqualTo(fetch(slot, validators));
    for (int validator : validators) {
      assertThat(entity(validator).next()).isEqualTo(assignment(slot, validator));
    }
    return validators;
  }

  private static Tell beginEarly(long slot, int validator) {
    return new Tell(DutyId.attester(slot, validator), new DutyInput.BeginEarly());
  }

  @Test
  void dutiesBeginAsSoonAsANodeHasTheSlotsBlock() {
    BeaconSimulator simulator = simulator(2);
    simulator.setBlockDelay(BLOCK_DELAY_MILLIS);
    simulator.setFaults(0, List.of(new Fault.NoEvents()));
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 100);
    startWithAll(urls(simulator));
    List<Integer> validators = givenDutiesOf(FIRST_SLOT);
    awaitSubscribed(simulator);
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + BLOCK_DELAY_MILLIS);
    assertThat(fetcher.next()).isEqualTo(new Fetcher.BlockSeen(FIRST_SLOT, 1));
    for (int validator : validators) {
      assertThat(entity(validator).next()).isEqualTo(beginEarly(FIRST_SLOT, validator));
      assertThat(entity(validator).poll(Duration.ZERO)).isEmpty();
    }
  }

  @Test
  void anEventThatOvertakesTheTimerOfItsSlotStartsTheSlot() {
    BeaconSimulator simulator = simulator(1);
    simulator.setBlockDelay(0);
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 11_000);
    startWithAll(urls(simulator));
    givenDutiesOf(FIRST_SLOT);
    awaitSubscribed(simulator);
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT + 1));
    List<Integer> validators = givenDutiesOf(FIRST_SLOT + 1);
    assertThat(fetcher.next()).isEqualTo(new Fetcher.BlockSeen(FIRST_SLOT + 1, 0));
    assertThat(entity(validators.getFirst()).next())
        .isEqualTo(beginEarly(FIRST_SLOT + 1, validators.getFirst()));
  }

  /** What is fetched anew since duties were resolved again is not what a test is about. */
  private void drainFetches() {
    while (fetcher.poll(Duration.ofMillis(200)).isPresent()) {
      // Another one.
    }
  }

  /** A node tells its subscribers only of what comes after they subscribed. */
  private static void awaitSubscribed(BeaconSimulator simulator) {
    Inbox.nextWhile(
        () -> {}, () -> simulator.subscribers() > 0 ? Optional.of(true) : Optional.empty());
  }

  @ParameterizedTest
  @CsvSource({"next slot, 1, false", "last slot, -1, false", "not verified, 0, true"})
  void headsThatAreNotOfTheRunningSlotOrNotVerifiedBeginNothing(
      String what, int ahead, boolean isOptimistic) {
    FakeBeacon node = node(SchedulerTest::likeTheChain);
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 100);
    startWithAll(node.url());
    int validator = givenDutiesOf(FIRST_SLOT).getFirst();
    node.tellHead(
        head(FIRST_SLOT + ahead, Optional.empty()).put("execution_optimistic", isOptimistic));
    assertThat(fetcher.poll(Duration.ofMillis(300))).as(what).isEmpty();
    node.tellHead(head(FIRST_SLOT, Optional.empty()));
    assertThat(fetcher.next()).isEqualTo(new Fetcher.BlockSeen(FIRST_SLOT, 0));
    assertThat(entity(validator).next()).isEqualTo(beginEarly(FIRST_SLOT, validator));
  }

  @Test
  void aHeadThatComesWhenAttestationsAreDueBeginsNothing() {
    FakeBeacon node = node(SchedulerTest::likeTheChain);
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 100);
    startWithAll(node.url());
    givenDutiesOf(FIRST_SLOT);
    setClockTo(CHAIN.times().attestationDueMillis(FIRST_SLOT));
    node.tellHead(head(FIRST_SLOT, Optional.empty()));
    assertThat(fetcher.poll(Duration.ofMillis(300))).isEmpty();
  }

  @Test
  void aNodeThatIsNotReadyBeginsNothing() {
    BeaconSimulator simulator = simulator(2);
    simulator.setBlockDelay(BLOCK_DELAY_MILLIS);
    simulator.setFaults(0, List.of(new Fault.Peerless(), new Fault.NoEvents()));
    simulator.setFaults(1, List.of(new Fault.Peerless()));
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 11_000);
    BeaconNodes nodes = new BeaconNodes(HTTP.system(), List.of(urls(simulator)), 10_000);
    start(KEYS, nodes, this::registerAll);
    givenDutiesOf(FIRST_SLOT);
    passTo(CHAIN.times().startMillis(FIRST_SLOT + 1));
    givenDutiesOf(FIRST_SLOT + 1);
    awaitSubscribed(simulator);
    Inbox.nextWhile(
        () -> {},
        () ->
            nodes.health().stream().noneMatch(NodeHealth::isReady)
                ? Optional.of(true)
                : Optional.empty());
    drainFetches();
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT + 1) + BLOCK_DELAY_MILLIS);
    assertThat(fetcher.poll(Duration.ofMillis(500))).isEmpty();
  }

  @Test
  void aNodeWhoseHeadDependsOnAnotherRootBeginsNothingAndIsAskedAllTheSame() {
    FakeBeacon node = node(SchedulerTest::likeTheChain);
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 100);
    startWithAll(node.url());
    int validator = givenDutiesOf(FIRST_SLOT).getFirst();
    drain(node);
    node.tellHead(head(FIRST_SLOT, Optional.of(madeUp(1))));
    awaitDutiesAsked(node, EPOCH);
    assertThat(fetcher.poll(Duration.ofMillis(300))).isEmpty();
    node.tellHead(head(FIRST_SLOT, Optional.empty()));
    assertThat(fetcher.next()).isEqualTo(new Fetcher.BlockSeen(FIRST_SLOT, 0));
    assertThat(entity(validator).next()).isEqualTo(beginEarly(FIRST_SLOT, validator));
  }

  @Test
  void aReorganisationMovesTheDutiesOfThisEpochAndOfTheNext() {
    BeaconSimulator simulator = simulator(1);
    long half = FIRST_SLOT + Chains.SLOTS_PER_EPOCH / 2;
    setClockTo(CHAIN.times().startMillis(half - 1) + 11_000);
    startWithAll(urls(simulator));
    givenDutiesOf(half - 1);
    passTo(CHAIN.times().startMillis(half));
    givenDutiesOf(half);
    awaitSubscribed(simulator);
    simulator.reorganise(EPOCH);
    // Each validator had one duty in the epoch and has another one now.
    for (int validator = 0; validator < VALIDATORS; validator++) {
      DutyId before = duty(CHAIN, EPOCH, validator);
      Optional<DistributedValidator.Command> told =
          before.equals(duty(simulator.chain(), EPOCH, validator))
                  && definition(CHAIN, EPOCH, validator)
                      .equals(definition(simulator.chain(), EPOCH, validator))
              ? Optional.empty()
              : Optional.of(new Tell(before, new DutyInput.Reassigned()));
      if (told.isPresent()) {
        assertThat(entity(validator).next()).isEqualTo(told.get());
        assertThat(entity(validator).next())
            .isEqualTo(new Tell(before.sibling(DutyType.AGGREGATOR), new DutyInput.Reassigned()));
      }
    }
  }

  private static AttesterDuty definition(SimulatedChain chain, long epoch, int validator) {
    return chain.duties(epoch).get(validator);
  }

  private static DutyId duty(SimulatedChain chain, long epoch, int validator) {
    return DutyId.attester(definition(chain, epoch, validator).slot(), validator);
  }

  @Test
  void eventsWithEverOtherRootsDoNotMakeItAskAllTheTime() {
    FakeBeacon node = node(SchedulerTest::likeTheChain);
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 5_000);
    startWithAll(node.url());
    givenDutiesOf(FIRST_SLOT);
    for (int slot = 1; slot <= 3; slot++) {
      passTo(CHAIN.times().startMillis(FIRST_SLOT + slot) + 5_000);
      givenDutiesOf(FIRST_SLOT + slot);
      drain(node);
      List<Asked> asked = new ArrayList<>();
      for (int lie = 0; lie < 20; lie++) {
        node.tellHead(head(FIRST_SLOT + slot, Optional.of(madeUp(20 * slot + lie))));
        asked.addAll(drain(node, Duration.ofMillis(30)));
      }
      asked.addAll(drain(node, Duration.ofMillis(500)));
      assertThat(asked.stream().filter(question -> question.path().startsWith(DUTIES)))
          .as("slot %s", slot)
          .hasSize(NodeHeads.RESOLVES_PER_SLOT_NODE_AND_ROSTER_MAX);
    }
    assertThat(fetcher.poll(Duration.ZERO)).as("no duty was given again").isEmpty();
  }

  @Test
  void aHeadThatIsNotVerifiedMakesItAskForNoDuties() {
    FakeBeacon node = node(SchedulerTest::likeTheChain);
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 5_000);
    startWithAll(node.url());
    givenDutiesOf(FIRST_SLOT);
    drain(node);
    ObjectNode head = head(FIRST_SLOT, Optional.of(madeUp(1)));
    node.tellHead(head.deepCopy().put("execution_optimistic", true));
    assertThat(drain(node, Duration.ofMillis(500))).isEmpty();
    node.tellHead(head);
    assertThat(drain(node)).isNotEmpty();
  }

  private static List<Asked> drain(FakeBeacon node) {
    return drain(node, Duration.ofMillis(200));
  }

  private static List<Asked> drain(FakeBeacon node, Duration quiet) {
    List<Asked> asked = new ArrayList<>();
    Optional<Asked> next = node.asked(quiet);
    while (next.isPresent()) {
      asked.add(next.get());
      next = node.asked(quiet);
    }
    return asked;
  }

  @Test
  void whatMostNodesHeadsDependOnOutweighsAPreferredNodeWithOldDuties() {
    BeaconSimulator simulator = simulator(3);
    simulator.setFaults(0, List.of(new Fault.OldData(1)));
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 100);
    startWithAll(urls(simulator));
    givenDutiesOf(FIRST_SLOT);
    simulator.reorganise(EPOCH);
    passTo(CHAIN.times().attestationDueMillis(FIRST_SLOT) + 1);
    // The first who says so is asked in vain: only when two of three say so the preferred one is
    // passed over, and that they say again in the next slot.
    int moved = firstMoved(simulator.chain());
    Tell expected = new Tell(duty(CHAIN, EPOCH, moved), new DutyInput.Reassigned());
    assertThat(
            Inbox.nextWhile(
                () -> passTo(Math.min(clock.get() + 12_000, LAST_MILLIS)),
                () -> entity(moved).poll(Duration.ofMillis(300)).filter(expected::equals)))
        .isEqualTo(expected);
  }

  /** Its duty is some slots ahead. */
  private static int firstMoved(SimulatedChain reorganised) {
    for (int validator = 0; validator < VALIDATORS; validator++) {
      if (duty(CHAIN, EPOCH, validator).slot() > FIRST_SLOT + 5
          && !duty(CHAIN, EPOCH, validator).equals(duty(reorganised, EPOCH, validator))) {
        return validator;
      }
    }
    throw new AssertionError("nobody's duty moved");
  }

  private static final long LAST_MILLIS = CHAIN.times().startMillis(FIRST_SLOT + 5);

  @Test
  void anotherPreferredNodeIsAskedForTheDutiesAnew() {
    AtomicBoolean isSyncing = new AtomicBoolean();
    FakeBeacon first =
        node(asked ->
            asked.path().endsWith("/syncing") ? syncing(isSyncing.get()) : likeTheChain(asked));
    FakeBeacon second =
        node(asked -> asked.path().endsWith("/syncing") ? syncing(false) : likeTheChain(asked));
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 5_000);
    startWithAll(first.url(), second.url());
    givenDutiesOf(FIRST_SLOT);
    passTo(CHAIN.times().startMillis(FIRST_SLOT + 1));
    drain(second);
    isSyncing.set(true);
    passTo(CHAIN.times().startMillis(FIRST_SLOT + 2));
    awaitDutiesAsked(second, EPOCH);
    drain(second);
    passTo(CHAIN.times().startMillis(FIRST_SLOT + 3));
    assertThat(drain(second)).noneMatch(asked -> asked.path().startsWith(DUTIES));
  }

  private static Reply syncing(boolean isSyncing) {
    return Reply.data(
        JsonNodeFactory.instance
            .objectNode()
            .put("head_slot", Long.toString(FIRST_SLOT))
            .put("sync_distance", "0")
            .put("is_syncing", isSyncing));
  }

  // ---- a clock that is set

  private void stepClock(long millis) {
    steps.addAndGet(millis);
    clock.addAndGet(millis);
    passSecond();
  }

  private void passSecond() {
    passTo(clock.get() + 1_000);
  }

  @Test
  void aClockThatIsSetForwardGoesOnInTheSlotThatItIsThen() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 1_000);
    startWithAll(simulator());
    givenDutiesOf(FIRST_SLOT);
    passSecond();
    assertThat(clockHealth.isSteady()).isTrue();
    stepClock(3 * Chains.SLOT_MILLIS);
    givenDutiesOf(FIRST_SLOT + 3);
    assertThat(clockHealth.steps()).isEqualTo(1);
    assertThat(clockHealth.recentStepMillis()).hasValue(3 * Chains.SLOT_MILLIS);
    passTo(CHAIN.times().startMillis(FIRST_SLOT + 4));
    assertThat(fetcher.next()).isEqualTo(fetch(FIRST_SLOT + 4, validatorsOf(FIRST_SLOT + 4)));
  }

  @Test
  void aClockThatIsSetBackByHoursDoesNotWaitForThemToPass() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT + 100 * Chains.SLOTS_PER_EPOCH));
    FakeBeacon node = node(SchedulerTest::likeTheChain);
    startWithAll(node.url());
    fetcher.next();
    passSecond();
    stepClock(-100 * Chains.SLOTS_PER_EPOCH * Chains.SLOT_MILLIS);
    awaitFetch(FIRST_SLOT);
    assertThat(clockHealth.recentStepMillis())
        .hasValue(-100 * Chains.SLOTS_PER_EPOCH * Chains.SLOT_MILLIS);
    passTo(CHAIN.times().startMillis(FIRST_SLOT + 1));
    awaitFetch(FIRST_SLOT + 1);
  }

  /**
   * What is fetched anew for other slots, since their duties were resolved again, is passed over.
   */
  private void awaitFetch(long slot) {
    while (!(fetcher.next() instanceof Fetcher.Fetch fetch && fetch.question().slot() == slot)) {
      // An earlier one.
    }
  }

  @Test
  void whileTheClockIsNotTrustedNoFloorRises() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 1_000);
    startWithAll(simulator());
    givenDutiesOf(FIRST_SLOT);
    stepClock(10 * Chains.SLOTS_PER_EPOCH * Chains.SLOT_MILLIS);
    long slot = FIRST_SLOT + 10 * Chains.SLOTS_PER_EPOCH;
    awaitFetch(slot);
    assertThat(pruned).isEmpty();
    for (int later = 1; later <= ClockHealth.SLOTS_UNTIL_TRUSTED; later++) {
      assertThat(clockHealth.isSteady()).isFalse();
      passTo(CHAIN.times().startMillis(slot + later));
      awaitFetch(slot + later);
    }
    assertThat(clockHealth.isSteady()).isTrue();
    assertThat(clockHealth.steps()).isEqualTo(1);
    assertThat(pruned)
        .containsExactly(slot + ClockHealth.SLOTS_UNTIL_TRUSTED - 2L * Chains.SLOTS_PER_EPOCH);
  }

  // ---- duties that need others

  private static Bytes proof(AttesterDuty duty, boolean selects) {
    return proof(proof -> Selection.isAggregator(duty.committeeLength(), proof) == selects);
  }

  private static Bytes proof(Predicate<Bytes> wanted) {
    return IntStream.range(0, 10_000)
        .mapToObj(i -> Bytes.wrap(ByteBuffer.allocate(96).putInt(i).array()))
        .filter(wanted)
        .findFirst()
        .orElseThrow();
  }

  private Assign selection(ActorRef<Command> scheduler, int validator) {
    Inbox<DistributedValidator.Command> entity = Inbox.open(KIT, SchedulerTest::isSelection);
    entities.put(validator, Inbox.open(KIT));
    scheduler.tell(new Register(validator, entity.ref(), Set.of()));
    return (Assign) entity.next();
  }

  @Test
  void whoAttestsProvesWhetherItAggregates() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT));
    ActorRef<Command> scheduler = start(KEYS, simulator());
    int validator = validatorsOf(FIRST_SLOT).getFirst();
    DutyContext selection = selection(scheduler, validator).context();
    assertThat(selection.id())
        .isEqualTo(DutyId.attester(FIRST_SLOT, validator).sibling(DutyType.PREPARE_AGGREGATOR));
    assertThat(selection.rule().given()).isPresent();
    assertThat(selection.beginMillis())
        .as("in the slot before, a moment after its begin")
        .isBetween(
            CHAIN.times().startMillis(FIRST_SLOT - 1) + 1,
            CHAIN.times().startMillis(FIRST_SLOT) - Chains.SLOT_MILLIS / 2);
    assertThat(selection.deadlineMillis()).isEqualTo(CHAIN.times().startMillis(FIRST_SLOT + 1));
  }

  @Test
  void whoAggregatesIsDrawnASlotAhead() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT));
    ActorRef<Command> scheduler = start(KEYS, simulator());
    int validator = validatorsOf(FIRST_SLOT + 1).getFirst();
    assertThat(selection(scheduler, validator).context().id())
        .isEqualTo(DutyId.attester(FIRST_SLOT + 1, validator).sibling(DutyType.PREPARE_AGGREGATOR));
  }

  private static DistributedValidator.Command nextInTime(
      Inbox<DistributedValidator.Command> entity) {
    return Inbox.nextWhile(
        () -> TIME.timePasses(Duration.ofMillis(10)), () -> entity.poll(Duration.ofMillis(10)));
  }

  private static void awaitGiven(Inbox<DistributedValidator.Command> entity, DutyId duty) {
    assertThat(nextInTime(entity))
        .isInstanceOfSatisfying(
            Assign.class, assign -> assertThat(assign.context().id()).isEqualTo(duty));
    assertThat(entity.next()).isEqualTo(new Tell(duty, new DutyInput.BeginEarly()));
  }

  /** What the validator is to prove, from the slot on. */
  private static DutyId selectionFrom(long first, int validator) {
    return LongStream.range(first, first + 2L * Chains.SLOTS_PER_EPOCH)
        .filter(slot -> validatorsOf(slot).contains(validator))
        .mapToObj(slot -> DutyId.attester(slot, validator).sibling(DutyType.PREPARE_AGGREGATOR))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void selectionsThatOthersProveFarAheadAreBegunAtOnceOnceTheirEpochIsKnown() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT));
    ActorRef<Command> scheduler = start(KEYS, simulator());
    int validator = validatorsOf(FIRST_SLOT).getFirst();
    Inbox<DistributedValidator.Command> entity = Inbox.open(KIT, SchedulerTest::isSelection);
    scheduler.tell(new Register(validator, entity.ref(), Set.of()));
    assertThat(entity.next()).isInstanceOf(Assign.class);

    long next = FIRST_SLOT + Chains.SLOTS_PER_EPOCH;
    DutyId ahead = selectionFrom(next, validator);
    DutyId ofNobody =
        DutyId.attester(ahead.slot() == next ? next + 1 : next, validator)
            .sibling(DutyType.PREPARE_AGGREGATOR);
    scheduler.tell(new Scheduler.Wanted(ofNobody));
    scheduler.tell(new Scheduler.Wanted(ahead));
    awaitGiven(entity, ahead);
    // Now that the epoch is known.
    scheduler.tell(new Scheduler.Wanted(ofNobody));
    scheduler.tell(new Scheduler.Wanted(ahead));
    awaitGiven(entity, ahead);
  }

  @Test
  void selectionsThatAClientProvedBeforeTheEntityIsUpAreBegunOnceItIs() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT));
    ActorRef<Command> scheduler = start(KEYS, simulator());
    int validator = validatorsOf(FIRST_SLOT).getFirst();
    int other = validatorsOf(FIRST_SLOT).getLast();
    DutyId ahead = selectionFrom(FIRST_SLOT + Chains.SLOTS_PER_EPOCH, validator);
    DutyId ofOther = selectionFrom(FIRST_SLOT + Chains.SLOTS_PER_EPOCH, other);
    Inbox<DistributedValidator.Command> up = Inbox.open(KIT, SchedulerTest::isSelection);
    scheduler.tell(new Register(other, up.ref(), Set.of()));
    assertThat(up.next()).isInstanceOf(Assign.class);

    scheduler.tell(new Scheduler.Wanted(ahead));
    scheduler.tell(new Scheduler.Wanted(ofOther));
    awaitGiven(up, ofOther);

    Inbox<DistributedValidator.Command> entity = Inbox.open(KIT, SchedulerTest::isSelection);
    scheduler.tell(new Register(validator, entity.ref(), Set.of()));
    Tell begin = new Tell(ahead, new DutyInput.BeginEarly());
    while (!begin.equals(nextInTime(entity))) {
      // That of the running slot was given.
    }
  }

  @Test
  void selectionsThatWereBegunAheadBeforeARestartBeginAgainAtOnce() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT));
    ActorRef<Command> scheduler = start(KEYS, simulator());
    int validator = validatorsOf(FIRST_SLOT + 3).getFirst();
    DutyId ahead = selectionFrom(FIRST_SLOT + 3, validator);
    Inbox<DistributedValidator.Command> entity = Inbox.open(KIT, SchedulerTest::isSelection);
    scheduler.tell(new Register(validator, entity.ref(), Set.of(ahead)));
    awaitGiven(entity, ahead);
  }

  @Test
  void selectionsThatWereBegunAheadBeforeARestartAreOverAtTheirDeadlineWhoeverDoesNotNameThem() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 100);
    ActorRef<Command> scheduler = start(KEYS, node(_ -> Reply.failure(500)).url());
    DutyId ahead = DutyId.attester(FIRST_SLOT + 3, 3).sibling(DutyType.PREPARE_AGGREGATOR);
    register(scheduler, 3, Set.of(ahead));
    passTo(CHAIN.times().startMillis(FIRST_SLOT + Chains.SLOTS_PER_EPOCH));
    assertThat(entity(3).next()).isEqualTo(new DistributedValidator.Expire(ahead));
  }

  @Test
  void selectionsWaitUntilTheGuardLetsThemOut() {
    setClockTo(CHAIN.times().startMillis(0) - 3_000_000);
    ActorRef<Command> scheduler = start(KEYS, simulator());
    int validator = validatorsOf(0).getFirst();
    Inbox<DistributedValidator.Command> entity = Inbox.open(KIT, SchedulerTest::isSelection);
    scheduler.tell(new Register(validator, entity.ref(), Set.of()));
    DutyId ahead = selectionFrom(Chains.SLOTS_PER_EPOCH, validator);
    scheduler.tell(new Scheduler.Wanted(ahead));
    passTo(CHAIN.times().startMillis(-DutyType.SLOTS_AHEAD_MAX));
    assertThat(entity.poll(Inbox.BRIEFLY)).isEmpty();

    passTo(CHAIN.times().startMillis(0));
    Tell begin = new Tell(ahead, new DutyInput.BeginEarly());
    while (!begin.equals(nextInTime(entity))) {
      // That of the running slot was given.
    }
  }

  @Test
  void whileNothingMayBeSignedNothingIsBegunAhead() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT));
    ActorRef<Command> scheduler = start(KEYS, simulator());
    int validator = validatorsOf(FIRST_SLOT).getFirst();
    Inbox<DistributedValidator.Command> entity = Inbox.open(KIT, SchedulerTest::isSelection);
    scheduler.tell(new Register(validator, entity.ref(), Set.of()));
    assertThat(entity.next()).isInstanceOf(Assign.class);
    DutyId ahead = selectionFrom(FIRST_SLOT + Chains.SLOTS_PER_EPOCH, validator);
    scheduler.tell(new Scheduler.Wanted(ahead));
    // So that the epoch is known.
    awaitGiven(entity, ahead);
    isSealed.set(true);
    scheduler.tell(new Scheduler.Wanted(ahead));
    for (int i = 0; i < 20; i++) {
      TIME.timePasses(Duration.ofMillis(10));
    }
    assertThat(entity.poll(Inbox.BRIEFLY)).isEmpty();

    isSealed.set(false);
    passTo(CHAIN.times().startMillis(FIRST_SLOT + 1));
    awaitGiven(entity, ahead);
  }

  @Test
  void nodesAreToldAgainASlotAheadWhoWasDrawnLongBefore() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT));
    ActorRef<Command> scheduler = start(KEYS, simulator());
    long slot = FIRST_SLOT + 3;
    int validator = validatorsOf(slot).getFirst();
    register(scheduler, validator);
    subscriptions(item -> isOf(EPOCH, item));

    scheduler.tell(
        new Scheduler.Finished(
            selectionFrom(slot, validator),
            new Value(Bytes.EMPTY),
            proof(definition(slot, validator), true)));
    assertThat(subscriptions(item -> item.path("is_aggregator").asBoolean())).hasSize(1);
    passTo(CHAIN.times().startMillis(FIRST_SLOT + 1));
    passTo(CHAIN.times().startMillis(FIRST_SLOT + 2));
    assertThat(subscriptions(item -> item.path("is_aggregator").asBoolean()))
        .singleElement()
        .satisfies(item -> assertThat(item.path("slot").asLong()).isEqualTo(slot));
  }

  /** Of the announcements the next that is of these. */
  private List<JsonNode> subscriptions(Predicate<JsonNode> wanted) {
    while (true) {
      Announcer.Announce told = (Announcer.Announce) announcer.next();
      List<JsonNode> items =
          told.submission().items().stream().map(item -> item.json().get()).filter(wanted).toList();
      if (!items.isEmpty()) {
        assertThat(told.submission().path())
            .isEqualTo("/eth/v1/validator/beacon_committee_subscriptions");
        return items;
      }
    }
  }

  private static boolean isOf(long epoch, JsonNode subscription) {
    return CHAIN.spec().epochOf(subscription.path("slot").asLong()) == epoch;
  }

  @Test
  void nodesAreToldOfAllCommitteesOfAnEpochAtOnceAndOfNonePast() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT + 3));
    startWithAll(simulator());

    List<JsonNode> told = subscriptions(item -> isOf(EPOCH, item));

    assertThat(told)
        .hasSize(
            IntStream.range(3, Chains.SLOTS_PER_EPOCH)
                .map(later -> CHAIN.dutiesAt(FIRST_SLOT + later).size())
                .sum())
        .allSatisfy(item -> {
          assertThat(item.path("slot").asLong()).isGreaterThanOrEqualTo(FIRST_SLOT + 3);
          assertThat(item.path("is_aggregator").asBoolean()).isFalse();
        });
    passTo(CHAIN.times().startMillis(FIRST_SLOT + 4));
    assertThat(subscriptions(item -> isOf(EPOCH + 1, item))).hasSize(VALIDATORS);
  }

  @Test
  void nodesAreToldAgainWhenDutiesChange() {
    BeaconSimulator simulator = simulator(1);
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT + 4));
    startWithAll(urls(simulator));
    List<JsonNode> before = subscriptions(item -> isOf(EPOCH, item));
    awaitSubscribed(simulator);
    simulator.reorganise(EPOCH);
    assertThat(subscriptions(item -> isOf(EPOCH, item) && !before.contains(item))).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void onlyWhoWasDrawnIsAnnouncedAsAggregator(boolean selects) {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT));
    ActorRef<Command> scheduler = start(KEYS, simulator());
    int validator = validatorsOf(FIRST_SLOT).getFirst();
    AttesterDuty definition = definition(FIRST_SLOT, validator);
    register(scheduler, validator);
    subscriptions(item -> isOf(EPOCH, item));

    finished(validator, proof(definition, selects)).forEach(scheduler::tell);

    if (selects) {
      assertThat(subscriptions(item -> item.path("is_aggregator").asBoolean()))
          .singleElement()
          .satisfies(item -> {
            assertThat(item.path("validator_index").asLong())
                .isEqualTo(definition.validatorIndex());
            assertThat(item.path("slot").asLong()).isEqualTo(FIRST_SLOT);
          });
    } else {
      scheduler.tell(new PeerUp(1));
      entity(validator).next();
      for (Optional<Announcer.Command> told = announcer.poll(Inbox.BRIEFLY);
          told.isPresent();
          told = announcer.poll(Inbox.BRIEFLY)) {
        assertThat(((Announcer.Announce) told.get()).submission().items())
            .noneMatch(item -> item.json().get().path("is_aggregator").asBoolean());
      }
    }
  }

  @Test
  void ofExitsThatWereBegunItOnlyEndsThoseWhosePeriodIsOver() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT + 256L * Chains.SLOTS_PER_EPOCH));
    ActorRef<Command> scheduler = start(KEYS, simulator());
    DutyId over = new DutyId(DutyType.EXIT, 0, 3, 0);
    DutyId running = new DutyId(DutyType.EXIT, 256L * Chains.SLOTS_PER_EPOCH, 3, 0);
    register(scheduler, 3, Set.of(over, running));
    assertThat(entity(3).next()).isEqualTo(new DistributedValidator.Expire(over));
    scheduler.tell(new PeerUp(1));
    assertThat(
            Inbox.nextWhile(
                () -> {},
                () -> entity(3).poll(Inbox.BRIEFLY).filter(PeerConnected.class::isInstance)))
        .isEqualTo(new PeerConnected(1));
  }

  @Test
  void whoTheChainKnowsIsToldAtTheStartAndEachEpoch() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT));
    start(KEYS, simulator());
    assertThat(((Errands.Known) errands.next()).validators()).hasSize(VALIDATORS);
    for (int slot = 1; slot <= Chains.SLOTS_PER_EPOCH; slot++) {
      passTo(CHAIN.times().startMillis(FIRST_SLOT + slot));
    }
    assertThat(((Errands.Known) errands.next()).validators()).hasSize(VALIDATORS);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoIsSelectedAggregatesWhatWasAgreedOn(boolean selectedFirst) {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT));
    ActorRef<Command> scheduler = start(KEYS, simulator());
    int validator = validatorsOf(FIRST_SLOT).getFirst();
    AttesterDuty definition = definition(FIRST_SLOT, validator);
    Bytes proof = proof(definition, true);
    List<Scheduler.Finished> both = finished(validator, proof);
    register(scheduler, validator);
    assertThat(entity(validator).next()).isEqualTo(assignment(FIRST_SLOT, validator));
    fetcher.next();

    (selectedFirst ? both.reversed() : both).forEach(scheduler::tell);

    AttestationData signed =
        CHAIN.attestationData(FIRST_SLOT).assigned(definition, CHAIN.spec().forkAtSlot(FIRST_SLOT));
    Assign aggregation = (Assign) entity(validator).next();
    assertThat(aggregation.assignment())
        .isEqualTo(new Assignment.Aggregation(definition, proof, signed.hashTreeRoot()));
    assertThat(aggregation.context().beginMillis())
        .isEqualTo(CHAIN.times().dueMillis(DutyType.AGGREGATOR, FIRST_SLOT));
    assertThat(fetcher.next())
        .isEqualTo(
            new Fetcher.Fetch(
                new Question.ToAggregate(
                    CHAIN.spec().forkAtSlot(FIRST_SLOT), signed, definition.committeeIndex()),
                CHAIN.times().dueMillis(DutyType.AGGREGATOR, FIRST_SLOT),
                List.of(
                    new Fetcher.Recipient(aggregation.context().id(), entity(validator).ref()))));
  }

  @Test
  void whoIsNotSelectedDoesNotAggregate() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT));
    ActorRef<Command> scheduler = start(KEYS, simulator());
    int validator = validatorsOf(FIRST_SLOT).getFirst();
    register(scheduler, validator);
    assertThat(entity(validator).next()).isEqualTo(assignment(FIRST_SLOT, validator));

    finished(validator, proof(definition(FIRST_SLOT, validator), false)).forEach(scheduler::tell);

    scheduler.tell(new PeerUp(1));
    assertThat(entity(validator).next()).isEqualTo(new PeerConnected(1));
  }

  /** The two duties that an aggregate needs. */
  private static List<Scheduler.Finished> finished(int validator, Bytes proof) {
    DutyId attester = DutyId.attester(FIRST_SLOT, validator);
    Value agreed = new Value(CHAIN.attestationData(FIRST_SLOT).encode());
    return List.of(
        new Scheduler.Finished(attester, agreed, Bytes.wrap(new byte[96])),
        new Scheduler.Finished(attester.sibling(DutyType.PREPARE_AGGREGATOR), agreed, proof));
  }

  // ---- the sync committee

  private static final String SYNC_DUTIES = "/eth/v1/validator/duties/sync/";
  private static final String SYNC_SUBSCRIPTIONS = "/eth/v1/validator/sync_committee_subscriptions";

  /** Of the parts 0 and 3; attests in another slot. */
  private static final int MEMBER = validatorsOf(FIRST_SLOT + 2).getFirst();

  private static final SyncDuty SEATS =
      new SyncDuty(KEYS.get(MEMBER), SimulatedChain.validatorIndex(MEMBER), List.of(7, 400));

  private static Reply withTheMember(Asked asked) {
    return asked.path().startsWith(SYNC_DUTIES)
        ? Reply.data(JsonNodeFactory.instance.arrayNode().add(SEATS.toJson()))
        : likeTheChain(asked);
  }

  private static DutyId ofMember(DutyType type, int part) {
    return new DutyId(type, FIRST_SLOT, MEMBER, part);
  }

  private DutyContext given(DutyType type, int part) {
    Assign assign = (Assign) entity(MEMBER).next();
    assertThat(assign.context().id()).isEqualTo(ofMember(type, part));
    assertThat(assign.context().beginMillis()).isEqualTo(CHAIN.times().dueMillis(type, FIRST_SLOT));
    assertThat(assign.context().deadlineMillis())
        .isEqualTo(CHAIN.times().startMillis(FIRST_SLOT + 1));
    return assign.context();
  }

  private Fetcher.Fetch fetchOfMember(Question question, DutyType type, int part) {
    return new Fetcher.Fetch(
        question,
        CHAIN.times().dueMillis(type, FIRST_SLOT),
        List.of(new Fetcher.Recipient(ofMember(type, part), entity(MEMBER).ref())));
  }

  /** With the duties of the first slot given. */
  private ActorRef<Command> startWithMember(FakeBeacon node, Set<DutyId> unfinished) {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 100);
    ActorRef<Command> scheduler = start(KEYS, node.url());
    register(scheduler, MEMBER, unfinished);
    assertThat(fetcher.next())
        .isEqualTo(fetchOfMember(new Question.ToNameHead(FIRST_SLOT), DutyType.SYNC_MESSAGE, 0));
    assertThat(given(DutyType.SYNC_MESSAGE, 0).rule().given()).isEmpty();
    assertThat(given(DutyType.PREPARE_SYNC_CONTRIBUTION, 0).rule().given()).isPresent();
    assertThat(given(DutyType.PREPARE_SYNC_CONTRIBUTION, 3).rule().given()).isPresent();
    return scheduler;
  }

  @Test
  void membersOfTheSyncCommitteeAreGivenTheirDutiesInEverySlotAndOnce() {
    ActorRef<Command> scheduler = startWithMember(node(SchedulerTest::withTheMember), Set.of());
    assertThat(expected)
        .containsEntry(new DutyGroup(DutyType.SYNC_MESSAGE, FIRST_SLOT, 0), 1)
        .containsEntry(new DutyGroup(DutyType.PREPARE_SYNC_CONTRIBUTION, FIRST_SLOT, 0), 1)
        .containsEntry(new DutyGroup(DutyType.PREPARE_SYNC_CONTRIBUTION, FIRST_SLOT, 3), 1);
    passTo(CHAIN.times().startMillis(FIRST_SLOT + 1));
    assertThat(((Fetcher.Fetch) fetcher.next()).question())
        .isEqualTo(new Question.ToNameHead(FIRST_SLOT + 1));
    for (int duty = 0; duty < 3; duty++) {
      assertThat(((Assign) entity(MEMBER).next()).context().id().slot()).isEqualTo(FIRST_SLOT + 1);
    }
    awaitSlotTaken(scheduler, MEMBER);
  }

  @Test
  void membersOfTheSyncCommitteeProveSelectionsFarAheadWhereOthersDo() {
    ActorRef<Command> scheduler = startWithMember(node(SchedulerTest::withTheMember), Set.of());
    DutyId ahead =
        new DutyId(
            DutyType.PREPARE_SYNC_CONTRIBUTION, FIRST_SLOT + Chains.SLOTS_PER_EPOCH, MEMBER, 3);
    scheduler.tell(new Scheduler.Wanted(ahead.sibling(DutyType.PREPARE_SYNC_CONTRIBUTION, 1)));
    scheduler.tell(new Scheduler.Wanted(ahead));
    awaitGiven(entity(MEMBER), ahead);
  }

  @Test
  void whoIsSelectedForAPartContributesOverTheAgreedHead() {
    ActorRef<Command> scheduler = startWithMember(node(SchedulerTest::withTheMember), Set.of());
    Bytes32 head = CHAIN.blockRoot(FIRST_SLOT);
    Bytes proof = proof(some -> Selection.isSyncAggregator(CHAIN.spec().preset(), some));
    scheduler.tell(
        new Scheduler.Finished(
            ofMember(DutyType.SYNC_MESSAGE, 0),
            new Value(head.toBytes()),
            Bytes.wrap(new byte[96])));
    scheduler.tell(
        new Scheduler.Finished(
            ofMember(DutyType.PREPARE_SYNC_CONTRIBUTION, 3), new Value(Bytes.EMPTY), proof));
    assertThat(fetcher.next())
        .isEqualTo(
            fetchOfMember(
                new Question.ToContribute(FIRST_SLOT, 3, head), DutyType.SYNC_CONTRIBUTION, 3));
    assertThat(given(DutyType.SYNC_CONTRIBUTION, 3).rule())
        .isEqualTo(
            new ContributionRule(
                new DutySlot(CHAIN.spec(), CHAIN.genesis(), FIRST_SLOT),
                SEATS.validatorIndex(),
                3,
                proof,
                head));
  }

  @Test
  void whatTheSyncCommitteeSignsBeginsWithTheBlockToo() {
    FakeBeacon node = node(SchedulerTest::withTheMember);
    startWithMember(node, Set.of());
    node.tellHead(head(FIRST_SLOT, Optional.empty()));
    assertThat(fetcher.next()).isEqualTo(new Fetcher.BlockSeen(FIRST_SLOT, 0));
    assertThat(entity(MEMBER).next())
        .isEqualTo(new Tell(ofMember(DutyType.SYNC_MESSAGE, 0), new DutyInput.BeginEarly()));
    assertThat(entity(MEMBER).poll(Duration.ZERO)).isEmpty();
  }

  @Test
  void aRestartTakesUpWhatTheRunningSlotsCommitteeSignsAndEndsWhatTheLastSlotsDid() {
    DutyId over = new DutyId(DutyType.SYNC_MESSAGE, FIRST_SLOT - 1, MEMBER, 0);
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 100);
    register(
        start(KEYS, node(SchedulerTest::withTheMember).url()),
        MEMBER,
        Set.of(over, ofMember(DutyType.SYNC_MESSAGE, 0)));
    assertThat(entity(MEMBER).next()).isEqualTo(new DistributedValidator.Expire(over));
    given(DutyType.SYNC_MESSAGE, 0);
  }

  @Test
  void beaconNodesAreToldWhoSitsInTheSyncCommitteeOnceItIsKnown() {
    FakeBeacon node = node(SchedulerTest::withTheMember);
    startWithMember(node, Set.of());
    Submission told =
        Inbox.nextWhile(
            () -> {},
            () ->
                announcer
                    .poll(Inbox.BRIEFLY)
                    .map(some -> ((Announcer.Announce) some).submission())
                    .filter(some -> some.path().equals(SYNC_SUBSCRIPTIONS)));
    assertThat(told.items().stream().map(item -> item.json().get()))
        .containsExactly(
            new SyncSubscription(SEATS.validatorIndex(), SEATS.positions(), EPOCH + 1).toJson());
  }

  @Test
  void aNodeThatDoesNotTellWhoSitsInTheSyncCommitteeHoldsUpNoAttestation() {
    setClockTo(CHAIN.times().startMillis(FIRST_SLOT) + 100);
    AtomicBoolean tells = new AtomicBoolean();
    FakeBeacon node =
        node(asked ->
            asked.path().startsWith(SYNC_DUTIES) && !tells.get()
                ? Reply.failure(500)
                : withTheMember(asked));
    startWithAll(node.url());
    givenDutiesOf(FIRST_SLOT);
    tells.set(true);
    assertThat(
            ((Assign) entity(MEMBER).nextWhile(() -> TIME.timePasses(RESOLVE_AGAIN)))
                .context()
                .id())
        .isEqualTo(ofMember(DutyType.SYNC_MESSAGE, 0));
  }
}
