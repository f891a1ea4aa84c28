/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simulator;

import dev.quorate.beacon.simulator.BeaconSimulator;
import dev.quorate.beacon.simulator.ChainConfig;
import dev.quorate.beacon.simulator.Placement;
import dev.quorate.beacon.simulator.SimulatorReport;
import dev.quorate.config.Address;
import dev.quorate.config.ClusterFile;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.node.process.CommandFailedException;
import dev.quorate.node.process.StopSignal;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code beacon-simulator}: a chain to try operators on, in a process of its own. */
@Command(
    name = "beacon-simulator",
    description =
        "Runs a simulated beacon chain, whose nodes speak the Beacon API on the loopback interface,"
            + " until it is told to stop (SIGTERM or Ctrl-C).",
    footer = {
      "",
      "Prints its addresses, ready, and a line for every slot with duties one slot after it ended."
          + " GET /simulator/report?from=SLOT&to=SLOT at the control address says the same as JSON"
          + " at any time.",
      "A chain is made by seed, genesis time and validators. With another genesis time it is"
          + " another chain, on which operators with a database of the last one refuse to start."
    },
    sortOptions = false)
public final class BeaconSimulatorCommand implements Callable<Integer> {
  static final String NAME = "beacon-simulator";
  static final String NODE = "beacon node: ";
  static final String CONTROL = "control: ";
  static final String READY = "ready";

  private static final int NODES_MAX = 100;

