/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import dev.quorate.actors.validator.DutyFigures;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyOutcome;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.inclusion.Inclusion;
import dev.quorate.http.view.DutiesView;
import dev.quorate.http.view.PeersView;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** What this pod's entities told of late: how duties ended, and who took part in them. */
final class DutyRecords implements DutyFigures.Listener {
  /** Duties that ended; the oldest give way. */
  static final int ENDED_MAX = 4_096;

  /** Completed duties in which participation is measured; the oldest give way. */
  static final int COMPLETED_MAX = 1_024;

  /** Duties of which more is known than how they ended; the oldest give way. */
  static final int KNOWN_MAX = 16_384;

  private final LongSupplier clock;
  private final SlotTimes times;
  private final AtFault atFault;
  private final Map<DutyId, Inclusion> inclusions = new LinkedHashMap<>();
  private final Map<DutyId, List<Integer>> lacked = new LinkedHashMap<>();
  private final Deque<Ended> ended = new ArrayDeque<>();
  private final Map<Integer, Ended> lastOfValidator = new HashMap<>();
  private final Map<Integer, Map<DutyId, Map<Integer, Part>>> unsettled = new HashMap<>();
  private final Deque<Map<Integer, Part>> participants = new ArrayDeque<>();
  private long nextId;

  /**
   * A duty that ended.
   *
   * @param atFault operators that it lacked
   */
  private record Ended(
      long id, DutyId duty, DutyOutcome outcome, List<Integer> atFault, long atMillis) {}

  /**
   * An operator's part in a completed duty.
   *
   * @param delayMillis how long after the duty was due its partial signature came; empty for the
   *     own one
   * @param isLate whether the group's signature was durable before it came
   */
  private record Part(OptionalLong delayMillis, boolean isLate) {}

  /**
   * A partial signature of a peer came.
   *
   * @param isLate whether the group's signature was durable before
   */
  record Arrived(DutyId duty, int operator, long atMillis, boolean isLate) {
    /** All that a row tells of, of its duty and of others. */
    static Stream<Arrived> toldBy(DutyEvent row) {
      List<DutyEvent.Arrival> inTime =
          switch (row) {
            case DutyEvent.Completed completed -> completed.partials();
            case DutyEvent.Failed failed -> failed.partials();
            case DutyEvent.Intended _, DutyEvent.Shared _, DutyEvent.Decided _ -> List.of();
          };
      return Stream.concat(
          inTime.stream()
              .map(came -> new Arrived(row.duty(), came.operator(), came.atMillis(), false)),
          row.earlier().partials().stream()
              .map(came -> new Arrived(came.duty(), came.operator(), came.atMillis(), true)));
    }

    /** Since the duty was due; 0 if it began so early that the partial came before. */
    long delayMillis(SlotTimes times) {
      return Math.max(0, atMillis - times.dueMillis(duty.type(), duty.slot()));
    }
  }

  /**
   * @param clock Unix milliseconds; its first reading is the first id, so that ids go on growing
   *     over a restart as long as there is less than one duty a millisecond
   */
  DutyRecords(LongSupplier clock, SlotTimes times, AtFault atFault) {
    this.clock = clock;
    this.times = times;
    this.atFault = atFault;
    this.nextId = clock.getAsLong();
  }

  /** The oldest give way. */
  private static <V> void put(Map<DutyId, V> known, DutyId duty, V what) {
    known.put(duty, what);
    if (known.size() > KNOWN_MAX) {
      known.remove(known.keySet().iterator().next());
    }
  }

  @Override
  public synchronized void tracked(DutyId duty, Optional<Inclusion> inclusion) {
    inclusion.ifPresent(known -> put(inclusions, duty, known));
  }

  synchronized Optional<Inclusion> inclusion(DutyId duty) {
    return Optional.ofNullable(inclusions.get(duty));
  }

  @Override
  public synchronized void ended(DutyId duty, DutyOutcome outcome) {
    Ended record =
        new Ended(
            nextId++,
            duty,
            outcome,
            Optional.ofNullable(lacked.remove(duty)).orElse(List.of()),
            clock.getAsLong());
    ended.addLast(record);
    if (ended.size() > ENDED_MAX) {
      ended.removeFirst();
    }
    lastOfValidator.put(duty.validator(), record);
  }

