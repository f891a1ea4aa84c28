/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.sign;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.threshold.KeyShare;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * Holds this operator's key shares and signs with them, on threads of its own kind. It asks
 * nothing: validators call it behind a granted guard and a durable intent, and nobody else does.
 */
public final class ShareSigner {
  private final List<KeyShare> shares;
  private final Executor crypto;
  private final HashedMessages messages = new HashedMessages();

  /**
   * @param shares one per validator, in the order of the cluster file; they remain the caller's to
   *     close
   */
  public ShareSigner(List<KeyShare> shares, Executor crypto) {
    this.shares = List.copyOf(shares);
    this.crypto = crypto;
  }

  /**
   * The partial signature, 192 bytes, uncompressed.
   *
   * @param validator position in the cluster file, from 0
   */
  public CompletionStage<Bytes> sign(int validator, Bytes32 root) {
    return CompletableFuture.supplyAsync(
        () -> shares.get(validator).sign(messages.of(root)).uncompressed(), crypto);
  }

  /**
   * The last messages' points: all validators of a slot sign one, and hashing costs a signature.
   */
  private static final class HashedMessages {
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
}
