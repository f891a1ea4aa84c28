/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.sign;

import dev.quorate.consensus.Bytes32;
import dev.quorate.signing.bls.HashedMessage;

/** The last message's point: all validators of a slot sign one, and hashing costs a signature. */
final class HashedMessages {
  private volatile Entry last = new Entry(Bytes32.ZERO, HashedMessage.of(Bytes32.ZERO));

  private record Entry(Bytes32 root, HashedMessage message) {}

  HashedMessage of(Bytes32 root) {
    Entry entry = last;
    if (!entry.root().equals(root)) {
      entry = new Entry(root, HashedMessage.of(root));
      last = entry;
    }
    return entry.message();
  }
}
