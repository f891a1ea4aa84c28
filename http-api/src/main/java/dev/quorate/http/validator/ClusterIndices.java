/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.beacon.client.IndexedValidator;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.attestation.AttesterDuty;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Which validators of the cluster the chain's indices and seats in committees are. Beacon nodes are
 * asked once, and again at most once a slot for an index that is not known, and while there are
 * validators that they do not know, as those that have no deposit yet.
 */
final class ClusterIndices {
  private static final int EPOCHS_KEPT = 3;

  private final BeaconNodes nodes;
  private final List<Bytes> groups;
  private Map<Long, Integer> known = Map.of();
  private CompletableFuture<Map<Long, Integer>> asked = CompletableFuture.completedFuture(known);
  private long askedInSlot = -1;
  private final NavigableMap<Long, Duties> duties = new TreeMap<>();

  /** What was said of an epoch's duties in a slot. */
  private record Duties(long askedInSlot, CompletionStage<List<AttesterDuty>> said) {}

  /**
   * @param groups public keys, in the order of the cluster file
   */
  ClusterIndices(BeaconNodes nodes, List<Bytes> groups) {
    this.nodes = nodes;
    this.groups = groups;
  }

  /**
   * Indices on the chain to positions in the cluster file, of those that are known. What is known
   * stays so whatever becomes of a question, until a node says otherwise.
   *
   * @param wanted for which nobody waits if all of them are known; empty: any
   * @return fails with a {@link dev.quorate.beacon.client.BeaconException} if none is known
   */
  synchronized CompletionStage<Map<Long, Integer>> positions(Set<Long> wanted, long currentSlot) {
    boolean isEnough =
        wanted.isEmpty() ? known.size() == groups.size() : known.keySet().containsAll(wanted);
    if (isEnough) {
      return CompletableFuture.completedStage(known);
    }
    if (asked.isDone() && askedInSlot != currentSlot) {
      askedInSlot = currentSlot;
      asked = nodes.validators(groups).thenApply(this::learned).toCompletableFuture();
    }
    Map<Long, Integer> before = known;
    return before.isEmpty() ? asked.copy() : asked.exceptionally(_ -> before);
  }

  private synchronized Map<Long, Integer> learned(Map<Bytes, IndexedValidator> found) {
    Map<Long, Integer> byIndex = new HashMap<>(known);
    byIndex.values().removeIf(position -> found.containsKey(groups.get(position)));
    for (int position = 0; position < groups.size(); position++) {
      IndexedValidator validator = found.get(groups.get(position));
      if (validator != null) {
        byIndex.put(validator.index(), position);
      }
    }
    known = Map.copyOf(byIndex);
    return known;
  }

  /** Who has the seat; empty if none of the cluster. */
  CompletionStage<OptionalInt> seated(
      Map<Long, Integer> known, long epoch, long slot, ClientMessages.Signer.Seat seat, long now) {
    CompletionStage<OptionalInt> first =
        said(known, epoch, Long.MIN_VALUE, now)
            .thenApply(duties -> seated(duties, known, slot, seat));
    // A reorganisation may have seated others since.
    return first.thenCompose(found ->
        found.isPresent()
            ? CompletableFuture.completedStage(found)
            : said(known, epoch, now, now).thenApply(duties -> seated(duties, known, slot, seat)));
  }

  private synchronized CompletionStage<List<AttesterDuty>> said(
      Map<Long, Integer> known, long epoch, long notBefore, long now) {
    Duties last = duties.get(epoch);
    if (last == null
        || last.askedInSlot() < notBefore
        || last.said().toCompletableFuture().isCompletedExceptionally()) {
      last =
          new Duties(
              now,
              nodes
                  .attesterDuties(epoch, known.keySet(), Set.of())
                  .thenApply(answer -> answer.duties()));
      duties.put(epoch, last);
      while (duties.size() > EPOCHS_KEPT) {
        duties.pollFirstEntry();
      }
    }
    return last.said();
  }

  private static OptionalInt seated(
      List<AttesterDuty> duties,
      Map<Long, Integer> known,
      long slot,
      ClientMessages.Signer.Seat seat) {
    return duties.stream()
        .filter(duty ->
            duty.slot() == slot
                && duty.committeeIndex() == seat.committee()
                && duty.validatorCommitteeIndex() == seat.place())
        .map(duty -> known.get(duty.validatorIndex()))
        .filter(Objects::nonNull)
        .mapToInt(Integer::intValue)
        .findFirst();
  }
}
