/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import java.util.Arrays;
import java.util.Optional;

/** What a beacon node said to one submitted item. */
public enum SubmissionOutcome {
  ACCEPTED(1),
  /** Somebody else was faster: a success. */
  ALREADY_KNOWN(2),
  REJECTED(3),
  /** No answer, or none that could be read: submit again. */
  UNKNOWN(4);

  private final int code;

  SubmissionOutcome(int code) {
    this.code = code;
  }

  /** Part of the journal: frozen. */
  public int code() {
    return code;
  }

  public boolean isSuccess() {
    return this == ACCEPTED || this == ALREADY_KNOWN;
  }

  public static Optional<SubmissionOutcome> ofCode(int code) {
    return Arrays.stream(values()).filter(outcome -> outcome.code == code).findFirst();
  }
}
