/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.validator;

import dev.quorate.actors.aggregate.Aggregator;
import dev.quorate.actors.broadcast.Broadcaster;
import dev.quorate.actors.sign.ShareSource;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.CoValidator;
import dev.quorate.consensus.duty.CoValidator.Input;
import dev.quorate.consensus.duty.CoValidator.Plan;
import dev.quorate.consensus.duty.CoValidator.Request;
import dev.quorate.consensus.duty.DutyContext;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyInput;
import dev.quorate.consensus.duty.DutyLedger;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.DutyOutput;
import dev.quorate.consensus.duty.DutyTimer;
import dev.quorate.consensus.duty.GuardVerdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.consensus.qbft.QbftInstance;
import dev.quorate.consensus.qbft.RoundTimes;
import dev.quorate.consensus.qbft.Vote;
import dev.quorate.consensus.qbft.VoteKind;
import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.persistence.event.ChainedEvent;
import dev.quorate.persistence.event.EntitySnapshot;
import dev.quorate.persistence.event.EventCodec;
import dev.quorate.persistence.fence.Activation;
import dev.quorate.wire.Outgoing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.javadsl.CommandHandlerWithReply;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehaviorWithEnforcedReplies;
import org.apache.pekko.persistence.typed.javadsl.ReplyEffect;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;

/**
 * This operator's part of one distributed validator, one entity in its cluster. It turns commands
 * into inputs of {@link CoValidator}, makes the events of the answer durable, and does what the
 * answer asks for, in its order. What was not durable when it stopped did not happen.
 */
