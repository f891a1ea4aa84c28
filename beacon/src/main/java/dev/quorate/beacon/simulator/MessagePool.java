/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.beacon.simulator.SignatureChecks.Claim;
import dev.quorate.beacon.simulator.SimulatorReport.DutyCount;
import dev.quorate.consensus.Bytes32;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * The messages of one kind that the nodes of the chain have taken, shared by all as gossip would
 * have it: judges each one submitted, and counts. Safe for use by many threads; signatures are
 * verified outside of the lock.
 */
final class MessagePool<M> {
  /** What is particular to a kind of message. */
  interface Rules<M> {
    /** Empty if it is none. */
    Optional<M> read(JsonNode item);

    Place place(M message);

    /** What is signed, as it is compared with other messages for the same place. */
    Bytes32 root(M message);

    /** All that must have been signed; nothing if it is of no validator under test. */
    List<Claim> claims(M message);

    /** What is wrong with it apart from signatures. */
    Optional<Rejection> misfit(M message, long nowMillis);

    /** What a node says of a message for a place that is taken. */
    Rejection known();

    /** How many messages a slot should bring; empty if only those who sign them can tell. */
    OptionalLong expected(long slot);
  }

  /**
   * What only one message is taken for.
   *
   * @param slot or whatever else grows with time: the lowest are forgotten first
   * @param part of the slot's duties; 0 if they have none
   */
  record Place(long slot, long validatorIndex, int part) {}

  private final Rules<M> rules;
  private final SignatureChecks checks;

  /** What was signed for a place, whether it was taken or not. */
  private final TreeMap<Long, Map<Place, Set<Bytes32>>> signed = new TreeMap<>();

  private final TreeMap<Long, Map<Place, M>> accepted = new TreeMap<>();
  private final Map<Rejection, Long> rejected = new EnumMap<>(Rejection.class);
  private long invalid;
  private long conflicting;
  private long duplicates;

  MessagePool(Rules<M> rules, SignatureChecks checks) {
    this.rules = rules;
    this.checks = checks;
  }

  /**
   * @return for each item why it was not accepted, or nothing if it was
   */
  List<Optional<Rejection>> submit(Collection<JsonNode> items, long nowMillis) {
    return take(items.stream().map(rules::read).toList(), nowMillis);
  }

  /**
   * @param messages empty where one was none
   * @return for each why it was not accepted, or nothing if it was
   */
  List<Optional<Rejection>> take(List<Optional<M>> messages, long nowMillis) {
    Set<Claim> genuine =
        checks.genuine(
            messages.stream()
                .flatMap(Optional::stream)
                .filter(message -> !isKnown(message))
                .flatMap(message -> rules.claims(message).stream())
                .toList());
    return messages.stream()
        .map(message ->
            counted(
                message
                    .map(m -> judge(m, genuine, nowMillis))
                    .orElse(Optional.of(Rejection.MALFORMED))))
        .toList();
  }

  private synchronized Optional<Rejection> counted(Optional<Rejection> verdict) {
    verdict.ifPresent(reason -> {
      if (reason == rules.known()) {
        duplicates++;
      } else {
        rejected.merge(reason, 1L, Long::sum);
      }
    });
    return verdict;
  }

  private synchronized Optional<Rejection> judge(M message, Set<Claim> genuine, long nowMillis) {
    if (isKnown(message)) {
      return Optional.of(rules.known());
    }
    Optional<Rejection> misfit = rules.misfit(message, nowMillis);
    List<Claim> claims = rules.claims(message);
    if (claims.isEmpty() || !genuine.containsAll(claims)) {
      invalid += claims.isEmpty() ? 0 : 1;
      return misfit.or(() -> Optional.of(Rejection.BAD_SIGNATURE));
    }
    Place place = rules.place(message);
    // Whatever else is wrong with it, the validator has signed it.
    Set<Bytes32> roots = at(signed, place).computeIfAbsent(place, _ -> new HashSet<>());
    if (roots.add(rules.root(message)) && roots.size() > 1) {
      conflicting++;
    }
    if (misfit.isPresent()) {
      return misfit;
    }
    return at(accepted, place).putIfAbsent(place, message) == null
        ? Optional.empty()
        : Optional.of(rules.known());
  }

  private static <V> Map<Place, V> at(NavigableMap<Long, Map<Place, V>> bySlot, Place place) {
    Map<Place, V> places = bySlot.computeIfAbsent(place.slot(), _ -> new HashMap<>());
    if (bySlot.size() > AttestationPool.SLOTS_MAX) {
      bySlot.pollFirstEntry();
    }
    return places;
  }

  private synchronized boolean isKnown(M message) {
    return at(rules.place(message)).filter(message::equals).isPresent();
  }

  /** Those of a slot. */
  synchronized List<M> accepted(long slot) {
    return new ArrayList<>(accepted.getOrDefault(slot, Map.of()).values());
  }

  /** The one for a place. */
  synchronized Optional<M> at(Place place) {
    return Optional.ofNullable(accepted.getOrDefault(place.slot(), Map.of()).get(place));
  }

  /** Empty if nothing of the kind has come since the start. */
  synchronized Optional<DutyCount> count(long fromSlot, long toSlot) {
    if (accepted.isEmpty() && invalid == 0 && duplicates == 0 && rejected.isEmpty()) {
      return Optional.empty();
    }
    boolean isTold =
        LongStream.rangeClosed(fromSlot, toSlot).allMatch(slot -> rules.expected(slot).isPresent());
    return Optional.of(
        new DutyCount(
            isTold
                ? OptionalLong.of(
                    LongStream.rangeClosed(fromSlot, toSlot)
                        .map(slot -> rules.expected(slot).orElseThrow())
                        .sum())
                : OptionalLong.empty(),
            accepted.subMap(fromSlot, true, toSlot, true).values().stream()
                .mapToLong(Map::size)
                .sum(),
            invalid,
            conflicting,
            duplicates,
            rejected));
  }
}
