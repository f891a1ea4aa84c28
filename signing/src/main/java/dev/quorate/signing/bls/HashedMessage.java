/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.bls;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.signing.curve.G2;

/**
 * A message and the point of G2 that it hashes to. Hashing costs as much as signing, so whoever
 * signs or verifies one message with many keys hashes it once.
 */
public final class HashedMessage {
  private static final String CIPHERSUITE = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

  private final Bytes message;
  private final G2 point;

  private HashedMessage(Bytes message) {
    this.message = message;
    point = G2.hash(message, CIPHERSUITE);
  }

  public static HashedMessage of(Bytes message) {
    return new HashedMessage(message);
  }

  /** What Ethereum signs is always a root. */
  public static HashedMessage of(Bytes32 root) {
    return new HashedMessage(root.toBytes());
  }

  public Bytes message() {
    return message;
  }

  public G2 point() {
    return point;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HashedMessage that && message.equals(that.message);
  }

  @Override
  public int hashCode() {
    return message.hashCode();
  }

  @Override
  public String toString() {
    return message.toString();
  }
}
