/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyEvent.Aftermath;
import dev.quorate.consensus.duty.DutyEvent.LatePartial;
import dev.quorate.consensus.duty.DutyEvent.Submission;
import dev.quorate.consensus.duty.DutyEvent.Trail;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.JournalExcerpt;
import dev.quorate.consensus.duty.JournalExcerpt.Place;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.persistence.Ledger;
import dev.quorate.persistence.Operator;
import dev.quorate.persistence.Seeds;
import dev.quorate.persistence.TestDatabase;
import dev.quorate.persistence.event.ChainedEvent;
import dev.quorate.persistence.event.CorruptJournalException;
import dev.quorate.persistence.event.EventCodec;
import dev.quorate.persistence.store.OperatorDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Slots of 12 s, and a duty in every 32nd of them. */
class JournalReaderTest {
  private static final long SLOT_MILLIS = 12_000;
  private static final long STEP = 32;
  private static final String ID = "validator|some";

  private final Random random = Seeds.random("JournalReaderTest");
  private final Map<String, Journal> journals = new HashMap<>();

  /** Where a journal ends. */
  private record Journal(long rows, Bytes32 hash) {}

  private static long startMillis(long slot) {
    return slot * SLOT_MILLIS;
  }

  private static DutyId duty(long count) {
    return DutyId.attester(count * STEP, 0);
  }

  private DutyEvent intent(DutyId duty, Aftermath earlier) {
    return new DutyEvent.Intended(
        duty,
        new Value(Seeds.bytes(random, 100)),
        new Signable(Seeds.root(random), 1, 2),
        Trail.NONE,
        earlier);
  }

  private DutyEvent share(DutyId duty) {
    return new DutyEvent.Shared(duty, Seeds.bytes(random, 192), startMillis(duty.slot()) + 1);
  }

  private DutyEvent completion(DutyId duty, Aftermath earlier) {
    return new DutyEvent.Completed(
        duty,
        Optional.empty(),
        Seeds.bytes(random, 96),
        List.of(0, 1, 2),
        List.of(),
        List.of(),
        Trail.NONE,
        earlier,
        startMillis(duty.slot()) + 2);
  }

  private static DutyEvent failure(DutyId duty, Aftermath earlier) {
    return new DutyEvent.Failed(
        duty, Reason.NO_QUORUM, List.of(), List.of(), Trail.NONE, earlier, 1);
  }

  private static Aftermath submissionOf(DutyId duty) {
    return new Aftermath(
        List.of(new Submission(duty, SubmissionOutcome.ACCEPTED, startMillis(duty.slot()) + 3)),
        List.of());
  }

  private static Aftermath lateOf(DutyId duty, int operator) {
    return new Aftermath(
        List.of(), List.of(new LatePartial(duty, operator, startMillis(duty.slot()) + 4)));
  }

  /** As the plugin writes it. */
  private DutyEvent append(OperatorDatabase database, String id, DutyEvent event, long atMillis) {
    Journal end = journals.getOrDefault(id, new Journal(0, Bytes32.ZERO));
    ChainedEvent row = EventCodec.chain(end.hash(), event);
    journals.put(id, new Journal(end.rows() + 1, row.hash()));
    execute(
        database,
        "INSERT INTO \"event_journal\" (\"persistence_id\", \"sequence_number\", \"writer\","
            + " \"write_timestamp\", \"adapter_manifest\", \"event_payload\", \"event_ser_id\","
            + " \"event_ser_manifest\") VALUES (?, ?, '', ?, '', ?, 24110, 'event')",
        id,
        end.rows() + 1,
        atMillis,
        row.encoded().toArray());
    return event;
  }

  private DutyEvent append(OperatorDatabase database, DutyEvent event) {
    return append(database, ID, event, startMillis(event.duty().slot()) + 5);
  }

  private List<DutyEvent> appendDuty(OperatorDatabase database, DutyId duty, Aftermath earlier) {
    return List.of(
        append(database, intent(duty, earlier)),
        append(database, share(duty)),
        append(database, completion(duty, Aftermath.NONE)));
  }

  private static void execute(OperatorDatabase database, String sql, Object... parameters) {
    try (Connection connection = database.dataSource().getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      assertThat(statement.executeUpdate()).isPositive();
    } catch (SQLException failure) {
      throw new AssertionError(failure);
    }
  }

  private static JournalExcerpt read(OperatorDatabase database, String id, DutyId duty) {
    return JournalReader.read(
        database, id, duty, startMillis(duty.slot()), startMillis(duty.slot() + 2 * STEP));
  }

  private static JournalExcerpt read(OperatorDatabase database, DutyId duty) {
    return read(database, ID, duty);
  }

