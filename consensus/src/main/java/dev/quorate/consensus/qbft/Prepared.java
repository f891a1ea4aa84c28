/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import dev.quorate.consensus.Bytes32;

/** The highest round in which a quorum of PREPAREs was seen, and the value they named. */
public record Prepared(int round, Bytes32 value) {
  public Prepared {
    if (round < 1) {
      throw new IllegalArgumentException("round " + round);
    }
  }
}
