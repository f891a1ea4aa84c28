/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * Notices when the wall clock is set, by comparing how far it went with how far the monotonic clock
 * did. What a time service corrects little by little stays below the tolerance.
 */
final class ClockWatch {
  private final long toleranceMillis;
  private long wallMillis;
  private long monotonicNanos;

  ClockWatch(long toleranceMillis, long wallMillis, long monotonicNanos) {
    this.toleranceMillis = toleranceMillis;
    this.wallMillis = wallMillis;
    this.monotonicNanos = monotonicNanos;
  }

  /**
   * @return by how much the wall clock was set since the last observation, negative if back; empty
   *     if by no more than the tolerance
   */
  OptionalLong observe(long nowWallMillis, long nowMonotonicNanos) {
    long passedMillis = TimeUnit.NANOSECONDS.toMillis(nowMonotonicNanos - monotonicNanos);
    long stepMillis = nowWallMillis - wallMillis - passedMillis;
    wallMillis = nowWallMillis;
    monotonicNanos = nowMonotonicNanos;
    return Math.abs(stepMillis) > toleranceMillis
        ? OptionalLong.of(stepMillis)
        : OptionalLong.empty();
  }
}
