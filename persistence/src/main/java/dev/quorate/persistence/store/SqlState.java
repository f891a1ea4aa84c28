/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.store;

import java.sql.SQLException;
import java.util.Set;

/** What an SQL error means, by its state: the same in both databases. */
public final class SqlState {
  private static final String KEY_VIOLATION = "23505";

  /** Key violation, serialization failure, deadlock (40001 in H2, 40P01 in PostgreSQL). */
  private static final Set<String> LOST_RACE = Set.of(KEY_VIOLATION, "40001", "40P01");

  private SqlState() {}

  /** Somebody else wrote a row with this key first; the transaction is rolled back, surely. */
  public static boolean isKeyViolation(Throwable failure) {
    Throwable cause = failure instanceof DatabaseFailedException ? failure.getCause() : failure;
    return cause instanceof SQLException error && KEY_VIOLATION.equals(error.getSQLState());
  }

  /** Fails a transaction as a row would whose key is taken. */
  public static SQLException keyViolation(String what) {
    return new SQLException(what, KEY_VIOLATION);
  }

  /** The transaction is surely rolled back and would go differently if run again. */
  static boolean isLostRace(SQLException error) {
    String state = error.getSQLState();
    return state != null && LOST_RACE.contains(state);
  }
}
