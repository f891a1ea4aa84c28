/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.curve;

import static dev.quorate.signing.curve.Blst.BOOL;
import static dev.quorate.signing.curve.Blst.POINTER;
import static dev.quorate.signing.curve.Blst.SIZE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/** The pairing of BLS12-381, as the one question that BLS signatures ask of it. */
public final class Pairing {
  private static final MethodHandle MILLER_LOOP =
      Blst.procedure("blst_miller_loop_n", POINTER, POINTER, POINTER, SIZE);
  private static final MethodHandle FINAL_EXPONENTIATION =
      Blst.procedure("blst_final_exp", POINTER, POINTER);
  private static final MethodHandle IS_ONE = Blst.function("blst_fp12_is_one", BOOL, POINTER);

  private Pairing() {}

  /**
   * Whether the product of e(left[i], right[i]) is one.
   *
   * @param left points of G1
   * @param right as many points of G2, all of them in their group, which the caller has checked
   */
  public static boolean productIsOne(List<G1> left, List<G2> right) {
    List<byte[]> first = new ArrayList<>();
    List<byte[]> second = new ArrayList<>();
    for (int i = 0; i < left.size(); i++) {
      // A pair with infinity contributes one; the Miller loop has no formula for it.
      if (!left.get(i).isInfinity() && !right.get(i).isInfinity()) {
        first.add(left.get(i).affine());
        second.add(right.get(i).affine());
      }
    }
    if (first.isEmpty()) {
      return true;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment product = arena.allocate(Blst.FP12_BYTES, Long.BYTES);
      Blst.call(
          MILLER_LOOP,
          product,
          Blst.contiguous(arena, Curve.E2.adjoin(arena, second)),
          Blst.contiguous(arena, Curve.E1.adjoin(arena, first)),
          first.size());
      Blst.call(FINAL_EXPONENTIATION, product, product);
      return Blst.holds(IS_ONE, product);
    }
  }
}
