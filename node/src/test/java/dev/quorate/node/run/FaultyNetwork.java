/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.actors.fixture.Balancer;
import dev.quorate.config.FreePorts;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.node.CommandRun;
import dev.quorate.node.run.QuorateProcess.Ground;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Four operators as they are deployed, on one PostgreSQL server, with all that may fail between
 * them in hand: their links, and of one of them the pods, the links between these, the way to its
 * database, and the clock.
 */
final class FaultyNetwork implements AutoCloseable {
  static final int OPERATORS = ProcessNetwork.OPERATORS;

  /** The operator that most faults hit. */
  static final int HIT = 3;

  private static final int PODS_MAX = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** A pod of an operator, whether it runs or not. */
  record Seat(int operator, int pod) {
    static final Seat HIT_FIRST = new Seat(HIT, 0);
    static final Seat HIT_SECOND = new Seat(HIT, 1);

    /** Of the same operator and on the same database, but it joins none of the others. */
    static final Seat HIT_APART = new Seat(HIT, 2);

    @Override
    public String toString() {
      return "operator-" + operator + "/pod-" + pod;
    }
  }

  private final ProcessNetwork.Size size;
  private final Map<Seat, QuorateProcess> pods = new LinkedHashMap<>();
  private final List<Integer> ports;
  private final List<Integer> podPorts;

  /** Of the operator that may have several pods. */
  private final Balancer address = new Balancer();

  private final Wires wires;
  private final Wire database;
  private final ProcessNetwork network;

  FaultyNetwork(Path folder, ProcessNetwork.Size size) throws Exception {
    this.size = size;
    ports = new ArrayList<>(FreePorts.find(HIT));
    podPorts = FreePorts.find(PODS_MAX);
    ports.add(address.port());
    wires = new Wires(folder.resolve("names"), ports, PODS_MAX);
    network = ProcessNetwork.start(folder, size, wires.addresses());
    database = new Wire("127.0.0.1", 0, network.postgres().address());
  }

  Wires wires() {
    return wires;
  }

  /** On the way of the operator {@link #HIT} to its database. */
  Wire database() {
    return database;
  }

  ProcessNetwork chain() {
    return network;
  }

  OperatorRecords records(int operator) {
    return new OperatorRecords(network.postgres(), operator);
  }

  // ---- pods

  QuorateProcess start(Seat seat) throws Exception {
    return start(seat, Ground.PLAIN);
  }

  QuorateProcess start(Seat seat, Ground ground) throws Exception {
    boolean hit = seat.operator() == HIT;
    List<String> options = new ArrayList<>(ground.javaOptions());
    options.add(wires.namesFor(seat.operator(), hit ? Optional.of(seat.pod()) : Optional.empty()));
    QuorateProcess pod =
        network.startPod(
            seat.operator(),
            "pod-" + seat.pod(),
            rounds() + (hit ? settings(seat) : bound(ports.get(seat.operator()))),
            new Ground(options, ground.environment()));
    pods.put(seat, pod);
    if (hit) {
      address.add(podPorts.get(seat.pod()));
    }
    return pod;
  }

  /**
   * As much shorter as slots are: a validator's duty in the last slot of an epoch that waits for a
   * leader that is down must be over before its next one, in the first slot of the next epoch.
   */
  private String rounds() {
    return "consensus.first-round-millis = %d%n".formatted(network.slotMillis() / 4);
  }

  private static String bound(int port) {
    return "peers.bind-address = \"127.0.0.1:%d\"%n".formatted(port);
  }

  private String settings(Seat seat) {
    List<Integer> joined = seat.equals(Seat.HIT_APART) ? List.of() : List.of(0, 1);
    return bound(podPorts.get(seat.pod()))
        + """
        database.url = "jdbc:postgresql://127.0.0.1:%d/%s"
        pod { address = "%s", seeds = [%s] }
        """
            .formatted(
                database.port(),
                ProcessNetwork.database(HIT),
                wires.pod(seat.pod()),
                joined.stream()
                    .map(pod -> "\"" + wires.pod(pod) + "\"")
                    .collect(Collectors.joining(",")));
  }

  QuorateProcess pod(Seat seat) {
    return Optional.ofNullable(pods.get(seat)).orElseThrow();
  }

  void kill(Seat seat) throws InterruptedException {
    pod(seat).kill();
    left(seat);
  }

  void stop(Seat seat) throws InterruptedException {
    pod(seat).stop();
    left(seat);
  }

  private void left(Seat seat) {
    pods.remove(seat);
    if (seat.operator() == HIT) {
      address.remove(podPorts.get(seat.pod()));
    }
  }

  /** Something else in an operator's stead, with its keys. */
  QuorateProcess startInsteadOf(int operator, Class<?> main, Object... arguments)
      throws IOException {
    List<String> options = List.of(wires.namesFor(operator, Optional.empty()));
    return QuorateProcess.startMain(new Ground(options, Map.of()), main.getName(), arguments);
  }

