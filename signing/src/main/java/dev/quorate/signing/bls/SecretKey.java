/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.bls;

import dev.quorate.consensus.Bytes;
import dev.quorate.signing.curve.SecretScalar;
import java.security.SecureRandom;
import java.util.Optional;

/**
 * A secret key: kept outside the heap, zeroed when closed, prints nothing of itself, cannot be
 * serialised. Safe to use from any thread. It signs whatever it is given; that nothing slashable
 * reaches it is for the signing guard to see to.
 */
public final class SecretKey implements AutoCloseable {
  public static final int BYTES = 32;

  private final SecretScalar scalar;
  private final PublicKey publicKey;

  private SecretKey(SecretScalar scalar) {
    this.scalar = scalar;
    publicKey = PublicKey.of(scalar.timesGenerator());
  }

  /** Takes {@code scalar} over: closing the key closes it. */
  public static SecretKey of(SecretScalar scalar) {
    return new SecretKey(scalar);
  }

  /**
   * Empty unless {@code bigEndian} is 32 bytes, not zero and below the group's order.
   *
   * @param bigEndian copied; zeroing it is up to the caller
   */
  public static Optional<SecretKey> decode(byte[] bigEndian) {
    return SecretScalar.decode(bigEndian).map(SecretKey::new);
  }

  public static SecretKey generate(SecureRandom random) {
    return new SecretKey(SecretScalar.random(random));
  }

  public PublicKey publicKey() {
    return publicKey;
  }

  public Signature sign(Bytes message) {
    return sign(HashedMessage.of(message));
  }

  /**
   * @throws IllegalStateException if the key has been closed
   */
  public Signature sign(HashedMessage message) {
    return new Signature(scalar.times(message.point()));
  }

  /** For sharing and recombining the key. It remains this key's to close. */
  public SecretScalar scalar() {
    return scalar;
  }

  @Override
  public void close() {
    scalar.close();
  }

  /** The public key, nothing of the secret one. */
  @Override
  public String toString() {
    return "SecretKey[redacted, of " + publicKey + "]";
  }
}
