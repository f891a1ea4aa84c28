/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.curve;

import static dev.quorate.signing.curve.Blst.BOOL;
import static dev.quorate.signing.curve.Blst.ERROR;
import static dev.quorate.signing.curve.Blst.POINTER;
import static dev.quorate.signing.curve.Blst.SIZE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/**
 * One of the two curves of BLS12-381 with blst's functions for it. A point here is a byte array:
 * its affine coordinates in blst's own memory layout, infinity being all zeros; {@link G1} and
 * {@link G2} give such arrays their type. Nothing here is for secrets: all but {@link #times} takes
 * a time that depends on its input.
 */
final class Curve {
  /** y² = x³ + 4 over Fp, where public keys live. */
  static final Curve E1 = new Curve("blst_p1", "g1", 48);

  /** y² = x³ + 4(u + 1) over Fp2, where signatures live. */
  static final Curve E2 = new Curve("blst_p2", "g2", 96);

  /** The order r of both groups, in bits. */
  private static final int ORDER_BITS = 255;

  private final int coordinateBytes;
  private final MethodHandle uncompress;
  private final MethodHandle deserialize;
  private final MethodHandle compress;
  private final MethodHandle serialize;
  private final MethodHandle inGroup;
  private final MethodHandle toAffine;
  private final MethodHandle fromAffine;
  private final MethodHandle addOrDouble;
  private final MethodHandle twice;
  private final MethodHandle negateIf;
  private final MethodHandle multiply;
  private final MethodHandle sum;
  private final MethodHandle pippenger;
  private final MethodHandle pippengerScratchSize;

  private Curve(String prefix, String group, int coordinateBytes) {
    this.coordinateBytes = coordinateBytes;
    uncompress = Blst.function(prefix + "_uncompress", ERROR, POINTER, POINTER);
    deserialize = Blst.function(prefix + "_deserialize", ERROR, POINTER, POINTER);
    compress = Blst.procedure(prefix + "_affine_compress", POINTER, POINTER);
    serialize = Blst.procedure(prefix + "_affine_serialize", POINTER, POINTER);
    inGroup = Blst.function(prefix + "_affine_in_" + group, BOOL, POINTER);
    toAffine = Blst.procedure(prefix + "_to_affine", POINTER, POINTER);
    fromAffine = Blst.procedure(prefix + "_from_affine", POINTER, POINTER);
    addOrDouble = Blst.procedure(prefix + "_add_or_double", POINTER, POINTER, POINTER);
    twice = Blst.procedure(prefix + "_double", POINTER, POINTER);
    negateIf = Blst.procedure(prefix + "_cneg", POINTER, SIZE);
    multiply = Blst.procedure(prefix + "_mult", POINTER, POINTER, POINTER, SIZE);
    sum = Blst.procedure(prefix + "s_add", POINTER, POINTER, SIZE);
    pippenger =
        Blst.procedure(prefix + "s_mult_pippenger", POINTER, POINTER, SIZE, POINTER, SIZE, POINTER);
    pippengerScratchSize = Blst.function(prefix + "s_mult_pippenger_scratch_sizeof", SIZE, SIZE);
  }

  int compressedBytes() {
    return coordinateBytes;
  }

  int uncompressedBytes() {
    return 2 * coordinateBytes;
  }

  int affineBytes() {
    return 2 * coordinateBytes;
  }

  int jacobianBytes() {
    return 3 * coordinateBytes;
  }

  /** The point of a compressed or, by its length, uncompressed encoding, if it is on the curve. */
  Optional<byte[]> decode(byte[] encoded) {
    if (encoded.length == compressedBytes()) {
      return decode(uncompress, encoded);
    }
    // blst would take a compressed point with a tail of any bytes for an uncompressed one.
    return encoded.length == uncompressedBytes() && encoded[0] >= 0
        ? decode(deserialize, encoded)
        : Optional.empty();
  }

