/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import dev.quorate.actors.fixture.Balancer;
import dev.quorate.actors.fixture.FakeSigner;
import dev.quorate.actors.fixture.TlsFiles;
import dev.quorate.actors.sign.SignerProblem;
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
import dev.quorate.consensus.duty.Reason;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.persistence.store.OperatorIdentity;
import dev.quorate.persistence.store.RecordingFileSystem;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three operators without whose every one nothing is signed; the first has several pods on one
 * database, behind one address. Real links, databases and a Beacon API over HTTP.
 */
class PodsTest {
  private static final int OPERATORS = 3;
  private static final int VALIDATORS = 64;
  private static final int SLOTS_PER_EPOCH = 8;
  private static final int SLOT_MILLIS = 3_000;
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir private Path folder = Path.of("");

  private final ActorSystem<Void> chainSystem = ActorSystem.create(Behaviors.empty(), "chain");
  private final List<Balancer> balancers = Stream.generate(Balancer::new).limit(OPERATORS).toList();
  private final List<Pod> pods = new ArrayList<>();
  private final List<OperatorFolder> folders;
  private final BeaconSimulator chain;
  private final SlotTimes times;

  private record Pod(int position, int port, OperatorDatabase database, Operator operator) {}

  PodsTest() throws Exception {
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

  private Pod start(int position, String name, List<Address> seeds) throws IOException {
    return start(
        position,
        name,
        seeds,
        DatabaseSettings.of("jdbc:h2:file:" + folder.resolve("operator-" + position)));
  }

  private Pod start(int position, String name, List<Address> seeds, DatabaseSettings at)
      throws IOException {
    return start(folders.get(position), name, seeds, at, Map.of());
  }

  /**
   * @param more settings
   */
  private Pod start(
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

  private void awaitAllReady() {
    await(
        "all are ready",
        () ->
            pods.stream()
                .map(Pod::operator)
                .allMatch(operator -> operator.isReady() && operator.unreached().isEmpty()));
  }

  /** The pods of the first operator, with validators everywhere. */
  private List<Pod> startPods(int count) throws IOException {
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

  private void abandon(Pod pod) {
    balancers.get(pod.position()).remove(pod.port());
    pod.operator().abandon();
    pod.database().close();
  }

  private void leave(Pod pod) {
    pod.operator().close();
    balancers.get(pod.position()).remove(pod.port());
    pod.database().close();
  }

  private static void await(String what, BooleanSupplier condition) {
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

  private long currentSlot() {
    return times.slotAt(System.currentTimeMillis());
  }

  private void awaitEndOf(long slot) {
    await("the end of slot " + slot, () -> currentSlot() > slot);
  }

  private void assertAllDone(long fromSlot, long toSlot) {
    SimulatorReport report = chain.report(fromSlot, toSlot);
    assertThat(report.expected()).isPositive();
    assertThat(report.missed()).as("missed duties of %s", report.slots()).isZero();
  }

  /** Whatever happened: nobody voted twice, and nothing slashable was signed. */
  private void assertNothingContradicted() {
    SimulatorReport report = chain.report(0, currentSlot());
    assertThat(report.conflictingSignatures()).isZero();
    assertThat(report.invalidAggregates()).isZero();
    assertThat(pods.stream().mapToLong(pod -> pod.operator().figures().accusations()).sum())
        .as("votes against votes")
        .isZero();
  }

  @Test
  void aPodWhoseWritesCannotBeForcedToDiskEndsByItself() throws IOException {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    Pod pod = start(0, "pod-0", List.of(), RecordingFileSystem.database(disk));
    awaitAllReady();

    RecordingFileSystem.refuseForces(disk);

    assertThat(pod.operator().whenStopped())
        .succeedsWithin(PATIENCE)
        .isEqualTo("the database's file cannot be forced to disk");
  }

  /** Without its partial signatures nothing is signed: threshold is all operators. */
  @Test
  void anOperatorWhoseSharesAreAtARemoteSignerDoesItsDuties() throws IOException {
    OperatorFolder whole = folders.getFirst();
    TlsFiles server = TlsFiles.create(folder, "server", "127.0.0.1");
    TlsFiles client = TlsFiles.create(folder, "client", "127.0.0.1");
    try (FakeSigner signer = new FakeSigner(server, client, whole.shares())) {
      Pod pod =
          start(
              new OperatorFolder(
                  whole.cluster(),
                  whole.position(),
                  whole.identity(),
                  List.of(),
                  whole.protection()),
              "pod-0",
              List.of(),
              DatabaseSettings.of("jdbc:h2:file:" + folder.resolve("operator-0")),
              Map.of(
                  "quorate.remote-signer",
                  Map.of(
                      "url", signer.url(),
                      "client-key-store", client.keyStore().toString(),
                      "client-password-file", client.passwordFile().toString(),
                      "trusted-certificates", server.certificate().toString())));
      awaitAllReady();
      long first = currentSlot() + 2;
      awaitEndOf(first + 2);
      assertAllDone(first, first + 2);
      assertThat(signer.signed()).contains("ATTESTATION").doesNotContain("BLOCK_V2");
      assertThat(pod.operator().signerFailures()).isEmpty();

      signer.answering((exchange, _) -> exchange.sendResponseHeaders(412, -1));
      await(
          "the refusals are counted and the signer is told of",
          () ->
              pod.operator().signerFailures().containsKey(SignerProblem.SLASHING_PROTECTION)
                  && pod.operator().signerAilment().isPresent());
      assertThat(pod.operator().isReady()).isFalse();

      signer.answering(FakeSigner::send);
      awaitAllReady();
      long after = currentSlot() + 2;
      awaitEndOf(after + 1);
      assertAllDone(after, after + 1);
      assertNothingContradicted();
    }
  }

  @Test
  void twoPodsShareTheWorkAndOneThatLeavesHandsItsShareOver() throws IOException {
    List<Pod> two = startPods(2);
    Pod leaving = two.getFirst();
    Pod staying = two.getLast();
    long first = currentSlot() + 2;
    awaitEndOf(first + 2);
    assertAllDone(first, first + 2);
    assertThat(two).allMatch(pod -> pod.operator().figures().broadcast() > 0);

    int moved = leaving.operator().validatorsHere();
    long movesBefore = staying.operator().handOvers().moves();
    long startNanos = System.nanoTime();
    leave(leaving);
    long leftMillis = Duration.ofNanos(System.nanoTime() - startNanos).toMillis();
    pods.remove(leaving);
    await("all are here", () -> staying.operator().validatorsHere() == VALIDATORS);
    HandOvers handOvers = staying.operator().handOvers();
    assertThat(handOvers.moves() - movesBefore).isGreaterThanOrEqualTo(moved);
    System.out.printf(
        "a pod left in %d ms; its %d validators were away %d ms at most, %d ms on average%n",
        leftMillis, moved, handOvers.longestMillis(), handOvers.meanMillis());

    long after = currentSlot() + 2;
    awaitEndOf(after + 2);
    assertAllDone(after, after + 2);
    SimulatorReport all = chain.report(first, after + 2);
    System.out.printf("missed %d of %d duties meanwhile%n", all.missed(), all.expected());
    assertNothingContradicted();
  }

  @Test
  void theValidatorsOfAPodThatDiesComeUpElsewhere() throws IOException {
    List<Pod> three = startPods(3);
    // The first one keeps the shards' coordinator, too.
    Pod dying = three.getFirst();
    int lost = dying.operator().validatorsHere();
    long startNanos = System.nanoTime();
    abandon(dying);
    pods.remove(dying);
    List<Pod> survivors = three.subList(1, 3);
    await(
        "all are elsewhere",
        () ->
            survivors.stream().mapToInt(pod -> pod.operator().validatorsHere()).sum()
                == VALIDATORS);
    System.out.printf(
        "%d validators of a dead pod were up elsewhere after %d ms%n",
        lost, Duration.ofNanos(System.nanoTime() - startNanos).toMillis());

    awaitAllReady();
    long after = currentSlot() + 2;
    awaitEndOf(after + 2);
    assertAllDone(after, after + 2);
    assertNothingContradicted();
  }

  @Test
  void ofTwoPodsTheOneThatLivesGoesOnAlone() throws IOException {
    List<Pod> two = startPods(2);
    Pod dying = two.getFirst();
    Pod living = two.getLast();
    long startNanos = System.nanoTime();
    abandon(dying);
    pods.remove(dying);
    await("all are here", () -> living.operator().validatorsHere() == VALIDATORS);
    System.out.printf(
        "the other half was up after %d ms%n",
        Duration.ofNanos(System.nanoTime() - startNanos).toMillis());
    assertThat(living.operator().whenStopped()).isNotDone();
    assertNothingContradicted();
  }

  @Test
  void anOperatorWhoseDatabaseIsOlderSignsNothingThatItMayHaveSigned() throws IOException {
    Path database = folder.resolve("operator-0.mv.db");
    Pod first = startPods(1).getFirst();
    await("it signs", () -> first.operator().granted() > 0);
    abandon(first);
    pods.remove(first);
    Path backup = Files.copy(database, folder.resolve("backup"));
    Pod second = startPods(1).getFirst();
    assertThat(second.operator().quarantine()).as("after a crash").isEmpty();
    await("it signs what the backup does not know", () -> second.operator().granted() > 0);
    abandon(second);
    pods.remove(second);
    Files.copy(backup, database, StandardCopyOption.REPLACE_EXISTING);

    Pod restored = start(0, "pod-0", List.of());

    long epoch = restored.operator().quarantine().orElseThrow().epoch();
    assertThat(epoch).isGreaterThanOrEqualTo(times.spec().epochOf(currentSlot() - 1));
    assertThat(restored.operator().isSealed()).as("it heard no other clock yet").isTrue();
    await("the others' clocks", () -> !restored.operator().isSealed());
    List<Watermarks> held = watermarks(restored);
    await("it attests again", () -> !watermarks(restored).equals(held));
    assertThat(times.spec().epochOf(currentSlot())).isGreaterThan(epoch);
    assertThat(restored.operator().refused()).containsKey(Reason.QUARANTINED);
    long after = currentSlot() + 2;
    awaitEndOf(after + 2);
    assertAllDone(after, after + 2);
    assertNothingContradicted();
  }

  private static List<Watermarks> watermarks(Pod pod) {
    return IntStream.range(0, VALIDATORS).mapToObj(pod.operator()::watermarks).toList();
  }

  /** A replica took over that lacks what one of the pods had acknowledged last. */
  @Test
  void aDatabaseThatForgetsWhatOnePodDidPutsAllOfThemIntoQuarantine() throws Exception {
    List<Pod> two = startPods(2);
    Pod forgotten = two.getFirst();
    Pod other = two.getLast();
    await("both sign", () -> two.stream().allMatch(pod -> pod.operator().granted() > 0));
    try (Connection connection = forgotten.database().dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "UPDATE high_water SET commits = commits - 1 WHERE mark ="
              + " (SELECT MIN(mark) FROM high_water)");
    }

    await(
        "one of them notices",
        () -> two.stream().anyMatch(pod -> pod.operator().whenStopped().isDone()));

    Pod noticed =
        two.stream().filter(pod -> pod.operator().whenStopped().isDone()).findFirst().orElseThrow();
    Pod unaware = noticed.equals(forgotten) ? other : forgotten;
    assertThat(noticed.operator().whenStopped().join()).contains("lacks what was acknowledged");
    Quarantine entered = unaware.operator().quarantineNow().orElseThrow();
    assertThat(entered.epoch()).isGreaterThanOrEqualTo(times.spec().epochOf(currentSlot() - 1));
    await("the other one hears of it", () -> unaware.operator().isInQuarantine());
    assertNothingContradicted();
  }

  @Test
  void anOperatorThatLostEveryMarkCannotKnowWhatItSigned() throws IOException {
    Pod first = startPods(1).getFirst();
    await("it signs", () -> first.operator().granted() > 0);
    abandon(first);
    pods.remove(first);
    Files.delete(folder.resolve("marks-0").resolve("pod-0.mark"));

    Pod forgetful = start(0, "pod-0", List.of());

    assertThat(forgetful.operator().isSealed()).isTrue();
    await("the quarantine", () -> forgetful.operator().quarantine().isPresent());
    await("the others' clocks", () -> !forgetful.operator().isSealed());
    assertThat(folder.resolve("marks-0").resolve("pod-0.mark")).exists();
  }

  @Test
  void aPodThatDoesNotStopInTimeSaysSo() {
    Operator operator = pods.getFirst().operator();
    assertThatThrownBy(() -> operator.close(Duration.ofMillis(1)))
        .isInstanceOf(StillRunningException.class)
        .hasMessageContaining("did not stop within");
  }
}