  private DutiesView.Duty view(Ended one) {
    DutyId duty = one.duty();
    String type = typeOf(duty);
    return switch (one.outcome()) {
      case DutyOutcome.Broadcast done ->
          new DutiesView.Duty(
              one.id(),
              duty.toString(),
              type,
              duty.slot(),
              duty.validator(),
              "BROADCAST",
              Optional.empty(),
              one.atFault(),
              // Nothing was voted on where there was nothing to choose.
              done.round() > 0 ? OptionalInt.of(done.round()) : OptionalInt.empty(),
              OptionalLong.of(done.latencyMillis()),
              Optional.of(done.submission().name()),
              inclusion(duty).map(Inclusion::name),
              one.atMillis());
      case DutyOutcome.Decided done ->
          new DutiesView.Duty(
              one.id(),
              duty.toString(),
              type,
              duty.slot(),
              duty.validator(),
              "DECIDED",
              Optional.empty(),
              one.atFault(),
              OptionalInt.of(done.round()),
              OptionalLong.of(done.latencyMillis()),
              Optional.empty(),
              Optional.empty(),
              one.atMillis());
      case DutyOutcome.Missed missed ->
          new DutiesView.Duty(
              one.id(),
              duty.toString(),
              type,
              duty.slot(),
              duty.validator(),
              "MISSED",
              Optional.of(missed.reason().name()),
              one.atFault(),
              OptionalInt.empty(),
              OptionalLong.empty(),
              Optional.empty(),
              Optional.empty(),
              one.atMillis());
    };
  }

  static String typeOf(DutyId duty) {
    return duty.type().label();
  }

  /**
   * Late partial signatures are told by the validator's next duty: only then is it known who took
   * part in the one before, so that who comes last does not pass for absent. Of what may be done
   * ahead, operators may do their parts two epochs apart: it tells nothing of them.
   */
  @Override
  public synchronized void recorded(DutyEvent event) {
    if (event instanceof DutyEvent.Failed failed) {
      put(lacked, failed.duty(), atFault.of(failed));
    }
    Map<DutyId, Map<Integer, Part>> ofValidator =
        unsettled.computeIfAbsent(event.duty().validator(), _ -> new TreeMap<>());
    if (event instanceof DutyEvent.Completed completed
        && !completed.duty().type().mayBeDoneAhead()) {
      Map<Integer, Part> parts = new HashMap<>();
      completed.signers().forEach(one -> parts.put(one, new Part(OptionalLong.empty(), false)));
      ofValidator.put(completed.duty(), parts);
    }
    Arrived.toldBy(event)
        .forEach(came ->
            Optional.ofNullable(ofValidator.get(came.duty()))
                .ifPresent(parts ->
                    parts.put(
                        came.operator(),
                        new Part(OptionalLong.of(came.delayMillis(times)), came.isLate()))));
    ofValidator
        .entrySet()
        .removeIf(duty -> {
          boolean isSettled = !duty.getKey().equals(event.duty());
          if (isSettled) {
            settle(duty.getValue());
          }
          return isSettled;
        });
  }

  private void settle(Map<Integer, Part> parts) {
    participants.addLast(parts);
    if (participants.size() > COMPLETED_MAX) {
      participants.removeFirst();
    }
  }

  /**
   * @param after the highest id that is not wanted any more; without it the latest are given
   */
  synchronized DutiesView duties(OptionalLong after, int limit) {
    Stream<DutiesView.Duty> wanted =
        after.isPresent()
            ? ended.stream()
                .filter(duty -> duty.id() > after.getAsLong())
                .limit(limit)
                .map(this::view)
            : ended.stream().skip(Math.max(0, ended.size() - limit)).map(this::view);
    return new DutiesView(
        ended.isEmpty() ? OptionalLong.empty() : OptionalLong.of(ended.getFirst().id()),
        wanted.toList());
  }

  synchronized Optional<DutiesView.Duty> lastOf(int validator) {
    return Optional.ofNullable(lastOfValidator.get(validator)).map(this::view);
  }

  synchronized PeersView.Participation participation(int operator) {
    List<Part> parts =
        participants.stream()
            .flatMap(all -> Optional.ofNullable(all.get(operator)).stream())
            .toList();
    long[] delays =
        parts.stream().flatMapToLong(part -> part.delayMillis().stream()).sorted().toArray();
    return new PeersView.Participation(
        participants.size(),
        parts.size(),
        (int) parts.stream().filter(Part::isLate).count(),
        delays.length == 0 ? OptionalLong.empty() : OptionalLong.of(delays[delays.length / 2]));
  }
}
