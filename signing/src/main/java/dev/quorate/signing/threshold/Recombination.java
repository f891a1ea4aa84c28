/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.threshold;

import dev.quorate.signing.bls.Signature;
import dev.quorate.signing.curve.G2;
import dev.quorate.signing.curve.SecretScalar;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * From partial signatures to the whole one, by interpolation "in the exponent". It takes any points
 * of the curve and checks nothing: if the sum verifies it is the signature, whatever it was made
 * of.
 */
public final class Recombination {
  private Recombination() {}

  /**
   * Which {@code threshold} of the {@code available} indices to recombine: a run of consecutive
   * ones if there is any, since that spares a multiplication, otherwise the lowest. Empty if there
   * are too few.
   */
  public static Optional<SortedSet<Integer>> choose(SortedSet<Integer> available, int threshold) {
    List<Integer> sorted = new ArrayList<>(available);
    for (int from = 0; from + threshold <= sorted.size(); from++) {
      if (sorted.get(from + threshold - 1) - sorted.get(from) == threshold - 1) {
        return Optional.of(new TreeSet<>(sorted.subList(from, from + threshold)));
      }
    }
    return sorted.size() < threshold
        ? Optional.empty()
        : Optional.of(new TreeSet<>(sorted.subList(0, threshold)));
  }

  /**
   * The value at 0 of the polynomial through {@code partials}, in a time that depends on them.
   *
   * @param partials by share index, as many as the threshold
   */
  public static Signature recombine(SortedMap<Integer, Signature> partials) {
    Lagrange lagrange = Lagrange.atZero(new TreeSet<>(partials.keySet()));
    G2 multiple =
        G2.smallCombination(
            partials.values().stream().map(Signature::point).toList(), lagrange.numerators());
    BigInteger denominator = lagrange.denominator();
    return new Signature(
        denominator.equals(BigInteger.ONE)
            ? multiple
            : multiple.times(denominator.modInverse(SecretScalar.ORDER)));
  }
}
