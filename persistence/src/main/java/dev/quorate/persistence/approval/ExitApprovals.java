/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.approval;

import dev.quorate.consensus.Bytes;
import dev.quorate.persistence.store.DatabaseFailedException;
import dev.quorate.persistence.store.OperatorDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;

/**
 * Of which validators' exits this operator approves, for all of its pods: rows of the latest period
 * alone, at most one for each validator. Without a row nothing is signed.
 */
public final class ExitApprovals {
  private ExitApprovals() {}

  /**
   * Approves, once more if need be, and forgets what was approved for earlier periods. On disk
   * afterwards.
   *
   * @param groupKey 48 bytes
   * @param slot the first of the period
   * @throws DatabaseFailedException if it could not be written
   */
  public static void approve(OperatorDatabase database, Bytes groupKey, long slot) {
    try {
      database.inTransaction(connection -> {
        deleteBefore(connection, slot);
        if (!read(connection, slot).contains(groupKey)) {
          insert(connection, groupKey, slot);
        }
        return true;
      });
    } catch (SQLException failure) {
      throw new DatabaseFailedException("writing an approval", failure);
    }
  }

  /**
   * The group keys of the validators whose exit is approved for the period that begins with {@code
   * slot}.
   *
   * @throws DatabaseFailedException if it cannot be read
   */
  public static Set<Bytes> of(OperatorDatabase database, long slot) {
    try (Connection connection = database.dataSource().getConnection()) {
      return read(connection, slot);
    } catch (SQLException failure) {
      throw new DatabaseFailedException("reading approvals", failure);
    }
  }

  private static void deleteBefore(Connection connection, long slot) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM exit_approval WHERE slot < ?")) {
      delete.setLong(1, slot);
      delete.executeUpdate();
    }
  }

  private static Set<Bytes> read(Connection connection, long slot) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT group_key FROM exit_approval WHERE slot = ?")) {
      select.setLong(1, slot);
      Set<Bytes> keys = new HashSet<>();
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          keys.add(Bytes.wrap(rows.getBytes(1)));
        }
      }
      return keys;
    }
  }

  /** Of two at once the second violates the key, and its transaction runs again. */
  private static void insert(Connection connection, Bytes groupKey, long slot) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO exit_approval (slot, group_key) VALUES (?, ?)")) {
      insert.setLong(1, slot);
      insert.setBytes(2, groupKey.toArray());
      insert.executeUpdate();
    }
  }
}
