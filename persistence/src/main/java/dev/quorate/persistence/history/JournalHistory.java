/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.history;

import dev.quorate.consensus.Bytes;
import dev.quorate.persistence.event.EventCodec;
import dev.quorate.persistence.history.SigningHistory.Point;
import dev.quorate.persistence.history.SigningHistory.Row;
import dev.quorate.persistence.history.SigningHistory.Subject;
import dev.quorate.persistence.store.DatabaseFailedException;
import dev.quorate.persistence.store.OperatorDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads a validator's history from the database that its operator's pods write meanwhile. */
public final class JournalHistory {
  /** Bytes of the events in one history at most; in hexadecimal they are twice as many. */
  private static final int EVENT_BYTES_MAX = 24 << 20;

  private static final int FETCH_ROWS = 1_000;

  private JournalHistory() {}

  /**
   * The newest events, as many as a history may have, as they stood at one moment.
   *
   * @param validator the group key, 48 bytes
   * @param share the operator's public share of it, 48 bytes
   * @throws DatabaseFailedException if it cannot be read
   * @throws dev.quorate.persistence.event.CorruptJournalException if nothing says which hash the
   *     first event follows
   */
  public static SigningHistory read(
      OperatorDatabase database, String persistenceId, Bytes validator, Bytes share) {
    Subject subject = new Subject(database.identity(), validator, share);
    try {
      return database.inTransaction(connection -> read(connection, persistenceId, subject));
    } catch (SQLException failure) {
      throw new DatabaseFailedException("reading the journal", failure);
    }
  }

  private static SigningHistory read(Connection connection, String persistenceId, Subject subject)
      throws SQLException {
    // Snapshot and events of one moment: events are deleted and written meanwhile.
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    Optional<Row> snapshot =
        newest(connection, "\"snapshot_payload\" FROM \"snapshot\"", persistenceId, 1).stream()
            .findFirst();
    List<Row> rows =
        newest(
                connection,
                "\"event_payload\" FROM \"event_journal\"",
                persistenceId,
                SigningHistory.EVENTS_MAX)
            .reversed();
    Point anchor = rows.isEmpty() ? covered(snapshot) : before(rows.getFirst());
    return new SigningHistory(
        subject, snapshot, anchor, rows, rows.isEmpty() ? anchor : rows.getLast().point());
  }

  /** The newest first. */
  private static List<Row> newest(
      Connection connection, String columnAndTable, String persistenceId, int max)
      throws SQLException {
    List<Row> rows = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT \"sequence_number\", "
                + columnAndTable
                + " WHERE \"persistence_id\" = ? ORDER BY \"sequence_number\" DESC"
                + " FETCH FIRST "
                + max
                + " ROWS ONLY")) {
      select.setFetchSize(FETCH_ROWS);
      select.setString(1, persistenceId);
      try (ResultSet row = select.executeQuery()) {
        for (int bytes = 0; bytes <= EVENT_BYTES_MAX && row.next(); ) {
          rows.add(new Row(row.getLong(1), Bytes.wrap(row.getBytes(2))));
          bytes += rows.getLast().encoded().size();
        }
      }
    }
    return rows;
  }

  private static Point before(Row first) {
    return first.sequence() == 1
        ? Point.NONE
        : new Point(first.sequence() - 1, EventCodec.decode(first.encoded()).previous());
  }

  private static Point covered(Optional<Row> snapshot) {
    return snapshot
        .map(row -> new Point(row.sequence(), EventCodec.decodeSnapshot(row.encoded()).lastHash()))
        .orElse(Point.NONE);
  }
}
