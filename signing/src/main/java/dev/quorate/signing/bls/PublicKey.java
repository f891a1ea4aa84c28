/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.bls;

import dev.quorate.consensus.Bytes;
import dev.quorate.signing.curve.G1;
import java.util.Optional;

/**
 * A public key that has passed KeyValidate: a point of G1, not infinity. It keeps the point, so
 * that verifying with it checks nothing twice. Equal when the keys are.
 */
public final class PublicKey {
  public static final int BYTES = 48;

  private final G1 point;
  private final Bytes compressed;

  private PublicKey(G1 point, Bytes compressed) {
    this.point = point;
    this.compressed = compressed;
  }

  /**
   * Empty unless {@code compressed} is the encoding, of 48 bytes, of a point of G1 other than
   * infinity (KeyValidate, draft-irtf-cfrg-bls-signature-05, section 2.5).
   */
  public static Optional<PublicKey> decode(Bytes compressed) {
    return compressed.size() == BYTES
        ? G1.decode(compressed)
            .filter(point -> !point.isInfinity() && point.isInGroup())
            .map(point -> new PublicKey(point, compressed))
        : Optional.empty();
  }

  /** The key of a point that is known to be of G1 and not infinity. */
  static PublicKey of(G1 point) {
    return new PublicKey(point, point.compressed());
  }

  public G1 point() {
    return point;
  }

  /** 48 bytes. */
  public Bytes compressed() {
    return compressed;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PublicKey that && compressed.equals(that.compressed);
  }

  @Override
  public int hashCode() {
    return compressed.hashCode();
  }

  @Override
  public String toString() {
    return compressed.toString();
  }
}
