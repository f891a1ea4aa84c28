/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import dev.quorate.actors.announce.Announcer;
import dev.quorate.actors.errand.Errands;
import dev.quorate.actors.fetch.Fetcher;
import dev.quorate.actors.fetch.Question;
import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.beacon.client.HeadEvent;
import dev.quorate.beacon.client.IndexedValidator;
import dev.quorate.beacon.client.NodeHealth;
import dev.quorate.beacon.client.Submission;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyGroup;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyInput;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.qbft.RoundTimes;
import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.duty.DutySlot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
 * Resolves which validator does what when, a {@link Roster} for each epoch and {@link RosterKind},
 * and gives each duty to its entity at the start of its slot, or once the duties that it needs are
 * done. Rosters are resolved again when a head event names another root that they depend on, or
 * another node becomes the preferred one. When an own node has the slot's block before attestations
 * are due, on the chain that the slot's attesters depend on, fetch and duties begin at once. The
 * wall clock only maps slots to instants; waiting is done by monotonic timers.
 */
public final class Scheduler {
  private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

  /** A duty of an earlier slot is still given to an entity that comes up this many slots later. */
  private static final long LATE_SLOTS_MAX = 1;

  private static final Duration WANTED_PAUSE = Duration.ofMillis(50);

  private static final Duration RESOLVE_AGAIN = Duration.ofMillis(500);

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

  /**
   * The own client or another operator has done its part of a duty that may be {@link
   * DutyType#mayBeDoneAhead}: this operator goes along, if the validator has it.
   */
  public record Wanted(DutyId duty) implements Command {}

  /** A link to another operator came up: entities compare notes with it. */
  public record PeerUp(int operator) implements Command {}

  private record EntityStopped(int validator, ActorRef<DistributedValidator.Command> entity)
      implements Command {}

  private record SlotStarted(long slot) implements Command {}

  private record IndicesResolved(Map<Bytes, IndexedValidator> validators) implements Command {}

  private record IndicesFailed(String problem) implements Command {}

  private record ResolveIndices() implements Command {}

  private record Resolved(Rosters.Key key, Roster roster) implements Command {}

  private record ResolveFailed(Rosters.Key key, String problem) implements Command {}

  private record ResolveAgain(Rosters.Key key) implements Command {}

  private record Head(int node, HeadEvent head) implements Command {}

  private record HealthChecked() implements Command {}

  private record CheckClock() implements Command {}

  private record BeginWanted() implements Command {}

  /**
   * What the scheduler is about.
   *
   * @param validators group public keys, in the order of the cluster file
   * @param self position of this operator in the cluster file
   * @param feeRecipient of blocks, 20 bytes; empty: none are proposed
   * @param clock Unix milliseconds
   * @param ticker nanoseconds of a clock that nobody sets
   * @param clockHealth what becomes of {@code clock}
   * @param isSealed whether nothing may be signed yet; then nothing that is wanted early is begun
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
      Optional<Bytes> feeRecipient,
      LongSupplier clock,
      LongSupplier ticker,
      ClockHealth clockHealth,
      BooleanSupplier isSealed,
      Expectation expect,
      LongConsumer pruneBelow) {}

  /** Who gathers what all validators of a slot say wants to know when that is all. */
  @FunctionalInterface
  public interface Expectation {
    void duties(DutyGroup group, int duties);
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
  private final Rosters rosters;
  private final Set<Rosters.Key> resolving = new HashSet<>();
  private final Set<DutyId> unfinished = new TreeSet<>();
  private final NodeHeads heads;
  private final FinishedDuties done = new FinishedDuties();
  private final WantedDuties wanted = new WantedDuties();
  private final ClockWatch clockWatch;
  private final KillSwitch headEvents;
  private List<Long> indices = List.of();
  private long lastEpoch = -1;
  private long lastSlot = -1;
  private long begunEarly = -1;
  private int preferred;
  private boolean isHealthAsked;

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
    this.rosters = new Rosters(spec());
    this.heads = new NodeHeads(spec(), nodes.nodes().size());
    this.clockWatch = new ClockWatch(CLOCK_TOLERANCE_MILLIS, setup.clock(), setup.ticker());
    this.preferred = nodes.preferred();
    ActorRef<Command> self = context.getSelf();
    this.headEvents =
        nodes.onHeads(
            Duration.ofMillis(SILENT_SLOTS_MAX * spec().slotMillis()),
            (node, head) -> self.tell(new Head(node, head)));
  }

