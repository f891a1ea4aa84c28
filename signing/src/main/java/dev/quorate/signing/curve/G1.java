/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.curve;

import dev.quorate.consensus.Bytes;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * An immutable point of the curve E1, not necessarily of its subgroup G1 of prime order: public
 * keys are made of these. Equal when the points are.
 */
public final class G1 {
  private final byte[] affine;

  G1(byte[] affine) {
    this.affine = affine;
  }

  /**
   * The point that {@code encoded} is the encoding of, compressed or uncompressed by its length
   * (ZCash's format, draft-irtf-cfrg-pairing-friendly-curves-11, appendix C); empty if it is
   * malformed or not on the curve. Infinity and points outside the group do decode.
   */
  public static Optional<G1> decode(Bytes encoded) {
    return Curve.E1.decode(encoded.toArray()).map(G1::new);
  }

  /** Minus the generator of G1: what a signature is paired with. */
  public static final G1 MINUS_GENERATOR =
      decode(
              Bytes.fromHex(
                  "b7f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac58"
                      + "6c55e83ff97a1aeffb3af00adb22c6bb"))
          .orElseThrow();

  /** The sum of any points; infinity if there are none. */
  public static G1 sum(List<G1> points) {
    return new G1(Curve.E1.sum(affine(points)));
  }

  /**
   * The sum of each point times its weight, in a time that depends on both.
   *
   * @param points of G1 and not infinite, which the caller has checked
   * @param weights one per point, not negative, below the order of G1
   */
  public static G1 combination(List<G1> points, List<BigInteger> weights) {
    return new G1(Curve.E1.combination(affine(points), weights));
  }

  /** 48 bytes. */
  public Bytes compressed() {
    return Bytes.wrap(Curve.E1.compressed(affine));
  }

  public boolean isInfinity() {
    return Arrays.equals(affine, new byte[affine.length]);
  }

  /** Whether this is a point of G1; infinity is. */
  public boolean isInGroup() {
    return Curve.E1.isInGroup(affine);
  }

  byte[] affine() {
    return affine;
  }

  private static List<byte[]> affine(List<G1> points) {
    return points.stream().map(G1::affine).toList();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof G1 that && Arrays.equals(affine, that.affine);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(affine);
  }

  @Override
  public String toString() {
    return "G1[" + compressed() + "]";
  }
}
