/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation.fault;

import dev.quorate.simulation.fault.Fault.Cut;
import dev.quorate.simulation.fault.Fault.Weather;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Draws what goes wrong in a run. At most f operators lie, forget or lose count of time together:
 * more is not promised to be survived.
 */
public final class FaultPlan {
  private static final int OF_A_KIND_MAX = 3;
  private static final int HABITS_MAX = 5;

  /** Writes and sends, and writes alone, of one operator in a stormy duty: about so many. */
  private static final int POINTS_PER_DUTY = 12;

  private static final int WRITES_PER_DUTY = 5;

  /** A clock that is set wrong by hand, or by a bad source of time. */
  private static final long LEAP_MILLIS_MAX = 11_000;

  /** Longer than a duty's rows are kept. */
  private static final int LEAP_EPOCHS = 4;

  /**
   * While faults may happen.
   *
   * @param dueMillis when the duty of each epoch is due, from the beginning of the run
   */
  public record Storm(long firstEpoch, long epochMillis, List<Long> dueMillis) {
    public Storm {
      dueMillis = List.copyOf(dueMillis);
    }

    int epochs() {
      return dueMillis.size();
    }

    public long millis() {
      return epochs() * epochMillis;
    }
  }

  private final int operators;
  private final Storm storm;
  private final Map<FaultKind, List<Integer>> unsound = new EnumMap<>(FaultKind.class);
  private final List<Fault> faults = new ArrayList<>();
  private SplittableRandom random;

  private FaultPlan(SplittableRandom random, int operators, Storm storm) {
    this.random = random;
    this.operators = operators;
    this.storm = storm;
  }

  /**
   * @param faulty f
   */
  public static List<Fault> draw(
      SplittableRandom random, int operators, int faulty, Storm storm, Set<FaultKind> kinds) {
    FaultPlan plan = new FaultPlan(random.split(), operators, storm);
    plan.chooseUnsound(faulty, kinds);
    for (FaultKind kind : FaultKind.values()) {
      // Drawn in any case: leaving out one kind changes nothing about the others, unless it is one
      // that makes operators unsound.
      plan.random = random.split();
      if (kinds.contains(kind) && plan.chance(60)) {
        plan.add(kind);
      }
    }
    return List.copyOf(plan.faults);
  }

  private void chooseUnsound(int faulty, Set<FaultKind> kinds) {
    List<FaultKind> ways =
        List.of(FaultKind.TREASON, FaultKind.TREASON, FaultKind.CLOCK).stream()
            .filter(kinds::contains)
            .toList();
    if (!ways.isEmpty()) {
      for (int operator : shuffled().subList(0, faulty)) {
        unsound
            .computeIfAbsent(ways.get(random.nextInt(ways.size())), _ -> new ArrayList<>())
            .add(operator);
      }
    }
  }

  private void add(FaultKind kind) {
    switch (kind) {
      case LOSS, DUPLICATION, DELAY -> several(() -> weather(kind));
      case PARTITION, ONE_WAY, BRIDGE -> several(() -> cut(kind));
      case SWIZZLE -> swizzle();
      case CRASH -> several(this::crash);
      case POWER -> several(() -> faults.add(new Fault.PowerCut(anyone(), when(), downMillis())));
      case DISK ->
          several(() ->
              faults.add(
                  new Fault.DiskError(
                      anyone(),
                      random.nextInt(WRITES_PER_DUTY * storm.epochs()),
                      oneOf(Fault.Write.values()))));
      case TWINS -> {
        long from = when();
        faults.add(new Fault.Twins(anyone(), from, from + random.nextLong(storm.epochMillis())));
      }
      case HAND_OVER ->
          several(() ->
              faults.add(
                  new Fault.HandOver(
                      anyone(), when(), random.nextInt(8_000), random.nextInt(2_000))));
      case RESTORE ->
          several(() -> {
            long at = when();
            faults.add(
                new Fault.Restore(anyone(), random.nextLong(Math.max(1, at)), at, downMillis()));
          });
      case CLOCK -> clocks();
      case BEACON -> several(this::beacon);
      case SERVICE ->
          several(() -> {
            long from = when();
            faults.add(new Fault.Sickness(anyone(), from, from + spell(), percent()));
          });
      case TREASON -> {
        for (int operator : unsound(FaultKind.TREASON)) {
          for (int i = 1 + random.nextInt(HABITS_MAX); i > 0; i--) {
            faults.add(new Fault.Treason(operator, oneOf(Habit.values())));
          }
        }
        if (!unsound(FaultKind.TREASON).isEmpty()) {
          several(this::conspiracy);
        }
      }
    }
  }

  private void weather(FaultKind kind) {
    long from = when();
    faults.add(new Weather(kind, from, from + spell(), percent()));
  }

  private void cut(FaultKind kind) {
    long from = when();
    long until = from + spell();
    List<Integer> order = shuffled();
    // A bridge has somebody on either side.
    int half =
        kind == FaultKind.BRIDGE
            ? 2 + random.nextInt(operators - 2)
            : 1 + random.nextInt(operators - 1);
    List<Integer> left = order.subList(0, half);
    List<Integer> right = order.subList(half, operators);
    long[] deaf = new long[operators];
    deafen(deaf, left, right);
    if (kind != FaultKind.ONE_WAY) {
      deafen(deaf, right, left);
    }
    if (kind == FaultKind.BRIDGE) {
      int bridge = order.getFirst();
      deaf[bridge] = 0;
      order.forEach(operator -> deaf[operator] &= ~(1L << bridge));
    }
    faults.add(new Cut(kind, from, until, asList(deaf)));
  }

