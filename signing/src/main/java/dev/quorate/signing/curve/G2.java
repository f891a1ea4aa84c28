/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.curve;

import dev.quorate.consensus.Bytes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * An immutable point of the curve E2, not necessarily of its subgroup G2 of prime order: signatures
 * and hashed messages are made of these. Equal when the points are.
 */
public final class G2 {
  private final byte[] affine;

  G2(byte[] affine) {
    this.affine = affine;
  }

  /**
   * The point that {@code encoded} is the encoding of, compressed or uncompressed by its length
   * (ZCash's format, draft-irtf-cfrg-pairing-friendly-curves-11, appendix C); empty if it is
   * malformed or not on the curve. Infinity and points outside the group do decode.
   */
  public static Optional<G2> decode(Bytes encoded) {
    return Curve.E2.decode(encoded.toArray()).map(G2::new);
  }

  private static final MethodHandle HASH_TO_G2 =
      Blst.procedure(
          "blst_hash_to_g2",
          Blst.POINTER,
          Blst.POINTER,
          Blst.SIZE,
          Blst.POINTER,
          Blst.SIZE,
          Blst.POINTER,
          Blst.SIZE);

  /**
   * hash_to_curve of RFC 9380 with the suite BLS12381G2_XMD:SHA-256_SSWU_RO_.
   *
   * @param tag the domain separation tag, in ASCII
   */
  public static G2 hash(Bytes message, String tag) {
    try (Arena arena = Arena.ofConfined()) {
      byte[] separation = tag.getBytes(StandardCharsets.US_ASCII);
      MemorySegment point = arena.allocate(Curve.E2.jacobianBytes(), Long.BYTES);
      Blst.call(
          HASH_TO_G2,
          point,
          Blst.copy(arena, message.toArray()),
          message.size(),
          Blst.copy(arena, separation),
          separation.length,
          MemorySegment.NULL,
          0L);
      return new G2(Curve.E2.affine(arena, point));
    }
  }

  /** The sum of any points; infinity if there are none. */
  public static G2 sum(List<G2> points) {
    return new G2(Curve.E2.sum(affine(points)));
  }

  /**
   * The sum of each point times its weight, in a time that depends on both.
   *
   * @param points of G2 and not infinite, which the caller has checked
   * @param weights one per point, not negative, below the order of G2
   */
  public static G2 combination(List<G2> points, List<BigInteger> weights) {
    return new G2(Curve.E2.combination(affine(points), weights));
  }

  /**
   * The same for few points and tiny weights, quicker there, and for any points of the curve.
   *
   * @param weights one per point, of either sign
   */
  public static G2 smallCombination(List<G2> points, List<BigInteger> weights) {
    return new G2(Curve.E2.smallCombination(affine(points), weights));
  }

  /**
   * This point times a public {@code scalar} from 0 to r - 1. For a point outside G2 the result is
   * some point of the curve, neither in nor out of G2 for certain.
   */
  public G2 times(BigInteger scalar) {
    return new G2(Curve.E2.times(affine, scalar));
  }

  /** 96 bytes. */
  public Bytes compressed() {
    return Bytes.wrap(Curve.E2.compressed(affine));
  }

  /** 192 bytes; seven times quicker to decode. */
  public Bytes uncompressed() {
    return Bytes.wrap(Curve.E2.uncompressed(affine));
  }

  public boolean isInfinity() {
    return Arrays.equals(affine, new byte[affine.length]);
  }

  /** Whether this is a point of G2; infinity is. */
  public boolean isInGroup() {
    return Curve.E2.isInGroup(affine);
  }

  byte[] affine() {
    return affine;
  }

  private static List<byte[]> affine(List<G2> points) {
    return points.stream().map(G2::affine).toList();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof G2 that && Arrays.equals(affine, that.affine);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(affine);
  }

  @Override
  public String toString() {
    return "G2[" + compressed() + "]";
  }
}
