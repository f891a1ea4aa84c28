/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import java.util.Arrays;
import java.util.Optional;

/** The four kinds of vote. The code is part of journal and wire format: frozen. */
public enum VoteKind {
  PRE_PREPARE(1),
  PREPARE(2),
  COMMIT(3),
  ROUND_CHANGE(4);

  private final int code;

  VoteKind(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }

  public static Optional<VoteKind> ofCode(int code) {
    return Arrays.stream(values()).filter(kind -> kind.code == code).findFirst();
  }
}
