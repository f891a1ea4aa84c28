/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import dev.quorate.consensus.Bytes;

/** Verifies what other operators' {@link BatchSigner}s signed. */
@FunctionalInterface
public interface BatchVerifier {
  /**
   * @param operator position in the cluster file, in range
   * @param content the bytes signed under {@link BatchSigner#DOMAIN_TAG}
   * @param signature 64 bytes
   */
  boolean verifies(int operator, byte[] content, Bytes signature);
}
