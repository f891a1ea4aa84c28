/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.inclusion;

import dev.quorate.consensus.Bytes32;
import java.util.Optional;

/** Whether the chain has what was broadcast. What nobody could tell is neither. */
public enum Inclusion {
  INCLUDED,
  NOT_INCLUDED;

  /**
   * Of a block: whether it is the one of its slot.
   *
   * @param ours its root
   * @param canonical the root of the slot's block; empty if the slot has none
   */
  public static Inclusion ofBlock(Bytes32 ours, Optional<Bytes32> canonical) {
    return of(canonical.filter(ours::equals).isPresent());
  }

  static Inclusion of(boolean isIncluded) {
    return isIncluded ? INCLUDED : NOT_INCLUDED;
  }
}
