/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

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

  /** See {@link Roster#at}. */
  List<Roster.Entry> at(long slot) {
    return having(slot).flatMap(roster -> roster.at(slot).stream()).toList();
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
