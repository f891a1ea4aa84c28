/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.bls;

import dev.quorate.consensus.Bytes;
import dev.quorate.signing.curve.G2;
import java.util.Optional;

/**
 * A point of the curve of signatures. Decoding checks that it is on the curve, not that it is in
 * G2, for that costs more than anything else but a pairing, and a sum needs it only once: whoever
 * verifies asks {@link #isInGroup()}.
 *
 * @param point perhaps infinity, perhaps outside G2
 */
public record Signature(G2 point) {
  public static final int COMPRESSED_BYTES = 96;
  public static final int UNCOMPRESSED_BYTES = 192;

  /** Empty unless {@code encoded} is the encoding, of 96 or 192 bytes, of a point of the curve. */
  public static Optional<Signature> decode(Bytes encoded) {
    return G2.decode(encoded).map(Signature::new);
  }

  /** The subgroup check; infinity passes it. */
  public boolean isInGroup() {
    return point.isInGroup();
  }

  public boolean isInfinity() {
    return point.isInfinity();
  }

  /** 96 bytes: the form in which Ethereum knows signatures. */
  public Bytes compressed() {
    return point.compressed();
  }

  /** 192 bytes: the form between operators, since it spares the receiver a square root. */
  public Bytes uncompressed() {
    return point.uncompressed();
  }

  @Override
  public String toString() {
    return compressed().toString();
  }
}
