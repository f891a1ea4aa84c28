/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.batch;

import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.bls.Signature;
import dev.quorate.signing.curve.G1;
import dev.quorate.signing.curve.G2;
import dev.quorate.signing.curve.Pairing;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Verifies many signatures over one message: instead of e(pk, H) = e(G, sig) for each, it checks
 * e(sum of r·pk, H) = e(G, sum of r·sig), with a random r for each, and bisects where that fails.
 * Without the r two signatures could be wrong by opposite amounts; with them that passes with
 * probability 2^-64 at most (Bellare, Garay and Rabin 1998, the small-exponents test), given that
 * every signature is in the group of prime order, which is checked one by one: a random sum misses
 * a point of order 13, one of the orders there are outside, with probability 1/13.
 */
public final class SameMessageBatch {
  private SameMessageBatch() {}

  /** A signature and the key it is said to be of. */
  public record Entry(PublicKey key, Signature signature) {}

  /**
   * @param invalid the positions of the entries that do not verify
   * @param pairingChecks how many pairing checks it took: none if there was nothing to check, one
   *     if all is well, at most 2k - 1 for k entries
   */
  public record Result(SortedSet<Integer> invalid, int pairingChecks) {}

  /**
   * @param random draws the coefficients, after the batch is closed: who knows them beforehand can
   *     choose wrong signatures that cancel out
   */
  public static Result verify(HashedMessage message, List<Entry> entries, SecureRandom random) {
    return new Check(message, entries, random).run();
  }

  private static final class Check {
    private final HashedMessage message;
    private final List<Entry> entries;
    private final SecureRandom random;
    private final SortedSet<Integer> invalid = new TreeSet<>();
    private int pairingChecks;

    Check(HashedMessage message, List<Entry> entries, SecureRandom random) {
      this.message = message;
      this.entries = List.copyOf(entries);
      this.random = random;
    }

    Result run() {
      TreeSet<Integer> candidates = new TreeSet<>();
      for (int position = 0; position < entries.size(); position++) {
        Signature signature = entries.get(position).signature();
        boolean isPoint = !signature.isInfinity() && signature.isInGroup();
        (isPoint ? candidates : invalid).add(position);
      }
      List<Integer> closed = List.copyOf(candidates);
      if (!closed.isEmpty() && !holds(closed)) {
        bisect(closed);
      }
      return new Result(invalid, pairingChecks);
    }

    /** Finds the invalid ones among {@code positions}, of which at least one is invalid. */
    private void bisect(List<Integer> positions) {
      if (positions.size() == 1) {
        invalid.addAll(positions);
        return;
      }
      List<Integer> left = positions.subList(0, positions.size() / 2);
      List<Integer> right = positions.subList(positions.size() / 2, positions.size());
      if (holds(left)) {
        bisect(right); // the fault is here, no need to ask
      } else {
        bisect(left);
        if (!holds(right)) {
          bisect(right);
        }
      }
    }

    private boolean holds(List<Integer> positions) {
      pairingChecks++;
      List<BigInteger> weights = positions.stream().map(position -> weight()).toList();
      G1 keys =
          G1.combination(
              positions.stream().map(position -> entries.get(position).key().point()).toList(),
              weights);
      G2 signatures =
          G2.combination(
              positions.stream()
                  .map(position -> entries.get(position).signature().point())
                  .toList(),
              weights);
      return Pairing.productIsOne(
          List.of(keys, G1.MINUS_GENERATOR), List.of(message.point(), signatures));
    }

    /** 64 bits, not zero. */
    private BigInteger weight() {
      BigInteger drawn;
      do {
        drawn = new BigInteger(Long.SIZE, random);
      } while (drawn.signum() == 0);
      return drawn;
    }
  }
}
