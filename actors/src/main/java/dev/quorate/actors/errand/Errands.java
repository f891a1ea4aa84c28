/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.errand;

import dev.quorate.actors.announce.Announcer;
import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.beacon.client.IndexedValidator;
import dev.quorate.beacon.client.Submission;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.qbft.RoundTimes;
import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.inclusion.Inclusion;
import dev.quorate.ethereum.message.ProposerPreparation;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.ValidatorRegistration;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the entities the duties that no slot asks for: exits that this operator approved of, and
 * registrations with builders. What they sign follows from the period of {@link
 * DutyType#EPOCHS_PER_PERIOD} epochs, so that no operator's word decides what another one signs. It
 * also tells the nodes each epoch whom to pay for blocks, and what builders were told.
 */
public final class Errands {
  private static final Logger LOG = LoggerFactory.getLogger(Errands.class);

  /** What waits for others' approval says so to them in pauses that grow to five minutes. */
  private static final RoundTimes NUDGES = new RoundTimes(1_000, 300_000);

  public sealed interface Command {}

  /** An entity came up in this pod and takes the validator's duties from now on. */
  public record Register(int validator, ActorRef<DistributedValidator.Command> entity)
      implements Command {}

  /** Said at the start and each epoch: who of our validators the chain knows. */
  public record Known(Map<Bytes, IndexedValidator> validators) implements Command {
    public Known {
      validators = Map.copyOf(validators);
    }
  }

  /**
   * A duty of an entity in this pod is done.
   *
   * @param signature the group's, 96 bytes, durable
   */
  public record Finished(DutyId duty, Bytes signature) implements Command {}

  /** Something was approved of, or a slot began. */
  public record Look() implements Command {}

  private record ApprovalsRead(long period, Set<Bytes> keys) implements Command {}

  private record NotRead(String problem) implements Command {}

  private record EntityStopped(int validator, ActorRef<DistributedValidator.Command> entity)
      implements Command {}

  /**
   * What the errands are about.
   *
   * @param validators group public keys, in the order of the cluster file
   * @param self position of this operator in the cluster file
   * @param feeRecipient 20 bytes; empty: nobody is prepared
   * @param gasLimit of blocks of builders; empty: they are told nothing
   * @param clock Unix milliseconds
   * @param sealed whether nothing may be signed yet; then nothing is given away
   * @param approvals the group keys of the validators whose exit is approved for the period that
   *     begins with a slot
   */
  public record Setup(
      SlotTimes times,
      List<Bytes> validators,
      Quorum quorum,
      int threshold,
      int self,
      Optional<Bytes> feeRecipient,
      OptionalInt gasLimit,
      LongSupplier clock,
      BooleanSupplier sealed,
      LongFunction<CompletionStage<Set<Bytes>>> approvals) {}

  private final Setup setup;
  private final ActorRef<Announcer.Command> announcer;
  private final ActorContext<Command> context;

  private final Map<Integer, ActorRef<DistributedValidator.Command>> entities = new TreeMap<>();
  private final Set<DutyId> given = new HashSet<>();
  private final Map<Integer, Signed<ValidatorRegistration>> registrations = new TreeMap<>();
  private Map<Bytes, IndexedValidator> known = Map.of();
  private Set<Bytes> approved = Set.of();
  private long period = -1;

  public static Behavior<Command> create(Setup setup, ActorRef<Announcer.Command> announcer) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(timers -> {
          Errands errands = new Errands(setup, announcer, context, timers);
          return Behaviors.receiveMessage(errands::on);
        }));
  }

  private Errands(
      Setup setup,
      ActorRef<Announcer.Command> announcer,
      ActorContext<Command> context,
      TimerScheduler<Command> timers) {
    this.setup = setup;
    this.announcer = announcer;
    this.context = context;
    timers.startTimerWithFixedDelay(
        new Look(), Duration.ofMillis(setup.times().spec().slotMillis()));
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Register(int validator, var entity) -> {
        entities.put(validator, entity);
        context.watchWith(entity, new EntityStopped(validator, entity));
        given.remove(duty(DutyType.EXIT, validator));
        given.remove(duty(DutyType.BUILDER_REGISTRATION, validator));
        leave(validator, entity);
      }
      case EntityStopped(int validator, var entity) -> entities.remove(validator, entity);
      case Known(Map<Bytes, IndexedValidator> validators) -> onKnown(validators);
      case Finished finished -> onFinished(finished);
      case Look _ -> onLook();
      case ApprovalsRead(long of, Set<Bytes> keys) -> onApprovals(of, keys);
      case NotRead(String problem) -> LOG.warn("approvals cannot be read: {}", problem);
    }
    return Behaviors.same();
  }

  private void onLook() {
    long slot = setup.times().slotAt(setup.clock().getAsLong());
    if (slot < 0 || setup.sealed().getAsBoolean()) {
      return;
    }
    long now = setup.times().firstSlotOfPeriod(slot);
    if (now != period) {
      period = now;
      given.clear();
      approved = Set.of();
    }
    setup
        .gasLimit()
        .ifPresent(limit -> setup.feeRecipient().ifPresent(paid -> register(paid, limit)));
    context.pipeToSelf(
        setup.approvals().apply(period),
        (keys, failure) ->
            failure == null
                ? new ApprovalsRead(now, keys)
                : new NotRead(String.valueOf(failure.getMessage())));
  }

  // ---- exits

  private void onApprovals(long of, Set<Bytes> keys) {
    if (of == period) {
      approved = keys;
      entities.forEach(this::leave);
    }
  }

  private void leave(int validator, ActorRef<DistributedValidator.Command> entity) {
    Bytes key = setup.validators().get(validator);
    IndexedValidator onChain = known.get(key);
    // Whom the chain does not know yet cannot leave, and who leaves need not again.
    if (onChain != null
        && onChain.status().exit() == Inclusion.NOT_INCLUDED
        && approved.contains(key)
        && !setup.sealed().getAsBoolean()) {
      give(duty(DutyType.EXIT, validator), entity, new Assignment.Exit(onChain.index()));
    }
  }

  // ---- what builders are told

  /** In an epoch's slots a part of all validators each: they all sign messages of their own. */
  private void register(Bytes feeRecipient, int gasLimit) {
    long slots = setup.times().spec().slotsPerEpoch();
    long left = (setup.validators().size() + slots - 1) / slots;
    for (Map.Entry<Integer, ActorRef<DistributedValidator.Command>> entity : entities.entrySet()) {
      DutyId duty = duty(DutyType.BUILDER_REGISTRATION, entity.getKey());
      if (left > 0 && !given.contains(duty)) {
        left--;
        give(
            duty,
            entity.getValue(),
            new Assignment.Registration(registration(feeRecipient, gasLimit, duty)));
      }
    }
  }

  private ValidatorRegistration registration(Bytes feeRecipient, int gasLimit, DutyId duty) {
    return new ValidatorRegistration(
        feeRecipient,
        gasLimit,
        setup.times().startMillis(duty.slot()) / 1000,
        setup.validators().get(duty.validator()));
  }

  private void onFinished(Finished finished) {
    DutyId duty = finished.duty();
    if (duty.type() == DutyType.BUILDER_REGISTRATION && setup.gasLimit().isPresent()) {
      Signed<ValidatorRegistration> signed =
          new Signed<>(
              registration(setup.feeRecipient().orElseThrow(), setup.gasLimit().getAsInt(), duty),
              finished.signature());
      registrations.put(duty.validator(), signed);
      announce(Submission.registrations(List.of(signed)));
    }
  }

  // ---- what nodes are told each epoch

  private void onKnown(Map<Bytes, IndexedValidator> validators) {
    known = validators;
    setup
        .feeRecipient()
        .ifPresent(paid ->
            announce(
                Submission.preparations(
                    validators.values().stream()
                        .map(validator -> new ProposerPreparation(validator.index(), paid))
                        .toList())));
    announce(Submission.registrations(List.copyOf(registrations.values())));
    onLook();
  }

  private void announce(Submission submission) {
    announcer.tell(new Announcer.Announce(submission));
  }

  private DutyId duty(DutyType type, int validator) {
    return new DutyId(type, Math.max(0, period), validator, 0);
  }

  /** To each activation of the entity once. */
  private void give(
      DutyId duty, ActorRef<DistributedValidator.Command> entity, Assignment assignment) {
    if (!given.add(duty)) {
      return;
    }
    entity.tell(
        DistributedValidator.Assign.of(
            duty,
            period,
            setup.quorum(),
            setup.threshold(),
            setup.self(),
            NUDGES,
            setup.times(),
            assignment));
  }
}
