/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import dev.quorate.consensus.duty.DutyId;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Duties of which the own client or a peer has done its part ahead of their slot, so that this
 * operator goes along. What is nearest comes first, and what there is no room for is begun when it
 * is due.
 */
final class WantedDuties {
  static final int WANTED_MAX = 32_768;

  /** So many at a time: clients want those of two epochs at once, beside duties that are urgent. */
  static final int AT_ONCE = 64;

  private final NavigableSet<DutyId> wanted = new TreeSet<>();

  /** False if it is there already, or there is no room. */
  boolean add(DutyId duty) {
    return wanted.add(duty) && (wanted.size() <= WANTED_MAX || !duty.equals(wanted.pollLast()));
  }

  boolean contains(DutyId duty) {
    return wanted.contains(duty);
  }

  /** What rosters have them. */
  Set<Rosters.Key> keys(Function<DutyId, Rosters.Key> keyOf) {
    return wanted.stream().map(keyOf).collect(Collectors.toSet());
  }

  /** Takes the next of those that can be begun. */
  List<DutyId> take(Predicate<DutyId> canBegin) {
    List<DutyId> taken = wanted.stream().filter(canBegin).limit(AT_ONCE).toList();
    taken.forEach(wanted::remove);
    return taken;
  }

  void forget(Predicate<DutyId> needless) {
    wanted.removeIf(needless);
  }
}
