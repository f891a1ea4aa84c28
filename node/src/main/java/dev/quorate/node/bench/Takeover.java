/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.node.process.CommandFailedException;
import dev.quorate.node.process.Latency;
import dev.quorate.node.process.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * How long validators go without a signature of an operator whose pod is killed: the operator's
 * only one, which is started again at once, or one of two, for which the other takes over.
 */
record Takeover(int pods, List<Kill> kills) {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final long POLL_MILLIS = 100;

  /** Of a list that the admin API gives. */
  static final int VALIDATORS_MAX = 200;

  /**
   * One kill, and how long after it partial signatures were made, as the operator's journal says.
   *
   * @param validators that were in the pod
   * @param firstMillis until the first of them had one
   * @param lastMillis until the last of them had one
   */
  record Kill(int validators, long firstMillis, long lastMillis) {}

  Takeover {
    kills = List.copyOf(kills);
  }

  /**
   * Blocks.
   *
   * @param validators no more than {@link #VALIDATORS_MAX}, which attest in every slot
   */
  static Takeover measure(
      BenchNetwork.Running network, int pods, int validators, int kills, PrintWriter out)
      throws IOException, InterruptedException {
    List<OperatorProcess> all = network.operators();
    List<OperatorProcess> own = all.subList(all.size() - pods, all.size());
    List<Kill> done = new ArrayList<>();
    for (int kill = 0; kill < kills; kill++) {
      // Of two pods the one that has run longer, then the same again, which has not.
      OperatorProcess victim = own.get(kill / 2 % pods);
      Set<Integer> lost = awaitSettled(victim, validators / pods, network.chain());
      // All parts of a slot have their turn.
      network.chain().await(network.chain().now() + 1);
      TimeUnit.MILLISECONDS.sleep(network.chain().slotSeconds() * 1000L * kill / kills);
      long killedMillis = System.currentTimeMillis();
      victim.kill();
      if (pods == 1) {
        victim.startAgain();
      }
      Map<Integer, Long> signed =
          awaitSignatures(own.get(pods == 1 ? 0 : 1 - own.indexOf(victim)), lost, killedMillis);
      if (pods > 1) {
        victim.startAgain();
      }
      done.add(
          new Kill(
              lost.size(),
              millis(signed).min().orElseThrow() - killedMillis,
              millis(signed).max().orElseThrow() - killedMillis));
      out.printf(
          Locale.ROOT,
          "kill %d of %d: %d validators had a signature after %.1f to %.1f s%n",
          kill + 1,
          kills,
          lost.size(),
          done.getLast().firstMillis() / 1e3,
          done.getLast().lastMillis() / 1e3);
      out.flush();
    }
    return new Takeover(pods, done);
  }

  private static LongStream millis(Map<Integer, Long> signed) {
    return signed.values().stream().mapToLong(Long::longValue);
  }

  /**
   * Blocks until the pod has as many validators as it should, give or take, and did duties of each.
   *
   * @return their positions
   */
  private static Set<Integer> awaitSettled(OperatorProcess pod, int expected, Slots chain)
      throws InterruptedException {
    long endNanos = System.nanoTime() + PATIENCE.toNanos();
    pod.awaitReady(PATIENCE);
    while (true) {
      Set<Integer> busy = busy(pod, chain.now() - 2);
      int here = here(pod);
      if (busy.size() == here && 2 * here >= expected && 2 * here <= 3 * expected) {
        return busy;
      }
      sleepUntil(endNanos, "its validators did not settle");
    }
  }

  /** Validators of which a duty ended in this pod in this slot or later. */
  private static Set<Integer> busy(OperatorProcess pod, long slot) throws InterruptedException {
    Set<Integer> busy = new HashSet<>();
    elements(pod.ask("/v1/validators?size=" + VALIDATORS_MAX), "validators")
        .filter(validator -> validator.path("lastDuty").path("slot").asLong(-1) >= slot)
        .forEach(validator -> busy.add(validator.path("position").intValue()));
    return busy;
  }

  private static int here(OperatorProcess pod) throws InterruptedException {
    return elements(pod.ask("/v1/pods"), "pods")
        .filter(member -> member.path("self").booleanValue())
        .mapToInt(member -> member.path("entities").intValue())
        .sum();
  }

  private static Stream<JsonNode> elements(Optional<JsonNode> answer, String name) {
    return answer.stream()
        .flatMap(json -> StreamSupport.stream(json.path(name).spliterator(), false));
  }

  /** When each of the validators had its first partial signature since. */
  private static Map<Integer, Long> awaitSignatures(
      OperatorProcess witness, Set<Integer> validators, long sinceMillis)
      throws InterruptedException {
    long endNanos = System.nanoTime() + PATIENCE.toNanos();
    Map<Integer, Long> signed = new HashMap<>();
    while (signed.size() < validators.size()) {
      for (int validator : validators) {
        if (!signed.containsKey(validator)) {
          elements(witness.ask("/v1/validators/" + validator), "duties")
              .mapToLong(duty -> duty.path("sharedAtMillis").asLong(0))
              .filter(atMillis -> atMillis > sinceMillis)
              .min()
              .ifPresent(atMillis -> signed.put(validator, atMillis));
        }
      }
      sleepUntil(endNanos, "its validators did not sign again");
    }
    return signed;
  }

  private static void sleepUntil(long endNanos, String lack) throws InterruptedException {
    if (System.nanoTime() > endNanos) {
      throw new CommandFailedException(
          "a pod was killed, and "
              + lack
              + " within "
              + PATIENCE.toSeconds()
              + " s; --keep its log");
    }
    TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
  }

  private Latency of(ToLongFunction<Kill> millis) {
    return Latency.of(kills.stream().mapToLong(millis).sorted().boxed().toList()).orElseThrow();
  }

  /** One row of all, and one line of JSON. */
  static Measured measured(List<Takeover> takeovers) {
    Table table =
        new Table("pods", "kills", "validators", "first s, median", "max", "all s, median", "max");
    ArrayNode json = JsonNodeFactory.instance.arrayNode();
    for (Takeover takeover : takeovers) {
      Latency first = takeover.of(Kill::firstMillis);
      Latency last = takeover.of(Kill::lastMillis);
      table.row(
          takeover.pods(),
          takeover.kills().size(),
          takeover.of(Kill::validators).p50(),
          seconds(first.p50()),
          seconds(first.max()),
          seconds(last.p50()),
          seconds(last.max()));
      ObjectNode row = json.addObject().put("pods", takeover.pods());
      row.putObject("firstMillis").put("median", first.p50()).put("max", first.max());
      row.putObject("allMillis").put("median", last.p50()).put("max", last.max());
      ArrayNode each = row.putArray("kills");
      takeover
          .kills()
          .forEach(kill ->
              each.addObject()
                  .put("validators", kill.validators())
                  .put("firstMillis", kill.firstMillis())
                  .put("allMillis", kill.lastMillis()));
    }
    return new Measured(
        "From the kill of a pod until its validators have a partial signature again\n" + table,
        json);
  }

  private static String seconds(long millis) {
    return String.format(Locale.ROOT, "%.1f", millis / 1e3);
  }
}
