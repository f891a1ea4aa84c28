/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.store;

import dev.quorate.consensus.duty.Reason;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts what was refused, by reason, since the start. Safe for many threads. */
public final class Refusals {
  private final Map<Reason, LongAdder> counts = new ConcurrentHashMap<>();

  public void add(Reason reason) {
    counts.computeIfAbsent(reason, _ -> new LongAdder()).increment();
  }

  public Map<Reason, Long> sums() {
    Map<Reason, Long> sums = new EnumMap<>(Reason.class);
    counts.forEach((reason, count) -> sums.put(reason, count.sum()));
    return sums;
  }
}
