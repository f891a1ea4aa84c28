/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.store;

/**
 * A transaction failed. Whether it was committed is unknown: ask again, and the database answers
 * what it holds.
 */
public final class DatabaseFailedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public DatabaseFailedException(String what, Throwable cause) {
    super(what + " failed: " + cause.getMessage(), cause);
  }
}
