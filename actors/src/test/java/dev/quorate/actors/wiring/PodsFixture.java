/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import dev.quorate.actors.fixture.Balancer;
import dev.quorate.actors.validator.DutyFigures;
import dev.quorate.beacon.simulator.BeaconSimulator;
import dev.quorate.beacon.simulator.ChainConfig;
import dev.quorate.beacon.simulator.Placement;
import dev.quorate.beacon.simulator.SimulatorReport;
import dev.quorate.config.Address;
import dev.quorate.config.ClusterCreation;
import dev.quorate.config.ClusterPlan;
import dev.quorate.config.FreePorts;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.persistence.store.OperatorIdentity;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three operators without whose every one nothing is signed; the first has several pods on one
 * database, behind one address. Real links, databases and a Beacon API over HTTP.
 */
abstract class PodsFixture {
  private static final int OPERATORS = 3;
  static final int VALIDATORS = 64;
  private static final int SLOTS_PER_EPOCH = 8;
  private static final int SLOT_MILLIS = 3_000;
  static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir Path folder = Path.of("");

  private final ActorSystem<Void> chainSystem = ActorSystem.create(Behaviors.empty(), "chain");
  private final List<Balancer> balancers = Stream.generate(Balancer::new).limit(OPERATORS).toList();
  final List<Pod> pods = new ArrayList<>();
  final List<OperatorFolder> folders;
  final BeaconSimulator chain;
  final SlotTimes times;

  record Pod(int position, int port, OperatorDatabase database, Operator operator) {}

  PodsFixture() throws Exception {
    folders =
        ClusterCreation.dealFreshKeys(
            new ClusterPlan(
                "pods",
                OPERATORS,
                Optional.empty(),
                balancers.stream()
                    .map(balancer -> new Address("127.0.0.1", balancer.port()))
                    .toList()),
            VALIDATORS,
            new SecureRandom());
    chain =
        BeaconSimulator.start(
                chainSystem,
                new ChainConfig(
                    7,
                    System.currentTimeMillis() / 1000 - (long) SLOTS_PER_EPOCH * SLOT_MILLIS / 1000,
                    Fork.FULU,
                    SLOT_MILLIS,
                    SLOTS_PER_EPOCH,
                    Placement.SPREAD,
                    0,
                    folders.getFirst().cluster().validators().stream()
                        .map(validator -> validator.group().compressed())
                        .toList()),
                Collections.nCopies(OPERATORS, 0),
                0,
                InstantSource.system())
            .toCompletableFuture()
            .get();
    times =
        ChainFacts.ask(
            new OperatorSettings.BeaconNodes(
                List.of(URI.create(chain.nodeUrls().getFirst())), 2_000, PATIENCE.toMillis()));
  }

  @BeforeEach
  void startTheOthers() throws IOException {
    for (int position = 0; position < OPERATORS; position++) {
      OperatorFolder.neverSigned(folder.resolve("marks-" + position));
    }
    for (int position = 1; position < OPERATORS; position++) {
      start(position, "pod-0", List.of());
    }
  }

  @AfterEach
  void stopAll() {
    pods.parallelStream().forEach(this::abandon);
    balancers.forEach(Balancer::close);
    chain.stop();
    folders.forEach(OperatorFolder::close);
    chainSystem.terminate();
  }

  final Pod start(int position, String name, List<Address> seeds) throws IOException {
    return start(
        position,
        name,
        seeds,
        DatabaseSettings.of("jdbc:h2:file:" + folder.resolve("operator-" + position)));
  }

  final Pod start(int position, String name, List<Address> seeds, DatabaseSettings at)
      throws IOException {
    return start(folders.get(position), name, seeds, at, Map.of());
  }

  /**
   * @param more settings
   */
  final Pod start(
      OperatorFolder folderOfIt,
      String name,
      List<Address> seeds,
      DatabaseSettings at,
      Map<String, ?> more)
      throws IOException {
    int position = folderOfIt.position();
    OperatorDatabase database =
        OperatorDatabase.open(
            at,
            new OperatorIdentity(
                folderOfIt.identity().publicKey().encoded().toBytes(),
                folderOfIt.cluster().hash(),
                times.genesis().validatorsRoot()));
    int port = FreePorts.find(1).getFirst();
    OperatorSettings settings =
        OperatorSettings.of(
            ConfigFactory.parseMap(more)
                .withFallback(
                    ConfigFactory.parseMap(
                        Map.of(
                            "quorate.peers.bind-address",
                            "127.0.0.1:" + port,
                            "quorate.beacon-nodes.urls",
                            List.of(chain.nodeUrls().get(position)),
                            "quorate.files.marks",
                            folder.resolve("marks-" + position).toString(),
                            "quorate.pod.name",
                            name,
                            "quorate.pod.seeds",
                            seeds.stream().map(Address::toString).toList()))),
            folder);
    Pod pod =
        new Pod(
            position,
            port,
            database,
            Operator.start(
                new Operator.Parts(
                    folderOfIt, settings, times, database, new DutyFigures((_, _) -> {}))));
    pods.add(pod);
    balancers.get(position).add(port);
    return pod;
  }

  final void awaitAllReady() {
    await(
        "all are ready",
        () ->
            pods.stream()
                .map(Pod::operator)
                .allMatch(operator -> operator.isReady() && operator.unreached().isEmpty()));
  }

  /** The pods of the first operator, with validators everywhere. */
  final List<Pod> startPods(int count) throws IOException {
    List<Pod> started = new ArrayList<>();
    started.add(start(0, "pod-0", List.of()));
    for (int pod = 1; pod < count; pod++) {
      started.add(start(0, "pod-" + pod, List.of(started.getFirst().operator().address())));
    }
    awaitAllReady();
    await(
        "shards are balanced",
        () ->
            started.stream()
                .allMatch(pod -> pod.operator().validatorsHere() >= VALIDATORS / count / 2));
    assertThat(started)
        .as("one vouches for the others")
        .allMatch(pod -> pod.operator().quarantine().isEmpty());
    System.out.println(
        "validators per pod: "
            + started.stream().map(pod -> pod.operator().validatorsHere()).toList());
    return started;
  }

  final void abandon(Pod pod) {
    balancers.get(pod.position()).remove(pod.port());
    pod.operator().abandon();
    pod.database().close();
  }

  final void leave(Pod pod) {
    pod.operator().close();
    balancers.get(pod.position()).remove(pod.port());
    pod.database().close();
  }

  static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("patience for: " + what).isLessThan(end);
      try {
        TimeUnit.MILLISECONDS.sleep(10);
      } catch (InterruptedException interrupted) {
        throw new AssertionError(interrupted);
      }
    }
  }

  final long currentSlot() {
    return times.slotAt(System.currentTimeMillis());
  }

  final void awaitEndOf(long slot) {
    await("the end of slot " + slot, () -> currentSlot() > slot);
  }

  final void assertAllDone(long fromSlot, long toSlot) {
    SimulatorReport report = chain.report(fromSlot, toSlot);
    assertThat(report.expected()).isPositive();
    assertThat(report.missed()).as("missed duties of %s", report.slots()).isZero();
  }

  /** Whatever happened: nobody voted twice, and nothing slashable was signed. */
  final void assertNothingContradicted() {
    SimulatorReport report = chain.report(0, currentSlot());
    assertThat(report.conflictingSignatures()).isZero();
    assertThat(report.invalidAggregates()).isZero();
    assertThat(pods.stream().mapToLong(pod -> pod.operator().figures().accusations()).sum())
        .as("votes against votes")
        .isZero();
  }
}
