/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.threshold;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;

/**
 * What a polynomial's values at some indices weigh in its value at 0: the product of j / (j - i)
 * over the other indices j. As rational numbers over a common denominator the weights are tiny
 * integers, where modulo the group's order they would have 255 bits; one inversion makes up for the
 * denominator, and it is 1 for any run of consecutive indices, since those weights are products of
 * binomials.
 *
 * @param numerators of the weights, in the order of the indices
 * @param denominator of all of them, positive
 */
record Lagrange(List<BigInteger> numerators, BigInteger denominator) {
  Lagrange {
    numerators = List.copyOf(numerators);
  }

  static Lagrange atZero(SortedSet<Integer> indices) {
    List<BigInteger> above = new ArrayList<>();
    List<BigInteger> below = new ArrayList<>();
    BigInteger common = BigInteger.ONE;
    for (int i : indices) {
      BigInteger numerator = BigInteger.ONE;
      BigInteger denominator = BigInteger.ONE;
      for (int j : indices) {
        if (j != i) {
          numerator = numerator.multiply(BigInteger.valueOf(j));
          denominator = denominator.multiply(BigInteger.valueOf((long) j - i));
        }
      }
      BigInteger divisor = numerator.gcd(denominator);
      above.add(numerator.divide(divisor));
      below.add(denominator.divide(divisor));
      BigInteger reduced = denominator.divide(divisor).abs();
      common = common.divide(common.gcd(reduced)).multiply(reduced);
    }
    List<BigInteger> numerators = new ArrayList<>();
    for (int i = 0; i < above.size(); i++) {
      numerators.add(above.get(i).multiply(common.divide(below.get(i))));
    }
    return new Lagrange(numerators, common);
  }
}
