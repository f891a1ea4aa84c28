/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.slashing;

import dev.quorate.consensus.Bytes32;
import java.util.Optional;

/**
 * The most that a key has attested: EIP-3076's minimal database, "Conditions", 4 and 5. Sources
 * never fall and targets always rise, so no attestation surrounds another or shares its target.
 *
 * <p>In epoch 0 source and target are both 0, since nothing is justified yet. The rule needs no
 * exception for it: the first such attestation raises {@link #NONE} to target 0, a second one with
 * another root is refused as any double vote, and epoch 1 has source 0 and target 1.
 *
 * @param source the highest source epoch; -1 if the key attested nothing
 * @param target the highest target epoch; -1 if the key attested nothing
 * @param root the signing root granted for {@code target}; empty if it was imported, for an import
 *     does not allow to sign again
 */
public record AttestationWatermark(long source, long target, Optional<Bytes32> root) {
  public static final AttestationWatermark NONE =
      new AttestationWatermark(-1, -1, Optional.empty());

  public AttestationWatermark {
    if (source < -1 || target < -1 || source < 0 != target < 0) {
      throw new IllegalArgumentException("source " + source + ", target " + target);
    }
  }

  /**
   * May the key sign an attestation?
   *
   * @return what to remember before it does; empty if it must not
   */
  public Optional<AttestationWatermark> approve(long source, long target, Bytes32 signingRoot) {
    if (this.source <= source && this.target < target) {
      return Optional.of(new AttestationWatermark(source, target, Optional.of(signingRoot)));
    }
    return this.target == target && root.equals(Optional.of(signingRoot))
        ? Optional.of(this)
        : Optional.empty();
  }

  /**
   * What is known once somebody else is known to have attested {@code other} with the same key. The
   * own attestation is granted again only while it is sure not to be slashable with that one: if
   * its target is later and its source not earlier.
   */
  public AttestationWatermark raisedTo(AttestationWatermark other) {
    return new AttestationWatermark(
        Math.max(source, other.source),
        Math.max(target, other.target),
        source >= other.source && target > other.target ? root : Optional.empty());
  }
}
