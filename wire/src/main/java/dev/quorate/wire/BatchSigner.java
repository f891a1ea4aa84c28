/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import dev.quorate.consensus.Bytes;

/** Signs batches with this operator's identity key. */
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
}