public final class DistributedValidator
    extends EventSourcedBehaviorWithEnforcedReplies<
        DistributedValidator.Command, ChainedEvent, DistributedValidator.Journaled> {

  /** The entity's id is the group's public key in hexadecimal. */
  public static final EntityTypeKey<Command> TYPE =
      EntityTypeKey.create(Command.class, "distributed-validator");

  /** At least. */
  private static final int EVENTS_PER_SNAPSHOT = 100;

  /**
   * So many more at most, lest validators that do the same duties take their snapshots, and delete
   * what these cover, in the same slot.
   */
  private static final int EVENTS_PER_SNAPSHOT_SPREAD = 64;

  private static final int SNAPSHOTS_KEPT = 2;

  private static final Duration LOAD_AGAIN = Duration.ofSeconds(1);

  // ---- commands

  public sealed interface Command {}

  /** The chain assigns a duty. */
  public record Assign(DutyContext context, Assignment assignment) implements Command {
    /**
     * @param leaderOffset see {@link QbftInstance}
     * @param self position of this operator in the cluster file
     */
    public static Assign of(
        DutyId duty,
        long leaderOffset,
        Quorum quorum,
        int threshold,
        int self,
        RoundTimes rounds,
        SlotTimes times,
        Assignment assignment) {
      return new Assign(
          new DutyContext(
              duty,
              quorum,
              threshold,
              self,
              leaderOffset,
              rounds,
              assignment.rule(new DutySlot(times.spec(), times.genesis(), duty.slot())),
              times.dueMillis(duty.type(), duty.slot()),
              times.deadlineMillis(duty.type(), duty.slot())),
          assignment);
    }
  }

  /** Data, answers and timers of one duty. */
  public record Tell(DutyId duty, DutyInput input) implements Command {}

  /**
   * Messages of one operator: a peer, or this one whose votes come back.
   *
   * @param serial numbers the mail of one mailroom
   * @param receipts told once the entity has taken in this mail, and with it all before; empty
   *     where none is due
   */
  public record Deliver(
      List<DutyMessage> messages, long serial, Optional<ActorRef<Receipt>> receipts)
      implements Command {
    public Deliver {
      messages = List.copyOf(messages);
    }
  }

  /** The validator's entity has taken in what was delivered up to this number, or never got it. */
  public record Receipt(int validator, long serial) {}

  /** A link to an operator came up. */
  public record PeerConnected(int operator) implements Command {}

  /** The deadline passed of a duty that this entity's journal knows as begun. */
  public record Expire(DutyId duty) implements Command {}

  /** What is durable, for whoever asks. */
  public record Describe(ActorRef<Journaled> replyTo) implements Command {}

  /**
   * The entity is to live elsewhere: duties that are under way are done, though none beyond two
   * thirds of the slot, and no other is begun.
   */
  public record FinishThenStop() implements Command {}

  private record Stop() implements Command {}

  /** What came of a duty that is not open by now is of no use. */
  private record Abandon(DutyId duty) implements Command {}

  /** A value that messages wait for may have come, or not. */
  private record Look(DutyId duty, Bytes32 value) implements Command {}

  /**
   * What the journal of an assigned duty names has been looked for.
   *
   * @param value empty if it is gone
   */
  private record Loaded(Assign assign, Optional<Value> value) implements Command {}

  private record LoadFailed(Assign assign) implements Command {}

  // ---- state

  /** The durable state: the ledger, and the hash of the last event, which the next one carries. */
  public record Journaled(Bytes32 lastHash, DutyLedger ledger) {
    public static final Journaled EMPTY = new Journaled(Bytes32.ZERO, DutyLedger.EMPTY);

    public Journaled apply(ChainedEvent event) {
      return new Journaled(event.hashAfter(lastHash), ledger.apply(event.event()));
    }

    /** The events as the rows that follow. */
    public List<ChainedEvent> chain(List<DutyEvent> events) {
      List<ChainedEvent> chained = new ArrayList<>(events.size());
      for (DutyEvent event : events) {
        Bytes32 previous = chained.isEmpty() ? lastHash : chained.getLast().hash();
        chained.add(EventCodec.chain(previous, event));
      }
      return chained;
    }

    public EntitySnapshot toSnapshot() {
      return new EntitySnapshot(lastHash, ledger.events());
    }

    public static Journaled of(EntitySnapshot snapshot) {
      DutyLedger ledger = DutyLedger.EMPTY;
      for (DutyEvent event : snapshot.recent()) {
        ledger = ledger.apply(event);
      }
      return new Journaled(snapshot.lastHash(), ledger);
    }
  }

  private final Identity identity;
  private final Activation activation;
  private final long startedMillis;
  private final Services services;
  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final ActorRef<Aggregator.Answer> aggregates;
  private final ActorRef<Broadcaster.Answer> submissions;
  private final Map<DutyId, Assignment> assignments = new HashMap<>();
  private final Set<DutyId> underway = new HashSet<>();
  private final Depot depot;
  private boolean leaving;
  private CoValidator.State state = CoValidator.State.INITIAL;

  public static Behavior<Command> create(Identity identity, Services services) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(
            timers -> new DistributedValidator(identity, services, context, timers)));
  }

  /** Under which the journal holds the rows of the validator of a group key (48 bytes). */
  public static String persistenceId(Bytes groupKey) {
    return PersistenceId.of(TYPE.name(), groupKey.hex()).id();
  }

  private DistributedValidator(
      Identity identity,
      Services services,
      ActorContext<Command> context,
      TimerScheduler<Command> timers) {
    super(PersistenceId.ofUniqueId(persistenceId(identity.groupKey())));
    this.identity = identity;
    this.services = services;
    this.activation = services.activations().get();
    this.startedMillis = services.clock().getAsLong();
    this.depot = new Depot(services.depots(), services.self());
    this.context = context;
    this.timers = timers;
    this.aggregates =
        context.messageAdapter(
            Aggregator.Answer.class, answer -> new Tell(answer.duty(), answer.input()));
    this.submissions =
        context.messageAdapter(
            Broadcaster.Answer.class,
            answer -> new Tell(answer.duty(), new DutyInput.Submitted(answer.outcome())));
  }

  @Override
  public Journaled emptyState() {
    return Journaled.EMPTY;
  }

  @Override
  public CommandHandlerWithReply<Command, ChainedEvent, Journaled> commandHandler() {
    return (journaled, command) ->
        switch (command) {
          case Assign assign -> onAssign(journaled, assign);
          case Tell(DutyId duty, DutyInput input) -> on(journaled, new Input.ForDuty(duty, input));
          case Deliver(List<DutyMessage> messages, long serial, var receipts) -> {
            receipts.ifPresent(to -> to.tell(new Receipt(identity.position(), serial)));
            yield onMail(journaled, messages);
          }
          case Look(DutyId duty, Bytes32 value) -> onLook(duty, value);
          case Abandon(DutyId duty) -> onAbandon(duty);
          case Loaded(Assign assign, Optional<Value> value) -> onLoaded(journaled, assign, value);
          case LoadFailed(Assign assign) -> onLoadFailed(assign);
          case PeerConnected(int operator) -> on(journaled, new Input.PeerConnected(operator));
          case Expire(DutyId duty) -> on(journaled, new Input.Expired(duty));
          case Describe(ActorRef<Journaled> replyTo) -> Effect().reply(replyTo, journaled);
          case FinishThenStop _ -> onFinishThenStop();
          case Stop _ -> Effect().stop().thenNoReply();
        };
  }

  private ReplyEffect<ChainedEvent, Journaled> onAssign(Journaled journaled, Assign assign) {
    DutyId duty = assign.context().id();
    if (leaving) {
      // Whoever comes up next registers, and is given it.
      return Effect().noReply();
    }
    Optional<Bytes32> lacking =
        state.open().containsKey(duty) ? Optional.empty() : journaled.ledger().lacking(duty);
    Optional<Value> found = lacking.flatMap(hash -> depot.find(duty, hash));
    if (lacking.isPresent() && found.isEmpty()) {
      load(assign, lacking.get());
      return Effect().noReply();
    }
    // What waits for others' approval holds up nobody who leaves.
    if (!state.open().containsKey(duty) && !duty.type().isOfPeriod()) {
      underway.add(duty);
    }
    assignments.putIfAbsent(duty, assign.assignment());
    ReplyEffect<ChainedEvent, Journaled> effect =
        on(
            found
                .map(value ->
                    new Journaled(journaled.lastHash(), journaled.ledger().with(duty, value)))
                .orElse(journaled),
            new Input.Assigned(assign.context()));
    if (!state.open().containsKey(duty)) {
      forget(duty);
    }
    List<DutyMessage> ready = ready(duty);
    if (!ready.isEmpty()) {
      context.getSelf().tell(new Deliver(ready, 0, Optional.empty()));
    }
    return effect;
  }

  // ---- values that are too large for messages and rows

  private void load(Assign assign, Bytes32 value) {
    context.pipeToSelf(
        services.values().load(value),
        (found, failure) -> failure == null ? new Loaded(assign, found) : new LoadFailed(assign));
  }

  /** Until the value can be read the duty waits, as one does whose entity is not up yet. */
  private ReplyEffect<ChainedEvent, Journaled> onLoadFailed(Assign assign) {
    timers.startSingleTimer(assign.context().id(), assign, LOAD_AGAIN);
    return Effect().noReply();
  }

  private ReplyEffect<ChainedEvent, Journaled> onLoaded(
      Journaled journaled, Assign assign, Optional<Value> value) {
    DutyId duty = assign.context().id();
    if (value.isEmpty()) {
      context.getLog().warn("the value that was signed in {} is gone", duty);
      return on(journaled, new Input.Expired(duty));
    }
    depot.keep(duty, value.get());
    return onAssign(journaled, assign);
  }

  /** The core gets what is whole, of duties that are open. */
  private ReplyEffect<ChainedEvent, Journaled> onMail(
      Journaled journaled, List<DutyMessage> messages) {
    List<DutyMessage> whole = new ArrayList<>();
    for (DutyMessage message : messages) {
      want(message.duty());
      switch (message) {
        case DutyMessage.Agreement agreement when Depot.isNamedOnly(agreement) -> {
          depot.hold(agreement);
          whole.addAll(ready(agreement.duty()));
          look(agreement);
          abandonUnlessOpened(agreement.duty());
        }
        case DutyMessage.Chunk chunk -> {
          depot
              .take(chunk)
              .ifPresent(reason -> services.figures().discarded(chunk.sender(), reason));
          whole.addAll(ready(chunk.duty()));
          abandonUnlessOpened(chunk.duty());
        }
        case DutyMessage.Pull pull ->
            depot
                .answer(pull)
                .forEach(
                    chunk -> services.outbox().accept(new Outgoing.Unicast(pull.sender(), chunk)));
        case DutyMessage.Status status -> {
          if (services.doubles().isOfOwn(status) && !holdsOwn(journaled, status.duty())) {
            services.doubles().heard(status);
          }
          whole.add(status);
        }
        case DutyMessage.Agreement _, DutyMessage.Partial _ -> whole.add(message);
      }
    }
    return whole.isEmpty() ? Effect().noReply() : on(journaled, new Input.Mail(whole));
  }

  /** Where peers are ahead of this operator, it goes along. */
  private void want(DutyId duty) {
    if (duty.type().mayBeDoneAhead() && !state.open().containsKey(duty)) {
      services.desk().wanted(duty);
    }
  }

  /**
   * Whether this operator signed in the duty, or may have: of duties that are over no rows are
   * left.
   */
  private boolean holdsOwn(Journaled journaled, DutyId duty) {
    return journaled.ledger().isOver(duty)
        || journaled.ledger().of(duty).stream().anyMatch(DutyEvent.Shared.class::isInstance)
        || Optional.ofNullable(state.open().get(duty))
            .filter(open -> open.state().partials().containsKey(services.self()))
            .isPresent();
  }

  private List<DutyMessage> ready(DutyId duty) {
    return state.open().containsKey(duty) ? depot.ready(duty) : List.of();
  }

  private void look(DutyMessage.Agreement message) {
    Look look = new Look(message.duty(), Depot.named(message).orElseThrow());
    if (!timers.isTimerActive(look)) {
      timers.startSingleTimer(look, look, Duration.ofMillis(Depot.LOOK_MILLIS));
    }
  }

  private ReplyEffect<ChainedEvent, Journaled> onLook(DutyId duty, Bytes32 value) {
    depot
        .look(duty, value)
        .ifPresent(look -> {
          look.ask()
              .ifPresent(ask ->
                  services.outbox().accept(new Outgoing.Unicast(ask.operator(), ask.pull())));
          Look again = new Look(duty, value);
          timers.startSingleTimer(again, again, Duration.ofMillis(Depot.LOOK_MILLIS));
        });
    return Effect().noReply();
  }

  private void abandonUnlessOpened(DutyId duty) {
    Abandon abandon = new Abandon(duty);
    if (!state.open().containsKey(duty) && !timers.isTimerActive(abandon)) {
      timers.startSingleTimer(abandon, abandon, Duration.ofMillis(Depot.UNOPENED_MILLIS));
    }
  }

  private ReplyEffect<ChainedEvent, Journaled> onAbandon(DutyId duty) {
    if (!state.open().containsKey(duty)) {
      depot.drop(duty);
    }
    return Effect().noReply();
  }

  /** The leader's own value goes to everyone once, ahead of the proposal that names it. */
  private void push(Vote vote, Value value) {
    if (depot.keep(vote.duty(), value) && vote.kind() == VoteKind.PRE_PREPARE) {
      Depot.chunks(vote.duty(), services.self(), value, 0)
          .forEach(chunk -> services.outbox().accept(new Outgoing.Broadcast(chunk)));
    }
  }

  /** Completed when what the duty is to sign can be named in the journal. */
  private CompletionStage<?> stored(DutyId duty) {
    return Optional.ofNullable(state.open().get(duty))
        .flatMap(open -> open.state().agreedValue())
        .filter(Value::isApart)
        .<CompletionStage<?>>map(value -> {
          depot.keep(duty, value);
          return services.values().store(duty.slot(), value);
        })
        .orElseGet(() -> CompletableFuture.completedStage(duty));
  }

  private ReplyEffect<ChainedEvent, Journaled> onFinishThenStop() {
    leaving = true;
    long millis = services.quiet().millisUntil();
    if (underway.isEmpty() || millis == 0) {
      return Effect().stop().thenNoReply();
    }
    timers.startSingleTimer(new Stop(), Duration.ofMillis(millis));
    return Effect().noReply();
  }

  /** The duty may still answer laggards, but nothing is lost with it. */
  private void done(DutyId duty) {
    if (underway.remove(duty) && leaving && underway.isEmpty()) {
      context.getSelf().tell(new Stop());
    }
  }

  private void forget(DutyId duty) {
    assignments.remove(duty);
    done(duty);
  }

  private ReplyEffect<ChainedEvent, Journaled> on(Journaled journaled, Input input) {
    Plan plan = CoValidator.step(state, journaled.ledger(), services.clock().getAsLong(), input);
    state = plan.state();
    plan.now().forEach(this::perform);
    if (plan.events().isEmpty()) {
      return Effect().noReply();
    }
    return Effect()
        .persist(journaled.chain(plan.events()))
        .thenRun(_ -> {
          services.figures().recorded(plan.events());
          plan.onceDurable().forEach(this::perform);
        })
        .thenNoReply();
  }

  @Override
  public EventHandler<Journaled, ChainedEvent> eventHandler() {
    return Journaled::apply;
  }

  @Override
  public SignalHandler<Journaled> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(
            RecoveryCompleted.instance(),
            (Journaled journaled) ->
                services
                    .desk()
                    .register(
                        identity.position(), context.getSelf(), journaled.ledger().unfinished()))
        .onSignal(PostStop.class, (_, _) -> depot.close())
        .build();
  }

  @Override
  public RetentionCriteria retentionCriteria() {
    return retention(identity.position());
  }

  /**
   * @param validator its position in the cluster file
   */
  public static RetentionCriteria retention(int validator) {
    // The journal deletes none of those that it keeps as history, nor any that guards a signature.
    return RetentionCriteria.snapshotEvery(eventsPerSnapshot(validator), SNAPSHOTS_KEPT)
        .withDeleteEventsOnSnapshot();
  }

  /**
   * @param validator its position in the cluster file
   */
  public static int eventsPerSnapshot(int validator) {
    return EVENTS_PER_SNAPSHOT + validator % EVENTS_PER_SNAPSHOT_SPREAD;
  }

  @Override
  public SnapshotAdapter<Journaled> snapshotAdapter() {
    return snapshots();
  }

  public static SnapshotAdapter<Journaled> snapshots() {
    return new SnapshotAdapter<>() {
      @Override
      public Object toJournal(Journaled journaled) {
        return journaled.toSnapshot();
      }

      @Override
      public Journaled fromJournal(Object from) {
        return Journaled.of((EntitySnapshot) from);
      }
    };
  }

  // ---- what a plan asks for

  private void perform(Request request) {
    DutyId duty = request.duty();
    switch (request.output()) {
      case DutyOutput.ClaimFence claim ->
          await(
              request,
              services.fence().claim(identity.groupKey(), duty, activation),
              verdict -> {
                services.rivals().answered(duty.slot(), startedMillis, verdict);
                return new DutyInput.FenceAnswered(verdict);
              });
      case DutyOutput.AskGuard ask ->
          await(
              request,
              services.shares().isHere(duty.validator())
                  // The bytes are durable before the intent, which only a grant leads to.
                  ? stored(duty)
                      .thenCompose(
                          _ -> services.guard().ask(identity.groupKey(), duty, ask.signable()))
                  : CompletableFuture.completedStage(
                      new GuardVerdict.Refused(Reason.SHARE_DELETED)),
              DutyInput.GuardAnswered::new);
      case DutyOutput.SignShare sign ->
          await(
              request,
              services
                  .shares()
                  .sign(
                      new ShareSource.Request(
                          duty, assignment(duty), sign.value(), sign.signable())),
              DutyInput.ShareSigned::new);
      case DutyOutput.Combine combine -> {
        Aggregator.Combine work =
            new Aggregator.Combine(duty, combine.root(), combine.partials(), aggregates);
        // A failure to store must not cost the block: the group's signature is published now.
        var _ = stored(duty).whenComplete((_, _) -> services.aggregator().tell(work));
      }
      case DutyOutput.Submit(Value value, Bytes signature) -> {
        services.desk().finished(duty, value, signature);
        switch (assignment(duty)) {
          case Assignment.Published published ->
              services
                  .broadcaster()
                  .tell(new Broadcaster.Submit(duty, value, published, signature, submissions));
          case Assignment.AggregatorSelection _,
              Assignment.SyncSelection _,
              Assignment.Registration _,
              Assignment.Randao _,
              Assignment.InfoSync _ ->
              context
                  .getSelf()
                  .tell(new Tell(duty, new DutyInput.Submitted(SubmissionOutcome.ACCEPTED)));
        }
      }
      case DutyOutput.RefreshOwnValues _ -> services.desk().refresh(duty);
      case DutyOutput.SendVote vote -> {
        vote.value().filter(Value::isApart).ifPresent(value -> push(vote.vote(), value));
        services
            .outbox()
            .accept(new Outgoing.Cast(vote.vote(), vote.justification(), vote.value()));
      }
      case DutyOutput.SendToAll send -> {
        if (send.message() instanceof DutyMessage.Partial) {
          services.desk().signed(duty);
        }
        services.outbox().accept(new Outgoing.Broadcast(send.message()));
      }
      case DutyOutput.SendTo send ->
          services.outbox().accept(new Outgoing.Unicast(send.operator(), send.message()));
      case DutyOutput.LookForMail(DutyTimer timer, long askedMillis) ->
          services
              .desk()
              .behindMail(
                  context.getSelf(), new Tell(duty, new DutyInput.MailSeen(timer, askedMillis)));
      case DutyOutput.StartTimer(DutyTimer timer, long millis) ->
          timers.startSingleTimer(
              new TimerKey(duty, timer.lane()),
              new Tell(duty, new DutyInput.TimerExpired(timer)),
              Duration.ofMillis(millis));
      case DutyOutput.Discard discard ->
          services.figures().discarded(discard.sender(), discard.reason());
      case DutyOutput.Accuse accuse -> services.figures().accused(accuse);
      case DutyOutput.Report report -> {
        services.figures().ended(duty, report.outcome());
        done(duty);
      }
      case DutyOutput.Close _ -> {
        forget(duty);
        depot.drop(duty);
        for (DutyTimer.Lane lane : DutyTimer.Lane.values()) {
          timers.cancel(new TimerKey(duty, lane));
        }
      }
      case DutyOutput.Persist _, DutyOutput.Note _ ->
          throw new IllegalStateException("a plan holds its events apart: " + request);
    }
  }

  private Assignment assignment(DutyId duty) {
    return Optional.ofNullable(assignments.get(duty)).orElseThrow();
  }

  private record TimerKey(DutyId duty, DutyTimer.Lane lane) {}

  private <T> void await(
      Request request, CompletionStage<T> answer, Function<T, DutyInput> asInput) {
    context.pipeToSelf(
        answer,
        (value, failure) ->
            new Tell(
                request.duty(),
                failure == null
                    ? asInput.apply(value)
                    : new DutyInput.ServiceFailed(request.output())));
  }
}
