/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import java.util.Optional;

/**
 * Kinds of duty. The code is part of the wire format, the journal and the leader formula: frozen.
 */
public enum DutyType {
  ATTESTER(2);

  private final int code;

  DutyType(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }

  public static Optional<DutyType> ofCode(int code) {
    return code == ATTESTER.code ? Optional.of(ATTESTER) : Optional.empty();
  }
}
