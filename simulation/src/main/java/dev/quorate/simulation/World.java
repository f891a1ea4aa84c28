/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.simulation.Trace.Mark;
import dev.quorate.simulation.check.Broken;
import dev.quorate.simulation.check.Checks;
import dev.quorate.simulation.check.Invariant;
import dev.quorate.simulation.fault.Fault;
import dev.quorate.simulation.fault.Habit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * One run: first a storm, in which everything may go wrong and nothing unsafe may happen, then calm
 * weather, in which every duty must be done. Who lies goes on lying.
 */
final class World {
  static final long FIRST_EPOCH = 10;
  static final int STORM_EPOCHS = 3;
  private static final int CALM_EPOCHS = 2;
  static final long EPOCH_MILLIS = Chain.SLOTS_PER_EPOCH * Chain.SLOT_MILLIS;
  private static final long LAST_EPOCH = FIRST_EPOCH + STORM_EPOCHS + CALM_EPOCHS - 1;
  private static final long BEGIN_MILLIS =
      Chain.TIMES.startMillis(FIRST_EPOCH * Chain.SLOTS_PER_EPOCH);

  /** Before the calm begins. */
  private static final long HEAL_MILLIS = 5_000;

  /** After the last duty is due: more than f+2 rounds of the largest group. */
  private static final long GRACE_MILLIS = 40_000;

  private final Setup setup;
  private final List<Fault> faults;
  private final Agenda agenda = new Agenda(BEGIN_MILLIS - Chain.SLOT_MILLIS);
  private final Trace trace;
  private final Chain chain;
  private final Network network;
  private final Post post;
  private final Signatures signatures;
  private final Checks checks;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Integer, Operator> honest = new TreeMap<>();
  private final List<Traitor> traitors = new ArrayList<>();
  private final Map<Fault.Restore, Disk.Backup> backups = new HashMap<>();

  World(
      Setup setup,
      Chain chain,
      SplittableRandom random,
      List<Fault> faults,
      Optional<Appendable> transcript) {
    this.setup = setup;
    this.chain = chain;
    this.faults = faults;
    trace = new Trace(BEGIN_MILLIS, transcript);
    network = new Network(agenda, trace, random.split());
    post =
        switch (setup.proofs()) {
          case TOKENS -> new TokenPost(network, agenda, nodes);
          case REAL -> new FramePost(setup, network, agenda, nodes, random.nextLong());
        };
    signatures =
        switch (setup.proofs()) {
          case TOKENS -> new TokenSignatures(setup.threshold(), random.nextLong());
          case REAL -> new BlsSignatures(setup.operators(), setup.threshold(), random.nextLong());
        };
    Map<Integer, Set<Habit>> habits = new TreeMap<>();
    for (Fault fault : faults) {
      if (fault instanceof Fault.Treason(int operator, Habit habit)) {
        habits.computeIfAbsent(operator, _ -> EnumSet.noneOf(Habit.class)).add(habit);
      }
    }
    checks =
        new Checks(setup.operators(), setup.threshold(), setup.quorum().faulty(), habits.keySet());
    Cabal cabal = new Cabal();
    for (int self = 0; self < setup.operators(); self++) {
      SplittableRandom own = random.split();
      Set<Habit> lies = habits.getOrDefault(self, Set.of());
      if (lies.isEmpty()) {
        Operator operator = new Operator(this, self, own);
        honest.put(self, operator);
        nodes.add(operator);
      } else {
        Traitor traitor = new Traitor(this, self, lies, cabal, own);
        traitors.add(traitor);
        nodes.add(traitor);
      }
    }
  }

  /**
   * The clock that f + 1 other operators have reached, if all liars say that theirs are late. Unix
   * milliseconds.
   */
  long clockOfOthersMillis(int self) {
    return honest.entrySet().stream()
        .filter(other -> other.getKey() != self)
        .map(other -> other.getValue().clock().wallMillis())
        .sorted(Comparator.reverseOrder())
        .skip(setup.quorum().faulty())
        .findFirst()
        .orElseThrow();
  }

  /** When the duties of the storm are due, from its beginning. */
  static List<Long> dueMillis(Chain chain) {
    List<Long> due = new ArrayList<>();
    for (long epoch = FIRST_EPOCH; epoch < FIRST_EPOCH + STORM_EPOCHS; epoch++) {
      due.add(Chain.TIMES.attestationDueMillis(chain.slotOf(epoch)) - BEGIN_MILLIS);
    }
    return due;
  }

