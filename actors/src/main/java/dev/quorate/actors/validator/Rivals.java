/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.validator;

import dev.quorate.consensus.duty.FenceVerdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.ethereum.chain.SlotTimes;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of somebody else who does the duties of validators whose entities are here: another pod
 * that does not know of this one, or another cluster on the same database. No harm comes of it,
 * since each duty has one owner, but nobody meant it. Written by entities, read by anyone.
 */
public final class Rivals {
  /** How long after the last such duty it is told. */
  public static final int SLOTS_UNTIL_FORGOTTEN = 32;

  private static final Logger LOG = LoggerFactory.getLogger(Rivals.class);

  private final SlotTimes times;
  private long lastSlot = Long.MIN_VALUE;
  private long toldSlot = Long.MIN_VALUE;

  public Rivals(SlotTimes times) {
    this.times = times;
  }

  /**
   * Looks at what the vote fence answered to an entity. What was under way when the entity started
   * belongs to its life before, here or elsewhere.
   *
   * @param startedMillis when the entity started, Unix milliseconds
   */
  synchronized void answered(long slot, long startedMillis, FenceVerdict verdict) {
    if (!verdict.equals(new FenceVerdict.Foreign(Reason.FENCED))
        || slot <= times.slotAt(startedMillis) + 1) {
      return;
    }
    lastSlot = Math.max(lastSlot, slot);
    if (toldSlot < slot - SLOTS_UNTIL_FORGOTTEN) {
      toldSlot = slot;
      LOG.warn(
          "another process does duties of validators that are here, on the same database, as of slot {}."
              + " No vote is cast twice, but two were not meant to run: look for a second start of"
              + " this operator, or for pods that do not reach one another",
          slot);
    }
  }

  /**
   * @return the last slot in which somebody else owned a duty, unless that is long ago
   */
  public synchronized OptionalLong recentSlot(long nowMillis) {
    return lastSlot >= times.slotAt(nowMillis) - SLOTS_UNTIL_FORGOTTEN
        ? OptionalLong.of(lastSlot)
        : OptionalLong.empty();
  }
}
