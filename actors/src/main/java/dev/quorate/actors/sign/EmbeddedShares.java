/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.sign;

import dev.quorate.consensus.Bytes;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.threshold.KeyShare;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * Holds this operator's key shares and signs with them, on threads of its own kind. Shares come and
 * go; in a duty of a validator whose share is not here nothing is signed.
 */
public final class EmbeddedShares implements ShareSource, AutoCloseable {
  private final Map<Integer, KeyShare> shares;
  private final Set<KeyShare> taken = ConcurrentHashMap.newKeySet();
  private final Executor crypto;
  private final HashedMessages messages = new HashedMessages();

  /**
   * @param shares by the validator's position in the cluster file; unless they are removed or
   *     replaced, they remain the caller's to close
   */
  public EmbeddedShares(Map<Integer, KeyShare> shares, Executor crypto) {
    this.shares = new ConcurrentHashMap<>(shares);
    this.crypto = crypto;
  }

  @Override
  public CompletionStage<Bytes> sign(Request request) {
    KeyShare share = shares.get(request.duty().validator());
    return share == null
        ? CompletableFuture.failedFuture(
            new IllegalStateException("there is no key share for " + request.duty()))
        : CompletableFuture.supplyAsync(
            () -> share.sign(messages.of(request.root())).uncompressed(), crypto);
  }

  @Override
  public boolean isHere(int validator) {
    return shares.containsKey(validator);
  }

  /** The positions of the validators whose shares are here. */
  public SortedSet<Integer> held() {
    return new TreeSet<>(shares.keySet());
  }

  /**
   * Signs with it from now on, in place of what was here.
   *
   * @param index of the share: the operator's position plus one
   * @param key taken over
   */
  public void add(int validator, int index, SecretKey key) {
    KeyShare share = KeyShare.of(index, key);
    taken.add(share);
    Optional.ofNullable(shares.put(validator, share)).ifPresent(this::discard);
  }

  /** Signs with it no more: what is being signed fails. */
  public void remove(int validator) {
    Optional.ofNullable(shares.remove(validator)).ifPresent(this::discard);
  }

  private void discard(KeyShare share) {
    share.close();
    taken.remove(share);
  }

  @Override
  public void close() {
    taken.forEach(KeyShare::close);
  }
}
