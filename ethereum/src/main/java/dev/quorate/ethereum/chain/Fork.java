/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.chain;

import java.util.Locale;

/** The consensus layer's hard forks that this version knows, in order of activation. */
public enum Fork {
  PHASE0,
  ALTAIR,
  BELLATRIX,
  CAPELLA,
  DENEB,
  ELECTRA,
  FULU;

  public boolean isAtLeast(Fork other) {
    return compareTo(other) >= 0;
  }

  /** As in the header {@code Eth-Consensus-Version}: {@code electra}. */
  public String consensusVersion() {
    return name().toLowerCase(Locale.ROOT);
  }
}
