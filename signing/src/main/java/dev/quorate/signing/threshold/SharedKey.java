/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.threshold;

import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.curve.G1;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A validator's public key and the public shares of all operators.
 *
 * @param group the key that the network knows
 * @param shares the public share of index i at position i - 1
 */
public record SharedKey(PublicKey group, List<PublicKey> shares) {
  /** Bits of each random coefficient: a wrong key goes unnoticed with probability 2^-64 at most. */
  private static final int COEFFICIENT_BITS = 64;

  public SharedKey {
    shares = List.copyOf(shares);
    if (shares.isEmpty() || shares.size() > Quorum.OPERATORS_MAX) {
      throw new IllegalArgumentException(
          shares.size() + " shares, allowed are 1 to " + Quorum.OPERATORS_MAX);
    }
  }

  /**
   * The positions of those {@code keys} whose shares and group key do not lie on one polynomial of
   * degree {@code threshold} - 1, so that some {@code threshold} operators could not sign, or would
   * sign for another key. A lower degree is not looked for: only a dealer could choose it, who
   * knows the key anyway.
   *
   * <p>The points (0, y_0), …, (n, y_n) are on such a polynomial exactly if for every polynomial g
   * of degree n - t at most, the sum of (-1)^i · C(n, i) · g(i) · y_i vanishes (the dual code of
   * Reed-Solomon; SCRAPE, Cascudo and David 2017, lemma 1, times n!). A random g for each key makes
   * one sum over all keys of it; only if that fails they are looked at one by one.
   *
   * @param random draws the coefficients of g
   */
  public static SortedSet<Integer> inconsistent(
      List<SharedKey> keys, int threshold, SecureRandom random) {
    SortedSet<Integer> found = new TreeSet<>();
    if (!areConsistent(keys, threshold, random)) {
      for (int position = 0; position < keys.size(); position++) {
        if (!areConsistent(List.of(keys.get(position)), threshold, random)) {
          found.add(position);
        }
      }
    }
    return found;
  }

  private static boolean areConsistent(List<SharedKey> keys, int threshold, SecureRandom random) {
    // The summands by the parity of i, that is by their sign.
    List<List<G1>> points = List.of(new ArrayList<>(), new ArrayList<>());
    List<List<BigInteger>> weights = List.of(new ArrayList<>(), new ArrayList<>());
    for (SharedKey key : keys) {
      int operators = key.shares.size();
      if (threshold < 1 || threshold > operators) {
        throw new IllegalArgumentException(threshold + " of " + operators + " shares");
      }
      List<BigInteger> polynomial = new ArrayList<>();
      for (int degree = 0; degree <= operators - threshold; degree++) {
        polynomial.add(new BigInteger(COEFFICIENT_BITS, random));
      }
      BigInteger binomial = BigInteger.ONE;
      for (int i = 0; i <= operators; i++) {
        points.get(i % 2).add((i == 0 ? key.group : key.shares.get(i - 1)).point());
        weights.get(i % 2).add(binomial.multiply(valueAt(i, polynomial)));
        binomial =
            binomial.multiply(BigInteger.valueOf(operators - i)).divide(BigInteger.valueOf(i + 1));
      }
    }
    return G1.combination(points.getFirst(), weights.getFirst())
        .equals(G1.combination(points.getLast(), weights.getLast()));
  }

  private static BigInteger valueAt(int x, List<BigInteger> polynomial) {
    BigInteger value = BigInteger.ZERO;
    for (BigInteger coefficient : polynomial.reversed()) {
      value = value.multiply(BigInteger.valueOf(x)).add(coefficient);
    }
    return value;
  }
}
