/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.slashing;

import dev.quorate.consensus.Bytes32;
import java.util.Optional;

/**
 * The latest slot that a key proposed in: EIP-3076's minimal database, "Conditions", 2.
 *
 * @param slot -1 if the key proposed nothing
 * @param root the signing root granted for {@code slot}; empty if it was imported, for an import
 *     does not allow to sign again
 */
public record BlockWatermark(long slot, Optional<Bytes32> root) {
  public static final BlockWatermark NONE = new BlockWatermark(-1, Optional.empty());

  public BlockWatermark {
    if (slot < -1) {
      throw new IllegalArgumentException("slot " + slot);
    }
  }

  /**
   * May the key sign a block?
   *
   * @return what to remember before it does; empty if it must not
   */
  public Optional<BlockWatermark> approve(long slot, Bytes32 signingRoot) {
    if (this.slot < slot) {
      return Optional.of(new BlockWatermark(slot, Optional.of(signingRoot)));
    }
    return this.slot == slot && root.equals(Optional.of(signingRoot))
        ? Optional.of(this)
        : Optional.empty();
  }

  /**
   * What is known once somebody else is known to have proposed {@code other} with the same key: of
   * its own slot no block is granted again.
   */
  public BlockWatermark raisedTo(BlockWatermark other) {
    return slot > other.slot ? this : new BlockWatermark(other.slot, Optional.empty());
  }
}
