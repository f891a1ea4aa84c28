/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.event;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyEvent;

/**
 * A row of a validator's journal: an event that names the hash of the row before it, so that a row
 * that was lost, changed or put in from elsewhere shows on replay. Made by {@link
 * EventCodec#chain}.
 *
 * @param previous the {@link #hash} of the row before, zero for the first
 * @param encoded the exact bytes of the row, {@code previous} among them
 */
public record ChainedEvent(Bytes32 previous, DutyEvent event, Bytes encoded) {
  /** What the next row names as its previous one: SHA-256 of the encoded bytes. */
  public Bytes32 hash() {
    return Bytes32.sha256(encoded.toArray());
  }

  /**
   * Checks a link on replay.
   *
   * @param last the hash of the last row replayed, zero before the first
   * @return the hash of this row
   * @throws CorruptJournalException if this row was not written after that one
   */
  public Bytes32 hashAfter(Bytes32 last) {
    if (!previous.equals(last)) {
      throw new CorruptJournalException(
          "the row of " + event.duty() + " follows " + previous + ", not " + last);
    }
    return hash();
  }
}
