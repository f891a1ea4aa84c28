/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.sign;

import dev.quorate.consensus.Bytes;
import dev.quorate.signing.threshold.KeyShare;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** Holds this operator's key shares and signs with them, on threads of its own kind. */
public final class EmbeddedShares implements ShareSource {
  private final List<KeyShare> shares;
  private final Executor crypto;
  private final HashedMessages messages = new HashedMessages();

  /**
   * @param shares one per validator, in the order of the cluster file; they remain the caller's to
   *     close
   */
  public EmbeddedShares(List<KeyShare> shares, Executor crypto) {
    this.shares = List.copyOf(shares);
    this.crypto = crypto;
  }

  @Override
  public CompletionStage<Bytes> sign(Request request) {
    KeyShare share = shares.get(request.duty().validator());
    return CompletableFuture.supplyAsync(
        () -> share.sign(messages.of(request.root())).uncompressed(), crypto);
  }
}
