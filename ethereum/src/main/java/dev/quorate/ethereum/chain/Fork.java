/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.chain;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The consensus layer's hard forks that this version knows, in order of activation. */
public enum Fork {
  PHASE0(0),
  ALTAIR(1),
  BELLATRIX(2),
  CAPELLA(3),
  DENEB(4),
  ELECTRA(5),
  FULU(6);

  private final int code;

  Fork(int code) {
    this.code = code;
  }

  /** Part of the values that operators agree on: frozen. */
  public int code() {
    return code;
  }

  public static Optional<Fork> ofCode(int code) {
    return Stream.of(values()).filter(fork -> fork.code == code).findFirst();
  }

  public boolean isAtLeast(Fork other) {
    return compareTo(other) >= 0;
  }

  /** As in the header {@code Eth-Consensus-Version}: {@code electra}. */
  public String consensusVersion() {
    return name().toLowerCase(Locale.ROOT);
  }
}
