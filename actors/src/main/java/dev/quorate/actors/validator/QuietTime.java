/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.validator;

import dev.quorate.ethereum.chain.SlotTimes;
import java.util.function.LongSupplier;

/**
 * The last third of each slot. Its duties are done by then and those of the next slot are not
 * given: validators move from pod to pod then, and at no other time if it can be helped.
 *
 * @param clock Unix milliseconds
 */
public record QuietTime(SlotTimes times, LongSupplier clock) {
  /** 0 in the last third of a slot. */
  public long millisUntil() {
    long now = clock.getAsLong();
    long begin =
        times.startMillis(times.slotAt(now)) + Math.ceilDiv(times.spec().slotMillis() * 2, 3);
    return Math.max(0, begin - now);
  }
}
