/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What the journal says of a validator's recent duties: the durable part of its state, folded from
 * events. It keeps those that may still be within their deadlines, some to look back on, and the
 * last that was {@link DutyEvent.Decided}: what was agreed on holds until the next.
 */
public record DutyLedger(SortedMap<DutyId, List<DutyEvent>> duties) {
  /**
   * More are never kept: the selections of a validator with seats in all sync subcommittees, {@link
   * DutyType#slotsAhead} slots of them, and what it does meanwhile.
   */
  public static final int DUTIES_MAX = 384;

  /** As many are kept, however old. */
  public static final int DUTIES_MIN = 16;

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
    long newest =
        next.keySet().stream()
            .filter(duty -> !duty.type().mayBeDoneAhead())
            .mapToLong(DutyId::slot)
            .max()
            .orElse(0);
    Iterator<DutyId> oldest = next.keySet().iterator();
    while (next.size() > DUTIES_MIN && oldest.hasNext()) {
      DutyId duty = oldest.next();
      if ((next.size() > DUTIES_MAX || duty.isOverBy(newest)) && !isStanding(duty, next)) {
        oldest.remove();
      }
    }
    return new DutyLedger(next);
  }

  /** The last duty that ended with its decision. */
  public Optional<DutyEvent.Decided> lastDecision() {
    return lastDecision(duties);
  }

  private static boolean isStanding(DutyId duty, SortedMap<DutyId, List<DutyEvent>> duties) {
    return !duty.type().isSigned()
        && lastDecision(duties).filter(last -> last.duty().equals(duty)).isPresent();
  }

  private static Optional<DutyEvent.Decided> lastDecision(
      SortedMap<DutyId, List<DutyEvent>> duties) {
    return duties.values().stream()
        .flatMap(List::stream)
        .flatMap(event ->
            event instanceof DutyEvent.Decided decided ? Stream.of(decided) : Stream.empty())
        .reduce((_, later) -> later);
  }

  /** The hash of a value that the duty's rows name, and whose bytes are elsewhere. */
  public Optional<Bytes32> lacking(DutyId duty) {
    return of(duty).stream()
        .flatMap(event -> value(event).stream())
        .filter(value -> !value.isWhole())
        .map(Value::hash)
        .findFirst();
  }

  /** The same with the bytes of the value that it is {@link #lacking}. */
  public DutyLedger with(DutyId duty, Value whole) {
    SortedMap<DutyId, List<DutyEvent>> next = new TreeMap<>(duties);
    next.computeIfPresent(
        duty,
        (_, events) ->
            events.stream()
                .map(event ->
                    value(event).filter(value -> value.hash().equals(whole.hash())).isPresent()
                        ? filled(event, whole)
                        : event)
                .toList());
    return new DutyLedger(next);
  }

  private static Optional<Value> value(DutyEvent event) {
    return switch (event) {
      case DutyEvent.Intended intended -> Optional.of(intended.value());
      case DutyEvent.Completed completed -> completed.value();
      case DutyEvent.Decided decided -> Optional.of(decided.value());
      case DutyEvent.Shared _, DutyEvent.Failed _ -> Optional.empty();
    };
  }

  private static DutyEvent filled(DutyEvent event, Value whole) {
    return switch (event) {
      case DutyEvent.Intended(var duty, _, var signable, var trail, var earlier) ->
          new DutyEvent.Intended(duty, whole, signable, trail, earlier);
      case DutyEvent.Completed done ->
          new DutyEvent.Completed(
              done.duty(),
              Optional.of(whole),
              done.signature(),
              done.signers(),
              done.culprits(),
              done.partials(),
              done.trail(),
              done.earlier(),
              done.atMillis());
      // Its values are never large.
      case DutyEvent.Shared _, DutyEvent.Decided _, DutyEvent.Failed _ -> event;
    };
  }

  /** What is known of one duty, in the order of the journal. */
  public List<DutyEvent> of(DutyId duty) {
    return duties.getOrDefault(duty, List.of());
  }

  /**
   * Did the duty fail, is its signature known to be with a beacon node, or was there none to make
   * of what was decided? Such a duty is never opened again. One that was only taken away may be
   * given back, and a signature that another duty needs is handed on again.
   */
  public boolean isOver(DutyId duty) {
    List<DutyEvent> rows = of(duty);
    // Of most that are asked for nothing is known: then no row of another tells of it either, or
    // it is too old to be assigned again.
    return !rows.isEmpty()
        && (rows.stream()
                .anyMatch(event ->
                    event instanceof DutyEvent.Decided
                        || (event instanceof DutyEvent.Failed && !wasTakenAway(event)))
            || (duty.type().isPublished() && wasTaken(duty)));
  }

  private boolean wasTaken(DutyId duty) {
    return duties.values().stream()
        .flatMap(List::stream)
        .flatMap(event -> event.earlier().submissions().stream())
        .anyMatch(told -> told.duty().equals(duty) && told.outcome().isSuccess());
  }

  /** Duties that were begun, are not over and were not taken away. */
  public Set<DutyId> unfinished() {
    Set<DutyId> unfinished = new TreeSet<>(duties.keySet());
    unfinished.removeIf(duty -> isOver(duty) || wasTakenAway(of(duty).getLast()));
    return unfinished;
  }

  private static boolean wasTakenAway(DutyEvent event) {
    return event instanceof DutyEvent.Failed failed && failed.reason() == Reason.REASSIGNED;
  }

  /** All of it, in an order from which {@link #apply} makes the same ledger. */
  public List<DutyEvent> events() {
    return duties.values().stream().flatMap(List::stream).toList();
  }
}
