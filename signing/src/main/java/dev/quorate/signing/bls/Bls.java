/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.bls;

import dev.quorate.consensus.Bytes;
import dev.quorate.signing.curve.G1;
import dev.quorate.signing.curve.G2;
import dev.quorate.signing.curve.Pairing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Verifying and aggregating as draft-irtf-cfrg-bls-signature-05 defines it (section 2.7 to 2.9 and
 * 3.3.4), with proofs of possession, the scheme that Ethereum uses. Public keys have passed
 * KeyValidate by their type.
 */
public final class Bls {
  private Bls() {}

  public static boolean verify(PublicKey key, Bytes message, Signature signature) {
    return verify(key, HashedMessage.of(message), signature);
  }

  public static boolean verify(PublicKey key, HashedMessage message, Signature signature) {
    return signature.isInGroup()
        && pairs(List.of(key.point()), List.of(message.point()), signature);
  }

  /** The sum of the signatures; empty if there are none. */
  public static Optional<Signature> aggregate(List<Signature> signatures) {
    return signatures.isEmpty()
        ? Optional.empty()
        : Optional.of(new Signature(G2.sum(signatures.stream().map(Signature::point).toList())));
  }

  /**
   * Whether {@code signature} is the aggregate of each key's signature over its own message; false
   * if there are no keys.
   *
   * @param messages one per key
   */
  public static boolean aggregateVerify(
      List<PublicKey> keys, List<Bytes> messages, Signature signature) {
    if (keys.size() != messages.size()) {
      throw new IllegalArgumentException(keys.size() + " keys, " + messages.size() + " messages");
    }
    return !keys.isEmpty()
        && signature.isInGroup()
        && pairs(
            keys.stream().map(PublicKey::point).toList(),
            messages.stream().map(message -> HashedMessage.of(message).point()).toList(),
            signature);
  }

  /**
   * Whether {@code signature} is the aggregate of all keys' signatures over one message; false if
   * there are no keys, or if they cancel each other out.
   */
  public static boolean fastAggregateVerify(
      List<PublicKey> keys, HashedMessage message, Signature signature) {
    G1 sum = G1.sum(keys.stream().map(PublicKey::point).toList());
    return !sum.isInfinity()
        && signature.isInGroup()
        && pairs(List.of(sum), List.of(message.point()), signature);
  }

  private static boolean pairs(List<G1> keys, List<G2> messages, Signature signature) {
    List<G1> left = new ArrayList<>(keys);
    List<G2> right = new ArrayList<>(messages);
    left.add(G1.MINUS_GENERATOR);
    right.add(signature.point());
    return Pairing.productIsOne(left, right);
  }
}
