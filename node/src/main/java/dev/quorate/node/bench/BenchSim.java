/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.node.process.Table;
import dev.quorate.simulation.Campaign;
import dev.quorate.simulation.RunResult;
import dev.quorate.simulation.Setup;
import dev.quorate.simulation.Simulation;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench sim}: how many duties of a cluster the simulator does. */
@Command(
    name = "sim",
    description =
        "Measures how many duties of a cluster of four the simulator does in a second on one core,"
            + " all checkers on.",
    footer = {
      "",
      "Each row warms up for as long as it measures. Exit status: 0, or 1 if a run broke an invariant."
    },
    sortOptions = false)
public final class BenchSim implements Callable<Integer> {
  private static final int OPERATORS = 4;

  private record Row(String faults, Setup.Proofs proofs) {}

  private record Figures(
      long runs, long duties, double dutiesPerSecond, double stepsPerDuty, boolean isBroken) {}

  private static final List<Row> ROWS =
      List.of(
          new Row("none", Setup.Proofs.TOKENS),
          new Row("all", Setup.Proofs.TOKENS),
          new Row("none", Setup.Proofs.REAL),
          new Row("all", Setup.Proofs.REAL));

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--seconds",
      paramLabel = "T",
      description = "How long each row is measured (default: ${DEFAULT-VALUE}).")
  private int seconds = 20;

  @Mixin private JsonOption json = new JsonOption();

  @Override
  public Integer call() {
    if (seconds < 1) {
      throw new ParameterException(spec.commandLine(), "--seconds is at least 1");
    }
    Table table = new Table("faults", "proofs", "runs", "duties", "duties/s", "steps/duty");
    ArrayNode rows = JsonNodeFactory.instance.arrayNode();
    boolean isBroken = false;
    PrintWriter err = spec.commandLine().getErr();
    for (Row row : ROWS) {
      String proofs = row.proofs().name().toLowerCase(Locale.ROOT);
      err.printf("faults %s, proofs %s ...%n", row.faults(), proofs);
      err.flush();
      measure(row);
      Figures figures = measure(row);
      isBroken |= figures.isBroken();
      table.row(
          row.faults(),
          proofs,
          figures.runs(),
          figures.duties(),
          "%.0f".formatted(figures.dutiesPerSecond()),
          "%.0f".formatted(figures.stepsPerDuty()));
      rows.addObject()
          .put("faults", row.faults())
          .put("proofs", proofs)
          .put("runs", figures.runs())
          .put("duties", figures.duties())
          .put("dutiesPerSecond", figures.dutiesPerSecond())
          .put("stepsPerDuty", figures.stepsPerDuty());
    }
    spec.commandLine().getOut().print(table);
    spec.commandLine().getOut().flush();
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.set("rows", rows);
    json.write(document);
    return isBroken ? ExitCode.SOFTWARE : ExitCode.OK;
  }

  /** Always the same seeds, from 1 on. */
  private Figures measure(Row row) {
    long beginNanos = System.nanoTime();
    long endNanos = beginNanos + TimeUnit.SECONDS.toNanos(seconds);
    long duties = 0;
    long steps = 0;
    long seed = 1;
    boolean isBroken = false;
    for (; System.nanoTime() < endNanos && !isBroken; seed++) {
      Simulation simulation =
          new Simulation(
              seed, OptionalInt.of(OPERATORS), Campaign.kinds(row.faults()), row.proofs());
      RunResult result = simulation.run(simulation.faults(), Optional.empty());
      duties += result.duties();
      steps += result.steps();
      isBroken = result.broken().isPresent();
    }
    double took = (System.nanoTime() - beginNanos) / 1e9;
    return new Figures(seed - 1, duties, duties / took, (double) steps / duties, isBroken);
  }
}
