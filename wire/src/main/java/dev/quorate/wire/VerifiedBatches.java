/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Stream;

/**
 * Remembers batches whose signature was verified, or made here, so that a vote which comes again as
 * a justification costs a few hashes and no signature check. Bounded per sender, the least recently
 * used going first, so that no operator displaces what is known of another. Shared by all decoders
 * of a process; safe for use by several threads.
 */
public final class VerifiedBatches {
  public static final int PER_SENDER_MAX = 1024;

  private final List<LinkedHashMap<Batch, Boolean>> senders;

  public VerifiedBatches(int operators) {
    senders =
        Stream.generate(() -> new LinkedHashMap<Batch, Boolean>(64, 0.75f, true))
            .limit(operators)
            .toList();
  }

  boolean contains(Batch batch) {
    LinkedHashMap<Batch, Boolean> known = senders.get(batch.sender());
    synchronized (known) {
      return known.get(batch) != null;
    }
  }

  void add(Batch batch) {
    LinkedHashMap<Batch, Boolean> known = senders.get(batch.sender());
    synchronized (known) {
      known.put(batch, true);
      if (known.size() > PER_SENDER_MAX) {
        known.pollFirstEntry();
      }
    }
  }

  int size(int sender) {
    LinkedHashMap<Batch, Boolean> known = senders.get(sender);
    synchronized (known) {
      return known.size();
    }
  }
}
