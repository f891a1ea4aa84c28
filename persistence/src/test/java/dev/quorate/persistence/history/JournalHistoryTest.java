/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.persistence.Ledger;
import dev.quorate.persistence.Operator;
import dev.quorate.persistence.Seeds;
import dev.quorate.persistence.TestDatabase;
import dev.quorate.persistence.event.CorruptJournalException;
import dev.quorate.persistence.event.EntitySnapshot;
import dev.quorate.persistence.history.HistoryCheck.Checked;
import dev.quorate.persistence.history.HistoryCheck.Finding;
import dev.quorate.persistence.history.SigningHistory.Point;
import dev.quorate.persistence.journal.JournalSettings;
import dev.quorate.persistence.store.DatabaseSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Journals that an entity wrote, with a snapshot every ten events and five events of history. */
class JournalHistoryTest {
  private static final JournalSettings SETTINGS = JournalSettings.DEFAULT.withEventsKept(5);

  private final Random random = Seeds.random("JournalHistoryTest");
  private final Bytes key = Seeds.bytes(random, 48);
  private final Bytes share = Seeds.bytes(random, 48);
  private final String id = "validator|" + key.hex();

  private record Entity(ActorRef<Ledger.Command> ledger, TestProbe<Done> deletions) {}

  private Entity start(Operator operator) {
    TestProbe<Done> deletions = operator.actors().createTestProbe();
    return new Entity(
        operator
            .actors()
            .spawn(
                new Ledger(
                    id,
                    RetentionCriteria.snapshotEvery(10, 1).withDeleteEventsOnSnapshot(),
                    deletions.getRef())),
        deletions);
  }

  private static void append(Operator operator, Entity entity, List<DutyEvent> events) {
    events.forEach(event -> Operator.await(operator.append(entity.ledger(), event)));
  }

  /** Taken through a file. */
  private Checked exported(Operator operator) {
    SigningHistory history = JournalHistory.read(operator.database(), id, key, share);
    byte[] file = HistoryFile.write(history, _ -> Bytes.wrap(new byte[64]));
    assertThat(HistoryFile.read(file))
        .isInstanceOfSatisfying(
            HistoryFile.Reading.Understood.class,
            understood -> assertThat(understood.file().history()).isEqualTo(history));
    return HistoryCheck.check(history, (_, _, _) -> true);
  }

