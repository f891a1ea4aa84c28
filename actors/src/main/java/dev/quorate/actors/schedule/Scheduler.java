/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import dev.quorate.actors.announce.Announcer;
import dev.quorate.actors.errand.Errands;
import dev.quorate.actors.fetch.Fetcher;
import dev.quorate.actors.fetch.Question;
import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.beacon.client.AttesterDuties;
import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.beacon.client.HeadEvent;
import dev.quorate.beacon.client.IndexedValidator;
import dev.quorate.beacon.client.Submission;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyContext;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyInput;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.qbft.RoundTimes;
import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.Selection;
import dev.quorate.ethereum.message.CommitteeSubscription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.stream.KillSwitch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resolves which validator attests when, and gives each duty to its entity at the start of its
 * slot. Assignments are resolved again when a head event names another root that they depend on, or
 * another node becomes the preferred one. When an own node has the slot's block before attestations
 * are due, fetch and duties begin at once. The wall clock only maps slots to instants; waiting is
 * done by monotonic timers.
 */
public final class Scheduler {
  private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

  /** A duty of an earlier slot is still given to an entity that comes up this many slots later. */
  private static final long LATE_SLOTS_MAX = 1;

  private static final Duration RESOLVE_AGAIN = Duration.ofMillis(500);

  /** A node may make us resolve an epoch again so often in a slot, whatever its events say. */
  static final int RESOLVES_PER_SLOT_NODE_AND_EPOCH_MAX = 1;

  /** Blocks may be missing; a stream of head events that is silent for longer is dead. */
  private static final int SILENT_SLOTS_MAX = 3;

  private static final Duration CLOCK_CHECK = Duration.ofSeconds(1);

  /** MAXIMUM_GOSSIP_CLOCK_DISPARITY: what the network forgives is no step. */
  private static final long CLOCK_TOLERANCE_MILLIS = 500;

  public sealed interface Command {}

  /**
   * An entity came up in this pod and takes the validator's duties from now on.
   *
   * @param unfinished what its journal says was begun, and may still be of use
   */
  public record Register(
      int validator, ActorRef<DistributedValidator.Command> entity, Set<DutyId> unfinished)
      implements Command {
    public Register {
      unfinished = Set.copyOf(unfinished);
    }
  }

  /**
   * A duty of an entity in this pod is done.
   *
   * @param value what was agreed on, or given
   * @param signature the group's, 96 bytes, durable
   */
  public record Finished(DutyId duty, Value value, Bytes signature) implements Command {}

  /** A link to another operator came up: entities compare notes with it. */
  public record PeerUp(int operator) implements Command {}

  private record EntityStopped(int validator, ActorRef<DistributedValidator.Command> entity)
      implements Command {}

  private record SlotStarted(long slot) implements Command {}

  private record IndicesResolved(Map<Bytes, IndexedValidator> validators) implements Command {}

  private record Resolved(long epoch, AttesterDuties duties) implements Command {}

  private record ResolveFailed(long epoch, String problem) implements Command {}

  private record ResolveAgain(long epoch) implements Command {}

  private record Head(int node, HeadEvent head) implements Command {}

  private record HealthChecked() implements Command {}

  private record CheckClock() implements Command {}

  /**
   * What the scheduler is about.
   *
   * @param validators group public keys, in the order of the cluster file
   * @param self position of this operator in the cluster file
   * @param clock Unix milliseconds
   * @param ticker nanoseconds of a clock that nobody sets
   * @param clockHealth what becomes of {@code clock}
   * @param expect told how many duties of a slot this pod has
   * @param pruneBelow told once an epoch below which slot no duty is open any more
   */
  public record Setup(
      SlotTimes times,
      List<Bytes> validators,
      Quorum quorum,
      int threshold,
      int self,
      RoundTimes rounds,
      LongSupplier clock,
      LongSupplier ticker,
      ClockHealth clockHealth,
      Expectation expect,
      LongConsumer pruneBelow) {}

  /** Who gathers what all validators of a slot say wants to know when that is all. */
  @FunctionalInterface
  public interface Expectation {
    void duties(DutyType type, long slot, int duties);
  }

  private final Setup setup;
  private final BeaconNodes nodes;
  private final ActorRef<Fetcher.Command> fetcher;
  private final ActorRef<Announcer.Command> announcer;
  private final ActorRef<Errands.Command> errands;
  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;