  private void start() {
    // Duties of the slot that is running are given as soon as they are known.
    lastSlot = currentSlot();
    // The floor rises at the next epoch's start at the earliest: a clock that was wrong when the
    // machine came up has been set by then, and that is noticed.
    lastEpoch = lastSlot < 0 ? -1 : epochOf(lastSlot);
    checkHealth(lastSlot);
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
      case Wanted(DutyId duty) -> onWanted(duty);
      case BeginWanted _ -> beginWanted();
      // It comes up again, here or in another pod, and registers there.
      case EntityStopped(int validator, var entity) -> entities.remove(validator, entity);
      case PeerUp(int operator) ->
          entities
              .values()
              .forEach(entity -> entity.tell(new DistributedValidator.PeerConnected(operator)));
      case IndicesResolved(Map<Bytes, IndexedValidator> validators) -> onIndices(validators);
      case IndicesFailed(String problem) -> {
        LOG.warn("the indices of validators are not known: {}", problem);
        onIndicesKnown();
      }
      case ResolveIndices _ -> resolveIndices();
      case Resolved(Rosters.Key key, Roster roster) -> onResolved(key, roster);
      case ResolveFailed(Rosters.Key key, String problem) -> {
        resolving.remove(key);
        LOG.warn("the duties of {} are not known: {}", key, problem);
        // Of the last epoch only what a restart left unfinished is of use, and not every node
        // tells.
        if (key.epoch() >= currentEpoch()) {
          timers.startSingleTimer(new ResolveAgain(key), RESOLVE_AGAIN);
        }
      }
      case ResolveAgain(Rosters.Key key) -> resolve(key);
      case Head(int node, HeadEvent head) -> onHead(node, head);
      case HealthChecked _ -> onHealthChecked();
      case CheckClock _ -> {
        if (clockWasSet()) {
          onSlotStarted(currentSlot());
        }
        // Before genesis no slot begins, and what has told nothing gives nothing.
        if (!isHealthAsked
            && nodes.sound().isEmpty()
            && nodes.health().stream().anyMatch(NodeHealth::isUntried)) {
          checkHealth(currentSlot());
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

  private ChainSpec spec() {
    return setup.times().spec();
  }

  private long epochOf(long slot) {
    return spec().epochOf(slot);
  }

  private long currentEpoch() {
    return epochOf(Math.max(0, currentSlot()));
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
    heads.onSlot();
    done.onSlot(current);
    checkHealth(current);
    setup.clockHealth().onSlot(current);
    long epoch = epochOf(current);
    if (epoch != lastEpoch) {
      lastEpoch = epoch;
      onEpochStarted(epoch);
    }
    // Half an epoch before its begin the assignments of the next one are settled.
    if (current - spec().firstSlotOf(epoch) >= spec().slotsPerEpoch() / 2) {
      kinds()
          .filter(kind -> kind.isKnownAhead(epoch + 1, spec()))
          .map(kind -> new Rosters.Key(kind, epoch + 1))
          .filter(key -> rosters.of(key).isEmpty())
          .forEach(this::resolve);
    }
    assign(current, _ -> true);
    // What was drawn long ahead is told again: nodes may have come up since, or duties changed.
    done.of(current + 1).forEach(this::announceAfter);
    awaitWanted();
  }

  /** Nodes of which nothing is known are asked for no duties. */
  private void checkHealth(long slot) {
    isHealthAsked = true;
    context.pipeToSelf(nodes.checkHealth(slot), (_, _) -> new HealthChecked());
  }

  private void onEpochStarted(long epoch) {
    rosters.onEpoch(epoch);
    wanted.forget(duty -> epochOf(duty.slot()) < epoch);
    expireUnfinished();
    // The fence's floor never sinks: by a clock that may be set back again it must not rise.
    if (setup.clockHealth().isSteady()) {
      // The last slot that may include an attestation is in the epoch after its own, at most.
      setup.pruneBelow().accept(spec().firstSlotOf(Math.max(0, epoch - 2)));
    }
    resolveIndices();
  }

  // ---- heads, and who tells of them

  private void onHead(int node, HeadEvent head) {
    long current = currentSlot();
    // Of a slot that has not begun: a clock is wrong, or it is made up. What no execution client
    // has
    // verified counts for nothing.
    if (head.slot() > current || head.isOptimistic() || !nodes.health().get(node).isVerified()) {
      return;
    }
    heads.put(node, head);
    if (current > lastSlot) {
      // The event overtook the timer.
      onSlotStarted(current);
    }
    for (RosterKind kind : RosterKind.values()) {
      compareRoots(node, new Rosters.Key(kind, epochOf(current)));
      compareRoots(node, new Rosters.Key(kind, epochOf(current) + 1));
    }
    if (head.slot() == current
        && now() < setup.times().attestationDueMillis(current)
        && nodes.health().get(node).isReady()
        && !isElsewhere(node, new Rosters.Key(RosterKind.ATTESTERS, epochOf(current)))) {
      beginEarly(node, current);
    }
  }

  /** Its head is on a fork on which the duties that were given would be others. */
  private boolean isElsewhere(int node, Rosters.Key key) {
    return rosters
        .of(key)
        .flatMap(Roster::dependentRoot)
        .filter(root -> heads.differs(node, key, root))
        .isPresent();
  }

  private void compareRoots(int node, Rosters.Key key) {
    boolean differs =
        !resolving.contains(key)
            && rosters
                .of(key)
                .flatMap(Roster::dependentRoot)
                .filter(root -> heads.isToHeed(node, key, root))
                .isPresent();
    if (differs) {
      LOG.debug("the duties of {} depend on another root, says node {}", key, node);
      resolve(key);
    }
  }

  /** What one node said of duties may not be what the next one says. */
  private void onHealthChecked() {
    isHealthAsked = false;
    int best = nodes.preferred();
    long epoch = currentEpoch();
    // What is under way may be an answer of the one before: then the next slot sees to it.
    if (best != preferred && resolving.stream().noneMatch(key -> key.epoch() == epoch)) {
      LOG.info("node {} is preferred now, it was node {}", best, preferred);
      preferred = best;
      resolveRunning();
      kinds()
          .map(kind -> new Rosters.Key(kind, epoch + 1))
          .filter(key -> rosters.of(key).isPresent())
          .forEach(this::resolve);
    }
  }

  private void beginEarly(int node, long slot) {
    fetcher.tell(new Fetcher.BlockSeen(slot, node));
    if (begunEarly != slot) {
      begunEarly = slot;
      rosters.at(slot).stream()
          .filter(Roster.Entry::isOfHead)
          .forEach(entry -> tell(entry.duty(), new DutyInput.BeginEarly()));
    }
  }

  // ---- who does what when

  private void resolveIndices() {
    context.pipeToSelf(
        nodes.validators(setup.validators()),
        (validators, failure) ->
            failure == null
                ? new IndicesResolved(validators)
                : new IndicesFailed(message(failure)));
  }

  private void onIndices(Map<Bytes, IndexedValidator> validators) {
    errands.tell(new Errands.Known(validators));
    indices = validators.values().stream().map(IndexedValidator::index).sorted().toList();
    if (indices.size() < setup.validators().size()) {
      LOG.warn(
          "the beacon node knows {} of {} validators", indices.size(), setup.validators().size());
    }
    onIndicesKnown();
  }

  /** If there are any, those of now or of before. */
  private void onIndicesKnown() {
    if (indices.isEmpty()) {
      timers.startSingleTimer(new ResolveIndices(), RESOLVE_AGAIN);
      return;
    }
    resolveRunning();
    // Blocks may still include attestations of the last epoch, and nothing else.
    Rosters.Key last = new Rosters.Key(RosterKind.ATTESTERS, currentEpoch() - 1);
    if (last.epoch() >= 0 && rosters.of(last).isEmpty()) {
      resolve(last);
    }
  }

  /** Of the running slot, whatever is known or asked for already. */
  private void resolveRunning() {
    kinds()
        .map(kind -> new Rosters.Key(kind, kind.epochOf(Math.max(0, currentSlot()), spec())))
        .forEach(key -> {
          resolving.remove(key);
          resolve(key);
        });
  }

  /** What nodes are asked for: who proposes only if it is known whom blocks pay. */
  private Stream<RosterKind> kinds() {
    return Stream.of(RosterKind.values())
        .filter(kind -> kind != RosterKind.PROPOSERS || setup.feeRecipient().isPresent());
  }

  private void resolve(Rosters.Key key) {
    // A clock that was set may have left a question behind that no node can answer. Without
    // indices these are asked for, over and over.
    long running = key.kind().epochOf(Math.max(0, currentSlot()), spec());
    if (Math.abs(key.epoch() - running) <= 1 && !indices.isEmpty() && resolving.add(key)) {
      context.pipeToSelf(
          ask(key),
          (roster, failure) ->
              failure == null
                  ? new Resolved(key, roster)
                  : new ResolveFailed(key, message(failure)));
    }
  }

  private CompletionStage<? extends Roster> ask(Rosters.Key key) {
    return switch (key.kind()) {
      case ATTESTERS ->
          nodes
              .attesterDuties(key.epoch(), indices, heads.majority(key))
              .thenApply(found -> AttesterRoster.of(spec(), key.epoch(), found, positions));
      case PROPOSERS ->
          nodes
              .proposerDuties(spec(), key.epoch(), heads.majority(key))
              .thenApply(found ->
                  ProposerRoster.of(
                      this::at,
                      found,
                      Math.max(
                          0,
                          key.kind().isKnownAhead(key.epoch(), spec())
                              ? key.epoch() - 1
                              : key.epoch()),
                      positions,
                      setup.feeRecipient().orElseThrow()));
      case SYNC_COMMITTEE ->
          nodes
              .syncDuties(key.epoch(), indices)
              .thenApply(found -> SyncRoster.of(spec().preset(), key.epoch(), found, positions));
    };
  }

  private static String message(Throwable failure) {
    return String.valueOf(failure.getMessage());
  }

  private void onResolved(Rosters.Key key, Roster roster) {
    resolving.remove(key);
    Optional<Roster> before = rosters.put(key, roster);
    long current = currentSlot();
    announce(roster.announcement(Math.max(0, current)));
    assignUnfinished(Set.copyOf(unfinished));
    wanted.forget(duty -> keyOf(duty).equals(key) && roster.ahead(duty).isEmpty());
    awaitWanted();
    before
        .filter(known -> !known.dependentRoot().equals(roster.dependentRoot()))
        .ifPresent(known -> {
          LOG.info("the duties of {} changed with their dependent root", key);
          takeBack(key.epoch(), known, roster);
        });
    // What was given as it is was given at the start of the slot.
    Set<Roster.Entry> changed = new HashSet<>(rosters.at(key, roster, current));
    before.ifPresent(known -> changed.removeAll(rosters.at(key, known, current)));
    if (!changed.isEmpty()) {
      assign(current, changed::contains);
    }
  }

  private void takeBack(long epoch, Roster before, Roster now) {
    long first = spec().firstSlotOf(epoch);
    for (long slot = first; slot < first + spec().slotsPerEpoch(); slot++) {
      Set<Roster.Entry> stay = Set.copyOf(now.at(slot));
      before.at(slot).stream()
          .filter(entry -> !stay.contains(entry))
          .map(Roster.Entry::duty)
          .flatMap(duty ->
              Stream.concat(
                  Stream.of(duty),
                  duty.type().dependent().map(type -> duty.sibling(type, duty.part())).stream()))
          .distinct()
          .forEach(duty -> tell(duty, new DutyInput.Reassigned()));
    }
  }

  /** What nodes should know before a duty is due. */
  private void announce(Optional<Submission> submission) {
    submission.ifPresent(some -> announcer.tell(new Announcer.Announce(some)));
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
    long current = currentSlot();
    unfinished.addAll(register.unfinished());
    register.unfinished().stream()
        .filter(duty -> duty.type().mayBeDoneAhead() && duty.slot() > current + 1)
        .forEach(wanted::add);
    expireUnfinished();
    unfinished.removeIf(duty -> duty.type().isOfPeriod());
    for (long slot = current - LATE_SLOTS_MAX; slot <= current; slot++) {
      assign(slot, entry -> entry.duty().validator() == validator);
    }
    assignUnfinished(register.unfinished());
    awaitWanted();
  }

  /** What was begun before a restart is taken up again as long as the chain can include it. */
  private void assignUnfinished(Set<DutyId> duties) {
    duties.stream()
        .map(DutyId::slot)
        .distinct()
        .flatMap(slot -> rosters.at(slot).stream())
        .filter(entry -> duties.contains(entry.duty()) && !wanted.contains(entry.duty()))
        .forEach(entry ->
            Optional.ofNullable(entities.get(entry.duty().validator()))
                .filter(_ -> unfinished.remove(entry.duty()))
                .ifPresent(entity -> give(entity, entry)));
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

  /** Gives some of a slot's duties to their entities; a duty given twice is taken once. */
  private void assign(long slot, Predicate<Roster.Entry> some) {
    List<Roster.Entry> open =
        rosters.at(slot).stream()
            .filter(entry -> entities.containsKey(entry.duty().validator()))
            .filter(entry ->
                now() < setup.times().deadlineMillis(entry.duty().type(), entry.duty().slot()))
            .toList();
    List<Roster.Entry> given = open.stream().filter(some).toList();
    if (!given.isEmpty()) {
      open.stream()
          .collect(
              Collectors.groupingBy(entry -> entry.duty().group(), Collectors.summingInt(_ -> 1)))
          .forEach(setup.expect()::duties);
      give(given);
    }
  }

  /** Each question is asked once, for all who need the answer. */
  private void give(List<Roster.Entry> entries) {
    Map<Question, List<Fetcher.Recipient>> recipients = new LinkedHashMap<>();
    for (Roster.Entry entry : entries) {
      DutyId duty = entry.duty();
      ActorRef<DistributedValidator.Command> entity = entities.get(duty.validator());
      if (entity != null) {
        give(entity, entry);
        entry
            .question()
            .ifPresent(question ->
                recipients
                    .computeIfAbsent(question, _ -> new ArrayList<>())
                    .add(new Fetcher.Recipient(duty, entity)));
        if (duty.slot() == begunEarly && entry.isOfHead()) {
          tell(duty, new DutyInput.BeginEarly());
        }
      }
    }
    recipients.forEach((question, those) ->
        fetcher.tell(
            new Fetcher.Fetch(
                question,
                setup.times().dueMillis(those.getFirst().duty().type(), question.slot()),
                those)));
  }

  private void give(ActorRef<DistributedValidator.Command> entity, Roster.Entry entry) {
    DutyId duty = entry.duty();
    entity.tell(
        DistributedValidator.Assign.of(
            duty,
            // A block is each proposer's own.
            duty.type() == DutyType.PROPOSER ? duty.slot() + duty.validator() : duty.slot(),
            setup.quorum(),
            setup.threshold(),
            setup.self(),
            setup.rounds(),
            setup.times(),
            entry.assignment()));
  }

  private void onWanted(DutyId duty) {
    Rosters.Key key = keyOf(duty);
    boolean mayHave =
        resolving.contains(key)
            || rosters.of(key).map(roster -> roster.ahead(duty).isPresent()).orElse(true);
    if (mayHave && wanted.add(duty)) {
      awaitWanted();
    }
  }

  private void awaitWanted() {
    BeginWanted begin = new BeginWanted();
    if (!timers.isTimerActive(begin)) {
      timers.startSingleTimer(begin, begin, WANTED_PAUSE);
    }
  }

  /**
   * Those whose epoch is not known wait until it is, as do those whose entity is not up, and those
   * of which the guard would say that they are too far ahead.
   */
  private void beginWanted() {
    if (setup.isSealed().getAsBoolean()) {
      return;
    }
    wanted.keys(this::keyOf).stream()
        .filter(key -> rosters.of(key).isEmpty())
        .filter(key -> !timers.isTimerActive(new ResolveAgain(key)))
        .forEach(this::resolve);
    long current = currentSlot();
    List<DutyId> those =
        wanted.take(duty ->
            entities.containsKey(duty.validator())
                && rosters.of(keyOf(duty)).isPresent()
                && duty.slot() <= current + duty.type().slotsAhead());
    those.stream()
        .flatMap(duty -> rosters.of(keyOf(duty)).orElseThrow().ahead(duty).stream())
        .forEach(entry ->
            Optional.ofNullable(entities.get(entry.duty().validator()))
                .ifPresent(entity -> {
                  give(entity, entry);
                  tell(entry.duty(), new DutyInput.BeginEarly());
                }));
    if (!those.isEmpty()) {
      awaitWanted();
    }
  }

  private Rosters.Key keyOf(DutyId selection) {
    RosterKind kind = RosterKind.ofSelection(selection.type());
    return new Rosters.Key(kind, kind.epochOf(selection.slot(), spec()));
  }

  private DutySlot at(long slot) {
    return new DutySlot(spec(), setup.times().genesis(), slot);
  }

  private void onFinished(Finished finished) {
    done.add(finished);
    give(rosters.after(finished, done));
    announceAfter(finished);
  }

  private void announceAfter(Finished finished) {
    rosters.announcements(finished).forEach(this::announce);
  }
}
