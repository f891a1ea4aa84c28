/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.store;

import dev.quorate.persistence.store.DatabaseRefusedException.Problem;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** The two databases, where they differ. */
public enum Dialect {
  H2,
  POSTGRESQL;

  /**
   * @throws DatabaseRefusedException if {@code url} names neither
   */
  static Dialect of(String url) {
    if (url.startsWith("jdbc:h2:file:")) {
      return H2;
    }
    if (url.startsWith("jdbc:postgresql:")) {
      return POSTGRESQL;
    }
    throw new DatabaseRefusedException(
        Problem.UNSUPPORTED_URL,
        "a database is given as jdbc:h2:file:PATH or jdbc:postgresql://HOST/NAME");
  }

  /**
   * Makes what was committed on {@code connection} survive a power cut.
   *
   * @return whether a force was needed
   */
  boolean force(Connection connection) throws SQLException {
    return switch (this) {
      case H2 -> {
        // H2 never forces by itself: WRITE_DELAY=0 only writes.
        try (Statement statement = connection.createStatement()) {
          statement.execute("CHECKPOINT SYNC");
        }
        yield true;
      }
      // The server forced its log before it answered the commit: see refuseUnlessDurable.
      case POSTGRESQL -> false;
    };
  }

  /**
   * @throws DatabaseRefusedException if the server would acknowledge a commit that is not on disk
   */
  void refuseUnlessDurable(Connection connection) throws SQLException {
    if (this == H2) {
      return;
    }
    List<String> off = new ArrayList<>();
    for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
      try (Statement statement = connection.createStatement();
          ResultSet result = statement.executeQuery("SHOW " + setting)) {
        result.next();
        if (result.getString(1).equals("off")) {
          off.add(setting);
        }
      }
    }
    if (!off.isEmpty()) {
      throw new DatabaseRefusedException(
          Problem.NOT_DURABLE,
          "PostgreSQL runs with "
              + String.join(", ", off)
              + " off: what it acknowledges may be lost");
    }
  }

  /** Whether opening failed because the file is not what H2 wrote. */
  boolean isDamaged(SQLException failure) {
    // org.h2.api.ErrorCode.FILE_CORRUPTED_1
    return this == H2 && failure.getErrorCode() == 90030;
  }

  /** Whether opening failed because there is no file and none was to be made. */
  boolean isMissing(SQLException failure) {
    // org.h2.api.ErrorCode.DATABASE_NOT_FOUND_WITH_IF_EXISTS_1
    return this == H2 && failure.getErrorCode() == 90146;
  }

  /** Whether opening failed because another process holds the file. */
  boolean isInUse(SQLException failure) {
    // org.h2.api.ErrorCode.DATABASE_ALREADY_OPEN_1
    return this == H2 && failure.getErrorCode() == 90020;
  }
}
