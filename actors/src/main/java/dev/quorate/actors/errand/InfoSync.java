/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.errand;

import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.actors.validator.DistributedValidator.Assign;
import dev.quorate.actors.validator.DistributedValidator.Tell;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyInput;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.feature.Features;
import dev.quorate.consensus.qbft.RoundTimes;
import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.chain.SlotTimes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Has the operators agree in the last slot of each epoch on what their software can do. It gives
 * the duty to the entity of the cluster file's first validator, in whose journal the decision
 * stands, if that entity is in this pod and a quorum has stated that it takes part: releases that
 * do not know the duty miss nothing.
 */
public final class InfoSync {
  /** The one whose journal holds what was agreed on. */
  public static final int VALIDATOR = 0;

  public sealed interface Command {}

  /** The entity came up in this pod. */
  public record Register(ActorRef<DistributedValidator.Command> entity) implements Command {}

  /** What a peer's pod said when it greeted; holds until it says something else. */
  public record Stated(int operator, Features features) implements Command {}

  private record EntityStopped(ActorRef<DistributedValidator.Command> entity) implements Command {}

  private record Look() implements Command {}

  /**
   * @param self position of this operator in the cluster file
   * @param clock Unix milliseconds
   * @param sealed whether nothing may be voted for yet; then nothing is given away
   */
  public record Setup(
      SlotTimes times,
      Quorum quorum,
      int threshold,
      int self,
      RoundTimes rounds,
      LongSupplier clock,
      BooleanSupplier sealed) {}

  private final Setup setup;
  private final ActorContext<Command> context;
  private final Map<Integer, Features> stated = new HashMap<>();
  private Optional<ActorRef<DistributedValidator.Command>> entity = Optional.empty();
  private Optional<DutyId> given = Optional.empty();

  public static Behavior<Command> create(Setup setup) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(timers -> {
          InfoSync sync = new InfoSync(setup, context, timers);
          return Behaviors.receiveMessage(sync::on);
        }));
  }

  private InfoSync(Setup setup, ActorContext<Command> context, TimerScheduler<Command> timers) {
    this.setup = setup;
    this.context = context;
    stated.put(setup.self(), Features.OWN);
    timers.startTimerWithFixedDelay(
        new Look(), Duration.ofMillis(setup.times().spec().slotMillis()));
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Register(var registered) -> {
        entity = Optional.of(registered);
        given = Optional.empty();
        context.watchWith(registered, new EntityStopped(registered));
        look();
      }
      case EntityStopped(var stopped) -> entity = entity.filter(known -> !known.equals(stopped));
      case Stated(int operator, Features features) -> {
        if (!features.equals(stated.put(operator, features))) {
          look();
          given.ifPresent(this::tellStated);
        }
      }
      case Look _ -> look();
    }
    return Behaviors.same();
  }

  /** In the slot before, so that what peers say of it is not too early; else as soon as it can. */
  private void look() {
    SlotTimes times = setup.times();
    long slot = times.slotAt(setup.clock().getAsLong());
    long epoch = times.spec().epochOf(Math.max(0, slot));
    long last = times.spec().firstSlotOf(epoch + 1) - 1;
    DutyId duty = new DutyId(DutyType.INFO_SYNC, last, VALIDATOR, 0);
    if (slot < last - 1
        || entity.isEmpty()
        || given.equals(Optional.of(duty))
        || !common().has(Features.INFO_SYNC)
        || setup.sealed().getAsBoolean()) {
      return;
    }
    given = Optional.of(duty);
    entity
        .get()
        .tell(
            Assign.of(
                duty,
                // By slots it would be the same one in each epoch.
                epoch,
                setup.quorum(),
                setup.threshold(),
                setup.self(),
                setup.rounds(),
                times,
                new Assignment.InfoSync()));
    tellStated(duty);
  }

  private void tellStated(DutyId duty) {
    entity.ifPresent(
        one -> one.tell(new Tell(duty, new DutyInput.OwnValues(List.of(common().value())))));
  }

  /** What a quorum has stated. */
  private Features common() {
    return Features.of(setup.quorum().size(), new ArrayList<>(stated.values()));
  }
}
