/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.node.bench.DurableOperator.Step;
import dev.quorate.node.process.Latency;
import dev.quorate.node.process.Table;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * What it takes to make duties durable, step by step: of one validator alone, and of many at once.
 *
 * @param cpuNanos of this process in those rounds of many; a server's is not in it
 */
record DurabilityCost(int together, Timings alone, Timings atOnce, int rounds, long cpuNanos) {
  private static final double MICROS_PER_MILLI = 1e3;
  private static final double NANOS_PER_MILLI = 1e6;

  /** Rounds of many for each of one. */
  private static final int ROUNDS_PER_ROUND_OF_MANY = 10;

  /** How long steps, and whole duties, took in microseconds. */
  static final class Timings {
    private final Map<Step, List<Long>> steps = new EnumMap<>(Step.class);
    private final List<Long> duties = new ArrayList<>();

    void add(Map<Step, Long> micros) {
      micros.forEach((step, one) -> steps.computeIfAbsent(step, _ -> new ArrayList<>()).add(one));
      duties.add(micros.values().stream().mapToLong(Long::longValue).sum());
    }

    Latency of(Step step) {
      return sorted(steps.getOrDefault(step, List.of()));
    }

    Latency duty() {
      return sorted(duties);
    }

    private static Latency sorted(List<Long> micros) {
      return Latency.of(micros.stream().sorted().toList()).orElse(new Latency(0, 0, 0));
    }
  }

  /** Blocks. */
  static DurabilityCost measure(DurableOperator operator, SafetyScale scale, PrintWriter out) {
    operator.start(scale.together());
    int warmUps = Math.ceilDiv(scale.rounds(), 10);
    int rounds = Math.ceilDiv(scale.rounds(), ROUNDS_PER_ROUND_OF_MANY);
    say(out, "%d duties of one validator, each alone", scale.rounds());
    Timings alone = new Timings();
    long epoch = 1;
    for (int round = 0; round < warmUps + scale.rounds(); round++, epoch++) {
      Map<Step, Long> micros = new EnumMap<>(Step.class);
      for (Step step : Step.values()) {
        long current = epoch;
        micros.put(
            step,
            micros(at -> DurableOperator.await(List.of(operator.take(step, 0, at))), current));
      }
      if (round >= warmUps) {
        alone.add(micros);
      }
    }
    say(out, "%d times the duties of %d validators at once", rounds, scale.together());
    Timings atOnce = new Timings();
    long cpuNanos = 0;
    for (int round = 0; round < warmUps + rounds; round++, epoch++) {
      if (round == warmUps) {
        cpuNanos = usedNanos();
      }
      Map<Step, Long> micros = new EnumMap<>(Step.class);
      for (Step step : Step.values()) {
        micros.put(step, micros(at -> operator.takeAll(step, at), epoch));
      }
      if (round >= warmUps) {
        atOnce.add(micros);
      }
    }
    return new DurabilityCost(scale.together(), alone, atOnce, rounds, usedNanos() - cpuNanos);
  }

  private static void say(PrintWriter out, String format, Object... arguments) {
    out.printf(Locale.ROOT, format + "%n", arguments);
    out.flush();
  }

  private static long micros(LongConsumer work, long epoch) {
    long startNanos = System.nanoTime();
    work.accept(epoch);
    return Math.round((System.nanoTime() - startNanos) / 1e3);
  }

  private static long usedNanos() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
  }

  private double cpuMillisPerDuty() {
    return cpuNanos / NANOS_PER_MILLI / rounds / together;
  }

  Measured measured() {
    Table table =
        new Table(
            "made durable",
            "alone p50 ms",
            "p99 ms",
            together + " at once, ms",
            "ms per duty",
            "CPU-ms");
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("atOnce", together);
    for (Step step : Step.values()) {
      row(step.text(), alone.of(step), atOnce.of(step), "-", table, json);
    }
    row("duty", alone.duty(), atOnce.duty(), text("%.2f", cpuMillisPerDuty()), table, json);
    json.put("cpuMillisPerDuty", rounded(cpuMillisPerDuty()));
    return new Measured("What it takes to make a duty durable\n" + table, json);
  }

  private void row(
      String name, Latency one, Latency many, String cpu, Table table, ObjectNode json) {
    double perDuty = many.p50() / MICROS_PER_MILLI / together;
    table.row(
        name,
        text("%.2f", one.p50() / MICROS_PER_MILLI),
        text("%.2f", one.p99() / MICROS_PER_MILLI),
        text("%.1f", many.p50() / MICROS_PER_MILLI),
        text("%.3f", perDuty),
        cpu);
    json.putObject(name)
        .put("aloneP50Millis", rounded(one.p50() / MICROS_PER_MILLI))
        .put("aloneP99Millis", rounded(one.p99() / MICROS_PER_MILLI))
        .put("atOnceMillis", rounded(many.p50() / MICROS_PER_MILLI))
        .put("perDutyMillis", rounded(perDuty));
  }

  private static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }

  private static String text(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
