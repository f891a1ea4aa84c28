/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.store;

/** Whose commits are acted upon outside the database. The code stands in databases: frozen. */
public enum MarkedWriter {
  SIGNING_GUARD(1, "signing-guard"),
  VOTE_FENCE(2, "vote-fence");

  private final int code;
  private final String threadName;

  MarkedWriter(int code, String threadName) {
    this.code = code;
    this.threadName = threadName;
  }

  int code() {
    return code;
  }

  /** Of its thread, for operators. */
  String threadName() {
    return threadName;
  }
}
