/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import dev.quorate.consensus.Bytes;
import dev.quorate.signing.identity.IdentityKey;

/** Signs this operator's batches: its identity key, or what a simulator puts in its place. */
@FunctionalInterface
public interface BatchSigner {
  /**
   * Keeps a batch's signature from being one over anything else. Part of the wire format: frozen.
   */
  String DOMAIN_TAG = "quorate/batch/1";

  /**
   * @param content the bytes to sign under {@link #DOMAIN_TAG}
   * @return 64 bytes
   */
  Bytes sign(byte[] content);

  static BatchSigner of(IdentityKey key) {
    return content -> key.sign(DOMAIN_TAG, content);
  }
}
