/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.sim;

import dev.quorate.node.process.CommandFailedException;
import dev.quorate.simulation.Campaign;
import dev.quorate.simulation.RunResult;
import dev.quorate.simulation.Setup;
import dev.quorate.simulation.Simulation;
import dev.quorate.simulation.check.Broken;
import dev.quorate.simulation.fault.Fault;
import dev.quorate.simulation.fault.FaultKind;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sim}: whole clusters in virtual time, from a seed, with everything that can go wrong. */
@Command(
    name = "sim",
    description =
        "Runs whole clusters in virtual time, each from a seed, with everything that can go wrong:"
            + " first a storm in which nothing unsafe may happen, then calm weather in which every"
            + " duty must be done.",
    footer = {
      "",
      "A seed always goes the same way, on every machine: the last line is a hash of all that happened.",
      "Exit status: 0 if no run broke an invariant, 1 if one did."
    },
    sortOptions = false)
public final class SimCommand implements Callable<Integer> {
  private static final int RUNS_DEFAULT = 1_000;
  private static final int OPERATORS_MIN = 4;
  private static final int OPERATORS_MAX = 13;

  /** Between two looks at the clock. */
  private static final int RUNS_AT_ONCE = 64;

  private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(5);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--runs",
      paramLabel = "N",
      description = "How many runs, with one seed after the other; default 1000, with --seed 1.")
  private Optional<Integer> runs = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "The first seed, a whole number; default: any.")
  private Optional<Long> seed = Optional.empty();

  @Option(
      names = "--until-seconds",
      paramLabel = "T",
      description = "Go on until so many seconds have passed, instead of --runs.")
  private Optional<Integer> untilSeconds = Optional.empty();

  @Option(
      names = "--faults",
      paramLabel = "LIST",
      description =
          "Kinds of fault, with commas between them; default all, or none. Any other name lists them.")
  private String faults = "all";

  @Option(
      names = "--nodes",
      paramLabel = "N",
      description = "Operators, 4 to 13; by default each seed draws 4, 7, 10 or 13.")
  private Optional<Integer> nodes = Optional.empty();

  @Option(
      names = "--only",
      paramLabel = "NUMBERS",
      split = ",",
      description = "Of one seed's faults those of these numbers alone, as a failure names them.")
  private List<Integer> only = List.of();

  @Option(
      names = "--real-proofs",
      description =
          "Codec, hash trees and signatures of production instead of tokens, twenty to seventy"
              + " times slower.")
  private boolean realProofs;

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description = "Write down what happens in the run of one seed.")
  private Optional<Path> trace = Optional.empty();

  private long done;
  private long duties;
  private long hash;
  private long startNanos;
  private long toldNanos;

  @Override
  public Integer call() throws IOException {
    Set<FaultKind> kinds = kinds();
    boolean isOne = runs.orElse(seed.isPresent() && untilSeconds.isEmpty() ? 1 : RUNS_DEFAULT) == 1;
    require(
        runs.orElse(1) >= 1 && untilSeconds.orElse(1) >= 1,
        "--runs and --until-seconds are at least 1");
    require(runs.isEmpty() || untilSeconds.isEmpty(), "either --runs or --until-seconds");
    require(
        nodes.orElse(OPERATORS_MIN) >= OPERATORS_MIN
            && nodes.orElse(OPERATORS_MIN) <= OPERATORS_MAX,
        "--nodes is 4 to 13");
    require(
        (trace.isEmpty() && only.isEmpty()) || (seed.isPresent() && isOne),
        "--trace and --only are for the run of one --seed");
    startNanos = System.nanoTime();
    toldNanos = startNanos;
    long first = seed.orElseGet(() -> (long) new SecureRandom().nextInt(Integer.MAX_VALUE));
    return isOne ? runOne(first, kinds) : runMany(first, kinds);
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), otherwise);
    }
  }

  private Set<FaultKind> kinds() {
    try {
      return Campaign.kinds(faults);
    } catch (IllegalArgumentException unknown) {
      throw new ParameterException(
          spec.commandLine(),
          unknown.getMessage()
              + "; there are "
              + Arrays.stream(FaultKind.values())
                  .map(FaultKind::label)
                  .collect(Collectors.joining(", ")));
    }
  }

  private Simulation simulation(long ofSeed, Set<FaultKind> kinds) {
    return new Simulation(
        ofSeed,
        nodes.map(OptionalInt::of).orElseGet(OptionalInt::empty),
        kinds,
        realProofs ? Setup.Proofs.REAL : Setup.Proofs.TOKENS);
  }

  // ---- one run

  private int runOne(long ofSeed, Set<FaultKind> kinds) throws IOException {
    Simulation simulation = simulation(ofSeed, kinds);
    List<Fault> some = chosen(simulation.faults());
    RunResult result;
    if (trace.isPresent()) {
      try (PrintWriter file = new PrintWriter(Files.newBufferedWriter(trace.get()))) {
        result = simulation.run(some, Optional.of(file));
        // A writer that prints keeps its failures to itself.
        if (file.checkError()) {
          throw new IOException("the disk took no more");
        }
      } catch (IOException failure) {
        throw new CommandFailedException("cannot write " + trace.get() + ": " + failure);
      }
    } else {
      result = simulation.run(some, Optional.empty());
    }
    say(
        "seed %d: %d operators, threshold %d, %d faults, %d duties, %,d steps"
            .formatted(
                ofSeed,
                simulation.setup().operators(),
                simulation.setup().threshold(),
                some.size(),
                result.duties(),
                result.steps()));
    for (Fault fault : some) {
      say("  %3d  %s".formatted(simulation.faults().indexOf(fault), fault));
    }
    hash = result.hash();
    if (result.broken().isPresent()) {
      tell(ofSeed, simulation, result, result.broken().get());
      return end(ExitCode.SOFTWARE);
    }
    return end(ExitCode.OK);
  }

  private List<Fault> chosen(List<Fault> all) {
    for (int number : only) {
      require(
          number >= 0 && number < all.size(),
          "--only " + number + ": this seed has the faults 0 to " + (all.size() - 1));
    }
    return only.isEmpty() ? all : only.stream().sorted().distinct().map(all::get).toList();
  }

  // ---- many runs

  private record Run(long seed, RunResult result) {}

  private int runMany(long first, Set<FaultKind> kinds) {
    long runsMax = untilSeconds.isPresent() ? Long.MAX_VALUE : runs.orElse(RUNS_DEFAULT);
    while (done < runsMax && !isTimeUp()) {
      long next = first + done;
      List<Run> some =
          LongStream.range(0, Math.min(runsMax - done, RUNS_AT_ONCE))
              .parallel()
              .mapToObj(number -> {
                Simulation simulation = simulation(next + number, kinds);
                return new Run(
                    next + number, simulation.run(simulation.faults(), Optional.empty()));
              })
              .toList();
      for (Run run : some) {
        done++;
        duties += run.result().duties();
        hash = 31 * hash + run.result().hash();
        if (run.result().broken().isPresent()) {
          tell(
              run.seed(), simulation(run.seed(), kinds), run.result(), run.result().broken().get());
          return end(ExitCode.SOFTWARE);
        }
      }
      progress();
    }
    say(
        "%,d runs from seed %d on, %,d duties, in %.1f s: nothing is broken"
            .formatted(done, first, duties, seconds()));
    return end(ExitCode.OK);
  }

  private boolean isTimeUp() {
    return untilSeconds.isPresent() && seconds() >= untilSeconds.get();
  }

  private double seconds() {
    return (System.nanoTime() - startNanos) / 1e9;
  }

  private void progress() {
    if (System.nanoTime() - toldNanos > PROGRESS_NANOS) {
      toldNanos = System.nanoTime();
      PrintWriter err = spec.commandLine().getErr();
      err.println("%,d runs, %,.0f duties a second".formatted(done, duties / seconds()));
      err.flush();
    }
  }

  // ---- what is said

  private void tell(long ofSeed, Simulation simulation, RunResult result, Broken broken) {
    say(
        "seed %d breaks %s at step %,d: %s"
            .formatted(
                ofSeed, broken.invariant().label(), result.steps(), broken.invariant().sentence()));
    say("  " + broken.getMessage());
    if (!only.isEmpty()) {
      return;
    }
    List<Fault> fewest = simulation.shrink(broken.invariant());
    say(
        "  the shortest variant found has %d of its %d faults:"
            .formatted(fewest.size(), simulation.faults().size()));
    String numbers =
        fewest.stream()
            .map(fault -> Integer.toString(simulation.faults().indexOf(fault)))
            .collect(Collectors.joining(","));
    for (Fault fault : fewest) {
      say("  %3d  %s".formatted(simulation.faults().indexOf(fault), fault));
    }
    say(
        "  to read it: ./quorate sim --seed %d --faults %s%s%s%s --trace FILE"
            .formatted(
                ofSeed,
                faults,
                nodes.map(n -> " --nodes " + n).orElse(""),
                realProofs ? " --real-proofs" : "",
                numbers.isEmpty() ? "" : " --only " + numbers));
  }

  private int end(int status) {
    say(String.format(Locale.ROOT, "trace hash %016x", hash));
    return status;
  }

  private void say(String line) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(line);
    out.flush();
  }
}
