/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.slashing;

import dev.quorate.consensus.duty.Signable;
import java.util.Optional;

/**
 * Why a key must not sign both of two messages (consensus-specs, phase0, {@code
 * is_slashable_attestation_data}; of a block, two in one slot). For whoever knows both: the guard,
 * which remembers only the latest, refuses more.
 */
public enum Contradiction {
  DOUBLE("has the target of the other, with another root"),
  SURROUNDS("surrounds the other"),
  SURROUNDED("is surrounded by the other");

  private final String words;

  Contradiction(String words) {
    this.words = words;
  }

  /**
   * @param kind of both; empty for a duty type that EIP-3076 does not know: its target is a slot
   */
  public static Optional<Contradiction> between(
      Optional<WatermarkKind> kind, Signable one, Signable other) {
    if (one.target() == other.target()) {
      return one.root().equals(other.root()) ? Optional.empty() : Optional.of(DOUBLE);
    }
    if (!kind.equals(Optional.of(WatermarkKind.ATTESTATION))) {
      return Optional.empty();
    }
    return surrounds(one, other)
        ? Optional.of(SURROUNDS)
        : surrounds(other, one) ? Optional.of(SURROUNDED) : Optional.empty();
  }

  private static boolean surrounds(Signable outer, Signable inner) {
    return outer.source() < inner.source() && inner.target() < outer.target();
  }

  /** What is wrong with the one, as the end of a sentence. */
  public String words() {
    return words;
  }
}
