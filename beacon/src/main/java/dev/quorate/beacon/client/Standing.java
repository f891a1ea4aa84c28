/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import java.util.OptionalLong;

/** What a node's own words about itself make of it; the sooner asked the earlier in this list. */
public enum Standing {
  /** Duties may be done with what it says. */
  READY,
  /** It has no peers: nobody tells it of blocks, and nobody hears what it publishes. */
  PEERLESS,
  /** Its head is far behind that of another of our nodes, whatever else it says. */
  LAGGING,
  /** Its head is of a slot that has not begun: it lies, or its clock or ours is wrong. */
  AHEAD,
  /** Its head is not verified by an execution client, or that client does not answer. */
  UNVERIFIED,
  SYNCING;

  /** So many slots two sound nodes may be apart while a block is under way. */
  static final long LAG_SLOTS_MAX = 3;

  /** Clocks differ, and a block may come a moment before its slot. */
  static final long AHEAD_SLOTS_MAX = 1;

  /**
   * @param peers connected; empty if the node does not tell
   * @param bestHead slot of the highest head among our nodes
   * @param currentSlot by the own clock
   */
  static Standing of(SyncStatus status, OptionalLong peers, long bestHead, long currentSlot) {
    if (status.isSyncing()) {
      return SYNCING;
    }
    if (!status.isReady()) {
      return UNVERIFIED;
    }
    if (isAhead(status, currentSlot)) {
      return AHEAD;
    }
    if (bestHead - status.headSlot() > LAG_SLOTS_MAX) {
      return LAGGING;
    }
    return peers.isPresent() && peers.getAsLong() == 0 ? PEERLESS : READY;
  }

  static boolean isAhead(SyncStatus status, long currentSlot) {
    return status.headSlot() - AHEAD_SLOTS_MAX > Math.max(0, currentSlot);
  }
}
