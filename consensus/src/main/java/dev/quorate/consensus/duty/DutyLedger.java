/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What the journal says of a validator's recent duties: the durable part of its state, folded from
 * events. Only the newest {@link #DUTIES_MAX} duties are kept; older ones are past any deadline.
 */
public record DutyLedger(SortedMap<DutyId, List<DutyEvent>> duties) {
  public static final int DUTIES_MAX = 64;

  public static final DutyLedger EMPTY = new DutyLedger(Collections.emptySortedMap());

  public DutyLedger {
    duties = Collections.unmodifiableSortedMap(duties);
  }

  public DutyLedger apply(DutyEvent event) {
    SortedMap<DutyId, List<DutyEvent>> next = new TreeMap<>(duties);
    next.merge(
        event.duty(),
        List.of(event),
        (before, added) -> Stream.concat(before.stream(), added.stream()).toList());
    while (next.size() > DUTIES_MAX) {
      next.remove(next.firstKey());
    }
    return new DutyLedger(next);
  }

  /** What is known of one duty, in the order of the journal. */
  public List<DutyEvent> of(DutyId duty) {
    return duties.getOrDefault(duty, List.of());
  }

  /** Duties that were begun and neither failed nor are known to be with a beacon node. */
  public Set<DutyId> unfinished() {
    Set<DutyId> finished = new TreeSet<>();
    for (DutyEvent event : events()) {
      switch (event) {
        case DutyEvent.Failed failed -> finished.add(failed.duty());
        case DutyEvent.Intended intended ->
            intended.earlier().stream()
                .filter(submission -> submission.outcome().isSuccess())
                .forEach(submission -> finished.add(submission.duty()));
        case DutyEvent.Shared _, DutyEvent.Completed _ -> {}
      }
    }
    Set<DutyId> unfinished = new TreeSet<>(duties.keySet());
    unfinished.removeAll(finished);
    return unfinished;
  }

  /** All of it, in an order from which {@link #apply} makes the same ledger. */
  public List<DutyEvent> events() {
    return duties.values().stream().flatMap(List::stream).toList();
  }
}
