/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quorate.actors.fixture.Balancer;
import dev.quorate.config.FreePorts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IntSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Of four operators the last has several pods, each a process, on one database and behind one
 * address. Whatever happens to them, the cluster misses no duty, nothing is signed twice, and the
 * operator takes part again with every validator, each in one pod.
 */
@EnabledIfSystemProperty(
    named = "quorate.pods",
    matches = "true",
    disabledReason = "it takes six minutes; mvn verify -Dquorate.pods=true runs it")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PodProcessesTest {
  private static final int OPERATOR = 3;
  private static final int PODS_MAX = 3;
  private static final int VALIDATORS = 32;
  private static final int SLOTS_PER_EPOCH = 8;

  /** Longer than a write of the journal may take, so that entities stop. */
  private static final int OUTAGE_SLOTS = 8;

  /** For pods to settle: shards move ten at a time, once a slot. */
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<Integer> peerPorts;
  private final List<Integer> podPorts;

  /** It does not know which pods run: in vain dials whoever gets one that does not. */
  private final Balancer address = new Balancer();

  /** Those that run, the oldest first: that one has the coordinator of the shards. */
  private final Map<Integer, QuorateProcess> pods = new LinkedHashMap<>();

  /** All that ever ran. */
  private final List<QuorateProcess> lives = new ArrayList<>();

  private ProcessNetwork network;

  PodProcessesTest() throws IOException {
    peerPorts = FreePorts.find(PODS_MAX);
    podPorts = FreePorts.find(PODS_MAX);
    peerPorts.forEach(address::add);
  }

  @BeforeAll
  void startTheOthers(@TempDir Path folder) throws Exception {
    List<Integer> addresses = new ArrayList<>(FreePorts.find(OPERATOR));
    addresses.add(address.port());
    network =
        ProcessNetwork.start(
            folder,
            new ProcessNetwork.Size(VALIDATORS, SLOTS_PER_EPOCH),
            ProcessNetwork.loopback(addresses));
    for (int operator = 0; operator < OPERATOR; operator++) {
      network.startPod(operator, "pod-0", "");
    }
  }

  @AfterAll
  void stopAll() {
    network.close();
    address.close();
  }

  // ---- what happens to pods

  @Test
  void eachOfTwoPodsIsKilledInTheMiddleOfASlot() throws Exception {
    havePods(2);
    long first = network.currentSlot() + 1;
    for (int pod : List.copyOf(pods.keySet())) {
      int lost = here(pod);
      network.awaitMiddleOfASlot();
      long killedMillis = System.currentTimeMillis();
      remove(pod).kill();
      awaitSettled();
      List<Move> moves = movesSince(killedMillis);
      assertThat(moves.stream().map(Move::validator).distinct()).hasSize(lost);
      // The survivor counts from when it learnt of the death.
      say("kill of pod-" + pod, moves, move -> move.atMillis() - killedMillis);
      startPod(pod);
      awaitSettled();
    }
    assertNobodyNoticed(first);
  }

  @Test
  void onePodBecomesThreeAndThreeBecomeTwo() throws Exception {
    havePods(1);
    long first = network.currentSlot() + 1;
    long grownMillis = System.currentTimeMillis();
    startPod(absent());
    startPod(absent());
    awaitSettled();
    say("from one pod to three", movesSince(grownMillis), Move::pauseMillis);

    long shrunkMillis = System.currentTimeMillis();
    remove(oldest()).stop();
    awaitSettled();
    say("from three pods to two", movesSince(shrunkMillis), Move::pauseMillis);
    assertNobodyNoticed(first);
  }

  @Test
  void allPodsAreRestartedOneAfterTheOther() throws Exception {
    havePods(2);
    long first = network.currentSlot() + 1;
    for (int pod : List.copyOf(pods.keySet())) {
      long stoppedMillis = System.currentTimeMillis();
      remove(pod).stop();
      startPod(pod);
      awaitSettled();
      say("restart of pod-" + pod, movesSince(stoppedMillis), Move::pauseMillis);
    }
    assertNobodyNoticed(first);
  }

  @Test
  void theDatabaseIsAwayForAWhile() throws Exception {
    havePods(2);
    long first = network.currentSlot() + 1;
    network.awaitMiddleOfASlot();
    network.postgres().close(ProcessNetwork.database(OPERATOR));
    for (QuorateProcess pod : pods.values()) {
      await("a pod that is not ready", () -> !isReady(pod));
    }
    network.awaitSlot(network.currentSlot() + OUTAGE_SLOTS);
    long openedMillis = System.currentTimeMillis();
    network.postgres().open(ProcessNetwork.database(OPERATOR));
    awaitSettled();
    say("database", movesSince(openedMillis), move -> move.atMillis() - openedMillis);
    assertNobodyNoticed(first);
  }

  // ---- pods

  private void havePods(int count) throws Exception {
    while (pods.size() > count) {
      remove(oldest()).stop();
    }
    while (pods.size() < count) {
      startPod(absent());
    }
    awaitSettled();
  }

  private int oldest() {
    return pods.keySet().iterator().next();
  }

  private int absent() {
    return IntStream.range(0, PODS_MAX)
        .filter(pod -> !pods.containsKey(pod))
        .findFirst()
        .orElseThrow();
  }

  private void startPod(int pod) throws Exception {
    String seeds =
        podPorts.stream()
            .map(port -> "\"127.0.0.1:" + port + "\"")
            .collect(Collectors.joining(","));
    QuorateProcess started =
        network.startPod(
            OPERATOR,
            "pod-" + pod,
            """
            peers.bind-address = "127.0.0.1:%d"
            pod { address = "127.0.0.1:%d", seeds = [%s] }
            """
                .formatted(peerPorts.get(pod), podPorts.get(pod), seeds));
    pods.put(pod, started);
    lives.add(started);
  }

  private QuorateProcess running(int pod) {
    return Optional.ofNullable(pods.get(pod)).orElseThrow();
  }

  private QuorateProcess remove(int pod) {
    QuorateProcess removed = running(pod);
    pods.remove(pod);
    return removed;
  }

  private static void await(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("patience for: " + what).isLessThan(end);
      TimeUnit.MILLISECONDS.sleep(200);
    }
  }

  /** All are ready, and each validator is in one pod, as many in each as in any other. */
  private void awaitSettled() throws Exception {
    for (QuorateProcess pod : pods.values()) {
      ProcessNetwork.awaitReady(pod);
    }
    await("settled pods", this::isSettled);
  }

  private boolean isSettled() throws Exception {
    for (QuorateProcess pod : pods.values()) {
      assertThat(pod.isAlive()).as("%s", pod).isTrue();
      if (!isReady(pod)) {
        return false;
      }
    }
    List<JsonNode> members = members(oldest());
    IntSummaryStatistics shards =
        members.stream().mapToInt(member -> member.path("shards").intValue()).summaryStatistics();
    return members.size() == pods.size()
        && members.stream()
            .allMatch(member ->
                member.path("status").asText().equals("UP")
                    && member.path("reachable").booleanValue())
        && members.stream().mapToInt(member -> member.path("entities").intValue()).sum()
            == VALIDATORS
        && shards.getMax() - shards.getMin() <= 1;
  }

  /** Then it knows of an entity for every validator, too. */
  private boolean isReady(QuorateProcess pod) throws Exception {
    return network.get(ProcessNetwork.admin(pod) + "/readyz").statusCode() == 200;
  }

  /** The operator's pods, as one of them sees them. */
  private List<JsonNode> members(int pod) throws Exception {
    String json = network.get(ProcessNetwork.admin(running(pod)) + "/v1/pods").body();
    return StreamSupport.stream(JSON.readTree(json).path("pods").spliterator(), false).toList();
  }

  /** How many validators are in the pod. */
  private int here(int pod) throws Exception {
    return members(pod).stream()
        .filter(member -> member.path("self").booleanValue())
        .findFirst()
        .orElseThrow()
        .path("entities")
        .intValue();
  }

  // ---- how long validators were away

  /** A validator came up again, as a pod saw it. */
  private record Move(long atMillis, int validator, long pauseMillis) {
    private static final Pattern LINE =
        Pattern.compile("(\\S+) DEBUG HandOvers - validator (\\d+) was away for (\\d+) ms");

    static List<Move> of(String line) {
      Matcher matcher = LINE.matcher(line);
      return matcher.matches()
          ? List.of(
              new Move(
                  OffsetDateTime.parse(matcher.group(1)).toInstant().toEpochMilli(),
                  Integer.parseInt(matcher.group(2)),
                  Long.parseLong(matcher.group(3))))
          : List.of();
    }
  }

  /** As any of the pods saw them, also one that does not run any more. */
  private List<Move> movesSince(long unixMillis) {
    return lives.stream()
        .flatMap(pod -> pod.out().stream())
        .flatMap(line -> Move.of(line).stream())
        .filter(move -> move.atMillis() >= unixMillis)
        .toList();
  }

  /** Of each validator the longest pause that any pod saw: some learn late of an end. */
  private static void say(String what, List<Move> moves, ToLongFunction<Move> pauseMillis) {
    Map<Integer, Long> longest = new HashMap<>();
    moves.forEach(
        move -> longest.merge(move.validator(), pauseMillis.applyAsLong(move), Math::max));
    LongSummaryStatistics pauses =
        longest.values().stream().mapToLong(Long::longValue).summaryStatistics();
    System.out.printf(
        Locale.ROOT,
        "pods: %s: %d validators away %.2f s on average, %.2f s at most%n",
        what,
        pauses.getCount(),
        pauses.getAverage() / 1000,
        pauses.getMax() / 1000.0);
  }

  // ---- what must hold whatever happened

  private void assertNobodyNoticed(long first) throws Exception {
    long settled = network.currentSlot();
    await(
        "a share of every validator after slot " + settled,
        () -> records().sharedAfter(settled) == VALIDATORS);
    network.assertNothingMissed(first, network.currentSlot());
    assertThat(records().contradictions()).isZero();
  }

  private OperatorRecords records() {
    return new OperatorRecords(network.postgres(), OPERATOR);
  }
}
