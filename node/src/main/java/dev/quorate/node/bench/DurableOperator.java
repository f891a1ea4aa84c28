/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import com.typesafe.config.ConfigFactory;
import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.FenceVerdict;
import dev.quorate.consensus.duty.GuardVerdict;
import dev.quorate.ethereum.slashing.AttestationWatermark;
import dev.quorate.ethereum.slashing.BlockWatermark;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.persistence.fence.Activation;
import dev.quorate.persistence.fence.VoteFence;
import dev.quorate.persistence.guard.SigningGuard;
import dev.quorate.persistence.journal.JournalSettings;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.HighWaterMark;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.persistence.store.OperatorIdentity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;

/**
 * What an operator makes durable, without consensus, keys and network: fence, guard and journal on
 * one database, commits forced and counted as in a pod.
 */
final class DurableOperator implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int KEY_BYTES = 48;

  /** Quiet: what fails fails the benchmark. */
  private static final String SETTINGS =
      "pekko { loglevel = OFF, stdout-loglevel = OFF, jvm-shutdown-hooks = off }";

  /** What a duty makes durable, in this order. */
  enum Step {
    FENCE,
    GUARD,
    INTENT,
    SHARE,
    COMPLETION;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Beyond every duty, whichever chain it is. */
  private record FarFuture() implements SigningGuard.Clock {
    @Override
    public long currentEpoch() {
      return Integer.MAX_VALUE;
    }

    @Override
    public long currentSlot() {
      return Long.MAX_VALUE / 2;
    }
  }

  private final OperatorDatabase database;
  private final HighWaterMark mark;
  private final VoteFence fence;
  private final SigningGuard guard;
  private final ActorSystem<Void> system;
  private final Activation activation = Activation.random();
  private final List<ActorRef<JournaledEntity.Command>> entities = new ArrayList<>();
  private int started;

  /**
   * On a database that is empty or was closed.
   *
   * @param folder for the high-water mark
   */
  DurableOperator(DatabaseSettings where, Path folder, JournalSettings journal) {
    database =
        OperatorDatabase.open(
            where, new OperatorIdentity(Bytes.wrap(new byte[32]), Bytes32.ZERO, Bytes32.ZERO));
    mark =
        HighWaterMark.open(
            database,
            new HighWaterMark.Paths(folder.resolve("mark"), folder.resolve("never-signed")),
            System.currentTimeMillis());
    mark.begin(() -> {});
    fence = new VoteFence(database);
    guard = new SigningGuard(database, new FarFuture());
    system =
        ActorSystem.create(
            Behaviors.<Void>empty(),
            "bench",
            journal.setup(
                database, ConfigFactory.parseString(SETTINGS).withFallback(ConfigFactory.load())));
  }

  OperatorDatabase database() {
    return database;
  }

  private static Bytes key(int validator) {
    byte[] key = new byte[KEY_BYTES];
    new Random(validator).nextBytes(key);
    return Bytes.wrap(key);
  }

  /** The validator's persistence id. */
  static String id(int validator) {
    return DistributedValidator.TYPE.name() + "|" + key(validator).hex();
  }

  /** As many validators with entities that retain what a pod's do; blocks until they are up. */
  void start(int validators) {
    IntStream.range(0, validators)
        .forEach(validator ->
            entities.add(entity(validator, DistributedValidator.retention(validator))));
    await(entities.stream().map(entity -> append(entity, List.of())).toList());
  }

  /** Begins to recover. */
  ActorRef<JournaledEntity.Command> entity(int validator, RetentionCriteria retention) {
    return system.systemActorOf(
        new JournaledEntity(key(validator), retention), "entity-" + started++, Props.empty());
  }

  CompletionStage<Done> append(ActorRef<JournaledEntity.Command> entity, List<DutyEvent> events) {
    return ask(entity, replyTo -> new JournaledEntity.Append(events, replyTo));
  }

  CompletionStage<Done> stop(ActorRef<JournaledEntity.Command> entity) {
    return ask(entity, JournaledEntity.Stop::new);
  }

  private CompletionStage<Done> ask(
      ActorRef<JournaledEntity.Command> entity,
      Function<ActorRef<Done>, JournaledEntity.Command> command) {
    return AskPattern.ask(entity, command::apply, PATIENCE, system.scheduler());
  }

  /** Makes one step of a validator's duty in the epoch durable. */
  CompletionStage<?> take(Step step, int validator, long epoch) {
    DutyRows rows = new DutyRows(validator, epoch);
    return switch (step) {
      case FENCE ->
          fence
              .claim(key(validator), rows.duty(), activation)
              .thenAccept(verdict -> require(verdict instanceof FenceVerdict.Owned, verdict));
      case GUARD ->
          guard
              .ask(key(validator), rows.duty(), rows.signable())
              .thenAccept(verdict -> require(verdict instanceof GuardVerdict.Granted, verdict));
      case INTENT -> append(entities.get(validator), List.of(rows.intent()));
      case SHARE -> append(entities.get(validator), List.of(rows.share()));
      case COMPLETION -> append(entities.get(validator), List.of(rows.completion()));
    };
  }

  private static void require(boolean holds, Object verdict) {
    if (!holds) {
      throw new IllegalStateException("a first duty was refused: " + verdict);
    }
  }

  /** The same step of all validators' duties at once; blocks until all are durable. */
  void takeAll(Step step, long epoch) {
    await(
        IntStream.range(0, entities.size())
            .mapToObj(validator -> take(step, validator, epoch))
            .toList());
  }

  /** As the scheduler does at the begin of an epoch. */
  void prune(long epoch) {
    fence.prune(new DutyRows(0, Math.max(0, epoch - 2)).duty().slot());
  }

  /** The guard of this validator has passed every epoch up to this one. */
  void passed(int validator, long epoch) {
    TreeMap<Bytes, Watermarks> watermarks = new TreeMap<>();
    watermarks.put(
        key(validator),
        new Watermarks(
            new AttestationWatermark(epoch, epoch + 1, Optional.empty()), BlockWatermark.NONE));
    guard.raise(watermarks);
  }

  static void await(List<? extends CompletionStage<?>> stages) {
    CompletableFuture.allOf(
            stages.stream()
                .map(CompletionStage::toCompletableFuture)
                .toArray(CompletableFuture[]::new))
        .join();
  }

  @Override
  public void close() {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().join();
    guard.close();
    fence.close();
    mark.close();
    database.close();
  }
}
