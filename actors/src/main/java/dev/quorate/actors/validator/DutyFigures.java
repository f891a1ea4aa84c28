/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.validator;

import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyOutcome;
import dev.quorate.consensus.duty.DutyOutput;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.ethereum.inclusion.Inclusion;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How the duties of a pod end: counted for metrics, and one line of log each. */
public final class DutyFigures {
  private static final Logger LOG = LoggerFactory.getLogger(DutyFigures.class);

  /** Told on the threads of the entities, which it must not keep. */
  @FunctionalInterface
  public interface Listener {
    /** A duty ended for this operator, and is counted. */
    void ended(DutyId duty, DutyOutcome outcome);

    /** A row of the journal is durable. */
    default void recorded(DutyEvent event) {}

    /**
     * It became known whether the chain has what was broadcast. Told on the thread of the tracker.
     *
     * @param inclusion empty if nobody could tell
     */
    default void tracked(DutyId duty, Optional<Inclusion> inclusion) {}
  }

  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final LongAdder broadcast = new LongAdder();
  private final LongAdder accusations = new LongAdder();
  private final DecidedValues decided = new DecidedValues();
  private final Map<Reason, LongAdder> missed = new ConcurrentSkipListMap<>();
  private final Map<Reason, LongAdder> discarded = new ConcurrentSkipListMap<>();
  private final Map<Integer, LongAdder> rounds = new ConcurrentSkipListMap<>();

  public DutyFigures(Listener listener) {
    listen(listener);
  }

  /** Tells one more of what happens from now on. */
  public void listen(Listener listener) {
    listeners.add(listener);
  }

  void recorded(List<DutyEvent> events) {
    listeners.forEach(listener -> events.forEach(listener::recorded));
  }

  void ended(DutyId duty, DutyOutcome outcome) {
    if (duty.type().isDecidedAlike()) {
      outcome.decided().ifPresent(value -> decided.add(duty, value));
    }
    switch (outcome) {
      case DutyOutcome.Broadcast done -> {
        broadcast.increment();
        if (done.round() > 0) {
          count(rounds, done.round());
        }
        LOG.debug(
            "{} broadcast: {}, round {}, {} ms",
            duty,
            done.submission(),
            done.round(),
            done.latencyMillis());
      }
      case DutyOutcome.Decided done ->
          LOG.debug("{} decided: round {}, {} ms", duty, done.round(), done.latencyMillis());
      case DutyOutcome.Missed(Reason reason, _) -> {
        count(missed, reason);
        LOG.info("{} missed: {}", duty, reason);
      }
    }
    listeners.forEach(listener -> listener.ended(duty, outcome));
  }

  /** See {@link Listener#tracked}. */
  public void tracked(DutyId duty, Optional<Inclusion> inclusion) {
    if (inclusion.filter(Inclusion.NOT_INCLUDED::equals).isPresent()) {
      LOG.info("{} was broadcast, but is not on chain", duty);
    }
    listeners.forEach(listener -> listener.tracked(duty, inclusion));
  }

  void discarded(int sender, Reason reason) {
    count(discarded, reason);
    LOG.debug("a message of operator {} was not believed: {}", sender, reason);
  }

  void accused(DutyOutput.Accuse evidence) {
    accusations.increment();
    LOG.warn(
        "operator {} voted twice: {} and {}",
        evidence.first().vote().sender(),
        evidence.first().vote(),
        evidence.second().vote());
  }

  private static <K> void count(Map<K, LongAdder> counts, K key) {
    counts.computeIfAbsent(key, _ -> new LongAdder()).increment();
  }

  public long broadcast() {
    return broadcast.sum();
  }

  public long accusations() {
    return accusations.sum();
  }

  /** Duties that decided another value than most of the same type and slot did. */
  public long diverged() {
    return decided.diverged();
  }

  public Map<Reason, Long> missed() {
    return sums(missed);
  }

  public Map<Reason, Long> discarded() {
    return sums(discarded);
  }

  /** Duties that this operator broadcast, by the round that decided. */
  public Map<Integer, Long> rounds() {
    return sums(rounds);
  }

  private static <K extends Comparable<K>> Map<K, Long> sums(Map<K, LongAdder> counts) {
    Map<K, Long> sums = new TreeMap<>();
    counts.forEach((key, count) -> sums.put(key, count.sum()));
    return sums;
  }
}
