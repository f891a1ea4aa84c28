/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import dev.quorate.config.Address;
import dev.quorate.config.ClusterCreation;
import dev.quorate.config.ClusterFile;
import dev.quorate.config.ClusterPlan;
import dev.quorate.config.FreePorts;
import dev.quorate.config.OperatorFolder;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.node.process.ChildProgram;
import dev.quorate.node.simulator.SimulatorProcess;
import dev.quorate.persistence.store.DatabaseFailedException;
import dev.quorate.persistence.store.DatabaseRefusedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Four operators, three of whom sign, as processes against the beacon simulator in another one,
 * with keys, folders and databases made for the run.
 *
 * @param pods of the last operator, each a process; of the others one each
 */
record BenchNetwork(
    int validators,
    Load load,
    int slotSeconds,
    int pods,
    BenchDatabases databases,
    PrintWriter out,
    Afterwards afterwards) {
  private static final int OPERATORS = 4;
  private static final int LAST = OPERATORS - 1;
  private static final int THRESHOLD = 3;
  private static final String HOST = "127.0.0.1";
  private static final int SLOTS_PER_EPOCH = 32;
  private static final Duration START_PATIENCE = Duration.ofMinutes(1);
  private static final Duration READY_PATIENCE = Duration.ofMinutes(3);

  /** Where in an epoch validators attest. */
  enum Load {
    ONE_SLOT,
    SPREAD;

    String text() {
      return switch (this) {
        case ONE_SLOT -> "one slot";
        case SPREAD -> SLOTS_PER_EPOCH + " slots";
      };
    }

    /** Of the beacon simulator. */
    List<String> options() {
      return switch (this) {
        case ONE_SLOT -> List.of("--placement=first_slot", "--slots-per-epoch=1");
        case SPREAD -> List.of("--slots-per-epoch=" + SLOTS_PER_EPOCH);
      };
    }
  }

  /** What becomes of folders, logs and databases. */
  enum Afterwards {
    DELETE,
    KEEP;

    static Afterwards keepIf(boolean keep) {
      return keep ? KEEP : DELETE;
    }
  }

  /**
   * All are ready.
   *
   * @param operators the processes, the pods of the last operator at the end
   */
  record Running(
      List<OperatorProcess> operators,
      SimulatorProcess simulator,
      Slots chain,
      double readySeconds) {}

  /** Of one process: where peers, its user and the operator's other pods reach it. */
  private record Ports(int peers, int admin, int pod) {
    static List<Ports> find(int processes) throws IOException {
      List<Integer> free = FreePorts.find(3 * processes);
      return IntStream.range(0, processes)
          .mapToObj(process ->
              new Ports(
                  free.get(3 * process), free.get(3 * process + 1), free.get(3 * process + 2)))
          .toList();
    }
  }

  /** What is done with them. */
  interface Work<T> {
    T apply(Running network) throws IOException, InterruptedException;
  }

  /** What a caller may ask for, for a line of bad usage. */
  static final String BOUNDS =
      "1 to %d --validators, 1 or more --slots, --slot-seconds from 1 to %d"
          .formatted(ClusterFile.VALIDATORS_MAX, ChainSpec.SLOT_MILLIS_MAX / 1000);

  static boolean isWithinBounds(int validators, int slots, int slotSeconds) {
    return validators >= 1
        && validators <= ClusterFile.VALIDATORS_MAX
        && slots >= 1
        && slotSeconds >= 1
        && slotSeconds * 1000L <= ChainSpec.SLOT_MILLIS_MAX;
  }

  /** Whether operators begin with what {@code train} kept, and not only were told to. */
  static boolean isTrained() throws IOException, InterruptedException {
    List<String> options = ManagementFactory.getRuntimeMXBean().getInputArguments();
    return options.stream().anyMatch(option -> option.startsWith("-XX:AOTCache="))
        && !options.contains("-XX:AOTMode=off")
        && startsTrained(List.of());
  }

  /**
   * Whether a virtual machine starts that insists on what was learned: the file is whole, and fits
   * build, JDK and options.
   *
   * @param javaOptions beside those that this virtual machine was started with
   */
  static boolean startsTrained(List<String> javaOptions) throws IOException, InterruptedException {
    List<String> options =
        new ArrayList<>(ManagementFactory.getRuntimeMXBean().getInputArguments());
    options.addAll(javaOptions);
    options.add("-XX:AOTMode=on");
    Process process =
        ChildProgram.of(options, ChildProgram.QUORATE, List.of("--version"))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      return process.waitFor(START_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
          && process.exitValue() == 0;
    } finally {
      process.destroyForcibly();
    }
  }

  /**
   * Blocks until all processes have ended.
   *
   * @param javaOptions of the first operator, beside those that this virtual machine was started
   *     with
   */
  <T> T run(List<String> javaOptions, Work<T> work) throws IOException, InterruptedException {
    databases.drop(OPERATORS); // An earlier run may have been killed.
    out.printf("%d validators in %s: making keys%n", validators, load.text());
    out.flush();
    List<Ports> ports = Ports.find(LAST + pods);
    List<Integer> addresses =
        new ArrayList<>(ports.subList(0, OPERATORS).stream().map(Ports::peers).toList());
    if (pods == 1) {
      return run(addresses, ports, javaOptions, work);
    }
    try (PodsAddress address =
        new PodsAddress(ports.subList(LAST, ports.size()).stream().map(Ports::peers).toList())) {
      addresses.set(LAST, address.port());
      return run(addresses, ports, javaOptions, work);
    }
  }

  private <T> T run(
      List<Integer> addresses, List<Ports> ports, List<String> javaOptions, Work<T> work)
      throws IOException, InterruptedException {
    List<OperatorFolder> operators =
        ClusterCreation.dealFreshKeys(
            new ClusterPlan(
                "bench",
                THRESHOLD,
                Optional.empty(),
                addresses.stream().map(port -> new Address(HOST, port)).toList()),
            validators,
            new SecureRandom());
    Path folder = Files.createTempDirectory("quorate-bench");
    try {
      return run(operators, folder.resolve("cluster"), ports, javaOptions, work);
    } finally {
      operators.forEach(OperatorFolder::close);
      if (afterwards == Afterwards.KEEP) {
        out.println("kept: " + folder);
      } else {
        BenchFolders.delete(folder);
      }
    }
  }

  private <T> T run(
      List<OperatorFolder> operators,
      Path folder,
      List<Ports> ports,
      List<String> javaOptions,
      Work<T> work)
      throws IOException, InterruptedException {
    // An epoch ago, so that there is something to justify.
    Slots chain =
        new Slots(
            System.currentTimeMillis() / 1000 - (long) SLOTS_PER_EPOCH * slotSeconds, slotSeconds);
    List<String> options = new ArrayList<>(load.options());
    options.addAll(
        List.of(
            "--nodes=" + OPERATORS,
            "--port=0",
            "--slot-seconds=" + slotSeconds,
            "--genesis-time=" + chain.genesisSeconds()));
    List<OperatorProcess> processes = new ArrayList<>();
    try (SimulatorProcess simulator =
        SimulatorProcess.start(operators.getFirst().cluster(), options)) {
      ClusterCreation.write(
          operators,
          folder,
          simulator.nodeUrls().stream().map(URI::create).toList(),
          new SecureRandom(),
          _ -> {});
      long startNanos = System.nanoTime();
      for (int operator = 0; operator < OPERATORS; operator++) {
        Path own = folder.resolve("operator-" + operator);
        String database = databases.settings(operator, own);
        List<Ports> pods = ports.subList(operator, operator == LAST ? ports.size() : operator + 1);
        for (int pod = 0; pod < pods.size(); pod++) {
          processes.add(
              OperatorProcess.start(
                  own,
                  "pod-" + pod,
                  pods.get(pod).admin(),
                  database + (pods.size() == 1 ? "" : settings(pods, pod)),
                  operator == 0 ? javaOptions : List.of()));
        }
      }
      for (OperatorProcess process : processes) {
        process.awaitReady(READY_PATIENCE);
      }
      double readySeconds = (System.nanoTime() - startNanos) / 1e9;
      return work.apply(new Running(processes, simulator, chain, readySeconds));
    } finally {
      processes.forEach(OperatorProcess::stop);
      processes.forEach(OperatorProcess::close);
      if (afterwards == Afterwards.DELETE) {
        dropDatabases();
      }
    }
  }

  /** Of one of several pods of an operator. */
  private static String settings(List<Ports> pods, int pod) {
    return """
    quorate.peers.bind-address = "%1$s:%2$d"
    quorate.pod { address = "%1$s:%3$d", seeds = [%4$s] }
    """
        .formatted(
            HOST,
            pods.get(pod).peers(),
            pods.get(pod).pod(),
            pods.stream()
                .map(other -> "\"" + HOST + ":" + other.pod() + "\"")
                .collect(Collectors.joining(", ")));
  }

  /** What is left does no harm: the next run begins with dropping it. */
  private void dropDatabases() {
    try {
      databases.drop(OPERATORS);
    } catch (DatabaseRefusedException | DatabaseFailedException failure) {
      out.println("schemas are left in " + databases.text() + ": " + failure.getMessage());
    }
  }
}
