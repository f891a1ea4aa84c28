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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the operators agree in the last slot of each epoch on what their software can do. It gives
 * the duty to the entity of the cluster file's first validator, in whose journal the decision
 * stands, if that entity is in this pod and a quorum has stated that it takes part: releases that
 * do not know the duty miss nothing.
 */
public final class InfoSync {
  private static final Logger LOG = LoggerFactory.getLogger(InfoSync.class);

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
  private final TimerScheduler<Command> timers;
  private final Map<Integer, Features> stated = new HashMap<>();
  private Features common;
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
    this.timers = timers;
    stated.put(setup.self(), Features.OWN);
    common = common();
    awaitSlot();
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
        stated.put(operator, features);
        onStated();
      }
      case Look _ -> {
        awaitSlot();
        look();
      }
    }
    return Behaviors.same();
  }

  private void awaitSlot() {
    long now = setup.clock().getAsLong();
    long next = Math.max(0, setup.times().slotAt(now) + 1);
    timers.startSingleTimer(new Look(), Duration.ofMillis(setup.times().startMillis(next) - now));
  }

  private void onStated() {
    Features before = common;
    common = common();
    if (common.equals(before)) {
      return;
    }
    LOG.info("a quorum of operators supports {}", common.names());
    // Before this slot's is given there is nobody to tell, and then it is told anyway.
    given.ifPresentOrElse(this::tellStated, this::look);
  }

  /** At the begin of the last slot, or as soon as it can in it. */
  private void look() {
    SlotTimes times = setup.times();
    long slot = times.slotAt(setup.clock().getAsLong());
    long epoch = times.spec().epochOf(slot);
    DutyId duty = new DutyId(DutyType.INFO_SYNC, Math.max(0, slot), VALIDATOR, 0);
    boolean isLast = slot >= 0 && times.spec().epochOf(slot + 1) > epoch;
    if (!isLast
        || entity.isEmpty()
        || given.equals(Optional.of(duty))
        || !common.has(Features.INFO_SYNC)
        || setup.sealed().getAsBoolean()) {
      given = given.filter(duty::equals);
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
    if (common.has(Features.INFO_SYNC)) {
      entity.ifPresent(
          one -> one.tell(new Tell(duty, new DutyInput.OwnValues(List.of(common.value())))));
    }
  }

  /** What a quorum has stated. */
  private Features common() {
    return Features.of(setup.quorum().size(), new ArrayList<>(stated.values()));
  }
}
