/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.journal;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.persistence.event.EventCodec;
import dev.quorate.persistence.guard.SigningGuard;
import dev.quorate.persistence.store.SqlState;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Deletes old events, and fences where they were. The key (entity, sequence number) keeps a second
 * incarnation out only while the row is there. So deleting raises the entity's floor in the same
 * transaction, and every write is checked against it: what a stale incarnation would write where
 * rows are gone is as much a violation as where they still are.
 *
 * <p>An event goes only if a snapshot covers it, if the entity has so many newer ones, and if the
 * guard has passed it: an intent that is gone is one that the guard would refuse anyway.
 *
 * @param eventsKept the newest events of each entity, which stay
 */
record JournalFloor(Bytes32 genesisRoot, int eventsKept) {
  /** Rows looked at by one deletion; the next one goes on. */
  private static final int ROWS_MAX = 1_000;

  /** An entity's id ends with the validator's public key. */
  private static final Pattern KEY_AT_END = Pattern.compile("\\|([0-9a-f]{96})$");

  /**
   * Fails the transaction of a write as a key violation does, if it wrote at or below a floor. To
   * be called after the write: whoever raises a floor deletes rows of that number, so a write that
   * did not wait for the deletion found the row, and one that did wait sees the floor.
   *
   * @param lowest the lowest sequence number written, by entity
   */
  static void refuseBelow(Connection connection, Map<String, Long> lowest) throws SQLException {
    // One text for groups of any size, so that it is prepared once.
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT persistence_id, sequence_number FROM journal_floor"
                + " WHERE persistence_id = ANY(?)")) {
      select.setArray(1, connection.createArrayOf("varchar", lowest.keySet().toArray()));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          String persistenceId = row.getString(1);
          if (lowest.getOrDefault(persistenceId, Long.MAX_VALUE) <= row.getLong(2)) {
            throw SqlState.keyViolation(
                persistenceId + " has no event up to " + row.getLong(2) + " any more");
          }
        }
      }
    }
  }

  /**
   * @param upTo the newest event that the entity can do without
   * @return how many were deleted
   */
  int delete(Connection connection, String persistenceId, long upTo) throws SQLException {
    Matcher key = KEY_AT_END.matcher(persistenceId);
    if (!key.find()) {
      return 0;
    }
    long newest =
        Math.min(
            upTo,
            Math.min(
                highest(connection, "\"snapshot\"", persistenceId),
                highest(connection, "\"event_journal\"", persistenceId) - eventsKept));
    Bytes groupKey = Bytes.wrap(HexFormat.of().parseHex(key.group(1)));
    Watermarks watermarks = SigningGuard.held(connection, genesisRoot, groupKey);
    Optional<Long> floor = lastPassed(connection, persistenceId, newest, watermarks);
    if (floor.isEmpty()) {
      return 0;
    }
    raise(connection, persistenceId, floor.get());
    try (PreparedStatement delete =
        connection.prepareStatement(
            "DELETE FROM \"event_journal\""
                + " WHERE \"persistence_id\" = ? AND \"sequence_number\" <= ?")) {
      delete.setString(1, persistenceId);
      delete.setLong(2, floor.get());
      return delete.executeUpdate();
    }
  }

  private static long highest(Connection connection, String table, String persistenceId)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT MAX(\"sequence_number\") FROM " + table + " WHERE \"persistence_id\" = ?")) {
      select.setString(1, persistenceId);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /** The last of the oldest events before which, itself included, the guard has passed them all. */
  private static Optional<Long> lastPassed(
      Connection connection, String persistenceId, long newest, Watermarks watermarks)
      throws SQLException {
    Optional<Long> last = Optional.empty();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT \"sequence_number\", \"event_payload\" FROM \"event_journal\""
                + " WHERE \"persistence_id\" = ? AND \"sequence_number\" <= ?"
                + " ORDER BY \"sequence_number\" FETCH FIRST "
                + ROWS_MAX
                + " ROWS ONLY")) {
      select.setString(1, persistenceId);
      select.setLong(2, newest);
      try (ResultSet row = select.executeQuery()) {
        while (row.next() && isPassed(row.getBytes(2), watermarks)) {
          last = Optional.of(row.getLong(1));
        }
      }
    }
    return last;
  }

  private static boolean isPassed(byte[] event, Watermarks watermarks) {
    return switch (EventCodec.decode(Bytes.wrap(event)).event()) {
      case DutyEvent.Intended intended ->
          SigningGuard.hasPassed(watermarks, intended.duty().type(), intended.signable());
      // What the others tell allows nobody to sign.
      case DutyEvent.Shared _, DutyEvent.Completed _, DutyEvent.Decided _, DutyEvent.Failed _ ->
          true;
    };
  }

  private static void raise(Connection connection, String persistenceId, long floor)
      throws SQLException {
    try (PreparedStatement update =
            connection.prepareStatement(
                "UPDATE journal_floor SET sequence_number = GREATEST(sequence_number, ?)"
                    + " WHERE persistence_id = ?");
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO journal_floor (sequence_number, persistence_id) VALUES (?, ?)")) {
      update.setLong(1, floor);
      update.setString(2, persistenceId);
      if (update.executeUpdate() == 0) {
        insert.setLong(1, floor);
        insert.setString(2, persistenceId);
        insert.executeUpdate();
      }
    }
  }
}