  private Optional<byte[]> decode(MethodHandle decoder, byte[] encoded) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment affine = arena.allocate(affineBytes(), Long.BYTES);
      return Blst.succeeds(decoder, affine, Blst.copy(arena, encoded))
          ? Optional.of(affine.toArray(ValueLayout.JAVA_BYTE))
          : Optional.empty();
    }
  }

  byte[] compressed(byte[] affine) {
    return encoded(compress, affine, compressedBytes());
  }

  byte[] uncompressed(byte[] affine) {
    return encoded(serialize, affine, uncompressedBytes());
  }

  private static byte[] encoded(MethodHandle encoder, byte[] affine, int size) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment encoded = arena.allocate(size);
      Blst.call(encoder, encoded, Blst.copy(arena, affine));
      return encoded.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  boolean isInGroup(byte[] affine) {
    try (Arena arena = Arena.ofConfined()) {
      return Blst.holds(inGroup, Blst.copy(arena, affine));
    }
  }

  /** Any points of the curve, equal, opposite or infinite ones too; none sum up to infinity. */
  byte[] sum(List<byte[]> points) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment total = arena.allocate(jacobianBytes(), Long.BYTES);
      if (!points.isEmpty()) {
        Blst.call(sum, total, Blst.contiguous(arena, adjoin(arena, points)), points.size());
      }
      return affine(arena, total);
    }
  }

  /**
   * The sum of each point times its weight, by Pippenger's method.
   *
   * @param points of the group, none infinite: blst tabulates small multiples with formulas that
   *     break down on points of small order and spoil the whole sum
   * @param weights one per point, not negative
   */
  byte[] combination(List<byte[]> points, List<BigInteger> weights) {
    int bits = bits(weights);
    if (bits == 0) {
      return new byte[affineBytes()];
    }
    if (points.size() == 1) {
      // blst's Pippenger looks one point ahead, so it needs two.
      return times(points.getFirst(), weights.getFirst());
    }
    try (Arena arena = Arena.ofConfined()) {
      int weightBytes = (bits + 7) / 8;
      byte[] scalars = new byte[points.size() * weightBytes];
      for (int i = 0; i < points.size(); i++) {
        putLittleEndian(weights.get(i), scalars, i * weightBytes);
      }
      MemorySegment total = arena.allocate(jacobianBytes(), Long.BYTES);
      Blst.call(
          pippenger,
          total,
          Blst.contiguous(arena, adjoin(arena, points)),
          points.size(),
          Blst.contiguous(arena, Blst.copy(arena, scalars)),
          bits,
          arena.allocate(Blst.size(pippengerScratchSize, points.size()), Long.BYTES));
      return affine(arena, total);
    }
  }

  /**
   * The sum of each point times its weight by doubling and adding: the quicker way for few points
   * and tiny weights, and right for any points of the curve.
   *
   * @param weights one per point, of either sign
   */
  byte[] smallCombination(List<byte[]> points, List<BigInteger> weights) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment signed = arena.allocate((long) points.size() * jacobianBytes(), Long.BYTES);
      for (int i = 0; i < points.size(); i++) {
        MemorySegment point = jacobian(signed, i);
        Blst.call(fromAffine, point, Blst.copy(arena, points.get(i)));
        Blst.call(negateIf, point, weights.get(i).signum() < 0 ? 1L : 0L);
      }
      List<BigInteger> magnitudes = weights.stream().map(BigInteger::abs).toList();
      MemorySegment total = arena.allocate(jacobianBytes(), Long.BYTES);
      for (int bit = bits(magnitudes) - 1; bit >= 0; bit--) {
        Blst.call(twice, total, total);
        for (int i = 0; i < points.size(); i++) {
          if (magnitudes.get(i).testBit(bit)) {
            Blst.call(addOrDouble, total, total, jacobian(signed, i));
          }
        }
      }
      return affine(arena, total);
    }
  }

  /**
   * @param point of the group; with another one the result is some point of the curve
   * @param scalar from 0 to r - 1
   */
  byte[] times(byte[] point, BigInteger scalar) {
    try (Arena arena = Arena.ofConfined()) {
      byte[] littleEndian = new byte[Blst.SCALAR_BYTES];
      putLittleEndian(scalar, littleEndian, 0);
      MemorySegment product = arena.allocate(jacobianBytes(), Long.BYTES);
      Blst.call(
          multiply, product, jacobian(arena, point), Blst.copy(arena, littleEndian), ORDER_BITS);
      return affine(arena, product);
    }
  }

  /** Little-endian, as blst reads scalars, from {@code offset} on. */
  static void putLittleEndian(BigInteger scalar, byte[] target, int offset) {
    byte[] bigEndian = scalar.toByteArray();
    for (int i = bigEndian.length - 1, at = offset; i >= 0; i--, at++) {
      if (bigEndian[i] != 0) { // a leading zero for the sign may lie beyond the target
        target[at] = bigEndian[i];
      }
    }
  }

  /** {@code point} in Jacobian coordinates. */
  MemorySegment jacobian(Arena arena, byte[] point) {
    MemorySegment jacobian = arena.allocate(jacobianBytes(), Long.BYTES);
    Blst.call(fromAffine, jacobian, Blst.copy(arena, point));
    return jacobian;
  }

  byte[] affine(Arena arena, MemorySegment jacobian) {
    MemorySegment affine = arena.allocate(affineBytes(), Long.BYTES);
    Blst.call(toAffine, affine, jacobian);
    return affine.toArray(ValueLayout.JAVA_BYTE);
  }

  /** All {@code points} one after the other. */
  MemorySegment adjoin(Arena arena, List<byte[]> points) {
    MemorySegment all = arena.allocate((long) points.size() * affineBytes(), Long.BYTES);
    long at = 0;
    for (byte[] point : points) {
      MemorySegment.copy(point, 0, all, ValueLayout.JAVA_BYTE, at, point.length);
      at += point.length;
    }
    return all;
  }

  private MemorySegment jacobian(MemorySegment points, int position) {
    return points.asSlice((long) position * jacobianBytes(), jacobianBytes());
  }

  private static int bits(List<BigInteger> weights) {
    return weights.stream().mapToInt(BigInteger::bitLength).max().orElse(0);
  }
}
