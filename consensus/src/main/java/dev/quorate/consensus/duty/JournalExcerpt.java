/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import java.util.List;
import java.util.Optional;

/**
 * All that the journal of a validator holds of one duty, and what stands around it.
 *
 * @param rows of the duty, and those of others that tell of it, in the order of the journal
 * @param oldest the first row that the journal still has; empty if it has none
 * @param before the last row that was written before the duty's slot began
 * @param behind the first row that was written since then
 */
public record JournalExcerpt(
    DutyId duty,
    List<DutyEvent> rows,
    Optional<Place> oldest,
    Optional<Place> before,
    Optional<Place> behind) {
  public JournalExcerpt {
    rows = List.copyOf(rows);
  }

  /**
   * A row of the journal, and what it is of.
   *
   * @param number from 1; the lower ones are gone if the oldest is higher
   * @param writtenAtMillis Unix milliseconds by the clock of the pod that wrote it
   */
  public record Place(long number, DutyId duty, long writtenAtMillis) {}

  /** Whether a row tells of the duty. */
  public static boolean tells(DutyEvent row, DutyId duty) {
    return row.duty().equals(duty)
        || row.earlier().submissions().stream().anyMatch(told -> told.duty().equals(duty))
        || row.earlier().partials().stream().anyMatch(told -> told.duty().equals(duty));
  }
}
