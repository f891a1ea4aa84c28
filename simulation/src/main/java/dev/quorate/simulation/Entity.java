/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.CoValidator;
import dev.quorate.consensus.duty.CoValidator.Input;
import dev.quorate.consensus.duty.CoValidator.Plan;
import dev.quorate.consensus.duty.CoValidator.Request;
import dev.quorate.consensus.duty.DutyContext;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyInput;
import dev.quorate.consensus.duty.DutyLedger;
import dev.quorate.consensus.duty.DutyOutput;
import dev.quorate.consensus.duty.DutyTimer;
import dev.quorate.simulation.Trace.Mark;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The validator's entity in one pod of an operator, as the actor of production drives the core: one
 * input at a time, none while something is being persisted, and whatever was not durable when it
 * stopped did not happen.
 */
final class Entity {
  private record TimerKey(DutyId duty, DutyTimer.Lane lane) {}

  private final Operator operator;
  private final Bytes activation;
  private final Map<TimerKey, Integer> timers = new HashMap<>();
  private final Deque<Input> stash = new ArrayDeque<>();
  private final Set<DutyId> underway = new HashSet<>();

  private CoValidator.State state = CoValidator.State.INITIAL;
  private DutyLedger ledger;
  private long rows;
  private boolean isPersisting;
  private boolean isLeaving;
  private boolean isAlive = true;

  Entity(Operator operator, Bytes activation, Disk disk) {
    this.operator = operator;
    this.activation = activation;
    ledger = disk.ledger();
    rows = disk.rows();
  }

  boolean isAlive() {
    return isAlive;
  }

  Bytes activation() {
    return activation;
  }

  DutyLedger ledger() {
    return ledger;
  }

  CoValidator.State state() {
    return state;
  }

  void stop() {
    isAlive = false;
  }

  // ---- what happens to it

  void assign(DutyContext context) {
    if (!isLeaving) {
      underway.add(context.id());
      take(new Input.Assigned(context));
    }
  }

  /** It is to live elsewhere: it does what it has begun, and begins nothing. */
  void leave() {
    isLeaving = true;
    stopIfDone();
  }

  void tell(DutyId duty, DutyInput input) {
    take(new Input.ForDuty(duty, input));
  }

  void take(Input input) {
    if (!isAlive) {
      return;
    }
    if (isPersisting) {
      stash.add(input);
      return;
    }
    Plan plan = CoValidator.step(state, ledger, operator.clock().wallMillis(), input);
    state = plan.state();
    for (Request request : plan.now()) {
      perform(request);
    }
    if (!plan.events().isEmpty()) {
      isPersisting = true;
      operator.persist(this, rows, plan.events(), () -> onDurable(plan));
    }
  }

  private void onDurable(Plan plan) {
    for (var event : plan.events()) {
      ledger = ledger.apply(event);
    }
    rows += plan.events().size();
    isPersisting = false;
    for (Request request : plan.onceDurable()) {
      perform(request);
    }
    while (isAlive && !isPersisting && !stash.isEmpty()) {
      take(stash.remove());
    }
  }

  // ---- what it asks for

  private void perform(Request request) {
    DutyId duty = request.duty();
    switch (request.output()) {
      case DutyOutput.StartTimer(DutyTimer timer, long millis) -> startTimer(duty, timer, millis);
      case DutyOutput.Report(var outcome) -> {
        operator.reported(duty, outcome);
        underway.remove(duty);
        stopIfDone();
      }
      case DutyOutput.Close _ -> {
        timers.replaceAll((key, version) -> key.duty().equals(duty) ? version + 1 : version);
        underway.remove(duty);
        stopIfDone();
      }
      default -> operator.perform(this, duty, request.output());
    }
  }

  private void startTimer(DutyId duty, DutyTimer timer, long millis) {
    TimerKey key = new TimerKey(duty, timer.lane());
    int version = timers.merge(key, 1, Integer::sum);
    operator.after(
        operator.clock().worldMillis(millis),
        this,
        () -> {
          if (timers.getOrDefault(key, 0) == version) {
            operator.trace(Mark.TIMER, Trace.of(timer.lane()), () -> timer + " of " + duty);
            tell(duty, new DutyInput.TimerExpired(timer));
          }
        });
  }

  private void stopIfDone() {
    if (isLeaving && underway.isEmpty()) {
      isAlive = false;
    }
  }
}
