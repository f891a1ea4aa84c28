/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.guard;

import dev.quorate.consensus.Bytes;
import dev.quorate.persistence.store.DatabaseFailedException;
import dev.quorate.persistence.store.OperatorDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * With whose shares an operator signs nothing any more: they were handed over to somebody else. The
 * guards of all pods refuse them ({@link SigningGuard}), whoever still holds a share. Whoever
 * raises the fence waits for the guards that decide meanwhile, and these for nobody but him; so
 * what the watermarks say afterwards is all that will ever be granted.
 */
public final class ShareFence {
  private ShareFence() {}

  /**
   * Refuses everything to these validators from now on. On disk afterwards.
   *
   * @param groupKeys 48 bytes each
   * @return those to which it was not refused before
   * @throws DatabaseFailedException if it could not be written
   */
  public static Set<Bytes> raise(OperatorDatabase database, Collection<Bytes> groupKeys) {
    return change(
        database, "INSERT INTO share_fence (group_key) VALUES (?)", groupKeys, Change.MISSING);
  }

  /**
   * Lets these validators sign again: their shares were imported. On disk afterwards.
   *
   * @throws DatabaseFailedException if it could not be written
   */
  public static void lower(OperatorDatabase database, Collection<Bytes> groupKeys) {
    change(database, "DELETE FROM share_fence WHERE group_key = ?", groupKeys, Change.THERE);
  }

  /**
   * Group keys, 48 bytes each.
   *
   * @throws DatabaseFailedException if it cannot be read
   */
  public static Set<Bytes> of(OperatorDatabase database) {
    try (Connection connection = database.dataSource().getConnection()) {
      return read(connection);
    } catch (SQLException failure) {
      throw new DatabaseFailedException("reading the share fence", failure);
    }
  }

  /** Which rows a change is about. */
  private enum Change {
    MISSING,
    THERE
  }

  private static Set<Bytes> change(
      OperatorDatabase database, String sql, Collection<Bytes> groupKeys, Change about) {
    try {
      return database.inTransaction(connection -> {
        lock(connection, "UPDATE");
        Set<Bytes> there = read(connection);
        Set<Bytes> changed = new HashSet<>(groupKeys);
        changed.removeIf(key -> there.contains(key) == (about == Change.MISSING));
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
          for (Bytes key : changed) {
            statement.setBytes(1, key.toArray());
            statement.addBatch();
          }
          statement.executeBatch();
        }
        return changed;
      });
    } catch (SQLException failure) {
      throw new DatabaseFailedException("writing the share fence", failure);
    }
  }

  /** In a guard's transaction, which the fence then stays as it is for. */
  static Set<Bytes> held(Connection connection, OperatorDatabase database) throws SQLException {
    lock(
        connection,
        switch (database.dialect()) {
          // It has one process, and that has one guard.
          case H2 -> "UPDATE";
          case POSTGRESQL -> "SHARE";
        });
    return read(connection);
  }

  /** The row that every database has. */
  private static void lock(Connection connection, String strength) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT id FROM identity FOR " + strength);
    }
  }

  private static Set<Bytes> read(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT group_key FROM share_fence")) {
      Set<Bytes> keys = new HashSet<>();
      while (row.next()) {
        keys.add(Bytes.wrap(row.getBytes(1)));
      }
      return keys;
    }
  }
}
