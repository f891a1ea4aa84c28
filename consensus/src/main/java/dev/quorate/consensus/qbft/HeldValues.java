/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The values that messages brought, so that votes which only name them can be acted on, whatever
 * became of the message. Each sender fills places of its own, its oldest value giving way.
 */
record HeldValues(List<Held> held) {
  static final int VALUES_PER_SENDER_MAX = 4;

  static final HeldValues NONE = new HeldValues(List.of());

  record Held(int sender, Value value) {}

  HeldValues {
    held = List.copyOf(held);
  }

  Optional<Value> find(Bytes32 hash) {
    return held.stream().map(Held::value).filter(value -> value.hash().equals(hash)).findFirst();
  }

  HeldValues with(int sender, Value value) {
    List<Held> own = held.stream().filter(one -> one.sender() == sender).toList();
    if (own.stream().anyMatch(one -> one.value().hash().equals(value.hash()))) {
      return this;
    }
    List<Held> next = new ArrayList<>(held);
    if (own.size() == VALUES_PER_SENDER_MAX) {
      next.remove(own.getFirst());
    }
    // Equal bytes of several senders are held once.
    next.add(new Held(sender, find(value.hash()).orElse(value)));
    return new HeldValues(next);
  }
}
