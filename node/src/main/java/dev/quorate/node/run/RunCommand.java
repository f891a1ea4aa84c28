/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.run;

import dev.quorate.actors.validator.DutyFigures;
import dev.quorate.actors.wiring.ChainFacts;
import dev.quorate.actors.wiring.Operator;
import dev.quorate.actors.wiring.RemoteKeys;
import dev.quorate.config.ClusterFile;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.config.Release;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.node.pod.Pod;
import dev.quorate.node.process.CommandFailedException;
import dev.quorate.node.process.DatabaseLogin;
import dev.quorate.node.process.LogOptions;
import dev.quorate.node.process.StopSignal;
import dev.quorate.persistence.store.DatabaseSettings;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code run}: one pod of one operator, as a process. */
@Command(
    name = "run",
    description = "Runs one pod of one operator until it is told to stop (SIGTERM or Ctrl-C).",
    footer = {
      "",
      "Exit status: 0 after it was told to stop and did; 1 if it could not start, if a part of it"
          + " failed, if it did not stop within a minute, or if it was told to stop a second time;"
          + " 2 on bad usage; 3 if memory ran out. Status 1 and 2 come with one line on standard error."
    },
    sortOptions = false)
public final class RunCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger("dev.quorate.run");
  private static final long POLL_MILLIS = 100;
  private static final long BETWEEN_LINES_NANOS = TimeUnit.SECONDS.toNanos(10);

  @Option(
      names = "--config",
      paramLabel = "FILE",
      required = true,
      description = "The operator's settings, such as the operator.conf of cluster create.")
  private Path config = Path.of("");

  @Mixin private LogOptions logOptions = new LogOptions();

  @Override
  public Integer call() throws InterruptedException {
    logOptions.apply();
    try (StopSignal stop = StopSignal.listen()) {
      LOG.info("quorate {}, Java {}", Release.VERSION, Runtime.version());
      OperatorSettings settings = OperatorSettings.load(config);
      HeapNeed.refuseLess(
          ClusterFile.load(settings.files().cluster()).validators().size(),
          settings.validatorApi().isPresent(),
          Runtime.getRuntime().maxMemory());
      // Beside the keys, which take as long.
      FutureTask<SlotTimes> chain = start(() -> ChainFacts.ask(settings.beaconNodes()));
      try (OperatorFolder folder = load(settings)) {
        run(settings, folder, chain, stop);
      }
      LOG.info("stopped");
      return ExitCode.OK;
    }
  }

  private static OperatorFolder load(OperatorSettings settings) {
    OperatorSettings.Files files = settings.files();
    if (settings.remoteSigner().isPresent() || settings.validatorApi().isPresent()) {
      return OperatorFolder.loadWithoutShares(files.cluster(), files.keys());
    }
    return settings.keymanagerApi().isPresent()
        ? OperatorFolder.loadPresent(files.cluster(), files.keys())
        : OperatorFolder.load(files.cluster(), files.keys());
  }

  private static void run(
      OperatorSettings settings,
      OperatorFolder folder,
      FutureTask<SlotTimes> chainFacts,
      StopSignal stop)
      throws InterruptedException {
    DatabaseSettings database = DatabaseLogin.of(settings.database());
    introduce(settings, folder, database);
    if (settings.remoteSigner().isPresent()) {
      RemoteKeys keys = new RemoteKeys(settings.remoteSigner().get(), folder);
      if (answer(start(keys::await), stop, "all key shares at the remote signer").isEmpty()) {
        return;
      }
    }
    Optional<SlotTimes> chain = answer(chainFacts, stop, "an answer of a beacon node");
    if (chain.isEmpty()) {
      return;
    }
    SlotTimes times = chain.get();
    LOG.info(
        "chain: genesis {}, slot {}",
        times.genesis().validatorsRoot(),
        times.slotAt(System.currentTimeMillis()));
    DutyFigures figures = new DutyFigures((_, _) -> {});
    try (Pod pod = Pod.start(folder, settings, database, times, figures)) {
      pod.adminAddress()
          .ifPresent(at -> LOG.info("admin API: http://{}:{}", at.getHostString(), at.getPort()));
      pod.validatorApiAddress()
          .ifPresent(at -> LOG.info("validator API: {}:{}", at.getHostString(), at.getPort()));
      pod.keymanagerApiAddress()
          .ifPresent(at -> LOG.info("keymanager API: {}:{}", at.getHostString(), at.getPort()));
      serve(pod.operator(), folder.cluster(), stop);
    }
  }

  private static void serve(Operator operator, ClusterFile cluster, StopSignal stop)
      throws InterruptedException {
    CompletableFuture<String> failed = operator.whenStopped();
    if (await(() -> operator.isReady() || failed.isDone(), stop, () -> lacks(operator, cluster))) {
      if (!failed.isDone()) {
        Collection<Integer> unreached = operator.unreached();
        LOG.info("ready{}", unreached.isEmpty() ? "" : ", without " + names(cluster, unreached));
      }
      CompletableFuture.anyOf(stop.asked(), failed).join();
    }
    if (failed.isDone()) {
      throw new CommandFailedException(failed.join() + "; the log says more, start it again");
    }
    LOG.info("{}: stopping", stop.asked().join());
  }

  /** False if the process was told to stop first. */
  private static boolean await(BooleanSupplier done, StopSignal stop, Supplier<String> lack)
      throws InterruptedException {
    long lineNanos = System.nanoTime();
    while (!done.getAsBoolean()) {
      if (stop.isAskedWithin(POLL_MILLIS)) {
        return false;
      }
      if (System.nanoTime() - lineNanos >= BETWEEN_LINES_NANOS) {
        lineNanos = System.nanoTime();
        LOG.info("waiting for {}", lack.get());
      }
    }
    return true;
  }

  private static <T> FutureTask<T> start(Callable<T> question) {
    FutureTask<T> answer = new FutureTask<>(question);
    // A daemon: it must not keep a process that was told to stop.
    Thread.ofPlatform().daemon().name("first-answers").start(answer);
    return answer;
  }

  /** Empty if the process was told to stop before there was an answer. */
  private static <T> Optional<T> answer(FutureTask<T> answer, StopSignal stop, String lack)
      throws InterruptedException {
    if (!await(answer::isDone, stop, () -> lack)) {
      return Optional.empty();
    }
    try {
      return Optional.of(answer.get());
    } catch (ExecutionException failure) {
      if (failure.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(failure);
    }
  }

  // ---- what it says

  private static void introduce(
      OperatorSettings settings, OperatorFolder folder, DatabaseSettings database) {
    ClusterFile cluster = folder.cluster();
    int self = folder.position();
    LOG.info(
        "{} ({} of {}, {} sign) in the cluster \"{}\", {}",
        cluster.operators().get(self).name(),
        self + 1,
        cluster.operators().size(),
        cluster.threshold(),
        cluster.name(),
        cluster.hash().hex().substring(0, 8));
    OperatorSettings.Pod pod = settings.pod();
    LOG.info("pod: {}{}", pod.name(), pod.seeds().isEmpty() ? "" : ", joins " + pod.seeds());
    LOG.info("validators: {}", cluster.validators().size());
    LOG.info(
        "peers: {}; listens at {}",
        IntStream.range(0, cluster.operators().size())
            .filter(position -> position != self)
            .mapToObj(cluster.operators()::get)
            .map(operator -> operator.name() + " at " + operator.address())
            .collect(Collectors.joining(", ")),
        settings.peers().bind());
    settings
        .remoteSigner()
        .ifPresent(signer -> LOG.info("signs with the remote signer {}", signer.origin()));
    LOG.info("database: {}", database);
    LOG.info(
        "beacon nodes: {}",
        settings.beaconNodes().urls().stream()
            .map(RunCommand::origin)
            .collect(Collectors.joining(", ")));
  }

  /** The rest may hold credentials. */
  private static String origin(URI url) {
    return url.getScheme() + "://" + url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort());
  }

  private static String lacks(Operator operator, ClusterFile cluster) {
    List<String> lacks = new ArrayList<>();
    if (operator.unregistered() > 0) {
      lacks.add(operator.unregistered() + " of " + cluster.validators().size() + " validators");
    }
    operator.signerAilment().ifPresent(lacks::add);
    if (operator.isInQuarantine()) {
      lacks.add(
          operator
              .quarantine()
              .map(held -> "the end of the quarantine, with epoch " + held.epoch())
              .orElse("word of what was signed"));
    }
    if (!operator.unreached().isEmpty()) {
      lacks.add("links to " + names(cluster, operator.unreached()));
    }
    return String.join(" and ", lacks);
  }

  private static String names(ClusterFile cluster, Collection<Integer> operators) {
    return operators.stream()
        .map(position -> cluster.operators().get(position).name())
        .collect(Collectors.joining(", "));
  }
}
