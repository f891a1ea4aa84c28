/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.Reason;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Whom a duty lacked that ended without a broadcast, as this operator saw it: of whoever is cut off
 * all others seem silent.
 *
 * @param self position of this operator, which may be at fault as well
 */
record AtFault(int operators, int self) {
  /**
   * In the order of the cluster file. Where partial signatures lacked, those whose did not come or
   * did not verify; where no proposal was seen, the leaders of the rounds that were entered. Else
   * nobody: the reason says it all.
   */
  List<Integer> of(DutyEvent.Failed failed) {
    DutyEvent.Trail trail = failed.trail();
    Reason reason = failed.reason();
    if (reason == Reason.NO_OWN_SHARE) {
      return silent(failed, Stream.empty());
    }
    if (reason == Reason.TOO_FEW_PARTIALS) {
      // Where no intent says it already, the guard did not let it sign.
      return silent(failed, trail.refusal().isPresent() ? Stream.empty() : Stream.of(self));
    }
    if (reason == Reason.NO_PROPOSAL) {
      return leaders(trail).toList();
    }
    return reason == Reason.NO_QUORUM && trail.proposedAtMillis() == 0
        // It had something to propose.
        ? leaders(trail).filter(leader -> leader != self).toList()
        : List.of();
  }

  private List<Integer> silent(DutyEvent.Failed failed, Stream<Integer> own) {
    Set<Integer> came =
        Stream.concat(own, failed.partials().stream().map(DutyEvent.Arrival::operator))
            .filter(operator -> !failed.culprits().contains(operator))
            .collect(Collectors.toSet());
    return IntStream.range(0, operators)
        .filter(operator -> !came.contains(operator))
        .boxed()
        .toList();
  }

  /** Each round's leader is the one behind the last round's. */
  private Stream<Integer> leaders(DutyEvent.Trail trail) {
    return trail.leader().stream()
        .flatMap(last ->
            IntStream.range(0, Math.min(trail.round(), operators))
                .mapToObj(back -> Math.floorMod(last - back, operators)))
        .sorted();
  }
}
