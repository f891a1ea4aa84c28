/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

/**
 * How long rounds last: the first {@code firstMillis}, each later one half as long again as the one
 * before, up to {@code maxMillis}. QBFT's liveness needs rounds that grow until operators which
 * began apart are in the same one for long enough: {@code maxMillis} must exceed the widest gap
 * between two honest operators' starts by some message delays.
 */
public record RoundTimes(long firstMillis, long maxMillis) {
  public RoundTimes {
    if (firstMillis < 1 || maxMillis < firstMillis) {
      throw new IllegalArgumentException(firstMillis + ".." + maxMillis + " ms");
    }
  }

  public long millis(int round) {
    long millis = firstMillis;
    for (int r = 1; r < round && millis < maxMillis; r++) {
      millis += millis / 2 + 1;
    }
    return Math.min(millis, maxMillis);
  }
}
