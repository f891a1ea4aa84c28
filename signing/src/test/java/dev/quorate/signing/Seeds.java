/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing;

import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/** Randomness that a failing test can be run again with. */
public final class Seeds {
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  static {
    System.out.println("signing -Dseed=" + SEED);
  }

  private Seeds() {}

  /** A new source from the seed that is printed once, or taken from {@code -Dseed=}. */
  public static SecureRandom random() {
    return of(SEED);
  }

  /** The same bytes for the same seed. */
  private static SecureRandom of(long seed) {
    try {
      SecureRandom random = SecureRandom.getInstance("SHA1PRNG");
      random.setSeed(seed);
      return random;
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException(missing);
    }
  }
}
