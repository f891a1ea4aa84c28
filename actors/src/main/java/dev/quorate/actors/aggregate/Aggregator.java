/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.aggregate;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyGroup;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyInput;
import dev.quorate.consensus.duty.DutyOutput;
import dev.quorate.signing.batch.Aggregation;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.threshold.SharedKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recombines partial signatures. Where all validators of a slot sign the same message, what they
 * ask for is gathered and verified together: a batch is closed when every validator with a duty in
 * the slot is in it, or a short while after its first. Nothing is answered that was not verified.
 */
public final class Aggregator {
  private static final Logger LOG = LoggerFactory.getLogger(Aggregator.class);

  /** How long a batch waits for the validators that lag behind. */
  static final Duration WINDOW = Duration.ofMillis(50);

  /** Messages that a Byzantine minority can make us gather for at the same time. */
  private static final int BATCHES_MAX = 1024;

  /** Slots during which the partials of an operator are checked first after a wrong one. */
  private static final int SUSPICION_SLOTS = 64;

  private static final int SLOTS_KEPT = 64;

  public sealed interface Command {}

  /** So many validators of this pod have such a duty. */
  public record Expect(DutyGroup group, int duties) implements Command {}

  /**
   * @param partials operator to partial signature; that each one is its sender's has been checked
   */
  public record Combine(
      DutyId duty, Bytes32 root, SortedMap<Integer, Bytes> partials, ActorRef<Answer> replyTo)
      implements Command {}

  private record WindowEnded(Key key) implements Command {}

  private record Ended(Key key, List<Combine> batch, Aggregation.Result result)
      implements Command {}

  private record Failed(List<Combine> batch, String problem) implements Command {}

  public record Answer(DutyId duty, DutyInput input) {}

  /** What is verified together: one message of one slot. */
  private record Key(DutyGroup group, Bytes32 root) {
    long slot() {
      return group.slot();
    }
  }

  /** Counts for tests and metrics. */
  public static final class Figures {
    private final LongAdder pairingChecks = new LongAdder();
    private final LongAdder batches = new LongAdder();
    private final LongAdder aggregates = new LongAdder();

    public long pairingChecks() {
      return pairingChecks.sum();
    }

    public long batches() {
      return batches.sum();
    }

    public long aggregates() {
      return aggregates.sum();
    }
  }

  private final List<SharedKey> keys;
  private final int threshold;
  private final Executor crypto;
  private final Figures figures;
  private final SecureRandom random = new SecureRandom();
  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;

  private final Map<Key, List<Combine>> gathering = new LinkedHashMap<>();
  private final TreeMap<Long, Map<DutyGroup, Integer>> expected = new TreeMap<>();
  private final Map<Integer, Long> suspectUntilSlot = new HashMap<>();

  /**
   * @param keys one per validator, in the order of the cluster file
   */
  public static Behavior<Command> create(
      List<SharedKey> keys, int threshold, Executor crypto, Figures figures) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(timers ->
            Behaviors.receiveMessage(
                new Aggregator(keys, threshold, crypto, figures, context, timers)::on)));
  }

  private Aggregator(
      List<SharedKey> keys,
      int threshold,
      Executor crypto,
      Figures figures,
      ActorContext<Command> context,
      TimerScheduler<Command> timers) {
    this.keys = List.copyOf(keys);
    this.threshold = threshold;
    this.crypto = crypto;
    this.figures = figures;
    this.context = context;
    this.timers = timers;
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Expect expect -> onExpect(expect);
      case Combine combine -> onCombine(combine);
      case WindowEnded(Key key) -> close(key);
      case Ended(Key key, List<Combine> batch, Aggregation.Result result) ->
          onEnded(key, batch, result);
      case Failed(List<Combine> batch, String problem) -> {
        LOG.error("{} signatures could not be made: {}", batch.size(), problem);
        batch.forEach(item ->
            answer(
                item,
                new DutyInput.ServiceFailed(new DutyOutput.Combine(item.root(), item.partials()))));
      }
    }
    return Behaviors.same();
  }

  private void onExpect(Expect expect) {
    expected
        .computeIfAbsent(expect.group().slot(), _ -> new HashMap<>())
        .put(expect.group(), expect.duties());
    while (expected.size() > SLOTS_KEPT) {
      expected.pollFirstEntry();
    }
  }

  private void onCombine(Combine combine) {
    Key key = new Key(combine.duty().group(), combine.root());
    List<Combine> batch = gathering.get(key);
    if (batch == null) {
      if (gathering.size() >= BATCHES_MAX) {
        close(gathering.keySet().iterator().next());
      }
      batch = new ArrayList<>();
      gathering.put(key, batch);
      timers.startSingleTimer(key, new WindowEnded(key), WINDOW);
    }
    batch.add(combine);
    if (batch.size() >= expected(key.group())) {
      close(key);
    }
  }

  /** How many are to sign one message. */
  private int expected(DutyGroup group) {
    return group.type().isSignedAlike()
        ? expected.getOrDefault(group.slot(), Map.of()).getOrDefault(group, Integer.MAX_VALUE)
        : 1;
  }

  private void close(Key key) {
    timers.cancel(key);
    List<Combine> batch = gathering.remove(key);
    if (batch == null) {
      return;
    }
    List<Aggregation.Job> jobs = batch.stream().map(this::job).toList();
    SortedSet<Integer> suspects = suspects(key.group());
    context.pipeToSelf(
        CompletableFuture.supplyAsync(
            () ->
                Aggregation.aggregate(
                    HashedMessage.of(key.root()), threshold, jobs, suspects, random),
            crypto),
        (result, failure) ->
            failure == null
                ? new Ended(key, batch, result)
                : new Failed(batch, String.valueOf(failure.getMessage())));
  }

  /** Operators count from 0, share indices from 1. */
  private Aggregation.Job job(Combine combine) {
    SortedMap<Integer, Bytes> partials = new TreeMap<>();
    combine.partials().forEach((operator, partial) -> partials.put(operator + 1, partial));
    return new Aggregation.Job(keys.get(combine.duty().validator()), partials);
  }

  private SortedSet<Integer> suspects(DutyGroup group) {
    if (!group.type().mayBeDoneAhead()) {
      suspectUntilSlot.values().removeIf(until -> until < group.slot());
    }
    return new TreeSet<>(suspectUntilSlot.keySet());
  }

  private void onEnded(Key key, List<Combine> batch, Aggregation.Result result) {
    figures.batches.increment();
    figures.pairingChecks.add(result.pairingChecks());
    for (int i = 0; i < batch.size(); i++) {
      Aggregation.Outcome outcome = result.outcomes().get(i);
      outcome
          .culprits()
          .forEach(index -> suspectUntilSlot.put(index, key.slot() + SUSPICION_SLOTS));
      answer(
          batch.get(i),
          switch (outcome) {
            case Aggregation.Aggregated made -> {
              figures.aggregates.increment();
              yield new DutyInput.Combined(
                  made.signature().compressed(),
                  operators(made.used()),
                  operators(made.culprits()));
            }
            case Aggregation.Insufficient few ->
                new DutyInput.CombineFailed(operators(few.culprits()));
          });
    }
  }

  private static List<Integer> operators(SortedSet<Integer> indices) {
    return indices.stream().map(index -> index - 1).toList();
  }

  private static void answer(Combine combine, DutyInput input) {
    combine.replyTo().tell(new Answer(combine.duty(), input));
  }
}
