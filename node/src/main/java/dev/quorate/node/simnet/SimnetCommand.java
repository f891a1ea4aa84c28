/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simnet;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.management.OperatingSystemMXBean;
import dev.quorate.actors.peer.PeerCounters;
import dev.quorate.config.ClusterFile;
import dev.quorate.config.ClusterPlan;
import dev.quorate.config.InvalidConfiguration;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.config.Proposals;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.node.process.CommandFailedException;
import dev.quorate.node.process.Latency;
import dev.quorate.node.process.PostgresUrl;
import dev.quorate.node.simnet.SimnetResult.Duties;
import dev.quorate.node.simulator.SimulatorProcess;
import dev.quorate.persistence.store.DatabaseRefusedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Runs a whole cluster and says how it went. */
@Command(
    name = "simnet",
    description =
        "Runs a network of operators in one process: real TLS links on loopback, a database each, and"
            + " a beacon simulator in a process of its own, or a real beacon node.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class SimnetCommand implements Callable<Integer> {
  private static final int FAILED = 1;

  /** What a run has to show. */
  enum Demand {
    ATTESTER,
    ALL
  }

  private static final class DutiesConverter implements ITypeConverter<Demand> {
    @Override
    public Demand convert(String text) {
      return switch (text) {
        case "attester" -> Demand.ATTESTER;
        case "all" -> Demand.ALL;
        default -> throw new TypeConversionException("it is attester or all, not " + text);
      };
    }
  }

  /** Nobody's address; the gas limit is mainnet's. */
  private static final Proposals PROPOSALS =
      new Proposals(Bytes.fromHex("51".repeat(20)), OptionalInt.of(60_000_000));

  /** Of 512: enough for some to aggregate. */
  private static final int SYNC_SEATS = 16;

  private static final Duration READY_PATIENCE = Duration.ofSeconds(90);

  /** After its last slot a run waits so many more for duties that are still open. */
  private static final int GRACE_SLOTS = 8;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--operators",
      description = "How many operators; default ${DEFAULT-VALUE}.",
      defaultValue = "4")
  private int operators;

  @Option(
      names = "--threshold",
      description = "Partial signatures that make a signature; default a quorum.")
  private @Nullable Integer threshold;

  @Option(
      names = "--validators",
      description =
          "How many distributed validators, each with one duty per epoch; default ${DEFAULT-VALUE}.",
      defaultValue = "64")
  private int validators;

  @Option(
      names = "--slots",
      description = "For how many slots; default ${DEFAULT-VALUE}, an epoch.",
      defaultValue = "32")
  private int slots;

  @Option(
      names = "--slot-seconds",
      description = "Length of a simulated slot; default ${DEFAULT-VALUE}.",
      defaultValue = "2")
  private int slotSeconds;

  @Option(
      names = "--fork",
      description = "Rules of the simulated chain: capella, deneb, electra or fulu; default fulu.",
      defaultValue = "fulu")
  private String fork = "fulu";

  @Option(
      names = "--duties",
      converter = DutiesConverter.class,
      description =
          "What must be done for the run to pass: attester, or all, for which operators also propose"
              + " blocks and register with builders; default attester.",
      defaultValue = "attester")
  private Demand demand = Demand.ATTESTER;

  @Option(
      names = "--database",
      paramLabel = "URL",
      converter = PostgresUrl.Converter.class,
      description =
          "A PostgreSQL database (jdbc:postgresql://HOST/NAME?user=USER&password=PASSWORD) to hold"
              + " one schema per operator; default an H2 file each. Those of a new cluster go with it,"
              + " those of --cluster stay.")
  private @Nullable PostgresUrl database;

  @Option(names = "--keep", description = "Keep the databases of a new cluster, to look at.")
  private boolean keep;

  @Option(
      names = "--cluster",
      paramLabel = "DIR",
      description =
          "Run the operators of this folder, as cluster create made it; default a new cluster. Needs"
              + " --beacon-node.")
  private @Nullable Path cluster;

  @Option(
      names = "--beacon-node",
      paramLabel = "URL",
      description =
          "A real beacon node instead of the simulator. It tells nobody which duties were missed: the"
              + " run passes if there were any and one at least was broadcast.")
  private @Nullable String beaconNode;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the result to this file as well.")
  private @Nullable Path json;

  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = command().commandLine().getOut();
    refuseNonsense();
    List<OperatorFolder> folders = List.of();
    try {
      folders = folders();
    } catch (InvalidConfiguration broken) {
      return failed(broken);
    }
    try (Databases databases = databases(folders.getFirst().cluster())) {
      SimnetResult result = run(folders, databases, out);
      out.println();
      out.print(result.table());
      Optional.ofNullable(json).ifPresent(result::write);
      out.println(result.isSuccess() ? "simnet: passed" : "simnet: FAILED");
      return result.isSuccess() ? 0 : FAILED;
    } catch (InvalidConfiguration
        | DatabaseRefusedException
        | TimeoutException
        | UncheckedIOException failure) {
      return failed(failure);
    } finally {
      folders.forEach(OperatorFolder::close);
    }
  }

  private int failed(Exception failure) {
    command().commandLine().getErr().println("quorate simnet: " + failure.getMessage());
    return FAILED;
  }

  private Databases databases(ClusterFile file) {
    Optional<PostgresUrl> url = Optional.ofNullable(database);
    return Optional.ofNullable(cluster)
        .map(folder -> Databases.lasting(url, folder, file.hash()))
        .orElseGet(() ->
            Databases.fresh(url, keep ? Databases.Afterwards.KEEP : Databases.Afterwards.REMOVE));
  }

  private CommandSpec command() {
    return Optional.ofNullable(spec).orElseThrow();
  }

  private void refuseNonsense() {
    if (slots < 1
        || slotSeconds < 1
        || slotSeconds * 1000L > ChainSpec.SLOT_MILLIS_MAX
        || validators < 1
        || operators < 1) {
      throw new ParameterException(
          command().commandLine(),
          "--operators, --validators, --slots and --slot-seconds are at least 1, the last at most"
              + " 3600");
    }
    if (beaconNode != null && OperatorSettings.parseBeaconNode(beaconNode).isEmpty()) {
      // It is not repeated: it may hold a token.
      throw new ParameterException(
          command().commandLine(), "--beacon-node is http(s)://host[:port][/path]");
    }
    if ((cluster == null) != (beaconNode == null)) {
      // A simulated chain begins anew with each run; what these keys signed on an earlier one
      // stays.
      throw new ParameterException(
          command().commandLine(), "--cluster and --beacon-node go together");
    }
    if (Fork.valueOf(fork()).compareTo(Fork.CAPELLA) < 0) {
      throw new ParameterException(
          command().commandLine(), "--fork is capella, deneb, electra or fulu");
    }
  }

  private String fork() {
    String name = fork.toUpperCase(Locale.ROOT);
    if (Stream.of(Fork.values()).noneMatch(known -> known.name().equals(name))) {
      throw new ParameterException(
          command().commandLine(), "--fork is capella, deneb, electra or fulu, not " + fork);
    }
    return name;
  }

  // ---- the operators

  private List<OperatorFolder> folders() throws IOException {
    if (cluster != null) {
      Path folder = cluster;
      try (Stream<Path> entries = Files.list(folder)) {
        List<OperatorFolder> found =
            entries
                .filter(entry -> entry.getFileName().toString().startsWith("operator-"))
                .map(OperatorFolder::load)
                .sorted(Comparator.comparingInt(OperatorFolder::position))
                .toList();
        if (found.isEmpty()) {
          throw new CommandFailedException(folder + ": no operator's folder is in it");
        }
        return found;
      } catch (IOException unreadable) {
        throw new CommandFailedException(folder + ": it cannot be read; choose another --cluster");
      }
    }
    return SimnetClusters.fresh(
        operators,
        threshold == null ? ClusterPlan.thresholdDefault(operators) : threshold,
        validators,
        Optional.of(PROPOSALS).filter(_ -> demand == Demand.ALL));
  }

  // ---- the run

  private SimnetResult run(List<OperatorFolder> folders, Databases databases, PrintWriter out)
      throws TimeoutException, InterruptedException {
    if (beaconNode != null) {
      return run(folders, databases, out, List.of(beaconNode), Optional.empty());
    }
    List<String> options =
        List.of(
            "--nodes=" + folders.size(),
            "--port=0",
            "--fork=" + fork(),
            "--slot-seconds=" + slotSeconds,
            "--sync-seats=" + SYNC_SEATS);
    try (SimulatorProcess simulator =
        SimulatorProcess.start(folders.getFirst().cluster(), options)) {
      return run(folders, databases, out, simulator.nodeUrls(), Optional.of(simulator));
    }
  }

  private SimnetResult run(
      List<OperatorFolder> folders,
      Databases databases,
      PrintWriter out,
      List<String> beaconUrls,
      Optional<SimulatorProcess> simulator)
      throws TimeoutException, InterruptedException {
    long startNanos = System.nanoTime();
    List<OperatorNetwork.Member> members =
        IntStream.range(0, folders.size())
            .mapToObj(i ->
                new OperatorNetwork.Member(
                    folders.get(i),
                    List.of(beaconUrls.get(i % beaconUrls.size())),
                    databases.of(i),
                    databases.marks(i)))
            .toList();
    try (OperatorNetwork network = OperatorNetwork.start(members)) {
      network.awaitReady(READY_PATIENCE);
      long now = System.currentTimeMillis();
      // Not the next: what was found open at the start is done by then, and counts for nothing.
      long first = Math.max(0, network.times().slotAt(now) + 2);
      long last = first + slots - 1;
      out.printf(
          Locale.ROOT,
          "%d operators, threshold %d, %d validators on %s; ready after %.1f s, slots %d to %d%n",
          folders.size(),
          folders.getFirst().cluster().threshold(),
          folders.getFirst().cluster().validators().size(),
          databases.name(),
          (System.nanoTime() - startNanos) / 1e9,
          first,
          last);
      out.flush();
      awaitInstant(network.times().startMillis(first));
      Usage before = Usage.of(network);
      for (long slot = first; slot <= last; slot++) {
        awaitInstant(network.times().startMillis(slot + 1));
        progress(out, network, simulator, first, slot, last);
      }
      for (int grace = 1; grace <= GRACE_SLOTS && isMissing(simulator, first, last); grace++) {
        awaitInstant(network.times().startMillis(last + 1 + grace));
      }
      return result(folders, databases, network, simulator, first, last, before);
    }
  }

  private static void awaitInstant(long unixMillis) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(unixMillis - System.currentTimeMillis());
  }

  private static boolean isMissing(Optional<SimulatorProcess> simulator, long first, long last)
      throws InterruptedException {
    return simulator.isPresent()
        && simulator.get().report(first, last).path("missed").longValue() > 0;
  }

  private static void progress(
      PrintWriter out,
      OperatorNetwork network,
      Optional<SimulatorProcess> simulator,
      long first,
      long slot,
      long last)
      throws InterruptedException {
    String done;
    if (simulator.isPresent()) {
      JsonNode report = simulator.get().report(first, slot);
      done = report.path("broadcast").longValue() + " of " + report.path("expected").longValue();
    } else {
      done = Long.toString(network.doneByType(first, slot).getOrDefault(DutyType.ATTESTER, 0L));
    }
    out.printf(
        Locale.ROOT,
        "slot %d of %d: %s duties broadcast%n",
        slot - first + 1,
        last - first + 1,
        done);
    out.flush();
  }

  /** How many epochs end. */
  private static long lastSlots(SlotTimes times, long first, long last) {
    return times.spec().epochOf(last + 1) - times.spec().epochOf(first);
  }

  /**
   * Of every type of which there was anything.
   *
   * @param agreements on features, as many as epochs end
   */
  private static Map<DutyType, Duties> duties(
      Optional<JsonNode> report, Map<DutyType, Long> done, long agreements) {
    Map<DutyType, Duties> duties = new EnumMap<>(DutyType.class);
    done.forEach(
        (type, count) -> duties.put(type, new Duties(Optional.empty(), count, Optional.empty())));
    if (agreements > 0) {
      long decided = done.getOrDefault(DutyType.INFO_SYNC, 0L);
      duties.put(
          DutyType.INFO_SYNC,
          new Duties(Optional.of(agreements), decided, Optional.of(agreements - decided)));
    }
    report.ifPresent(known -> {
      duties.put(DutyType.ATTESTER, duties(known));
      for (DutyType type : DutyType.values()) {
        JsonNode told = known.path("duties").path(type.label());
        if (!told.isMissingNode()) {
          duties.put(type, duties(told));
        }
      }
    });
    duties.putIfAbsent(DutyType.ATTESTER, new Duties(Optional.empty(), 0, Optional.empty()));
    return duties;
  }

  private static Duties duties(JsonNode told) {
    return new Duties(
        Optional.of(told.path("expected")).filter(JsonNode::isNumber).map(JsonNode::longValue),
        told.path("broadcast").longValue(),
        Optional.of(told.path("missed")).filter(JsonNode::isNumber).map(JsonNode::longValue));
  }

  private SimnetResult result(
      List<OperatorFolder> folders,
      Databases databases,
      OperatorNetwork network,
      Optional<SimulatorProcess> simulator,
      long first,
      long last,
      Usage before)
      throws InterruptedException {
    Usage used = Usage.of(network).since(before);
    Optional<JsonNode> report =
        simulator.isPresent() ? Optional.of(simulator.get().report(first, last)) : Optional.empty();
    List<Long> latencies = new ArrayList<>();
    report.ifPresent(
        known -> known.path("latenciesMillis").forEach(one -> latencies.add(one.longValue())));
    return new SimnetResult(
        folders.size(),
        folders.getFirst().cluster().threshold(),
        folders.getFirst().cluster().validators().size(),
        slots,
        "qbft",
        databases.name(),
        duties(report, network.doneByType(first, last), lastSlots(network.times(), first, last)),
        network.inclusionByType(first, last),
        demand,
        network.roundsHistogram(first, last),
        Latency.of(latencies),
        figure(report, "verifiedAggregates"),
        figure(report, "invalidAggregates"),
        figure(report, "conflictingSignatures"),
        figure(report, "diverged"),
        used.cpuNanos() / 1e9,
        used.wallNanos() / 1e9,
        used.peerBytes(),
        used.peerFrames(),
        used.journalRows());
  }

  /** What all operators together have used so far. */
  private record Usage(
      long cpuNanos, long wallNanos, long peerBytes, long peerFrames, long journalRows) {
    static Usage of(OperatorNetwork network) {
      List<PeerCounters.Counts> peers =
          network.operators().stream().map(operator -> operator.peers().total()).toList();
      return new Usage(
          PROCESS.getProcessCpuTime(),
          System.nanoTime(),
          peers.stream().mapToLong(PeerCounters.Counts::bytesSent).sum(),
          peers.stream().mapToLong(PeerCounters.Counts::framesSent).sum(),
          network.journalRows());
    }

    Usage since(Usage before) {
      return new Usage(
          cpuNanos - before.cpuNanos,
          wallNanos - before.wallNanos,
          peerBytes - before.peerBytes,
          peerFrames - before.peerFrames,
          journalRows - before.journalRows);
    }
  }

  private static Optional<Long> figure(Optional<JsonNode> report, String name) {
    return report.map(known -> known.path(name).longValue());
  }
}
