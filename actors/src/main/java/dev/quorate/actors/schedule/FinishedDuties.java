/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import java.util.Collection;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** Duties that are done, until their slot is over: others of the same validator wait for them. */
final class FinishedDuties {
  /** What needs another duty is due in the same slot. */
  static final int SLOTS_KEPT = 2;

  private final NavigableMap<DutyId, Scheduler.Finished> finished = new TreeMap<>();

  void add(Scheduler.Finished one) {
    finished.put(one.duty(), one);
  }

  Optional<Scheduler.Finished> of(DutyId duty) {
    return Optional.ofNullable(finished.get(duty));
  }

  Collection<Scheduler.Finished> of(long slot) {
    return finished.subMap(first(slot), first(slot + 1)).values();
  }

  private static DutyId first(long slot) {
    return new DutyId(DutyType.PROPOSER, slot, 0, 0);
  }

  /** Forgets what is over, and what a clock that ran ahead left behind. */
  void onSlot(long current) {
    finished
        .keySet()
        .removeIf(duty ->
            duty.slot() <= current - SLOTS_KEPT
                || duty.slot() > current + duty.type().slotsAhead());
  }
}
