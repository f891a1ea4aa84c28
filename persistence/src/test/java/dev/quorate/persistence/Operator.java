/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence;

import com.typesafe.config.ConfigFactory;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.ethereum.slashing.AttestationWatermark;
import dev.quorate.ethereum.slashing.BlockWatermark;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.persistence.event.EntitySnapshot;
import dev.quorate.persistence.guard.SigningGuard;
import dev.quorate.persistence.journal.JournalSettings;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;

/** A database and an actor system whose journal is in it. */
public record Operator(OperatorDatabase database, ActorTestKit actors) implements AutoCloseable {
  public static final Duration TIMEOUT = Duration.ofSeconds(30);

  public static Operator start(DatabaseSettings settings) {
    return start(settings, JournalSettings.DEFAULT);
  }

  public static Operator start(DatabaseSettings settings, JournalSettings journal) {
    return on(TestDatabase.open(settings), journal);
  }

  /** Takes {@code database} over. */
  public static Operator on(OperatorDatabase database, JournalSettings journal) {
    return new Operator(
        database,
        ActorTestKit.create(
            ActorSystem.create(
                Behaviors.empty(),
                "operator",
                journal.setup(
                    database,
                    ConfigFactory.parseString(
                            "pekko { loglevel = OFF, stdout-loglevel = OFF,"
                                + " coordinated-shutdown.run-by-jvm-shutdown-hook = off }")
                        .withFallback(ConfigFactory.load())))));
  }

  public ActorRef<Ledger.Command> ledger(String id) {
    return actors.spawn(
        new Ledger(
            id, RetentionCriteria.snapshotEvery(5, 2), actors.<Done>createTestProbe().getRef()));
  }

  public List<ActorRef<Ledger.Command>> ledgers(String prefix, int count) {
    List<ActorRef<Ledger.Command>> ledgers =
        IntStream.range(0, count).mapToObj(i -> ledger(prefix + i)).toList();
    ledgers.stream().map(this::read).toList().forEach(Operator::await);
    return ledgers;
  }

  public CompletionStage<EntitySnapshot> append(ActorRef<Ledger.Command> ledger, DutyEvent event) {
    return AskPattern.ask(
        ledger,
        replyTo -> new Ledger.Command.Append(event, replyTo),
        TIMEOUT,
        actors.system().scheduler());
  }

  public CompletionStage<EntitySnapshot> read(ActorRef<Ledger.Command> ledger) {
    return AskPattern.ask(ledger, Ledger.Command.Read::new, TIMEOUT, actors.system().scheduler());
  }

  /** As if {@code key} had attested from the epoch before {@code target}. */
  public void raiseWatermark(Bytes key, long target) {
    try (SigningGuard guard = new SigningGuard(database, new FarFuture())) {
      TreeMap<Bytes, Watermarks> watermarks = new TreeMap<>();
      watermarks.put(
          key,
          new Watermarks(
              new AttestationWatermark(target - 1, target, Optional.empty()), BlockWatermark.NONE));
      guard.raise(watermarks);
    }
  }

  private record FarFuture() implements SigningGuard.Clock {
    @Override
    public long currentEpoch() {
      return Long.MAX_VALUE / 2;
    }

    @Override
    public long currentSlot() {
      return Long.MAX_VALUE / 2;
    }
  }

  public static <T> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }

  @Override
  public void close() {
    actors.shutdownTestKit();
    database.close();
  }
}
