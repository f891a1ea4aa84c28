/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.event;

/**
 * The journal holds bytes that this version did not write: a damaged or foreign database, or one of
 * a newer version. The entity must not act on it.
 */
public final class CorruptJournalException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public CorruptJournalException(String message) {
    super(message);
  }

  public CorruptJournalException(String message, Throwable cause) {
    super(message, cause);
  }
}
