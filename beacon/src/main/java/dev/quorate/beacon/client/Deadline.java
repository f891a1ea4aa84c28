/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import java.util.concurrent.TimeUnit;

/** When patience ends, on the monotonic clock: shared by all exchanges that one question takes. */
record Deadline(long timeoutMillis, long endNanos) {
  static Deadline in(long timeoutMillis) {
    return new Deadline(
        timeoutMillis, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
  }

  /** At least 1, so that it can be a timeout. */
  long leftMillis() {
    return Math.max(1, TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime()));
  }
}
