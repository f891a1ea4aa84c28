/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import dev.quorate.beacon.client.Submission;
import dev.quorate.ethereum.chain.ChainSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The rosters of the running epoch, the one before and the one after: one a kind and epoch. */
final class Rosters {
  record Key(RosterKind kind, long epoch) {
    @Override
    public String toString() {
      return kind.title + " of epoch " + epoch;
    }
  }

  private final ChainSpec spec;
  private final Map<Key, Roster> known = new HashMap<>();

  Rosters(ChainSpec spec) {
    this.spec = spec;
  }

  Optional<Roster> of(Key key) {
    return Optional.ofNullable(known.get(key));
  }

  /** Returns the one before. */
  Optional<Roster> put(Key key, Roster roster) {
    return Optional.ofNullable(known.put(key, roster));
  }

  /** What is given when a slot begins: see {@link Roster#at} and {@link Roster#ahead}. */
  List<Roster.Entry> at(long slot) {
    return Stream.concat(
            having(slot).flatMap(roster -> roster.at(slot).stream()),
            having(slot + 1).flatMap(roster -> roster.ahead(slot + 1).stream()))
        .toList();
  }

  /** What of it is of one roster. */
  List<Roster.Entry> at(Key key, Roster roster, long slot) {
    return Stream.concat(
            isOf(key, slot) ? roster.at(slot).stream() : Stream.<Roster.Entry>empty(),
            isOf(key, slot + 1) ? roster.ahead(slot + 1).stream() : Stream.empty())
        .toList();
  }

  private boolean isOf(Key key, long slot) {
    return slot >= 0 && key.kind().epochOf(slot, spec) == key.epoch();
  }

  /** See {@link Roster#announcement(Scheduler.Finished)}. */
  List<Optional<Submission>> announcements(Scheduler.Finished finished) {
    return having(finished.duty().slot()).map(roster -> roster.announcement(finished)).toList();
  }

  /** See {@link Roster#after}. */
  List<Roster.Entry> after(Scheduler.Finished finished, FinishedDuties known) {
    return having(finished.duty().slot())
        .flatMap(roster -> roster.after(finished, known).stream())
        .toList();
  }

  /** Before genesis there is none. */
  private Stream<Roster> having(long slot) {
    return slot < 0
        ? Stream.empty()
        : Stream.of(RosterKind.values())
            .flatMap(kind -> of(new Key(kind, kind.epochOf(slot, spec))).stream());
  }

  /** Forgets all but the epochs around this one. */
  void onEpoch(long epoch) {
    known.keySet().removeIf(key -> Math.abs(key.epoch() - epoch) > 1);
  }
}