  static Chain drawChain(SplittableRandom random) {
    return new Chain(random, FIRST_EPOCH, FIRST_EPOCH + STORM_EPOCHS, LAST_EPOCH);
  }

  RunResult run() {
    Optional<Broken> broken = Optional.empty();
    try {
      goThrough();
    } catch (Broken found) {
      broken = Optional.of(found);
    } catch (RuntimeException thrown) {
      Broken found = new Broken(Invariant.NO_EXCEPTION, thrown.toString());
      found.initCause(thrown);
      broken = Optional.of(found);
    }
    broken.ifPresent(found ->
        trace.add(
            agenda.nowMillis(),
            -1,
            Mark.FAULT,
            Trace.of(found.invariant()),
            () -> "BROKEN: " + found.invariant() + ": " + found.getMessage()));
    return new RunResult(trace.hash(), agenda.steps(), STORM_EPOCHS + CALM_EPOCHS, broken);
  }

  private void goThrough() {
    checks.requireSoundThreshold();
    honest.values().forEach(Operator::start);
    honest.values().forEach(Operator::tick);
    traitors.forEach(Traitor::begin);
    faults.forEach(this::plan);
    // A little before the next epoch, so that what is got ready for it goes by clocks that are
    // right.
    agenda.runUntil(BEGIN_MILLIS + STORM_EPOCHS * EPOCH_MILLIS - HEAL_MILLIS);
    heal();
    long lastSlot = chain.slotOf(LAST_EPOCH);
    agenda.runUntil(Chain.TIMES.attestationDueMillis(lastSlot) + GRACE_MILLIS);
    honest.forEach((self, operator) -> {
      if (!lostCount(self)) {
        checks.requireSubmission(
            self, Chain.duty(operator.beacon().slotOf(FIRST_EPOCH + STORM_EPOCHS - 1)));
      }
      for (long epoch = FIRST_EPOCH + STORM_EPOCHS; epoch <= LAST_EPOCH; epoch++) {
        checks.requireSubmission(self, Chain.duty(chain.slotOf(epoch)));
        if (!lostCount(self) && enoughSign(epoch)) {
          checks.requireLiveness(self, Chain.duty(chain.slotOf(epoch)));
        }
      }
    });
  }

  /** Whoever was restored at the end of the storm is in quarantine still when the calm begins. */
  private boolean enoughSign(long epoch) {
    long silent =
        honest.values().stream().filter(operator -> operator.isInQuarantine(epoch)).count();
    return silent == 0 || silent + traitors.size() <= setup.quorum().faulty();
  }

  /** It took the end of the storm or the calm for past already, and has given up their duties. */
  private boolean lostCount(int self) {
    return faults.stream()
        .anyMatch(fault ->
            fault instanceof Fault.Leap leap
                && leap.operator() == self
                && leap.byMillis() > EPOCH_MILLIS);
  }

  private void heal() {
    trace.add(agenda.nowMillis(), -1, Mark.FAULT, 0, () -> "all faults are over");
    network.heal();
    honest.values().forEach(Operator::heal);
  }

  // ---- faults