  @ParameterizedTest
  @EnumSource
  void anEntityThatWroteNothingHasAnEmptyHistory(TestDatabase kind) {
    try (Operator operator = Operator.start(kind.fresh(), SETTINGS)) {
      Checked checked = exported(operator);

      assertThat(checked.findings()).isEmpty();
      assertThat(checked.history().rows()).isEmpty();
      assertThat(checked.history().head()).isEqualTo(Point.NONE);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aJournalIsReadByteForByteFromItsFirstEventOn(TestDatabase kind) {
    List<DutyEvent> events = Journals.attestedFrom(1, 5);
    try (Operator operator = Operator.start(kind.fresh(), SETTINGS)) {
      append(operator, start(operator), events);

      Checked checked = exported(operator);

      assertThat(checked.findings()).isEmpty();
      assertThat(checked.history().rows()).isEqualTo(Journals.rows(Point.NONE, events));
      assertThat(checked.history().snapshot().orElseThrow().sequence()).isEqualTo(10);
    }
  }

  @ParameterizedTest
  @EnumSource
  void exportsThatOverlapShowThatNothingWasRewrittenThoughEventsWereDeleted(TestDatabase kind) {
    try (Operator operator = Operator.start(kind.fresh(), SETTINGS)) {
      operator.raiseWatermark(key, 1_000);
      Entity entity = start(operator);
      append(operator, entity, Journals.attestedFrom(1, 6));
      final Checked first = exported(operator);
      append(operator, entity, Journals.attestedFrom(7, 8));
      entity.deletions().receiveMessage(Operator.TIMEOUT);
      final Checked second = exported(operator);
      append(operator, entity, Journals.attestedFrom(9, 40));
      // Each snapshot lets go of what the one before it covers.
      for (int snapshot = 3; snapshot <= 12; snapshot++) {
        entity.deletions().receiveMessage(Operator.TIMEOUT);
      }
      Checked third = exported(operator);

      assertThat(List.of(first, second, third))
          .allSatisfy(checked -> assertThat(checked.findings()).isEmpty());
      assertThat(second.history().anchor().sequence()).isEqualTo(10);
      assertThat(HistoryCheck.differences(first, second)).isEmpty();
      assertThat(HistoryCheck.missing(first, second)).isEmpty();
      assertThat(HistoryCheck.differences(second, third)).isEmpty();
      assertThat(HistoryCheck.missing(second, third)).isEqualTo(OptionalLong.of(110));
    }
  }

  @ParameterizedTest
  @EnumSource
  void anExportIsOfOneMomentThoughTheEntityWritesAndDeletesMeanwhile(TestDatabase kind) {
    try (Operator operator = Operator.start(kind.fresh(), SETTINGS)) {
      operator.raiseWatermark(key, 1_000);
      Entity entity = start(operator);
      List<CompletionStage<EntitySnapshot>> appended =
          Journals.attestedFrom(1, 100).stream()
              .map(event -> operator.append(entity.ledger(), event))
              .toList();
      Optional<Checked> before = Optional.empty();
      do {
        Checked now = exported(operator);
        assertThat(now.findings()).isEmpty();
        before.ifPresent(earlier -> assertThat(HistoryCheck.differences(earlier, now)).isEmpty());
        before = Optional.of(now);
      } while (!appended.getLast().toCompletableFuture().isDone());
      appended.forEach(Operator::await);
    }
  }

  /** Both go on from one backup: the one for a while before it is restored, the other after. */
  @ParameterizedTest
  @EnumSource
  void aRestoredBackupThatWentOnDifferentlyIsToldAsSuch(TestDatabase kind) {
    List<DutyEvent> backup = Journals.attestedFrom(1, 3);
    List<Checked> lives = new ArrayList<>();
    for (long source : new long[] {3, 4}) {
      DatabaseSettings settings = kind.fresh();
      try (Operator operator = Operator.start(settings, SETTINGS)) {
        append(operator, start(operator), backup);
      }
      try (Operator operator = Operator.start(settings, SETTINGS)) {
        append(operator, start(operator), Journals.attested(source, source + 3, "head"));
        lives.add(exported(operator));
      }
    }

    assertThat(lives).allSatisfy(life -> assertThat(life.findings()).isEmpty());
    assertThat(HistoryCheck.differences(lives.getFirst(), lives.getLast()))
        .singleElement()
        .isEqualTo(
            new Finding(
                10,
                Optional.empty(),
                "from here on the files tell different histories: the journal was rewritten, or"
                    + " restored from a backup and gone on with"));
  }

  @ParameterizedTest
  @EnumSource
  void aRowThatWasChangedOrTakenOutIsExportedAndFound(TestDatabase kind) throws SQLException {
    try (Operator operator = Operator.start(kind.fresh(), SETTINGS)) {
      append(operator, start(operator), Journals.attestedFrom(1, 3));
      execute(operator, "DELETE FROM \"event_journal\" WHERE \"sequence_number\" = 5");
      assertThat(exported(operator).findings())
          .extracting(Finding::sequence)
          .containsExactly(6L, 6L);

      execute(
          operator,
          "UPDATE \"event_journal\" SET \"event_payload\" = (SELECT \"event_payload\""
              + " FROM \"event_journal\" WHERE \"sequence_number\" = 2)"
              + " WHERE \"sequence_number\" = 3");
      assertThat(exported(operator).findings()).extracting(Finding::sequence).contains(3L, 4L, 6L);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aHistoryThatBeginsWithWhatIsNoEventHasNoAnchor(TestDatabase kind) throws SQLException {
    try (Operator operator = Operator.start(kind.fresh(), SETTINGS)) {
      append(operator, start(operator), Journals.attestedFrom(1, 4));
      execute(operator, "DELETE FROM \"event_journal\" WHERE \"sequence_number\" < 5");
      execute(
          operator,
          "UPDATE \"event_journal\" SET \"event_payload\" = (SELECT \"snapshot_payload\""
              + " FROM \"snapshot\") WHERE \"sequence_number\" = 5");

      assertThatExceptionOfType(CorruptJournalException.class).isThrownBy(() -> exported(operator));
    }
  }

  private static void execute(Operator operator, String sql) throws SQLException {
    try (Connection connection = operator.database().dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
