/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.view;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * {@code GET /v1/duties}: duties that ended in this pod, the oldest first.
 *
 * @param oldest the lowest id that is still held; absent if none ended yet. Whoever asked for what
 *     comes after an id below {@code oldest - 1} has missed some
 */
public record DutiesView(OptionalLong oldest, List<Duty> duties) {

  /**
   * How one duty ended.
   *
   * @param id grows with every duty, also over a restart
   * @param duty {@code type/slot/validator}
   * @param outcome BROADCAST, DECIDED where nothing is signed, or MISSED
   * @param reason of a miss
   * @param atFault operators that a missed duty lacked, as this one saw it; empty where the reason
   *     is nobody's
   * @param latencyMillis from the duty's begin to the answer of the beacon node, or the decision
   * @param inclusion INCLUDED or NOT_INCLUDED on chain; absent before that is known, and where
   *     nobody can tell
   */
  public record Duty(
      long id,
      String duty,
      String type,
      long slot,
      int validator,
      String outcome,
      Optional<String> reason,
      List<Integer> atFault,
      OptionalInt round,
      OptionalLong latencyMillis,
      Optional<String> submission,
      Optional<String> inclusion,
      long endedAtMillis) {
    public Duty {
      atFault = List.copyOf(atFault);
    }
  }
}