  private void plan(Fault fault) {
    switch (fault) {
      case Fault.Weather some ->
          during(
              fault,
              some.fromMillis(),
              some.untilMillis(),
              () -> network.begin(some),
              () -> network.end(some));
      case Fault.Cut cut ->
          during(
              fault,
              cut.fromMillis(),
              cut.untilMillis(),
              () -> network.begin(cut),
              () -> network.end(cut));
      case Fault.Crash crash -> to(crash.operator(), operator -> operator.dieAt(crash));
      case Fault.PowerCut cut ->
          to(
              cut.operator(),
              operator -> on(fault, cut.atMillis(), () -> operator.cutPower(cut.downMillis())));
      case Fault.DiskError error -> to(error.operator(), operator -> operator.failAt(error));
      case Fault.Twins twins ->
          to(
              twins.operator(),
              operator ->
                  during(
                      fault,
                      twins.fromMillis(),
                      twins.untilMillis(),
                      operator::start,
                      operator::stopOldest));
      case Fault.HandOver move ->
          to(
              move.operator(),
              operator -> on(fault, move.atMillis(), () -> operator.handOver(move)));
      case Fault.Restore restore ->
          to(
              restore.operator(),
              operator -> {
                on(fault, restore.backupMillis(), () -> backups.put(restore, operator.backUp()));
                on(
                    fault,
                    restore.atMillis(),
                    () ->
                        Optional.ofNullable(backups.get(restore))
                            .ifPresent(backup -> operator.restore(backup, restore.downMillis())));
              });
      case Fault.Drift drift ->
          to(
              drift.operator(),
              operator -> {
                operator.clock().step(drift.offMillis());
                operator.clock().run(drift.fastPpm());
              });
      case Fault.Leap leap -> to(leap.operator(), operator -> leap(operator, leap));
      case Fault.Rumour rumour ->
          to(
              rumour.operator(),
              operator -> {
                operator.beacon().begin(rumour);
                on(fault, rumour.untilMillis(), () -> operator.beacon().end(rumour));
              });
      case Fault.Reorganisation move -> {
        long slot =
            Math.min(
                chain.slotOf(move.epoch()) + move.slotsLater(),
                (move.epoch() + 1) * Chain.SLOTS_PER_EPOCH - 1);
        for (int self = 0; self < setup.operators(); self++) {
          long heard = move.heardMillis().get(self);
          to(self, operator -> on(fault, heard, () -> operator.reassign(move.epoch(), slot)));
        }
        traitors.forEach(traitor -> traitor.expect(slot));
      }
      case Fault.Refusal refusal ->
          to(
              refusal.operator(),
              operator ->
                  during(
                      fault,
                      refusal.fromMillis(),
                      refusal.untilMillis(),
                      () -> operator.beacon().begin(refusal),
                      () -> operator.beacon().end(refusal)));
      case Fault.Sickness sickness ->
          to(
              sickness.operator(),
              operator ->
                  during(
                      fault,
                      sickness.fromMillis(),
                      sickness.untilMillis(),
                      () -> operator.sicken(sickness.percent()),
                      () -> operator.sicken(-sickness.percent())));
      case Fault.Treason _ -> {}
    }
  }

  private void leap(Operator operator, Fault.Leap leap) {
    during(
        leap,
        leap.atMillis(),
        leap.untilMillis(),
        () -> {
          operator.clock().step(leap.byMillis());
          operator.tick();
        },
        () -> {
          operator.clock().step(-leap.byMillis());
          operator.tick();
        });
    on(leap, leap.atMillis() + leap.restartAfterMillis(), () -> operator.restart(200));
  }

  private void to(int self, Consumer<Operator> what) {
    Optional.ofNullable(honest.get(self)).ifPresent(what);
  }

  private void during(
      Fault fault, long fromMillis, long untilMillis, Runnable begin, Runnable end) {
    on(fault, fromMillis, begin);
    on(fault, untilMillis, end);
  }

  /** Nothing goes wrong any more once the storm is over. */
  private void on(Fault fault, long atMillis, Runnable what) {
    if (atMillis < STORM_EPOCHS * EPOCH_MILLIS - HEAL_MILLIS) {
      agenda.at(
          BEGIN_MILLIS + atMillis,
          () -> {
            trace.add(agenda.nowMillis(), -1, Mark.FAULT, Trace.of(fault.kind()), () -> fault);
            what.run();
          });
    }
  }

  // ---- for those who live in it

  /** Links to an operator came up again: both ends say where they stand. */
  void connect(int self) {
    honest.forEach((peer, operator) -> {
      if (peer != self) {
        operator.connected(self);
        to(self, one -> one.connected(peer));
      }
    });
  }

  Setup setup() {
    return setup;
  }

  Agenda agenda() {
    return agenda;
  }

  Trace trace() {
    return trace;
  }

  Chain chain() {
    return chain;
  }

  Post post() {
    return post;
  }

  Signatures signatures() {
    return signatures;
  }

  Checks checks() {
    return checks;
  }

  /** The slots in which there is something to lie about. */
  List<Long> slots() {
    List<Long> slots = new ArrayList<>();
    for (long epoch = FIRST_EPOCH; epoch <= LAST_EPOCH; epoch++) {
      slots.add(chain.slotOf(epoch));
    }
    return slots;
  }

  boolean mayLie() {
    return !traitors.isEmpty() || setup.proofs() == Setup.Proofs.REAL;
  }

  /** By nobody's clock. */
  long currentEpoch() {
    return Chain.epochOf(Chain.TIMES.slotAt(agenda.nowMillis()));
  }
}