  private static Place place(long number, DutyId duty) {
    return new Place(number, duty, startMillis(duty.slot()) + 5);
  }

  @ParameterizedTest
  @EnumSource
  void findsTheRowsOfADutyThatTheLedgerHasLongForgotten(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh()) {
      List<List<DutyEvent>> rows = new ArrayList<>();
      int duties = 256;
      for (int i = 0; i < duties; i++) {
        rows.add(appendDuty(database, duty(i), Aftermath.NONE));
      }
      for (int i : List.of(0, 1, 33, 34, 100, duties - 1)) {
        JournalExcerpt excerpt = read(database, duty(i));
        assertThat(excerpt.rows()).as("duty %d", i).isEqualTo(rows.get(i));
        assertThat(excerpt.oldest()).contains(place(1, duty(0)));
        assertThat(excerpt.behind()).contains(place(3L * i + 1, duty(i)));
        assertThat(excerpt.before())
            .isEqualTo(i == 0 ? Optional.empty() : Optional.of(place(3L * i, duty(i - 1))));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void findsTheSequelsThatMuchLaterRowsOfOtherDutiesTell(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh()) {
      List<DutyEvent> expected = new ArrayList<>(appendDuty(database, duty(0), Aftermath.NONE));
      expected.addAll(appendDuty(database, duty(1), submissionOf(duty(0))).subList(0, 1));
      expected.add(append(database, completion(duty(2), lateOf(duty(0), 2))));
      // Then the operator was down for weeks.
      for (int i = 3_000; i < 3_000 + JournalReader.ROWS_BEHIND - 10; i++) {
        append(database, failure(duty(i), submissionOf(duty(i - 1))));
      }
      expected.add(append(database, intent(duty(4_000), lateOf(duty(0), 3))));
      assertThat(read(database, duty(0)).rows()).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource
  void findsTheEndOfADutyThatCameWeeksLater(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh()) {
      for (int i = 0; i < 200; i++) {
        append(database, failure(duty(i), Aftermath.NONE));
      }
      DutyEvent intent = append(database, intent(duty(200), Aftermath.NONE));
      DutyEvent end =
          append(database, ID, failure(duty(200), Aftermath.NONE), startMillis(duty(3_000).slot()));
      for (int i = 3_000; i < 3_500; i++) {
        append(database, failure(duty(i), Aftermath.NONE));
      }
      assertThat(read(database, duty(200)).rows()).containsExactly(intent, end);
    }
  }

  @ParameterizedTest
  @EnumSource
  void tellsDutiesApartWhoseRowsAreMixed(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh()) {
      DutyId first = DutyId.attester(100, 0);
      DutyId second = DutyId.attester(101, 0);
      List<DutyEvent> ofFirst = new ArrayList<>();
      List<DutyEvent> ofSecond = new ArrayList<>();
      ofFirst.add(append(database, intent(first, Aftermath.NONE)));
      ofSecond.add(append(database, intent(second, Aftermath.NONE)));
      ofSecond.add(append(database, share(second)));
      ofFirst.add(append(database, share(first)));
      ofSecond.add(append(database, completion(second, Aftermath.NONE)));
      DutyEvent end = append(database, failure(first, submissionOf(second)));
      ofFirst.add(end);
      ofSecond.add(end);
      append(database, "validator|other", intent(first, submissionOf(first)), 1);
      assertThat(read(database, first).rows()).isEqualTo(ofFirst);
      assertThat(read(database, second).rows()).isEqualTo(ofSecond);
    }
  }

  @ParameterizedTest
  @EnumSource
  void ofADutyWithoutRowsItTellsWhatStandsAroundIt(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh()) {
      assertThat(read(database, duty(5)))
          .isEqualTo(
              new JournalExcerpt(
                  duty(5), List.of(), Optional.empty(), Optional.empty(), Optional.empty()));
      appendDuty(database, duty(1), Aftermath.NONE);
      appendDuty(database, duty(9), Aftermath.NONE);
      Optional<Place> oldest = Optional.of(place(1, duty(1)));
      assertThat(read(database, duty(5)))
          .isEqualTo(
              new JournalExcerpt(
                  duty(5),
                  List.of(),
                  oldest,
                  Optional.of(place(3, duty(1))),
                  Optional.of(place(4, duty(9)))));
      assertThat(read(database, duty(10)).before()).contains(place(6, duty(9)));
      assertThat(read(database, duty(10)).behind()).isEmpty();
      assertThat(read(database, duty(0)).before()).isEmpty();
      assertThat(read(database, duty(0)).behind()).isEqualTo(oldest);
    }
  }

