/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.persistence.guard.SigningGuard;
import java.util.function.LongSupplier;

/**
 * The chain's time by the own clock.
 *
 * @param clock Unix milliseconds
 */
public record ChainClock(SlotTimes times, LongSupplier clock) implements SigningGuard.Clock {
  @Override
  public long currentSlot() {
    return times.slotAt(clock.getAsLong());
  }

  @Override
  public long currentEpoch() {
    return times.spec().epochOf(Math.max(0, currentSlot()));
  }
}
