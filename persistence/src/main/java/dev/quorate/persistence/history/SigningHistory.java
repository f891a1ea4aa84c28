/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.history;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.persistence.store.OperatorIdentity;
import java.util.List;
import java.util.Optional;

/**
 * What an operator's journal of one validator holds, byte for byte, so that others can compute its
 * hashes. Nothing is said of its worth: see {@link HistoryCheck}.
 *
 * @param snapshot the newest one, if there is any: what it tells of the past
 * @param anchor the event before the first one here, 0 and zero if there was none
 * @param rows in order, as the journal numbers them
 * @param head the last event, or the anchor if there is none
 */
public record SigningHistory(
    Subject subject, Optional<Row> snapshot, Point anchor, List<Row> rows, Point head) {
  /** Events in one history at most: five times what a journal keeps unless told otherwise. */
  public static final int EVENTS_MAX = 50_000;

  public SigningHistory {
    rows = List.copyOf(rows);
  }

  /**
   * Whose journal of which validator.
   *
   * @param validator the group key, 48 bytes
   * @param share the operator's public share of it, 48 bytes
   */
  public record Subject(OperatorIdentity operator, Bytes validator, Bytes share) {}

  /**
   * @param sequence the number of the event, or of the last one that a snapshot covers
   * @param encoded the exact bytes
   */
  public record Row(long sequence, Bytes encoded) {
    Point point() {
      return new Point(sequence, Bytes32.sha256(encoded.toArray()));
    }
  }

  /** An event and its hash, which stands for all events up to it. */
  public record Point(long sequence, Bytes32 hash) {
    static final Point NONE = new Point(0, Bytes32.ZERO);
  }
}
