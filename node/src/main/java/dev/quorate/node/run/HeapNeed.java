/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.run;

import dev.quorate.http.secured.Gate;
import dev.quorate.node.process.CommandFailedException;

/**
 * What a pod needs to hold all validators of its cluster, as the last one of its operator must;
 * with less it would run out of memory in the middle of a slot.
 */
final class HeapNeed {
  private static final long MEBIBYTE = 1L << 20;
  private static final long POD_BYTES = 192 * MEBIBYTE;

  /** Its entity with its recent duties, and its part of what is under way in a slot. */
  private static final long BYTES_PER_VALIDATOR = 48L << 10;

  private HeapNeed() {}

  /**
   * @param hasClient whether it serves a validator client
   * @param heapBytesMax to which the heap may grow
   * @throws CommandFailedException if that is too little for so many validators
   */
  static void refuseLess(int validators, boolean hasClient, long heapBytesMax) {
    long neededBytes =
        POD_BYTES + validators * BYTES_PER_VALIDATOR + (hasClient ? Gate.HEAP_BYTES : 0);
    if (heapBytesMax < neededBytes) {
      // What Java calls the maximum leaves out one of the spaces that take turns.
      long askForMebibytes = (neededBytes + neededBytes / 8) / MEBIBYTE + 1;
      throw new CommandFailedException(
          "a heap of at most %d MiB is too little for the cluster's %d validators; start it with QUORATE_JAVA_OPTIONS=-Xmx%dm"
              .formatted(heapBytesMax / MEBIBYTE, validators, askForMebibytes));
    }
  }
}
