/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.slashing;

import dev.quorate.consensus.duty.Signable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All messages of one kind that a key signed: EIP-3076's complete database, for whoever looks at
 * them afterwards. It compares a message with the few that it contradicts if it contradicts any.
 *
 * @param <T> what a message is known by
 */
public final class SignedMessages<T> {
  private record Known<T>(T message, Signable signable) {
    long source() {
      return signable.source();
    }
  }

  private final Optional<WatermarkKind> kind;

  /** Two of different roots at most: any other root contradicts both. */
  private final Map<Long, List<Known<T>>> byTarget = new HashMap<>();

  /** By target, those of a higher source than all of lower targets. */
  private final NavigableMap<Long, Known<T>> latestSources = new TreeMap<>();

  /** By target, those of a lower source than all of higher targets. */
  private final NavigableMap<Long, Known<T>> earliestSources = new TreeMap<>();

  /**
   * @param kind empty for a duty type that EIP-3076 does not know: its target is a slot
   */
  public SignedMessages(Optional<WatermarkKind> kind) {
    this.kind = kind;
  }

  /** One that contradicts {@code signable}, if any does. */
  public Optional<T> contradicting(Signable signable) {
    return Stream.of(
            byTarget.getOrDefault(signable.target(), List.of()).stream(),
            value(latestSources.lowerEntry(signable.target())).stream(),
            value(earliestSources.higherEntry(signable.target())).stream())
        .flatMap(known -> known)
        .filter(known -> Contradiction.between(kind, signable, known.signable()).isPresent())
        .map(Known::message)
        .findFirst();
  }

  public void add(T message, Signable signable) {
    Known<T> added = new Known<>(message, signable);
    long target = signable.target();
    List<Known<T>> same = byTarget.computeIfAbsent(target, _ -> new ArrayList<>(1));
    if (same.isEmpty()
        || (same.size() == 1 && !same.getFirst().signable().root().equals(signable.root()))) {
      same.add(added);
    }
    if (value(latestSources.floorEntry(target))
        .filter(known -> known.source() >= added.source())
        .isEmpty()) {
      latestSources.put(target, added);
      removeWhile(latestSources.tailMap(target, false), known -> known.source() <= added.source());
    }
    if (value(earliestSources.ceilingEntry(target))
        .filter(known -> known.source() <= added.source())
        .isEmpty()) {
      earliestSources.put(target, added);
      removeWhile(
          earliestSources.headMap(target, false).descendingMap(),
          known -> known.source() >= added.source());
    }
  }

  /** Those behind the first that stays do so too. */
  private static <T> void removeWhile(
      NavigableMap<Long, Known<T>> next, Predicate<Known<T>> isOutdone) {
    while (!next.isEmpty() && isOutdone.test(next.firstEntry().getValue())) {
      next.pollFirstEntry();
    }
  }

  private static <T> Optional<Known<T>> value(Map.@Nullable Entry<Long, Known<T>> entry) {
    return Optional.ofNullable(entry).map(Map.Entry::getValue);
  }
}
