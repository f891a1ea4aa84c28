/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.store;

/**
 * A database that this operator must not run on. The message is one line for the operator: what,
 * and what to do. It never holds a password.
 */
public final class DatabaseRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What is wrong. */
  public enum Problem {
    /** Neither an H2 file nor PostgreSQL, or a setting that this program does not take. */
    UNSUPPORTED_URL("correct quorate.database.url"),
    /** No connection. */
    UNREACHABLE(
        "check that it runs and that quorate.database.url, user and password-file are right"),
    /** Another process has the H2 file open. */
    IN_USE("stop that process first: an operator runs once on such a database"),
    /** The H2 file is not what was written. */
    DAMAGED(
        "do not sign with these key shares until it is whole again: an older or an empty"
            + " database knows less than was signed"),
    /** PostgreSQL would acknowledge what a power cut undoes. */
    NOT_DURABLE("turn on what is off, in the server's configuration"),
    /** The tables could not be brought to this version. */
    NOT_MIGRATED("use the version of Quorate that wrote it, or a newer one"),
    /** Nobody made it this operator's: it is not the one that its pods sign by. */
    NEVER_USED(
        "check quorate.database in the settings; a pod makes the database ready when it starts"),
    /** The database belongs to another operator, cluster or chain. */
    FOREIGN("give this operator a database of its own, and beacon nodes of its own chain");

    private final String remedy;

    Problem(String remedy) {
      this.remedy = remedy;
    }
  }

  private final Problem problem;

  DatabaseRefusedException(Problem problem, String message) {
    super(message + "; " + problem.remedy);
    this.problem = problem;
  }

  DatabaseRefusedException(Problem problem, String message, Throwable cause) {
    super(message + "; " + problem.remedy, cause);
    this.problem = problem;
  }

  public Problem problem() {
    return problem;
  }
}
