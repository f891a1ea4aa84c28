/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.quarantine;

import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.persistence.store.DatabaseFailedException;
import dev.quorate.persistence.store.OperatorDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/** The {@link Quarantine} of an operator's database: one row, or none. */
public final class QuarantineRow {
  private QuarantineRow() {}

  /** Read in a transaction that rests on it. */
  public static Optional<Quarantine> read(Connection connection) throws SQLException {
    try (PreparedStatement select =
            connection.prepareStatement("SELECT slot, epoch, source FROM quarantine");
        ResultSet row = select.executeQuery()) {
      return row.next()
          ? Optional.of(new Quarantine(row.getLong(1), row.getLong(2), row.getLong(3)))
          : Optional.empty();
    }
  }

  /**
   * @throws DatabaseFailedException if it cannot be read
   */
  public static Optional<Quarantine> read(OperatorDatabase database) {
    try (Connection connection = database.dataSource().getConnection()) {
      return read(connection);
    } catch (SQLException failure) {
      throw new DatabaseFailedException("reading the quarantine", failure);
    }
  }

  /**
   * Enters it, or adds to it; one that is there and reaches as far stays as it is, with the source
   * that somebody answered for. On disk afterwards.
   *
   * @throws DatabaseFailedException if it could not be written
   */
  public static void enter(OperatorDatabase database, Quarantine quarantine) {
    write(
        database,
        connection -> {
          if (read(connection).isEmpty()) {
            insert(connection, quarantine);
          } else {
            raise(connection, quarantine);
          }
        });
  }

  /**
   * Allows attestations from an earlier source on, for which the operator answers. Never from a
   * later one only, and nothing where there is no quarantine.
   *
   * @throws DatabaseFailedException if it could not be written
   */
  public static void allowSource(OperatorDatabase database, long source) {
    write(
        database,
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement("UPDATE quarantine SET source = LEAST(source, ?)")) {
            update.setLong(1, source);
            update.executeUpdate();
          }
        });
  }

  private interface Change {
    void in(Connection connection) throws SQLException;
  }

  private static void write(OperatorDatabase database, Change change) {
    try {
      database.inTransaction(connection -> {
        change.in(connection);
        return true;
      });
    } catch (SQLException failure) {
      throw new DatabaseFailedException("writing the quarantine", failure);
    }
  }

  /** Of two at once the second violates the key, and its transaction runs again. */
  private static void insert(Connection connection, Quarantine quarantine) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO quarantine (id, slot, epoch, source) VALUES (1, ?, ?, ?)")) {
      insert.setLong(1, quarantine.slot());
      insert.setLong(2, quarantine.epoch());
      insert.setLong(3, quarantine.source());
      insert.executeUpdate();
    }
  }

  /** Looks at the row as it is then. Within an epoch in quarantine nothing new was attested. */
  private static void raise(Connection connection, Quarantine quarantine) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE quarantine SET"
                + " source = CASE WHEN epoch < ? THEN GREATEST(source, ?) ELSE source END,"
                + " epoch = GREATEST(epoch, ?), slot = GREATEST(slot, ?)")) {
      update.setLong(1, quarantine.epoch());
      update.setLong(2, quarantine.source());
      update.setLong(3, quarantine.epoch());
      update.setLong(4, quarantine.slot());
      update.executeUpdate();
    }
  }
}