  /** The network is the traitors', too: for some rounds one peer hears and reaches only them. */
  private void conspiracy() {
    int gone = anyone();
    List<Integer> sincere =
        IntStream.range(0, operators)
            .filter(operator -> operator != gone)
            .boxed()
            .filter(operator -> !unsound(FaultKind.TREASON).contains(operator))
            .toList();
    long[] deaf = new long[operators];
    deafen(deaf, List.of(gone), sincere);
    deafen(deaf, sincere, List.of(gone));
    long due = storm.dueMillis().get(random.nextInt(storm.epochs()));
    faults.add(
        new Cut(FaultKind.TREASON, due - 500, due + 700 + random.nextLong(4_000), asList(deaf)));
  }

  private void swizzle() {
    long from = when();
    // Nobody comes back before it has left.
    long until = from + 200L * operators + spell();
    List<Integer> leave = shuffled();
    List<Integer> come = shuffled();
    for (int i = 0; i < operators; i++) {
      int gone = leave.get(i);
      long[] deaf = new long[operators];
      List<Integer> others = IntStream.range(0, operators).filter(o -> o != gone).boxed().toList();
      deafen(deaf, List.of(gone), others);
      deafen(deaf, others, List.of(gone));
      faults.add(
          new Cut(
              FaultKind.SWIZZLE, from + 200L * i, until + 200L * come.indexOf(gone), asList(deaf)));
    }
  }

  private static void deafen(long[] deaf, List<Integer> ears, List<Integer> mouths) {
    for (int ear : ears) {
      for (int mouth : mouths) {
        deaf[ear] |= 1L << mouth;
      }
    }
  }

  private void crash() {
    faults.add(
        new Fault.Crash(
            anyone(),
            random.nextInt(POINTS_PER_DUTY * storm.epochs()),
            oneOf(Fault.Side.values()),
            downMillis()));
  }

  private void clocks() {
    for (int operator = 0; operator < operators; operator++) {
      if (chance(50)) {
        faults.add(
            new Fault.Drift(operator, random.nextInt(-500, 501), random.nextLong(-50_000, 50_001)));
      }
    }
    if (chance(30)) {
      long at = when();
      // Back or forth, but not so far that anything is done for a duty of another epoch.
      faults.add(
          new Fault.Leap(
              anyone(),
              at,
              random.nextLong(-LEAP_MILLIS_MAX, LEAP_MILLIS_MAX),
              at + spell(),
              random.nextInt(20_000)));
    }
    unsound(FaultKind.CLOCK)
        .forEach(operator -> {
          long at = when();
          faults.add(
              new Fault.Leap(
                  operator,
                  at,
                  LEAP_EPOCHS * storm.epochMillis(),
                  at + 500 + random.nextInt(15_000),
                  random.nextInt(20_000)));
        });
  }

  private void beacon() {
    long epoch = storm.firstEpoch() + random.nextInt(storm.epochs());
    switch (random.nextInt(6)) {
      case 0, 1, 2 -> {
        // Many may have the same node software, and the same idea of the chain.
        Fault.Tale tale = oneOf(Fault.Tale.values());
        long until =
            storm.dueMillis().get((int) (epoch - storm.firstEpoch()))
                + random.nextLong(-1_000, 12_000);
        for (int operator : shuffled().subList(0, 1 + random.nextInt(operators))) {
          faults.add(new Fault.Rumour(operator, epoch, tale, random.nextInt(4_000), until));
        }
      }
      case 3, 4 -> {
        long begin = (epoch - storm.firstEpoch()) * storm.epochMillis();
        faults.add(
            new Fault.Reorganisation(
                epoch,
                1 + random.nextInt(2),
                IntStream.range(0, operators)
                    .mapToObj(_ -> begin + random.nextLong(storm.epochMillis()))
                    .toList()));
      }
      default -> {
        long from = when();
        faults.add(new Fault.Refusal(anyone(), from, from + spell(), percent()));
      }
    }
  }

  private void several(Runnable one) {
    for (int i = 1 + random.nextInt(OF_A_KIND_MAX); i > 0; i--) {
      one.run();
    }
  }

  private List<Integer> unsound(FaultKind kind) {
    return unsound.getOrDefault(kind, List.of());
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private int percent() {
    return 10 * (1 + random.nextInt(9));
  }

  private int anyone() {
    return random.nextInt(operators);
  }

  private <T> T oneOf(T[] choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** Mostly when a duty is under way. */
  private long when() {
    return chance(25)
        ? 1 + random.nextLong(storm.millis())
        : storm.dueMillis().get(random.nextInt(storm.epochs())) + random.nextLong(-2_500, 6_000);
  }

  /** How long something lasts: mostly some seconds, at times longer than a duty takes. */
  private long spell() {
    return 200 + (chance(25) ? random.nextLong(storm.epochMillis()) : random.nextLong(8_000));
  }

  private long downMillis() {
    return random.nextLong(chance(30) ? storm.epochMillis() : 3_000);
  }

  private List<Integer> shuffled() {
    List<Integer> order = new ArrayList<>(IntStream.range(0, operators).boxed().toList());
    for (int i = operators - 1; i > 0; i--) {
      Collections.swap(order, i, random.nextInt(i + 1));
    }
    return order;
  }

  private static List<Long> asList(long[] masks) {
    return Arrays.stream(masks).boxed().toList();
  }
}