  /** One pod of each operator and no other, nothing in their ways, all of them ready. */
  void mend() throws Exception {
    wires.heal();
    database.become(Wire.Condition.FINE);
    for (Seat extra : List.of(Seat.HIT_SECOND, Seat.HIT_APART)) {
      if (pods.containsKey(extra)) {
        kill(extra);
      }
    }
    for (int operator = 0; operator < OPERATORS; operator++) {
      Seat seat = new Seat(operator, 0);
      if (!pods.containsKey(seat)) {
        start(seat);
      }
    }
    awaitReady();
  }

  void awaitReady() throws Exception {
    for (Map.Entry<Seat, QuorateProcess> pod : pods.entrySet()) {
      ProcessNetwork.awaitReady(pod.getValue());
      await(pod.getKey() + " ready", () -> isReady(pod.getKey()));
    }
  }

  boolean isReady(Seat seat) throws Exception {
    QuorateProcess pod = pod(seat);
    assertThat(pod.isAlive()).as("%s:\n%s", seat, pod).isTrue();
    return network.get(ProcessNetwork.admin(pod) + "/readyz").statusCode() == 200;
  }

  static void await(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("patience for: " + what).isLessThan(end);
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  /** What a pod says is wrong with it, as it answers. */
  String impairments(Seat seat) throws Exception {
    return network.get(ProcessNetwork.admin(pod(seat)) + "/readyz").body();
  }

  /** The sum of a metric's values, whatever their labels, or the one with all labels named. */
  double metric(Seat seat, String name) throws Exception {
    String page = network.get(ProcessNetwork.admin(pod(seat)) + "/metrics").body();
    return page.lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** Signatures that the pod's guard granted since its start. */
  double granted(Seat seat) throws Exception {
    return metric(seat, "quorate_guard_granted_total");
  }

  /** How long until a pod grants the next signature. */
  Duration untilNextSignature(Seat seat) throws Exception {
    long startNanos = System.nanoTime();
    double before = granted(seat);
    await("a signature of " + seat, () -> granted(seat) > before);
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }

  // ---- what became of duties

  /** A duty, as the chain and an operator's journal name it. */
  record Duty(long slot, String key) {}

  /**
   * What became of the duties of some slots.
   *
   * @param invalid aggregated signatures that did not verify
   * @param conflicting aggregated or partial signatures that contradict others
   * @param reasons why duties ended without a broadcast, as the operators' journals say
   */
  record Judgement(
      int expected,
      List<Duty> missed,
      int invalid,
      int conflicting,
      Map<Duty, Set<Reason>> reasons) {
    int explained() {
      return Math.toIntExact(missed.stream().filter(reasons::containsKey).count());
    }

    /** Nothing was signed that must not be. */
    void requireSafe() {
      assertThat(expected).as("duties").isPositive();
      assertThat(invalid).as("invalid").isZero();
      assertThat(conflicting).as("conflicting").isZero();
    }

    Set<Reason> reasonsOfMissed() {
      return missed.stream()
          .flatMap(duty -> reasons.getOrDefault(duty, Set.of()).stream())
          .collect(Collectors.toCollection(TreeSet::new));
    }

    @Override
    public String toString() {
      Set<Reason> why = reasonsOfMissed();
      return "%d of %d duties missed, %d conflicting%s"
          .formatted(missed.size(), expected, conflicting, why.isEmpty() ? "" : ", " + why);
    }
  }

  /** Waits for the ends of duties that were missed. */
  Judgement judge(long firstSlot) throws Exception {
    JsonNode report = network.report(firstSlot, network.currentSlot());
    List<Duty> missed = new ArrayList<>();
    for (JsonNode slot : report.path("slots")) {
      for (JsonNode key : slot.path("missed")) {
        missed.add(new Duty(slot.path("slot").longValue(), key.asText().substring(2)));
      }
    }
    if (!missed.isEmpty()) {
      long deadline = missed.getLast().slot() + 2L * size.slotsPerEpoch() + 1;
      network.awaitSlot(Math.max(deadline, network.currentSlot()) + 1);
    }
    Map<Duty, Set<Reason>> reasons = new HashMap<>();
    int conflicting = report.path("conflictingSignatures").intValue();
    for (int operator = 0; operator < OPERATORS; operator++) {
      OperatorRecords records = records(operator);
      for (OperatorRecords.Row row : records.journal()) {
        if (row.event() instanceof DutyEvent.Failed failed) {
          reasons
              .computeIfAbsent(new Duty(failed.duty().slot(), row.key()), _ -> new TreeSet<>())
              .add(failed.reason());
        }
      }
      conflicting += records.contradictions();
    }
    return new Judgement(
        report.path("expected").intValue(),
        missed,
        report.path("invalidAggregates").intValue(),
        conflicting,
        reasons);
  }

  /** How every operator tells that a duty went. */
  String told(Duty duty) {
    return IntStream.range(0, OPERATORS)
        .mapToObj(operator ->
            CommandRun.of(
                "explain",
                "--validator=" + duty.key(),
                "--slot=" + duty.slot(),
                "--config=" + network.folder(operator).resolve("pod-0.conf")))
        .map(run -> run.out() + run.err())
        .collect(Collectors.joining("\n", duty + ":\n", ""));
  }

  @Override
  public void close() {
    network.close();
    wires.close();
    database.close();
    address.close();
  }
}
