/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import dev.quorate.consensus.duty.DutyId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Duties that are done, of a few slots: others of the same validator wait for them. */
final class FinishedDuties {
  /** What needs another duty is due in the same slot. */
  static final int SLOTS_KEPT = 2;

  private final Map<DutyId, Scheduler.Finished> finished = new HashMap<>();

  void add(Scheduler.Finished one) {
    finished.put(one.duty(), one);
  }

  Optional<Scheduler.Finished> of(DutyId duty) {
    return Optional.ofNullable(finished.get(duty));
  }

  /** Forgets all but the slots around this one. */
  void onSlot(long current) {
    finished.keySet().removeIf(duty -> Math.abs(duty.slot() - current) >= SLOTS_KEPT);
  }
}
