/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import dev.quorate.consensus.Bytes;
import dev.quorate.signing.identity.IdentityPublicKey;
import java.util.List;

/** Verifies what the operators' {@link BatchSigner}s signed. Called by several threads. */
@FunctionalInterface
public interface BatchVerifier {
  /**
   * @param operator position in the cluster file, in range
   * @param content the bytes signed under {@link BatchSigner#DOMAIN_TAG}
   * @param signature 64 bytes
   */
  boolean verifies(int operator, byte[] content, Bytes signature);

  /**
   * @param operators the keys that the cluster file pins, in its order
   */
  static BatchVerifier of(List<IdentityPublicKey> operators) {
    List<IdentityPublicKey> keys = List.copyOf(operators);
    return (operator, content, signature) ->
        keys.get(operator).verify(signature, BatchSigner.DOMAIN_TAG, content);
  }
}