  /** Some thousand years ahead, so that no instant of the chain overflows. */
  private static final long GENESIS_TIME_MAX = 1L << 38;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--cluster",
      paramLabel = "FILE",
      required = true,
      description = "The cluster file whose validators attest.")
  private Path clusterFile = Path.of("");

  @Option(
      names = "--nodes",
      paramLabel = "N",
      description = "How many beacon nodes (default: ${DEFAULT-VALUE}).")
  private int nodes = 1;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description =
          "Of the first node, the others at the ports after it; 0 for any free ones (default:"
              + " ${DEFAULT-VALUE}).")
  private int port = 5052;

  @Option(
      names = "--control-port",
      paramLabel = "PORT",
      description = "Of the control address (default: any free one).")
  private int controlPort;

  @Option(
      names = "--slot-seconds",
      paramLabel = "N",
      description = "Length of a slot (default: ${DEFAULT-VALUE}).")
  private int slotSeconds = 2;

  @Option(
      names = "--slots-per-epoch",
      paramLabel = "N",
      description = "Length of an epoch (default: ${DEFAULT-VALUE}).")
  private int slotsPerEpoch = 32;

  @Option(
      names = "--placement",
      paramLabel = "WHERE",
      description =
          "Where in an epoch validators attest: spread, over all of its slots, or first_slot, all in"
              + " one (default: spread).")
  private Placement placement = Placement.SPREAD;

  @Option(
      names = "--sync-seats",
      paramLabel = "N",
      description =
          "Seats of the sync committee that the validators have, of 512 (default: ${DEFAULT-VALUE}).")
  private int syncSeats;

  @Option(
      names = "--fork",
      paramLabel = "FORK",
      description = "Rules of the chain: capella, deneb, electra or fulu (default: fulu).")
  private Fork fork = Fork.FULU;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "All that is random comes from it (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(
      names = "--genesis-time",
      paramLabel = "SECONDS",
      description = "Unix time of slot 0 (default: an epoch ago).")
  private Optional<Long> genesisTimeSeconds = Optional.empty();

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Write what became of all duties to this file at the end, as JSON.")
  private Optional<Path> report = Optional.empty();

  @Option(
      names = SimulatorProcess.UNTIL_INPUT_ENDS,
      description = "End with standard input as well, so as not to outlive who started it.")
  private boolean untilInputEnds;

  @Override
  public Integer call() throws InterruptedException {
    refuseNonsense();
    ChainConfig chain = chain();
    try (StopSignal stop = StopSignal.listen()) {
      serve(chain, end(stop));
    }
    return ExitCode.OK;
  }

  private void refuseNonsense() {
    if (nodes < 1
        || nodes > NODES_MAX
        || slotSeconds < 1
        || slotSeconds * 1000L > ChainSpec.SLOT_MILLIS_MAX
        || slotsPerEpoch < 1
        || slotsPerEpoch > ChainSpec.SLOTS_PER_EPOCH_MAX
        || syncSeats < 0
        || syncSeats > ChainConfig.SYNC_SEATS_MAX
        || port < 0
        || port > Address.PORT_MAX - (nodes - 1)
        || controlPort < 0
        || controlPort > Address.PORT_MAX
        || genesisTimeSeconds.orElse(0L) < 0
        || genesisTimeSeconds.orElse(0L) > GENESIS_TIME_MAX) {
      throw badUsage(
          "1 to 100 --nodes, ports up to 65535, 1 to 3600 --slot-seconds, --slots-per-epoch from 1"
              + " to 1048576, up to 512 --sync-seats, a --genesis-time of this age");
    }
    if (!fork.isAtLeast(Fork.CAPELLA)) {
      throw badUsage("--fork is capella, deneb, electra or fulu");
    }
  }

  private ParameterException badUsage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private ChainConfig chain() {
    ClusterFile cluster = ClusterFile.load(clusterFile);
    return new ChainConfig(
        seed,
        // An epoch ago, so that there is something to justify.
        genesisTimeSeconds.orElseGet(
            () -> System.currentTimeMillis() / 1000 - (long) slotsPerEpoch * slotSeconds),
        fork,
        slotSeconds * 1000L,
        slotsPerEpoch,
        placement,
        syncSeats,
        cluster.validators().stream().map(validator -> validator.group().compressed()).toList());
  }

  /** Completed when the process is to end. */
  private CompletableFuture<?> end(StopSignal stop) {
    if (!untilInputEnds) {
      return stop.asked();
    }
    CompletableFuture<Void> inputEnd = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            System.in.transferTo(OutputStream.nullOutputStream());
          } catch (IOException broken) {
            // An end like any other.
          }
          inputEnd.complete(null);
        });
    return CompletableFuture.anyOf(stop.asked(), inputEnd);
  }

  private void serve(ChainConfig chain, CompletableFuture<?> end) throws InterruptedException {
    ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), NAME);
    try {
      BeaconSimulator simulator =
          BeaconSimulator.start(
                  system,
                  chain,
                  IntStream.range(0, nodes).mapToObj(i -> port == 0 ? 0 : port + i).toList(),
                  controlPort,
                  InstantSource.system())
              .toCompletableFuture()
              .join();
      PrintWriter out = spec.commandLine().getOut();
      simulator.nodeUrls().forEach(url -> out.println(NODE + url));
      out.println(CONTROL + simulator.controlUrl());
      out.println(READY);
      out.flush();
      follow(simulator, out, end);
      simulator.stop().toCompletableFuture().join();
    } catch (CompletionException failed) {
      throw new CommandFailedException(
          Optional.ofNullable(failed.getCause()).orElse(failed).getMessage()
              + "; stop what listens there, or choose other ports");
    } finally {
      system.terminate();
      system.getWhenTerminated().toCompletableFuture().join();
    }
  }

  /** A line per slot with duties, and the report at the end. */
  private void follow(BeaconSimulator simulator, PrintWriter out, CompletableFuture<?> end)
      throws InterruptedException {
    SlotTimes times = simulator.chain().times();
    long first = Math.max(0, times.slotAt(System.currentTimeMillis()) + 1);
    long slot = first;
    while (!isOver(end, times.startMillis(slot + 2))) {
      SimulatorReport.SlotCount count = simulator.report(slot, slot).slots().getFirst();
      if (count.expected() > 0) {
        out.printf("slot %d: %d of %d duties%n", slot, count.broadcast(), count.expected());
        out.flush();
      }
      slot++;
    }
    if (report.isPresent() && slot > first) {
      write(report.get(), simulator.report(first, slot - 1));
    }
  }

  /** Waits until an instant or the end, whichever comes first. */
  private static boolean isOver(CompletableFuture<?> end, long unixMillis)
      throws InterruptedException {
    try {
      end.get(Math.max(0, unixMillis - System.currentTimeMillis()), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException due) {
      return false;
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static void write(Path file, SimulatorReport report) {
    try {
      Files.writeString(file, report.toJson().toPrettyString() + System.lineSeparator());
    } catch (IOException failure) {
      throw new CommandFailedException(
          file + " cannot be written: " + failure.getMessage() + "; choose another --report");
    }
  }
}
