/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing;

import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/** Randomness that a failing test can be run again with. */
public final class Seeds {
  private Seeds() {}

  /** A source whose seed is printed, or taken from {@code -Dseed=}. */
  public static SecureRandom random() {
    long seed = Long.getLong("seed", System.nanoTime());
    String test =
        StackWalker.getInstance()
            .walk(frames -> frames.skip(1).findFirst().orElseThrow())
            .toStackTraceElement()
            .toString();
    System.out.println(test + " -Dseed=" + seed);
    return of(seed);
  }

  /** The same bytes for the same seed. */
  public static SecureRandom of(long seed) {
    try {
      SecureRandom random = SecureRandom.getInstance("SHA1PRNG");
      random.setSeed(seed);
      return random;
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException(missing);
    }
  }
}
