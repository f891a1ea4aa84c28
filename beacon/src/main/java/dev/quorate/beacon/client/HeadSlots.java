/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import dev.quorate.consensus.Bytes32;
import java.util.LinkedHashMap;
import java.util.Optional;

/** Which slot a head is of, as the first node that had it told. Safe for use by many threads. */
final class HeadSlots {
  /** Two epochs of heads; a node that lags by more than a few slots is not ready. */
  static final int KEPT = 64;

  private final LinkedHashMap<Bytes32, Long> slots = new LinkedHashMap<>();

  synchronized void put(HeadEvent head) {
    slots.putIfAbsent(head.block(), head.slot());
    if (slots.size() > KEPT) {
      slots.pollFirstEntry();
    }
  }

  synchronized Optional<Long> of(Bytes32 root) {
    return Optional.ofNullable(slots.get(root));
  }
}