  private final Map<Integer, ActorRef<DistributedValidator.Command>> entities = new HashMap<>();
  private final Map<Bytes, Integer> positions = new HashMap<>();
  private final TreeMap<Long, Epoch> epochs = new TreeMap<>();
  private final Set<Long> resolving = new HashSet<>();
  private final Set<DutyId> unfinished = new TreeSet<>();
  private final Map<Integer, HeadEvent> heads = new HashMap<>();
  private final Map<Claim, Integer> heeded = new HashMap<>();
  private final Awaited awaited = new Awaited();
  private final ClockWatch clockWatch;
  private final KillSwitch headEvents;
  private List<Long> indices = List.of();
  private long lastEpoch = -1;
  private long lastSlot = -1;
  private long begunEarly = -1;
  private int preferred;

  /** That an epoch's duties hang on another root, says a node. */
  private record Claim(int node, long epoch) {}

  /** The assignments of one epoch, and the root that they hang on. */
  private record Epoch(Bytes32 dependentRoot, NavigableMap<DutyId, AttesterDuty> duties) {
    /** A part of the map: what a slot costs does not depend on how many validators there are. */
    NavigableMap<DutyId, AttesterDuty> of(long slot) {
      return duties.subMap(DutyId.attester(slot, 0), true, DutyId.attester(slot + 1, 0), false);
    }
  }

