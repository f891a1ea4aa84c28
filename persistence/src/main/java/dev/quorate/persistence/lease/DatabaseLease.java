/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.lease;

import dev.quorate.persistence.journal.JournalDatabase;
import dev.quorate.persistence.store.DatabaseFailedException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.coordination.lease.LeaseSettings;
import org.apache.pekko.coordination.lease.javadsl.Lease;
import org.apache.pekko.dispatch.Dispatchers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pekko's lease on the operator's database: the split brain resolver asks for it before it removes
 * pods that it does not reach. Made by Pekko, by name; see {@code quorate-lease} in {@code
 * reference.conf}.
 *
 * <p>A holder counts its time from before it asked, so it takes the lease for lost before the
 * database gives it to another. A database that does not answer thus costs the lease once its term
 * is over. Two pods that both believe to hold it, as after a long pause of one, are a loss of time:
 * what they vote and sign is decided by fence and guard.
 */
public final class DatabaseLease extends Lease {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseLease.class);

  private final LeaseSettings settings;
  private final LeaseTable table;
  private final ExtendedActorSystem system;
  private final Executor blocking;
  private final Duration term;
  private final Object asking = new Object();
  private volatile Optional<Tenure> tenure = Optional.empty();

  public DatabaseLease(LeaseSettings settings, ExtendedActorSystem system) {
    this.settings = settings;
    this.system = system;
    this.table = new LeaseTable(JournalDatabase.of(system).database());
    this.blocking = system.dispatchers().lookup(Dispatchers.DefaultBlockingDispatcherId());
    this.term = settings.timeoutSettings().getHeartbeatTimeout();
  }

  /** From one acquisition to its end. */
  private final class Tenure {
    private final Consumer<Optional<Throwable>> onLost;
    private volatile long untilNanos;
    private volatile boolean renewing;
    private volatile Optional<Throwable> trouble = Optional.empty();
    private volatile Cancellable heartbeat = Cancellable.alreadyCancelled();

    Tenure(long askedNanos, Consumer<Optional<Throwable>> onLost) {
      this.untilNanos = askedNanos + term.toNanos();
      this.onLost = onLost;
    }

    boolean lasts() {
      return untilNanos - System.nanoTime() > 0;
    }

    void begin() {
      Duration interval = settings.timeoutSettings().getHeartbeatInterval();
      heartbeat =
          system
              .scheduler()
              .scheduleWithFixedDelay(interval, interval, this::beat, system.dispatcher());
    }

    private void beat() {
      if (!lasts()) {
        lose(trouble);
      } else if (!renewing) {
        renewing = true;
        long askedNanos = System.nanoTime();
        query(() -> table.renew(settings.leaseName(), settings.ownerName(), term))
            .whenComplete((held, failure) -> {
              renewing = false;
              if (failure != null) {
                trouble = Optional.of(failure);
              } else if (held) {
                untilNanos = askedNanos + term.toNanos();
              } else {
                lose(Optional.empty());
              }
            });
      }
    }

    private void lose(Optional<Throwable> cause) {
      if (end(this)) {
        LOG.warn(
            "{} lost the lease {}: {}",
            settings.ownerName(),
            settings.leaseName(),
            cause.map(Throwable::toString).orElse("it is another's, or its term ran out"));
        onLost.accept(cause);
      }
    }
  }

  private synchronized void begin(Tenure next) {
    tenure.ifPresent(this::end);
    tenure = Optional.of(next);
    next.begin();
  }

  /**
   * @return whether it was the current one
   */
  private synchronized boolean end(Tenure ended) {
    ended.heartbeat.cancel();
    boolean isCurrent = tenure.filter(ended::equals).isPresent();
    if (isCurrent) {
      tenure = Optional.empty();
    }
    return isCurrent;
  }

  @Override
  public LeaseSettings getSettings() {
    return settings;
  }

  @Override
  public CompletionStage<Boolean> acquire() {
    return acquire(_ -> {});
  }

  /** Fails if the database did not answer within the operation's timeout; it is not held then. */
  @Override
  public CompletionStage<Boolean> acquire(Consumer<Optional<Throwable>> onLost) {
    long askedNanos = System.nanoTime();
    CompletableFuture<Boolean> granted = inTime(new CompletableFuture<>());
    query(() -> ask(granted))
        .whenComplete((_, failure) -> {
          if (failure != null) {
            granted.completeExceptionally(failure);
          }
        });
    return granted.thenApply(held -> {
      if (held) {
        begin(new Tenure(askedNanos, onLost));
      }
      return held && checkLease();
    });
  }

  /**
   * A grant that comes too late is given back unless it is held anyway, lest it keep other pods
   * waiting for its whole term. Until then nobody asks again: that would be given back with it.
   */
  private boolean ask(CompletableFuture<Boolean> granted) throws SQLException {
    synchronized (asking) {
      boolean held =
          !granted.isDone() && table.acquire(settings.leaseName(), settings.ownerName(), term);
      if (!granted.complete(held) && held && !checkLease()) {
        LOG.warn("{} gives back the lease, granted too late", settings.ownerName());
        table.release(settings.leaseName(), settings.ownerName());
      }
      return held;
    }
  }

  /** Fails if the database did not answer in time; the lease then ends with its term. */
  @Override
  public CompletionStage<Boolean> release() {
    tenure.ifPresent(this::end);
    return inTime(query(() -> table.release(settings.leaseName(), settings.ownerName())))
        .thenApply(_ -> true);
  }

  @Override
  public boolean checkLease() {
    return tenure.filter(Tenure::lasts).isPresent();
  }

  @FunctionalInterface
  private interface Question {
    boolean ask() throws SQLException;
  }

  private CompletionStage<Boolean> query(Question question) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return question.ask();
          } catch (SQLException failure) {
            throw new DatabaseFailedException("the lease " + settings.leaseName(), failure);
          }
        },
        blocking);
  }

  private CompletableFuture<Boolean> inTime(CompletionStage<Boolean> answer) {
    return answer
        .toCompletableFuture()
        .orTimeout(
            settings.timeoutSettings().getOperationTimeout().toMillis(), TimeUnit.MILLISECONDS);
  }
}
