/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.validator;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Counts the duties that diverged. One leader proposes a slot-scoped value for all validators of a
 * slot, so that their instances {@link dev.quorate.consensus.duty.DutyType#isDecidedAlike decide
 * one}; whoever decided another than most did has diverged. Of two values that were decided equally
 * often one counts.
 */
final class DecidedValues {
  /** Two epochs: no duty ends later. Older ones give way and stay counted as they were. */
  static final int SLOTS_MAX = 64;

  /** By type, slot and part, whatever the validator: how often each value was decided. */
  private final NavigableMap<DutyId, Map<Bytes32, Integer>> counts = new TreeMap<>();

  private long divergedBefore;

  synchronized void add(DutyId duty, Bytes32 value) {
    counts
        .computeIfAbsent(new DutyId(duty.type(), duty.slot(), 0, duty.part()), _ -> new HashMap<>())
        .merge(value, 1, Integer::sum);
    while (counts.firstKey().slot() <= counts.lastKey().slot() - SLOTS_MAX) {
      divergedBefore += diverged(counts.firstEntry().getValue());
      counts.pollFirstEntry();
    }
  }

  synchronized long diverged() {
    return divergedBefore + counts.values().stream().mapToLong(DecidedValues::diverged).sum();
  }

  private static int diverged(Map<Bytes32, Integer> ofSlot) {
    int all = ofSlot.values().stream().mapToInt(Integer::intValue).sum();
    return all - Collections.max(ofSlot.values());
  }
}
