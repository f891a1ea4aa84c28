/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.node.process.PostgresUrl;
import dev.quorate.node.simulator.SimulatorProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench duties}: what a duty costs an operator. */
@Command(
    name = "duties",
    description =
        "Runs four operators, three of whom sign, as processes against the beacon simulator in"
            + " another one, and measures what a duty costs each of them.",
    footer = {
      "",
      "Without --validators: 64, 256 and 1,000 validators that all attest in every slot, then 1,000"
          + " spread over the 32 slots of an epoch, as a chain does it.",
      "CPU is all that the operators' processes use, garbage collection included. Latency is from the"
          + " moment that attestations are due to the beacon node's answer. Figures per duty are"
          + " those of one operator.",
      "Exit status: 0 if every duty was done in time, 1 if not."
    },
    sortOptions = false)
public final class BenchDuties implements Callable<Integer> {
  /** After its last slot a run waits so many more for duties that are still open. */
  private static final int GRACE_SLOTS = 4;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--validators",
      paramLabel = "N",
      description = "Run one size alone: all of N in every slot, or with --spread once an epoch.")
  private Optional<Integer> validators = Optional.empty();

  @Option(names = "--spread", description = "Spread --validators over the slots of an epoch.")
  private boolean spread;

  @Option(
      names = "--slots",
      paramLabel = "N",
      description = "For how many slots to measure (default: ${DEFAULT-VALUE}).")
  private int slots = 32;

  @Option(
      names = "--warm-up-slots",
      paramLabel = "N",
      description = "Slots before those (default: ${DEFAULT-VALUE}).")
  private int warmUpSlots = 3;

  @Option(
      names = "--slot-seconds",
      paramLabel = "N",
      description = "Length of a slot (default: ${DEFAULT-VALUE}).")
  private int slotSeconds = 12;

  @Option(
      names = "--database",
      paramLabel = "URL",
      converter = PostgresUrl.Converter.class,
      description =
          "A PostgreSQL database (jdbc:postgresql://HOST/NAME?user=USER&password=PASSWORD) to hold"
              + " one schema per operator, for one benchmark at a time; default an H2 file each.")
  private Optional<PostgresUrl> database = Optional.empty();

  @Mixin private JsonOption json = new JsonOption();

  @Option(
      names = "--keep",
      description =
          "Keep the operators' folders, logs and databases, to look at; of PostgreSQL those of the"
              + " last run.")
  private boolean keep;

  private record Run(int validators, BenchNetwork.Load load) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    refuseNonsense();
    List<DutiesRow> rows = new ArrayList<>();
    // Now, and not after minutes, it shows whether it can be written.
    write(rows);
    for (Run run : runs()) {
      rows.add(measure(run));
      write(rows);
    }
    out().println();
    out().print(DutiesRow.table(rows));
    out().flush();
    return rows.stream().allMatch(DutiesRow::isSuccess) ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private void refuseNonsense() {
    if (warmUpSlots < 0 || !BenchNetwork.isWithinBounds(validators.orElse(1), slots, slotSeconds)) {
      throw badUsage("0 or more --warm-up-slots, " + BenchNetwork.BOUNDS);
    }
    if (spread && validators.isEmpty()) {
      throw badUsage("--spread needs --validators");
    }
  }

  private ParameterException badUsage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private List<Run> runs() {
    return validators
        .map(one ->
            List.of(new Run(one, spread ? BenchNetwork.Load.SPREAD : BenchNetwork.Load.ONE_SLOT)))
        .orElseGet(() ->
            List.of(
                new Run(64, BenchNetwork.Load.ONE_SLOT),
                new Run(256, BenchNetwork.Load.ONE_SLOT),
                new Run(1000, BenchNetwork.Load.ONE_SLOT),
                new Run(1000, BenchNetwork.Load.SPREAD)));
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private void write(List<DutiesRow> rows) {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    ArrayNode array = all.putArray("rows");
    rows.forEach(row -> array.add(row.toJson()));
    json.write(all);
  }

  // ---- one run

  private DutiesRow measure(Run run) throws IOException, InterruptedException {
    BenchDatabases databases = new BenchDatabases(database);
    return new BenchNetwork(
            run.validators(),
            run.load(),
            slotSeconds,
            1,
            databases,
            out(),
            BenchNetwork.Afterwards.keepIf(keep))
        .run(List.of(), network -> measure(run, databases, network));
  }

  private DutiesRow measure(Run run, BenchDatabases databases, BenchNetwork.Running network)
      throws IOException, InterruptedException {
    Slots chain = network.chain();
    SimulatorProcess simulator = network.simulator();
    List<OperatorProcess> operators = network.operators();
    long first = chain.now() + 1 + warmUpSlots;
    long last = first + slots - 1;
    out()
        .printf(
            Locale.ROOT,
            "ready after %.1f s; %d slots to warm up, then %d of %d s%n",
            network.readySeconds(),
            warmUpSlots,
            slots,
            slotSeconds);
    out().flush();
    chain.await(first);
    List<OperatorProcess.Sample> before = sample(operators);
    long cpuNanos = cpuNanos(operators);
    for (long slot = first; slot <= last; slot++) {
      chain.await(slot + 1);
      long soFarNanos = cpuNanos(operators);
      progress(simulator, first, slot, soFarNanos - cpuNanos);
      cpuNanos = soFarNanos;
    }
    List<OperatorProcess.Sample> after = sample(operators);
    OptionalLong residentBytes =
        operators.stream()
            .map(OperatorProcess::residentBytes)
            .flatMapToLong(OptionalLong::stream)
            .max();
    JsonNode report = simulator.report(first, last);
    for (int grace = 1; grace <= GRACE_SLOTS && report.path("missed").longValue() > 0; grace++) {
      chain.await(last + 1 + grace);
      report = simulator.report(first, last);
    }
    return new DutiesRow(
        operators.size(),
        databases.name(),
        BenchNetwork.isTrained(),
        run.validators(),
        run.load().text(),
        slotSeconds,
        slots,
        report,
        difference(before, after, OperatorProcess.Sample::cpuNanos),
        difference(before, after, sum("quorate_peer_bytes_sent_total")),
        difference(before, after, sum("quorate_peer_frames_sent_total")),
        difference(before, after, sum("quorate_journal_rows_total")),
        rounds(before, after),
        residentBytes,
        network.readySeconds());
  }

  private void progress(SimulatorProcess simulator, long first, long slot, long cpuNanos)
      throws InterruptedException {
    JsonNode report = simulator.report(first, slot);
    out()
        .printf(
            Locale.ROOT,
            "slot %d of %d: %d of %d duties broadcast, %.1f s of CPU%n",
            slot - first + 1,
            slots,
            report.path("broadcast").longValue(),
            report.path("expected").longValue(),
            cpuNanos / 1e9);
    out().flush();
  }

  private static long cpuNanos(List<OperatorProcess> operators) {
    return operators.stream().mapToLong(OperatorProcess::cpuNanos).sum();
  }

  private static List<OperatorProcess.Sample> sample(List<OperatorProcess> operators)
      throws InterruptedException {
    List<OperatorProcess.Sample> samples = new ArrayList<>();
    for (OperatorProcess operator : operators) {
      samples.add(operator.sample());
    }
    return samples;
  }

  private static ToLongFunction<OperatorProcess.Sample> sum(String metric) {
    return sample -> Math.round(sample.figures().sum(metric));
  }

  private static long difference(
      List<OperatorProcess.Sample> before,
      List<OperatorProcess.Sample> after,
      ToLongFunction<OperatorProcess.Sample> figure) {
    return after.stream().mapToLong(figure).sum() - before.stream().mapToLong(figure).sum();
  }

  private static Map<String, Long> rounds(
      List<OperatorProcess.Sample> before, List<OperatorProcess.Sample> after) {
    Map<String, Long> rounds = new TreeMap<>();
    IntStream.range(0, after.size())
        .forEach(operator -> {
          count(after.get(operator)).forEach((round, n) -> rounds.merge(round, n, Long::sum));
          count(before.get(operator)).forEach((round, n) -> rounds.merge(round, -n, Long::sum));
        });
    rounds.values().removeIf(count -> count == 0);
    return rounds;
  }

  private static Map<String, Long> count(OperatorProcess.Sample sample) {
    Map<String, Long> counts = new TreeMap<>();
    sample
        .figures()
        .by("quorate_duties_broadcast_total", "round")
        .forEach((round, n) -> counts.put(round, n.longValue()));
    return counts;
  }
}