  /** By a real journal, with a snapshot every ten events and five events of history. */
  @ParameterizedTest
  @EnumSource
  void tellsFromWhereOnTheJournalIsKept(TestDatabase kind) {
    try (Operator operator =
        Operator.start(kind.fresh(), JournalSettings.DEFAULT.withEventsKept(5))) {
      String id = "validator|" + Seeds.bytes(random, 48).hex();
      TestProbe<Done> deletions = operator.actors().createTestProbe();
      ActorRef<Ledger.Command> ledger =
          operator
              .actors()
              .spawn(
                  new Ledger(
                      id,
                      RetentionCriteria.snapshotEvery(10, 1).withDeleteEventsOnSnapshot(),
                      deletions.getRef()));
      for (int i = 1; i <= 20; i++) {
        // What allows nobody to sign goes without the guard's word.
        Operator.await(
            operator.append(
                ledger, failure(duty(i), i == 20 ? lateOf(duty(1), 2) : Aftermath.NONE)));
      }
      deletions.receiveMessage(Operator.TIMEOUT);
      JournalExcerpt gone = read(operator.database(), id, duty(2));
      assertThat(gone.rows()).isEmpty();
      assertThat(gone.oldest().map(Place::number)).contains(11L);
      assertThat(read(operator.database(), id, duty(15)).rows()).hasSize(1);
      assertThat(read(operator.database(), id, duty(1)).rows())
          .as("a sequel outlives the rows of its duty")
          .singleElement()
          .extracting(DutyEvent::duty)
          .isEqualTo(duty(20));
    }
  }

  /** Then numbers and instants do not rise together. */
  @ParameterizedTest
  @EnumSource
  void findsEveryDutyThoughTheClockWasSetBack(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh()) {
      Map<DutyId, List<DutyEvent>> rows = new HashMap<>();
      for (int i : List.of(1, 2, 10_000, 10_001, 3, 4, 9_999, 5)) {
        rows.put(duty(i), appendDuty(database, duty(i), Aftermath.NONE));
        for (int j = 0; j < 150; j++) {
          append(database, failure(DutyId.attester(i * STEP + 1, 0), Aftermath.NONE));
        }
      }
      rows.forEach((duty, own) -> assertThat(read(database, duty).rows()).isEqualTo(own));
    }
  }

  @ParameterizedTest
  @EnumSource
  void readsNoRowsThatCannotTellOfTheDuty(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh()) {
      for (int i = 0; i < 600; i++) {
        append(database, failure(duty(i), Aftermath.NONE));
      }
      for (int number : List.of(200, 500)) {
        execute(
            database,
            "UPDATE \"event_journal\" SET \"event_payload\" = ? WHERE \"sequence_number\" = ?",
            new byte[] {1},
            number);
      }
      assertThat(read(database, duty(300)).rows()).hasSize(1);
      for (int damaged : List.of(199, 180, 499, 480)) {
        assertThatThrownBy(() -> read(database, duty(damaged)))
            .isInstanceOf(CorruptJournalException.class);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void whateverAForeignDatabaseHoldsItTakesABoundedNumberOfRows(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh()) {
      for (int i = 0; i < JournalReader.ROWS_MAX + 50; i++) {
        append(database, failure(duty(1), Aftermath.NONE));
      }
      assertThat(read(database, duty(1)).rows()).hasSize(JournalReader.ROWS_MAX);
    }
  }

  @ParameterizedTest
  @EnumSource
  void saysWhichRowIsDamagedAndWhatToDo(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh()) {
      appendDuty(database, duty(1), Aftermath.NONE);
      appendDuty(database, duty(2), Aftermath.NONE);
      execute(
          database,
          "UPDATE \"event_journal\" SET \"event_payload\" = ? WHERE \"sequence_number\" = 4",
          Bytes.of(new byte[] {8, 2, 1}).toArray());
      assertThatThrownBy(() -> read(database, duty(1)))
          .isInstanceOf(CorruptJournalException.class)
          .hasMessageContainingAll(
              "the journal of " + ID + " is damaged at its row 4", "docs/operations.md");
    }
  }

  @ParameterizedTest
  @EnumSource
  void tellsNothingFromAJournalWithALostRow(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh()) {
      appendDuty(database, duty(1), Aftermath.NONE);
      appendDuty(database, duty(2), Aftermath.NONE);
      execute(database, "DELETE FROM \"event_journal\" WHERE \"sequence_number\" = 3");
      assertThatThrownBy(() -> read(database, duty(2)))
          .isInstanceOf(CorruptJournalException.class)
          .hasMessageContainingAll("damaged at its row 4", "the row of attester/64/0 follows");
    }
  }
}
