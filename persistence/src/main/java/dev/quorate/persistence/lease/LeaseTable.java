/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.lease;

import dev.quorate.persistence.store.OperatorDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Leases as rows. Each question is one conditional statement on one row, and the only clock is the
 * database's, so that clocks of pods do not matter. Every method blocks for one transaction.
 */
final class LeaseTable {
  private static final String UNTIL =
      "CURRENT_TIMESTAMP + CAST(? AS DOUBLE PRECISION) * INTERVAL '1' SECOND";

  private final OperatorDatabase database;

  LeaseTable(OperatorDatabase database) {
    this.database = database;
  }

  /**
   * @return whether {@code owner} now holds it: it did already, or nobody did any more
   */
  boolean acquire(String name, String owner, Duration term) throws SQLException {
    return database.inTransaction(connection ->
        extend(connection, "owner = ? OR held_until <= CURRENT_TIMESTAMP", name, owner, term)
            // If another pod inserts it first, the key decides, and the transaction is run again.
            || insert(connection, name, owner, term));
  }

  /**
   * @return whether {@code owner} held it without a gap
   */
  boolean renew(String name, String owner, Duration term) throws SQLException {
    return database.inTransaction(connection ->
        extend(connection, "owner = ? AND held_until > CURRENT_TIMESTAMP", name, owner, term));
  }

  /**
   * @return whether there was anything to give up
   */
  boolean release(String name, String owner) throws SQLException {
    return database.inTransaction(connection -> {
      try (PreparedStatement delete =
          connection.prepareStatement("DELETE FROM lease WHERE name = ? AND owner = ?")) {
        delete.setString(1, name);
        delete.setString(2, owner);
        return delete.executeUpdate() == 1;
      }
    });
  }

  private static boolean extend(
      Connection connection, String condition, String name, String owner, Duration term)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE lease SET owner = ?, held_until = "
                + UNTIL
                + " WHERE name = ? AND ("
                + condition
                + ")")) {
      update.setString(1, owner);
      update.setDouble(2, seconds(term));
      update.setString(3, name);
      update.setString(4, owner);
      return update.executeUpdate() == 1;
    }
  }

  private static boolean insert(Connection connection, String name, String owner, Duration term)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO lease (name, owner, held_until) SELECT ?, ?, "
                + UNTIL
                + " WHERE NOT EXISTS (SELECT 1 FROM lease WHERE name = ?)")) {
      insert.setString(1, name);
      insert.setString(2, owner);
      insert.setDouble(3, seconds(term));
      insert.setString(4, name);
      return insert.executeUpdate() == 1;
    }
  }

  private static double seconds(Duration term) {
    return term.toMillis() / 1000.0;
  }
}
