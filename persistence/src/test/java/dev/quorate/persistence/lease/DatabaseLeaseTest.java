/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.lease;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.persistence.Operator;
import dev.quorate.persistence.Seeds;
import dev.quorate.persistence.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.coordination.lease.LeaseSettings;
import org.apache.pekko.coordination.lease.javadsl.Lease;
import org.apache.pekko.coordination.lease.javadsl.LeaseProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DatabaseLeaseTest {
  private static final String NAME = "split-brain";
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration TERM = Duration.ofMillis(600);
  private static final Duration LONG = Duration.ofMinutes(5);

  @ParameterizedTest
  @EnumSource
  void isHeldByOneUntilItIsReleased(TestDatabase kind) {
    try (Operator operator = Operator.start(kind.fresh())) {
      Lease a = byPekko(operator, "a");
      Lease b = byPekko(operator, "b");
      assertThat(a.checkLease()).isFalse();

      assertThat(answer(a.acquire())).isTrue();
      assertThat(answer(b.acquire())).isFalse();
      assertThat(answer(a.acquire())).isTrue();
      assertThat(a.checkLease()).isTrue();
      assertThat(b.checkLease()).isFalse();

      // Whoever does not hold it gives nothing away.
      assertThat(answer(b.release())).isTrue();
      assertThat(answer(b.acquire())).isFalse();

      assertThat(answer(a.release())).isTrue();
      assertThat(a.checkLease()).isFalse();
      assertThat(answer(b.acquire())).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void ofManyThatAskAtOnceOneGetsIt(TestDatabase kind) {
    try (Operator operator = Operator.start(kind.fresh())) {
      for (int race = 0; race < 20; race++) {
        String name = "race-" + race;
        List<CompletionStage<Boolean>> answers =
            IntStream.range(0, 6)
                .mapToObj(i -> lease(operator, name, "owner-" + i, LONG).acquire())
                .toList();
        assertThat(answers.stream().map(DatabaseLeaseTest::answer).filter(held -> held)).hasSize(1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theHolderKeepsItBeyondItsTermWhileItLives(TestDatabase kind) {
    try (Operator operator = Operator.start(kind.fresh())) {
      Lease a = lease(operator, NAME, "a", TERM);
      Lease b = lease(operator, NAME, "b", TERM);
      assertThat(answer(a.acquire())).isTrue();
      long end = System.nanoTime() + TERM.multipliedBy(3).toNanos();
      while (System.nanoTime() < end) {
        assertThat(answer(b.acquire())).isFalse();
        assertThat(a.checkLease()).isTrue();
      }
    }
  }

  /** A crashed holder's term runs out by the database's clock. */
  @ParameterizedTest
  @EnumSource
  void anotherTakesItOverOnceTheHoldersTermIsOver(TestDatabase kind) throws Exception {
    try (Operator operator = Operator.start(kind.fresh())) {
      long startNanos = System.nanoTime();
      assertThat(new LeaseTable(operator.database()).acquire(NAME, "crashed", TERM)).isTrue();
      Lease b = lease(operator, NAME, "b", TERM);
      await(() -> answer(b.acquire()));
      assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(TERM.toNanos());
      assertThat(new LeaseTable(operator.database()).renew(NAME, "crashed", TERM)).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aHolderWhoseRowIsGoneLearnsIt(TestDatabase kind) throws Exception {
    try (Operator operator = Operator.start(kind.fresh())) {
      CompletableFuture<Optional<Throwable>> lost = new CompletableFuture<>();
      Lease a = lease(operator, NAME, "a", LONG, Duration.ofMillis(50));
      assertThat(answer(a.acquire(lost::complete))).isTrue();
      new LeaseTable(operator.database()).release(NAME, "a");
      assertThat(lost.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEmpty();
      assertThat(a.checkLease()).isFalse();
    }
  }

  /** The row is locked by a transaction that does not end: every question about it hangs. */
  @ParameterizedTest
  @EnumSource
  void aHolderWhoseDatabaseStandsStillHasLostItWhenItsTermIsOver(TestDatabase kind)
      throws Exception {
    try (Operator operator = Operator.start(kind.fresh())) {
      CompletableFuture<Optional<Throwable>> lost = new CompletableFuture<>();
      Lease a = lease(operator, NAME, "a", TERM);
      assertThat(answer(a.acquire(lost::complete))).isTrue();
      try (Connection connection = operator.database().dataSource().getConnection()) {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
          statement.execute("SELECT * FROM lease FOR UPDATE");
          lost.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
          assertThat(a.checkLease()).isFalse();
          // Until the term is over by the database's clock, too, it says no without the row.
          await(() -> hangs(lease(operator, NAME, "b", TERM).acquire()));
        }
        connection.rollback();
      }
      await(() -> answered(lease(operator, NAME, "c", TERM).acquire()));
    }
  }

  /** Whoever asked believes that it does not hold it, so nobody may have to wait for its term. */
  @ParameterizedTest
  @EnumSource
  void aGrantThatComesTooLateIsGivenBack(TestDatabase kind) throws Exception {
    try (Operator operator = Operator.start(kind.fresh())) {
      new LeaseTable(operator.database()).acquire(NAME, "crashed", Duration.ofMillis(1));
      Lease late = lease(operator, NAME, "late", LONG);
      try (Connection connection = operator.database().dataSource().getConnection()) {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
          statement.execute("SELECT * FROM lease FOR UPDATE");
          assertThat(answered(late.acquire())).isFalse();
        }
        connection.rollback();
      }
      Lease next = lease(operator, NAME, "next", LONG);
      await(() -> answered(next.acquire()));
      assertThat(late.checkLease()).isFalse();
    }
  }

  /** Whatever they do, and however long they stand still: never do two hold it at one time. */
  @ParameterizedTest
  @EnumSource
  void twoNeverHoldItAtOnce(TestDatabase kind) throws Exception {
    Random random = Seeds.random("DatabaseLeaseTest");
    try (Operator operator = Operator.start(kind.fresh())) {
      AtomicInteger acquisitions = new AtomicInteger();
      AtomicInteger violations = new AtomicInteger();
      List<Lease> leases =
          IntStream.range(0, 4)
              .mapToObj(i -> lease(operator, NAME, "pod-" + i, Duration.ofMillis(400)))
              .toList();
      long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
      List<Thread> pods = new ArrayList<>();
      for (Lease lease : leases) {
        Random own = new Random(random.nextLong());
        List<Lease> others = leases.stream().filter(other -> other != lease).toList();
        pods.add(
            Thread.ofPlatform()
                .start(() -> {
                  while (System.nanoTime() < end) {
                    if (answered(lease.acquire())) {
                      acquisitions.incrementAndGet();
                      for (int n = own.nextInt(1_000); n > 0 && lease.checkLease(); n--) {
                        // Nobody else gives up this one: held before and after is held between.
                        if (others.stream().anyMatch(Lease::checkLease) && lease.checkLease()) {
                          violations.incrementAndGet();
                        }
                      }
                      answered(lease.release());
                    }
                  }
                }));
      }
      for (Thread pod : pods) {
        pod.join();
      }
      assertThat(violations).hasValue(0);
      assertThat(acquisitions.get()).isGreaterThan(10);
    }
  }

  @Test
  void itsTimesStandInReferenceConf() {
    try (Operator operator = Operator.start(TestDatabase.H2.fresh())) {
      assertThat(byPekko(operator, "a").getSettings().timeoutSettings().getHeartbeatTimeout())
          .isEqualTo(Duration.ofSeconds(5));
    }
  }

  private static Lease byPekko(Operator operator, String owner) {
    return LeaseProvider.get(operator.actors().system()).getLease(NAME, "quorate-lease", owner);
  }

  private static Lease lease(Operator operator, String name, String owner, Duration term) {
    return lease(operator, name, owner, term, term.dividedBy(6));
  }

  private static Lease lease(
      Operator operator, String name, String owner, Duration term, Duration interval) {
    LeaseSettings settings = byPekko(operator, owner).getSettings();
    return new DatabaseLease(
        new LeaseSettings(
            name,
            owner,
            settings
                .timeoutSettings()
                .withHeartbeatTimeout(term)
                .withHeartbeatInterval(interval)
                .withOperationTimeout(Duration.ofSeconds(2)),
            settings.leaseConfig()),
        (ExtendedActorSystem) operator.actors().system().classicSystem());
  }

  private static boolean answer(CompletionStage<Boolean> answer) {
    return answer.toCompletableFuture().join();
  }

  /** A database that did not answer said no. */
  private static boolean answered(CompletionStage<Boolean> answer) {
    return answer.exceptionally(_ -> false).toCompletableFuture().join();
  }

  private static boolean hangs(CompletionStage<Boolean> answer) {
    return answer
        .handle((_, failure) ->
            failure instanceof CompletionException late
                && late.getCause() instanceof TimeoutException)
        .toCompletableFuture()
        .join();
  }

  private static void await(BooleanSupplier condition) throws SQLException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("patience").isLessThan(end);
      Thread.onSpinWait();
    }
  }
}
