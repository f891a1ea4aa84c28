/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.threshold;

import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.bls.Signature;

/**
 * One operator's share of a validator's key: the value at {@code index} of the polynomial whose
 * value at 0 is the key. As guarded as a secret key is, and no substitute for one: its signatures
 * are partial.
 */
public final class KeyShare implements AutoCloseable {
  private final int index;
  private final SecretKey key;

  private KeyShare(int index, SecretKey key) {
    this.index = index;
    this.key = key;
  }

  /**
   * Takes {@code key} over: closing the share closes it.
   *
   * @param index from 1 on: the operator's position in the cluster plus one
   */
  public static KeyShare of(int index, SecretKey key) {
    if (index < 1 || index > Quorum.OPERATORS_MAX) {
      throw new IllegalArgumentException(
          "share index " + index + ", allowed are 1 to " + Quorum.OPERATORS_MAX);
    }
    return new KeyShare(index, key);
  }

  public int index() {
    return index;
  }

  /** The public share. */
  public PublicKey publicKey() {
    return key.publicKey();
  }

  /**
   * The partial signature.
   *
   * @throws IllegalStateException if the share has been closed
   */
  public Signature sign(HashedMessage message) {
    return key.sign(message);
  }

  /** For writing the share to a key store. It remains this share's to close. */
  public SecretKey key() {
    return key;
  }

  @Override
  public void close() {
    key.close();
  }

  /** The index and the public share, nothing of the secret one. */
  @Override
  public String toString() {
    return "KeyShare[" + index + ", redacted, of " + publicKey() + "]";
  }
}
