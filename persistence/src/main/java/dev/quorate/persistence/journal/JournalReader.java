/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.journal;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.JournalExcerpt;
import dev.quorate.consensus.duty.JournalExcerpt.Place;
import dev.quorate.persistence.event.ChainedEvent;
import dev.quorate.persistence.event.CorruptJournalException;
import dev.quorate.persistence.event.EventCodec;
import dev.quorate.persistence.store.DatabaseFailedException;
import dev.quorate.persistence.store.OperatorDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds in the journal what it holds of one duty, beside the entity and whether or not there is
 * one. Of the rows of a validator it reads those that were written while the duty was open, and
 * {@link #ROWS_BEHIND} more, {@link #ROWS_AT_A_TIME} at a time; each must follow the one before.
 */
public final class JournalReader {
  /** Of at most {@link EventCodec#EVENT_BYTES_MAX} bytes each. */
  static final int ROWS_AT_A_TIME = 100;

  /**
   * What became of a duty is told by the next row that can tell it, and one that was interrupted
   * ends as soon as its validator is up again, however late.
   */
  static final int ROWS_BEHIND = 100;

  /** No honest duty has as many; more are not told. */
  static final int ROWS_MAX = 256;

  /** By how much pods' clocks may be wrong. */
  static final long CLOCKS_DIFFER_MILLIS = 3_600_000;

  /** Clocks are set: so numbers are compared with instants row by row, and none is passed over. */
  private static final String RANGES =
      "SELECT MIN(\"sequence_number\"), MAX(\"sequence_number\"),"
          + " MIN(CASE WHEN \"write_timestamp\" >= ? THEN \"sequence_number\" END),"
          + " MAX(CASE WHEN \"write_timestamp\" <= ? THEN \"sequence_number\" END),"
          + " MIN(CASE WHEN \"write_timestamp\" >= ? THEN \"sequence_number\" END)"
          + " FROM \"event_journal\" WHERE \"persistence_id\" = ?";

  private static final String ROWS =
      "SELECT \"sequence_number\", \"write_timestamp\", \"event_payload\" FROM \"event_journal\""
          + " WHERE \"persistence_id\" = ? AND \"sequence_number\" BETWEEN ? AND ?"
          + " ORDER BY \"sequence_number\"";

  private final Connection connection;
  private final String persistenceId;

  private JournalReader(Connection connection, String persistenceId) {
    this.connection = connection;
    this.persistenceId = persistenceId;
  }

  /**
   * @param persistenceId the entity's
   * @param startMillis when the duty's slot begins, Unix milliseconds
   * @param deadlineMillis when the duty is worth nothing any more, Unix milliseconds
   * @throws CorruptJournalException if a row that was read is not what was written
   * @throws DatabaseFailedException if the database does not answer
   */
  public static JournalExcerpt read(
      OperatorDatabase database,
      String persistenceId,
      DutyId duty,
      long startMillis,
      long deadlineMillis) {
    try {
      return database.inTransaction(connection -> {
        // Of one moment: rows are deleted meanwhile.
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        return new JournalReader(connection, persistenceId).read(duty, startMillis, deadlineMillis);
      });
    } catch (SQLException failure) {
      throw new DatabaseFailedException("reading the journal", failure);
    }
  }

  /**
   * Numbers of rows; 0 where there is none.
   *
   * @param from the first that was written while the duty was open, or later
   * @param to the last that was written while it was open, or earlier
   * @param behind the first that was written since its slot began
   */
  private record Ranges(long oldest, long newest, long from, long to, long behind) {}

  private record Row(Place place, ChainedEvent chained) {}

  private JournalExcerpt read(DutyId duty, long startMillis, long deadlineMillis)
      throws SQLException {
    Ranges ranges = ranges(startMillis, deadlineMillis);
    return new JournalExcerpt(
        duty,
        ranges.from() == 0
            ? List.of()
            : telling(
                duty, ranges.from(), Math.max(ranges.to(), ranges.oldest() - 1) + ROWS_BEHIND),
        place(ranges.oldest()),
        place(ranges.behind() == 0 ? ranges.newest() : ranges.behind() - 1),
        place(ranges.behind()));
  }

  private Ranges ranges(long startMillis, long deadlineMillis) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(RANGES)) {
      select.setLong(1, startMillis - CLOCKS_DIFFER_MILLIS);
      // A slot that never comes ends at the end of time.
      select.setLong(
          2,
          Math.min(deadlineMillis, Long.MAX_VALUE - CLOCKS_DIFFER_MILLIS) + CLOCKS_DIFFER_MILLIS);
      select.setLong(3, startMillis);
      select.setString(4, persistenceId);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return new Ranges(
            row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5));
      }
    }
  }

  private List<DutyEvent> telling(DutyId duty, long from, long to) throws SQLException {
    List<DutyEvent> telling = new ArrayList<>();
    Optional<Row> last = Optional.empty();
    for (long next = from; next <= to && telling.size() < ROWS_MAX; next += ROWS_AT_A_TIME) {
      for (Row row : rows(next, Math.min(to, next + ROWS_AT_A_TIME - 1))) {
        if (last.isPresent()) {
          requireThatFollows(last.get(), row);
        }
        last = Optional.of(row);
        if (JournalExcerpt.tells(row.chained().event(), duty) && telling.size() < ROWS_MAX) {
          telling.add(row.chained().event());
        }
      }
    }
    return telling;
  }

  private Optional<Place> place(long number) throws SQLException {
    return rows(number, number).stream().findFirst().map(Row::place);
  }

  private List<Row> rows(long from, long to) throws SQLException {
    List<Row> rows = new ArrayList<>();
    try (PreparedStatement select = connection.prepareStatement(ROWS)) {
      select.setString(1, persistenceId);
      select.setLong(2, from);
      select.setLong(3, to);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          rows.add(row(row.getLong(1), row.getLong(2), row.getBytes(3)));
        }
      }
    }
    return rows;
  }

  private Row row(long number, long writtenAtMillis, byte[] payload) {
    try {
      ChainedEvent chained = EventCodec.decode(Bytes.wrap(payload));
      return new Row(new Place(number, chained.event().duty(), writtenAtMillis), chained);
    } catch (CorruptJournalException corrupt) {
      throw corrupt(number, corrupt);
    }
  }

  private void requireThatFollows(Row last, Row row) {
    try {
      row.chained().hashAfter(last.chained().hash());
    } catch (CorruptJournalException corrupt) {
      throw corrupt(row.place().number(), corrupt);
    }
  }

  private CorruptJournalException corrupt(long number, CorruptJournalException why) {
    return new CorruptJournalException(
        "the journal of "
            + persistenceId
            + " is damaged at its row "
            + number
            + " ("
            + why.getMessage()
            + "): nothing that it tells is to be relied upon; restore the database, see"
            + " docs/operations.md",
        why);
  }
}
