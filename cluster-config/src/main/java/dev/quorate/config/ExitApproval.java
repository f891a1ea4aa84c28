/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.signing.identity.IdentityKey;
import dev.quorate.signing.identity.IdentityPublicKey;
import java.nio.ByteBuffer;

/**
 * An operator's word that a validator of a cluster may leave, for one period. It needs no secret on
 * its way, and saying it again changes nothing.
 *
 * @param groupKey of the validator, 48 bytes
 * @param slot the first of the period
 * @param signature the operator's identity key's, 64 bytes
 */
public record ExitApproval(Bytes groupKey, long slot, Bytes signature) {
  private static final String TAG = "quorate/exit-approval/1";

  public static ExitApproval sign(
      IdentityKey operator, Bytes32 clusterHash, Bytes groupKey, long slot) {
    return new ExitApproval(
        groupKey, slot, operator.sign(TAG, clusterHash.toArray(), groupKey.toArray(), of(slot)));
  }

  public boolean isBy(IdentityPublicKey operator, Bytes32 clusterHash) {
    return signature.size() == IdentityPublicKey.SIGNATURE_BYTES
        && operator.verify(signature, TAG, clusterHash.toArray(), groupKey.toArray(), of(slot));
  }

  private static byte[] of(long slot) {
    return ByteBuffer.allocate(Long.BYTES).putLong(slot).array();
  }
}
