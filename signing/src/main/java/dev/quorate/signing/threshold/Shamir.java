/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.threshold;

import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.curve.SecretScalar;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Shamir's secret sharing ("How to Share a Secret", 1979) of a BLS key, for a trusted dealer. */
public final class Shamir {
  private Shamir() {}

  /**
   * Shares with the indices 1 to {@code shares}, of which any {@code threshold} can sign for {@code
   * key} and fewer learn nothing of it. The key remains the caller's to close, and so are the
   * shares.
   *
   * @throws IllegalArgumentException unless 1 <= threshold <= shares <= {@link
   *     Quorum#OPERATORS_MAX}
   */
  public static List<KeyShare> split(
      SecretKey key, int threshold, int shares, SecureRandom random) {
    if (threshold < 1 || threshold > shares || shares > Quorum.OPERATORS_MAX) {
      throw new IllegalArgumentException(threshold + " of " + shares + " shares");
    }
    List<SecretScalar> drawn = new ArrayList<>();
    try {
      for (int degree = 1; degree < threshold; degree++) {
        drawn.add(SecretScalar.random(random));
      }
      List<SecretScalar> coefficients = new ArrayList<>(drawn);
      coefficients.addFirst(key.scalar());
      List<KeyShare> split = new ArrayList<>();
      for (int index = 1; index <= shares; index++) {
        split.add(KeyShare.of(index, SecretKey.of(SecretScalar.polynomial(coefficients, index))));
      }
      return List.copyOf(split);
    } finally {
      drawn.forEach(SecretScalar::close);
    }
  }

  /**
   * The whole key. For tests and for an operator group that dissolves: nothing that signs calls
   * this.
   *
   * @param shares at least as many as the threshold, of different indices
   */
  public static SecretKey recombine(List<KeyShare> shares) {
    List<KeyShare> sorted =
        shares.stream().sorted(Comparator.comparingInt(KeyShare::index)).toList();
    Lagrange lagrange =
        Lagrange.atZero(
            sorted.stream().map(KeyShare::index).collect(Collectors.toCollection(TreeSet::new)));
    BigInteger inverse = lagrange.denominator().modInverse(SecretScalar.ORDER);
    return SecretKey.of(
        SecretScalar.combination(
            sorted.stream().map(share -> share.key().scalar()).toList(),
            lagrange.numerators().stream()
                .map(numerator -> numerator.multiply(inverse).mod(SecretScalar.ORDER))
                .toList()));
  }
}
