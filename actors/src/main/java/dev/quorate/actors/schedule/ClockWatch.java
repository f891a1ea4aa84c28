/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Notices when the wall clock is set, by comparing how far it went with how far the monotonic clock
 * did. What a time service corrects little by little stays below the tolerance.
 */
final class ClockWatch {
  /** Between its two sides a reading of both clocks may take so long. */
  private static final long READING_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(10);

  /** On a machine so busy that none of so many was quick enough the last one has to do. */
  private static final int READINGS_MAX = 10;

  private final long toleranceMillis;
  private final LongSupplier wall;
  private final LongSupplier ticker;
  private Reading last;

  /** Both clocks at one moment. */
  private record Reading(long wallMillis, long nanos) {}

  /**
   * @param wall Unix milliseconds
   * @param ticker monotonic nanoseconds
   */
  ClockWatch(long toleranceMillis, LongSupplier wall, LongSupplier ticker) {
    this.toleranceMillis = toleranceMillis;
    this.wall = wall;
    this.ticker = ticker;
    this.last = read();
  }

  /** A thread that was held up between the two clocks would take the pause for a step. */
  private Reading read() {
    for (int reading = 1; ; reading++) {
      long before = ticker.getAsLong();
      long wallMillis = wall.getAsLong();
      long after = ticker.getAsLong();
      if (Math.abs(after - before) <= READING_NANOS_MAX || reading == READINGS_MAX) {
        return new Reading(wallMillis, after);
      }
    }
  }

  /**
   * @return by how much the wall clock was set since the last observation, negative if back; empty
   *     if by no more than the tolerance
   */
  OptionalLong observe() {
    Reading now = read();
    long passedMillis = TimeUnit.NANOSECONDS.toMillis(now.nanos() - last.nanos());
    long stepMillis = now.wallMillis() - last.wallMillis() - passedMillis;
    last = now;
    return Math.abs(stepMillis) > toleranceMillis
        ? OptionalLong.of(stepMillis)
        : OptionalLong.empty();
  }
}