  public static Behavior<Command> create(
      Setup setup,
      BeaconNodes nodes,
      ActorRef<Fetcher.Command> fetcher,
      ActorRef<Announcer.Command> announcer,
      ActorRef<Errands.Command> errands) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(timers -> {
          Scheduler scheduler =
              new Scheduler(setup, nodes, fetcher, announcer, errands, context, timers);
          scheduler.start();
          return Behaviors.receive(Command.class)
              .onAnyMessage(scheduler::on)
              .onSignal(PostStop.class, _ -> scheduler.onStop())
              .build();
        }));
  }

  private Scheduler(
      Setup setup,
      BeaconNodes nodes,
      ActorRef<Fetcher.Command> fetcher,
      ActorRef<Announcer.Command> announcer,
      ActorRef<Errands.Command> errands,
      ActorContext<Command> context,
      TimerScheduler<Command> timers) {
    this.setup = setup;
    this.nodes = nodes;
    this.fetcher = fetcher;
    this.announcer = announcer;
    this.errands = errands;
    this.context = context;
    this.timers = timers;
    for (int position = 0; position < setup.validators().size(); position++) {
      positions.put(setup.validators().get(position), position);
    }
    this.clockWatch = new ClockWatch(CLOCK_TOLERANCE_MILLIS, setup.clock(), setup.ticker());
    this.preferred = nodes.preferred();
    ActorRef<Command> self = context.getSelf();
    this.headEvents =
        nodes.onHeads(
            Duration.ofMillis(SILENT_SLOTS_MAX * setup.times().spec().slotMillis()),
            (node, head) -> self.tell(new Head(node, head)));
  }

  private void start() {
    // Duties of the slot that is running are given as soon as they are known.
    lastSlot = currentSlot();
    // The floor rises at the next epoch's start at the earliest: a clock that was wrong when the
    // machine came up has been set by then, and that is noticed.
    lastEpoch = lastSlot < 0 ? -1 : epochOf(lastSlot);
    resolveIndices();
    awaitNextSlot();
    timers.startTimerWithFixedDelay(new CheckClock(), CLOCK_CHECK);
  }

  private Behavior<Command> onStop() {
    headEvents.shutdown();
    return Behaviors.same();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case SlotStarted(long slot) -> onSlotStarted(slot);
      case Register register -> onRegister(register);
      case Finished finished -> onFinished(finished);
      // It comes up again, here or in another pod, and registers there.
      case EntityStopped(int validator, var entity) -> entities.remove(validator, entity);
      case PeerUp(int operator) ->
          entities
              .values()
              .forEach(entity -> entity.tell(new DistributedValidator.PeerConnected(operator)));
      case IndicesResolved(Map<Bytes, IndexedValidator> validators) -> onIndices(validators);
      case Resolved(long epoch, AttesterDuties duties) -> onResolved(epoch, duties);
      case ResolveFailed(long epoch, String problem) -> {
        resolving.remove(epoch);
        LOG.warn("the duties of epoch {} are not known: {}", epoch, problem);
        // Of the last epoch only what a restart left unfinished is of use, and not every node
        // tells.
        if (epoch >= epochOf(Math.max(0, currentSlot()))) {
          timers.startSingleTimer(new ResolveAgain(epoch), RESOLVE_AGAIN);
        }
      }
      case ResolveAgain(long epoch) -> resolve(epoch);
      case Head(int node, HeadEvent head) -> onHead(node, head);
      case HealthChecked _ -> onHealthChecked();
      case CheckClock _ -> {
        if (clockWasSet()) {
          onSlotStarted(currentSlot());
        }
      }
    }
    return Behaviors.same();
  }

  // ---- time

  private long now() {
    return setup.clock().getAsLong();
  }

  private long currentSlot() {
    return setup.times().slotAt(now());
  }

  private long epochOf(long slot) {
    return setup.times().spec().epochOf(slot);
  }

  /** A clock that is set meanwhile is noticed by {@link #clockWasSet}. */
  private void awaitNextSlot() {
    long slot = Math.max(0, currentSlot() + 1);
    timers.startSingleTimer(
        "slot",
        new SlotStarted(slot),
        Duration.ofMillis(Math.max(0, setup.times().startMillis(slot) - now())));
  }

  private boolean clockWasSet() {
    OptionalLong step = clockWatch.observe();
    step.ifPresent(millis -> {
      setup.clockHealth().onStep(millis, currentSlot());
      LOG.warn(
          "the clock was set by {} ms: it is slot {} now, the last one was {}",
          millis,
          currentSlot(),
          lastSlot);
    });
    return step.isPresent();
  }

  private void onSlotStarted(long slot) {
    clockWasSet();
    long current = currentSlot();
    awaitNextSlot();
    // A timer that ran ahead, or a clock that was set back: the slot is still to come.
    if (current < Math.max(0, slot) || current == lastSlot) {
      return;
    }
    lastSlot = current;
    heeded.clear();
    awaited.onSlot(current);
    context.pipeToSelf(nodes.checkHealth(current), (_, _) -> new HealthChecked());
    setup.clockHealth().onSlot(current);
    long epoch = epochOf(current);
    if (epoch != lastEpoch) {
      lastEpoch = epoch;
      onEpochStarted(epoch);
    }
    // Half an epoch before its begin the assignments of the next one are settled.
    if (current - setup.times().spec().firstSlotOf(epoch)
            >= setup.times().spec().slotsPerEpoch() / 2
        && !epochs.containsKey(epoch + 1)) {
      resolve(epoch + 1);
    }
    assign(current, entities.keySet());
    select(current + 1, entities.keySet());
  }

  private void onEpochStarted(long epoch) {
    epochs.headMap(epoch - 1).clear();
    epochs.tailMap(epoch + 1, false).clear();
    expireUnfinished();
    // The fence's floor never sinks: by a clock that may be set back again it must not rise.
    if (setup.clockHealth().isSteady()) {
      // The last slot that may include an attestation is in the epoch after its own, at most.
      setup.pruneBelow().accept(setup.times().spec().firstSlotOf(Math.max(0, epoch - 2)));
    }
    resolveIndices();
  }

  // ---- heads, and who tells of them

  private void onHead(int node, HeadEvent head) {
    long current = currentSlot();
    // Of a slot that has not begun: a clock is wrong, or it is made up.
    if (head.slot() > current) {
      return;
    }
    heads.put(node, head);
    if (current > lastSlot) {
      // The event overtook the timer.
      onSlotStarted(current);
    }
    compareRoots(node, head, epochOf(current));
    compareRoots(node, head, epochOf(current) + 1);
    if (head.slot() == current
        && !head.isOptimistic()
        && now() < setup.times().attestationDueMillis(current)
        && nodes.health().get(node).isReady()) {
      beginEarly(node, current);
    }
  }

  /**
   * Heads repeat the roots that they depend on, so one that is passed over here is heard again in
   * the next slot.
   */
  private void compareRoots(int node, HeadEvent head, long epoch) {
    Epoch known = epochs.get(epoch);
    boolean differs =
        known != null
            && head.attesterDependentRoot(epoch, setup.times().spec())
                .filter(root -> !root.equals(known.dependentRoot()))
                .isPresent();
    if (differs
        && !resolving.contains(epoch)
        && heeded.merge(new Claim(node, epoch), 1, Integer::sum)
            <= RESOLVES_PER_SLOT_NODE_AND_EPOCH_MAX) {
      LOG.debug("the duties of epoch {} depend on another root, says node {}", epoch, node);
      resolve(epoch);
    }
  }

  /**
   * Those whose heads agree on the root that an epoch's duties depend on, if they are more than
   * half of all our nodes: a single one that lies or is stuck does not outvote them.
   */
  private Set<Integer> majority(long epoch) {
    Map<Bytes32, Set<Integer>> nodesByRoot = new HashMap<>();
    heads.forEach((node, head) ->
        head.attesterDependentRoot(epoch, setup.times().spec())
            .ifPresent(root -> nodesByRoot.computeIfAbsent(root, _ -> new HashSet<>()).add(node)));
    return nodesByRoot.values().stream()
        .filter(agreeing -> 2 * agreeing.size() > nodes.nodes().size())
        .findFirst()
        .orElse(Set.of());
  }

  /** What one node said of duties may not be what the next one says. */
  private void onHealthChecked() {
    int best = nodes.preferred();
    long epoch = epochOf(Math.max(0, currentSlot()));
    // What is under way may be an answer of the one before: then the next slot sees to it.
    if (best != preferred && !resolving.contains(epoch)) {
      LOG.info("node {} is preferred now, it was node {}", best, preferred);
      preferred = best;
      resolve(epoch);
      if (epochs.containsKey(epoch + 1)) {
        resolve(epoch + 1);
      }
    }
  }

  private void beginEarly(int node, long slot) {
    fetcher.tell(new Fetcher.BlockSeen(slot, node));
    Epoch epoch = epochs.get(epochOf(slot));
    if (begunEarly != slot && epoch != null) {
      begunEarly = slot;
      epoch.of(slot).keySet().forEach(duty -> tell(duty, new DutyInput.BeginEarly()));
    }
  }

  // ---- who attests when

  private void resolveIndices() {
    context.pipeToSelf(
        nodes.validators(setup.validators()),
        (validators, failure) ->
            failure == null
                ? new IndicesResolved(validators)
                : new ResolveFailed(epochOf(Math.max(0, currentSlot())), message(failure)));
  }

  private void onIndices(Map<Bytes, IndexedValidator> validators) {
    errands.tell(new Errands.Known(validators));
    indices = validators.values().stream().map(IndexedValidator::index).sorted().toList();
    if (indices.size() < setup.validators().size()) {
      LOG.warn(
          "the beacon node knows {} of {} validators", indices.size(), setup.validators().size());
    }
    long epoch = epochOf(Math.max(0, currentSlot()));
    resolving.remove(epoch);
    if (indices.isEmpty()) {
      timers.startSingleTimer(new ResolveAgain(epoch), RESOLVE_AGAIN);
      return;
    }
    resolve(epoch);
    if (epoch > 0 && !epochs.containsKey(epoch - 1)) {
      resolve(epoch - 1);
    }
  }

  private void resolve(long epoch) {
    // A clock that was set may have left a question behind that no node can answer.
    if (Math.abs(epoch - epochOf(Math.max(0, currentSlot()))) > 1) {
      return;
    }
    if (indices.isEmpty()) {
      resolveIndices();
      return;
    }
    if (resolving.add(epoch)) {
      context.pipeToSelf(
          nodes.attesterDuties(epoch, indices, majority(epoch)),
          (duties, failure) ->
              failure == null
                  ? new Resolved(epoch, duties)
                  : new ResolveFailed(epoch, message(failure)));
    }
  }

  private static String message(Throwable failure) {
    return String.valueOf(failure.getMessage());
  }

  private void onResolved(long epoch, AttesterDuties resolved) {
    resolving.remove(epoch);
    NavigableMap<DutyId, AttesterDuty> duties = new TreeMap<>();
    for (AttesterDuty duty : resolved.duties()) {
      Integer position = positions.get(duty.pubkey());
      if (position != null && epochOf(duty.slot()) == epoch) {
        duties.put(DutyId.attester(duty.slot(), position), duty);
      }
    }
    Epoch known = new Epoch(resolved.dependentRoot(), duties);
    Epoch before = epochs.put(epoch, known);
    assignUnfinished(known);
    if (before != null && !before.dependentRoot().equals(resolved.dependentRoot())) {
      LOG.info("the duties of epoch {} changed with their dependent root", epoch);
      before.duties().keySet().stream()
          .filter(duty -> !Objects.equals(before.duties().get(duty), duties.get(duty)))
          .forEach(duty -> tell(duty, new DutyInput.Reassigned()));
    }
    long current = currentSlot();
    // What was given as it is was given at the start of the slot.
    Set<Integer> changed =
        duties.entrySet().stream()
            .filter(duty ->
                before == null || !duty.getValue().equals(before.duties().get(duty.getKey())))
            .map(duty -> duty.getKey().validator())
            .collect(Collectors.toSet());
    if (epochOf(Math.max(0, current)) == epoch) {
      assign(current, changed);
    }
    if (epochOf(Math.max(0, current + 1)) == epoch) {
      select(current + 1, changed);
    }
    // Nodes look for peers in these committees; who aggregates is told once it is drawn.
    announcer.tell(
        new Announcer.Announce(
            subscriptions(
                duties.values().stream().filter(duty -> duty.slot() >= current).toList(), false)));
  }

  private static Submission subscriptions(List<AttesterDuty> duties, boolean isAggregator) {
    return Submission.committeeSubscriptions(
        duties.stream()
            .map(duty ->
                new CommitteeSubscription(
                    duty.validatorIndex(),
                    duty.committeeIndex(),
                    duty.committeesAtSlot(),
                    duty.slot(),
                    isAggregator))
            .toList());
  }

  private void tell(DutyId duty, DutyInput input) {
    Optional.ofNullable(entities.get(duty.validator()))
        .ifPresent(entity -> entity.tell(new DistributedValidator.Tell(duty, input)));
  }

  // ---- giving duties away

  private void onRegister(Register register) {
    int validator = register.validator();
    entities.put(validator, register.entity());
    context.watchWith(register.entity(), new EntityStopped(validator, register.entity()));
    unfinished.addAll(register.unfinished());
    expireUnfinished();
    unfinished.removeIf(duty -> Errands.gives(duty.type()));
    long current = currentSlot();
    for (long slot = current - LATE_SLOTS_MAX; slot <= current; slot++) {
      assign(slot, Set.of(validator));
    }
    select(current + 1, Set.of(validator));
    epochs.values().forEach(this::assignUnfinished);
  }

  /** What was begun before a restart is taken up again as long as the chain can include it. */
  private void assignUnfinished(Epoch epoch) {
    for (DutyId duty : List.copyOf(unfinished)) {
      AttesterDuty definition = epoch.duties().get(duty);
      ActorRef<DistributedValidator.Command> entity = entities.get(duty.validator());
      if (definition != null && entity != null) {
        unfinished.remove(duty);
        give(entity, duty, new Assignment.Attestation(definition));
      }
    }
  }

  private void expireUnfinished() {
    for (DutyId duty : List.copyOf(unfinished)) {
      if (setup.times().deadlineMillis(duty.type(), duty.slot()) <= now()) {
        unfinished.remove(duty);
        Optional.ofNullable(entities.get(duty.validator()))
            .ifPresent(entity -> entity.tell(new DistributedValidator.Expire(duty)));
      }
    }
  }

  /** Gives the duties of a slot to these validators' entities; a duty given twice is taken once. */
  private void assign(long slot, Set<Integer> validators) {
    Epoch epoch = slot < 0 ? null : epochs.get(epochOf(slot));
    if (epoch == null) {
      return;
    }
    List<Fetcher.Recipient> recipients = new ArrayList<>();
    int duties = 0;
    for (Map.Entry<DutyId, AttesterDuty> entry : epoch.of(slot).entrySet()) {
      DutyId duty = entry.getKey();
      ActorRef<DistributedValidator.Command> entity = entities.get(duty.validator());
      if (entity == null) {
        continue;
      }
      duties++;
      if (validators.contains(duty.validator())) {
        give(entity, duty, new Assignment.Attestation(entry.getValue()));
        recipients.add(new Fetcher.Recipient(duty, entity));
        if (slot == begunEarly) {
          tell(duty, new DutyInput.BeginEarly());
        }
      }
    }
    if (!recipients.isEmpty()) {
      setup.expect().duties(DutyType.ATTESTER, slot, duties);
      // Each signs a message of its own.
      setup.expect().duties(DutyType.AGGREGATOR, slot, 1);
      fetch(new Question.ToAttest(slot), DutyType.ATTESTER, recipients);
    }
    // Of those that came late: the others know by now.
    select(slot, validators);
  }

  /** Lets these validators' entities find out who of them aggregates in a slot. */
  private void select(long slot, Set<Integer> validators) {
    Epoch epoch = slot < 0 ? null : epochs.get(epochOf(slot));
    if (epoch == null) {
      return;
    }
    List<DutyId> duties =
        epoch.of(slot).keySet().stream()
            .filter(duty -> entities.containsKey(duty.validator()))
            .map(duty -> duty.sibling(DutyType.PREPARE_AGGREGATOR))
            .toList();
    if (duties.stream().anyMatch(duty -> validators.contains(duty.validator()))) {
      setup.expect().duties(DutyType.PREPARE_AGGREGATOR, slot, duties.size());
    }
    for (DutyId duty : duties) {
      if (validators.contains(duty.validator())) {
        Optional.ofNullable(entities.get(duty.validator()))
            .ifPresent(entity -> give(entity, duty, new Assignment.AggregatorSelection()));
      }
    }
  }

  private void fetch(Question question, DutyType type, List<Fetcher.Recipient> recipients) {
    fetcher.tell(
        new Fetcher.Fetch(question, setup.times().dueMillis(type, question.slot()), recipients));
  }

  private void give(
      ActorRef<DistributedValidator.Command> entity, DutyId duty, Assignment assignment) {
    SlotTimes times = setup.times();
    entity.tell(
        new DistributedValidator.Assign(
            new DutyContext(
                duty,
                setup.quorum(),
                setup.threshold(),
                setup.self(),
                duty.slot(),
                setup.rounds(),
                assignment.rule(new DutySlot(times.spec(), times.genesis(), duty.slot())),
                times.dueMillis(duty.type(), duty.slot()),
                times.deadlineMillis(duty.type(), duty.slot())),
            assignment));
  }

  // ---- what others wait for

  private void onFinished(Finished finished) {
    DutyId duty = finished.duty();
    AttesterDuty definition =
        Optional.ofNullable(epochs.get(epochOf(duty.slot())))
            .map(epoch -> epoch.duties().get(duty.sibling(DutyType.ATTESTER)))
            .orElse(null);
    if (definition == null) {
      return;
    }
    DutyId aggregator = duty.sibling(DutyType.AGGREGATOR);
    switch (duty.type()) {
      case PREPARE_AGGREGATOR -> {
        if (Selection.isAggregator(definition.committeeLength(), finished.signature())) {
          announcer.tell(new Announcer.Announce(subscriptions(List.of(definition), true)));
          awaited
              .selected(aggregator, finished.signature())
              .ifPresent(ready -> aggregate(ready, definition));
        }
      }
      case ATTESTER ->
          awaited
              .agreed(aggregator, signed(finished.value(), definition))
              .ifPresent(ready -> aggregate(ready, definition));
      case PROPOSER,
          EXIT,
          BUILDER_REGISTRATION,
          RANDAO,
          AGGREGATOR,
          SYNC_MESSAGE,
          PREPARE_SYNC_CONTRIBUTION,
          SYNC_CONTRIBUTION -> {}
    }
  }

  private AttestationData signed(Value agreed, AttesterDuty definition) {
    return AttestationData.decode(agreed.content())
        .orElseThrow()
        .assigned(definition, setup.times().spec().forkAtSlot(definition.slot()));
  }

  private void aggregate(Awaited.Ready ready, AttesterDuty definition) {
    DutyId duty = ready.duty();
    ActorRef<DistributedValidator.Command> entity = entities.get(duty.validator());
    if (entity != null) {
      give(
          entity,
          duty,
          new Assignment.Aggregation(
              definition, ready.selectionProof(), ready.data().hashTreeRoot()));
      fetch(
          new Question.ToAggregate(
              setup.times().spec().forkAtSlot(duty.slot()),
              ready.data(),
              definition.committeeIndex()),
          DutyType.AGGREGATOR,
          List.of(new Fetcher.Recipient(duty, entity)));
    }
  }
}
