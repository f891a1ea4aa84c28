/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import java.util.List;
import java.util.OptionalLong;

/** What a node's own words about itself make of it; the sooner asked the earlier in this list. */
public enum Standing {
  /** Duties may be done with what it says. */
  READY,
  /** It has no peers: nobody tells it of blocks, and nobody hears what it publishes. */
  PEERLESS,
  /** Its head is far behind what our nodes lead one to expect, whatever else it says. */
  LAGGING,
  /** Its head is of a slot that has not begun: it lies, or its clock or ours is wrong. */
  AHEAD,
  SYNCING,
  /**
   * Its head is not verified by an execution client, or that client does not answer, whatever else
   * there is: no duty is done with what it says (consensus-specs, sync/optimistic.md).
   */
  UNVERIFIED,
  /** It has not told yet how it fares, or which chain it is on: nor does it give data. */
  UNTRIED,
  /** It is on another chain, whatever else it says. */
  FOREIGN;

  /** So many slots two sound nodes may be apart while a block is under way. */
  static final long LAG_SLOTS_MAX = 3;

  /** Clocks differ, and a block may come a moment before its slot. */
  static final long AHEAD_SLOTS_MAX = 1;

  /**
   * @param peers connected; empty if the node does not tell
   * @param expectedHead as {@link #expectedHead} says
   * @param currentSlot by the own clock
   */
  static Standing of(SyncStatus status, OptionalLong peers, long expectedHead, long currentSlot) {
    if (status.isOptimistic() || status.isExecutionOffline()) {
      return UNVERIFIED;
    }
    if (status.isSyncing()) {
      return SYNCING;
    }
    if (isAhead(status, currentSlot)) {
      return AHEAD;
    }
    if (expectedHead - status.headSlot() > LAG_SLOTS_MAX) {
      return LAGGING;
    }
    return peers.isPresent() && peers.getAsLong() == 0 ? PEERLESS : READY;
  }

  /**
   * The highest head that half of our sound nodes have reached, so that of three or more no single
   * one makes the others lag by naming a slot that nobody else knows of. Of two it is the higher:
   * which is wrong cannot be told then, and nodes get stuck more often than they lie. One alone is
   * measured by itself.
   */
  static long expectedHead(List<SyncStatus> reports, long currentSlot) {
    long[] heads =
        reports.stream()
            .filter(status -> status.isReady() && !isAhead(status, currentSlot))
            .mapToLong(SyncStatus::headSlot)
            .sorted()
            .toArray();
    return heads.length == 0 ? 0 : heads[heads.length / 2];
  }

  static boolean isAhead(SyncStatus status, long currentSlot) {
    return status.headSlot() - AHEAD_SLOTS_MAX > Math.max(0, currentSlot);
  }
}
