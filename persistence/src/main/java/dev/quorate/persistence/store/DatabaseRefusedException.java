/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.store;

/** A database that this operator must not run on. The message is one line for the operator. */
public final class DatabaseRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What is wrong. */
  public enum Problem {
    /** Neither an H2 file nor PostgreSQL, or a setting that this program does not take. */
    UNSUPPORTED_URL,
    /** No connection. */
    UNREACHABLE,
    /** Another process has the H2 file open. */
    IN_USE,
    /** PostgreSQL would acknowledge what a power cut undoes. */
    NOT_DURABLE,
    /** The tables could not be brought to this version. */
    NOT_MIGRATED,
    /** The database belongs to another operator, cluster or chain. */
    FOREIGN
  }

  private final Problem problem;

  DatabaseRefusedException(Problem problem, String message) {
    super(message);
    this.problem = problem;
  }

  DatabaseRefusedException(Problem problem, String message, Throwable cause) {
    super(message, cause);
    this.problem = problem;
  }

  public Problem problem() {
    return problem;
  }
}
