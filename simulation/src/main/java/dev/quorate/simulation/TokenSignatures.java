/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/**
 * Signatures that cost nothing and that nobody can forge who does not look into this class: the
 * signer's position in the first byte, then a mixture of a secret, the signer and the root.
 */
final class TokenSignatures implements Signatures {
  static final int PARTIAL_BYTES = 192;
  private static final int SIGNATURE_BYTES = 96;
  private static final int GROUP = 255;

  private final int threshold;
  private final long secret;

  TokenSignatures(int threshold, long secret) {
    this.threshold = threshold;
    this.secret = secret;
  }

  @Override
  public Bytes sign(int operator, Bytes32 root) {
    return token(operator, root, PARTIAL_BYTES, secret);
  }

  @Override
  public Combination combine(Bytes32 root, SortedMap<Integer, Bytes> partials) {
    List<Integer> signers = new ArrayList<>();
    List<Integer> culprits = new ArrayList<>();
    partials.forEach((operator, partial) ->
        (partial.equals(sign(operator, root)) ? signers : culprits).add(operator));
    return signers.size() >= threshold
        ? new Combination.Made(
            token(GROUP, root, SIGNATURE_BYTES, secret),
            List.copyOf(signers.subList(0, threshold)),
            culprits)
        : new Combination.TooFew(culprits);
  }

  @Override
  public boolean isOfGroup(Bytes32 root, Bytes signature) {
    return signature.equals(token(GROUP, root, SIGNATURE_BYTES, secret));
  }

  @Override
  public Bytes wrong(int operator, Bytes32 root, int variant) {
    return token(operator, root, PARTIAL_BYTES, ~secret + variant);
  }

  private static Bytes token(int operator, Bytes32 root, int size, long secret) {
    byte[] bytes = new byte[size];
    bytes[0] = (byte) operator;
    root.copyTo(bytes, 1);
    long mixed = (secret + operator * 0x9e3779b97f4a7c15L) * 0xff51afd7ed558ccdL;
    for (int i = 0; i < Long.BYTES; i++) {
      bytes[33 + i] = (byte) (mixed >>> (8 * i));
    }
    return Bytes.wrap(bytes);
  }
}
