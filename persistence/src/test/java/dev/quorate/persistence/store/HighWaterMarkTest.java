/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.FenceVerdict;
import dev.quorate.persistence.TestDatabase;
import dev.quorate.persistence.fence.Activation;
import dev.quorate.persistence.fence.VoteFence;
import dev.quorate.persistence.store.DatabaseRefusedException.Problem;
import dev.quorate.persistence.store.HighWaterMark.Standing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HighWaterMarkTest {
  private static final Bytes KEY = Bytes.wrap(new byte[48]);

  @TempDir private Path folder = Path.of("");
  private final Activation activation = Activation.random();

  private HighWaterMark.Paths paths() {
    return new HighWaterMark.Paths(folder.resolve("pod-0.mark"), folder.resolve("never-signed"));
  }

  private static final long NOW = 5_000_000_000L;

  private Standing standing(DatabaseSettings settings) {
    return standing(settings, NOW);
  }

  private Standing standing(DatabaseSettings settings, long nowMillis) {
    try (OperatorDatabase database = TestDatabase.open(settings);
        HighWaterMark mark = HighWaterMark.open(database, paths(), nowMillis)) {
      return mark.standing();
    }
  }

  /** A pod's life: it finds the standing, counts, and votes in slots. */
  private Standing live(DatabaseSettings settings, long... slots) {
    try (OperatorDatabase database = TestDatabase.open(settings);
        HighWaterMark mark = HighWaterMark.open(database, paths(), NOW);
        VoteFence fence = new VoteFence(database)) {
      mark.begin(() -> {});
      for (long slot : slots) {
        assertThat(vote(fence, slot)).isEqualTo(new FenceVerdict.Owned());
      }
      return mark.standing();
    }
  }

  private FenceVerdict vote(VoteFence fence, long slot) {
    return fence.claim(KEY, DutyId.attester(slot, 0), activation).toCompletableFuture().join();
  }

  private static void forgetOne(OperatorDatabase database) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("UPDATE high_water SET commits = commits - 1 WHERE commits > 0");
    }
  }

  @ParameterizedTest
  @EnumSource
  void goesOnWithADatabaseThatHoldsAllThatWasAcknowledged(TestDatabase kind) throws IOException {
    DatabaseSettings settings = kind.fresh();
    Files.writeString(paths().neverSigned(), Long.toString(NOW - 1_000));

    assertThat(live(settings, 1, 2)).isEqualTo(Standing.NEVER_SIGNED);

    assertThat(paths().neverSigned()).doesNotExist();
    assertThat(live(settings, 3)).isEqualTo(Standing.CONTINUED);
    assertThat(live(settings)).isEqualTo(Standing.CONTINUED);
    assertThat(standing(settings)).isEqualTo(Standing.CONTINUED);
  }

  @ParameterizedTest
  @EnumSource
  void noticesAnOlderDatabaseWhenItStarts(TestDatabase kind) throws SQLException {
    DatabaseSettings settings = kind.fresh();
    live(settings, 1, 2);
    try (OperatorDatabase database = TestDatabase.open(settings)) {
      forgetOne(database);
    }

    assertThat(standing(settings)).isEqualTo(Standing.OLDER);
    assertThat(standing(kind.fresh())).as("an empty one").isEqualTo(Standing.OLDER);
    assertThat(live(settings, 3)).as("until a new mark is begun").isEqualTo(Standing.OLDER);
    assertThat(standing(settings)).isEqualTo(Standing.CONTINUED);
  }

  /** A process that is killed at its first start leaves a mark without rows. */
  @ParameterizedTest
  @EnumSource
  void aMarkThatNobodyActedUponSaysNothing(TestDatabase kind) throws IOException {
    DatabaseSettings settings = kind.fresh();
    MarkFile.create(paths().mark()).close();
    assertThat(standing(settings)).isEqualTo(Standing.UNKNOWN);
    Files.writeString(paths().neverSigned(), Long.toString(NOW - 1_000));
    assertThat(live(settings, 1)).isEqualTo(Standing.NEVER_SIGNED);
    assertThat(standing(settings)).isEqualTo(Standing.CONTINUED);
  }

  @Test
  void noticesAFileThatWasRestored() throws IOException {
    DatabaseSettings settings = TestDatabase.H2.fresh();
    Path file = Path.of(settings.url().substring("jdbc:h2:file:".length()) + ".mv.db");
    live(settings, 1);
    Path backup = Files.copy(file, folder.resolve("backup"));
    live(settings, 2);

    Files.copy(backup, file, StandardCopyOption.REPLACE_EXISTING);

    assertThat(standing(settings)).isEqualTo(Standing.OLDER);
  }

  @ParameterizedTest
  @EnumSource
  void refusesToActOnceTheDatabaseForgetsWhileItRuns(TestDatabase kind) throws SQLException {
    DatabaseSettings settings = kind.fresh();
    try (OperatorDatabase database = TestDatabase.open(settings);
        HighWaterMark mark = HighWaterMark.open(database, paths(), NOW);
        VoteFence fence = new VoteFence(database)) {
      AtomicBoolean wasUsable = new AtomicBoolean();
      mark.begin(() -> wasUsable.set(!database.whenUnusable().toCompletableFuture().isDone()));
      vote(fence, 1);
      vote(fence, 2);
      forgetOne(database);

      assertThatExceptionOfType(CompletionException.class)
          .isThrownBy(() -> vote(fence, 3))
          .withCauseInstanceOf(DatabaseFailedException.class);

      assertThat(database.whenUnusable().toCompletableFuture())
          .isCompletedWithValueMatching(why -> why.contains("lacks what was acknowledged"));
      assertThat(wasUsable).as("it is seen to before anybody hears of it").isTrue();
      assertThat(HighWaterMark.isOlder(database, paths().mark())).isTrue();
    }
    assertThat(standing(settings)).isEqualTo(Standing.OLDER);
  }

  /** A command that looks on from outside. */
  @ParameterizedTest
  @EnumSource
  void isNotTakenForOlderWhileAPodCountsOn(TestDatabase kind) {
    try (OperatorDatabase database = TestDatabase.open(kind.fresh());
        HighWaterMark mark = HighWaterMark.open(database, paths(), NOW);
        VoteFence fence = new VoteFence(database)) {
      mark.begin(() -> {});
      CompletableFuture<Void> counting =
          CompletableFuture.runAsync(() -> {
            for (long slot = 1; slot <= 200; slot++) {
              vote(fence, slot);
            }
          });
      while (!counting.isDone()) {
        assertThat(HighWaterMark.isOlder(database, paths().mark())).isFalse();
      }
      assertThat(counting).isCompleted();
    }
  }

  /** The commit was on disk, the mark was not, and nobody acted upon it. */
  @ParameterizedTest
  @EnumSource
  void takesACrashBetweenCommitAndMarkForWhatItIs(TestDatabase kind) throws Exception {
    DatabaseSettings settings = kind.fresh();
    live(settings, 1);
    Path before = Files.copy(paths().mark(), folder.resolve("before"));
    live(settings, 2);
    Files.copy(before, paths().mark(), StandardCopyOption.REPLACE_EXISTING);

    assertThat(live(settings, 3)).isEqualTo(Standing.CONTINUED);
    // As it was after that crash: it lacks the vote in slot 3.
    try (OperatorDatabase database = TestDatabase.open(settings)) {
      forgetOne(database);
    }
    assertThat(standing(settings)).isEqualTo(Standing.OLDER);
  }

  @ParameterizedTest
  @EnumSource
  void knowsNothingWithoutAMarkOfItsOwn(TestDatabase kind) throws IOException {
    DatabaseSettings settings = kind.fresh();
    assertThat(standing(settings)).isEqualTo(Standing.UNKNOWN);
    live(settings, 1);
    // The file came back with the folder; the database says otherwise.
    Files.delete(paths().mark());
    Files.writeString(paths().neverSigned(), Long.toString(NOW));

    assertThat(standing(settings)).isEqualTo(Standing.UNKNOWN);
  }

  @Test
  void believesForAnHourThatKeySharesNeverSigned() throws IOException {
    DatabaseSettings settings = TestDatabase.H2.fresh();
    long hourMillis = 3_600_000;
    Files.writeString(paths().neverSigned(), NOW + "\n");
    assertThat(standing(settings, NOW)).isEqualTo(Standing.NEVER_SIGNED);
    assertThat(standing(settings, NOW + hourMillis)).isEqualTo(Standing.NEVER_SIGNED);
    assertThat(standing(settings, NOW + hourMillis + 1)).isEqualTo(Standing.UNKNOWN);
    assertThat(standing(settings, NOW - 1)).as("a clock that is wrong").isEqualTo(Standing.UNKNOWN);
    for (String nonsense : List.of("", "now", "-5", "9".repeat(20))) {
      Files.writeString(paths().neverSigned(), nonsense);
      assertThat(standing(settings, NOW)).isEqualTo(Standing.UNKNOWN);
    }
  }

  @Test
  void knowsNothingFromAMarkThatIsTornOrNone() throws IOException {
    DatabaseSettings settings = TestDatabase.H2.fresh();
    live(settings, 1);
    byte[] whole = Files.readAllBytes(paths().mark());
    for (int at = 0; at < whole.length; at += 7) {
      byte[] torn = whole.clone();
      torn[at] ^= 1;
      Files.write(paths().mark(), torn);
      assertThat(standing(settings)).as("byte %d", at).isEqualTo(standingIfTorn(at));
    }
    for (int length : new int[] {0, 7, 24, 600, whole.length - 1}) {
      Files.write(paths().mark(), Arrays.copyOf(whole, length));
      assertThat(standing(settings)).isEqualTo(Standing.UNKNOWN);
    }
    Files.write(paths().mark(), whole);
    assertThat(standing(settings)).isEqualTo(Standing.CONTINUED);
  }

  private static Standing standingIfTorn(int at) {
    if (at < 8 || (at >= 512 && at % 512 < 16)) {
      return Standing.UNKNOWN;
    }
    // The identity is of a mark that the database does not know.
    return at < 24 ? Standing.OLDER : Standing.CONTINUED;
  }

  @Test
  void refusesAMarkThatAnotherPodHasOpen() {
    try (OperatorDatabase first = TestDatabase.H2.openFresh();
        OperatorDatabase second = TestDatabase.H2.openFresh();
        HighWaterMark _ = HighWaterMark.open(first, paths(), NOW)) {
      assertThatExceptionOfType(DatabaseRefusedException.class)
          .isThrownBy(() -> HighWaterMark.open(second, paths(), NOW))
          .returns(Problem.IN_USE, DatabaseRefusedException::problem);
    }
  }
}
