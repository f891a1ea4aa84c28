/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.keystore;

import dev.quorate.signing.bls.SecretKey;
import java.util.UUID;

/** What came of opening a key store. */
public sealed interface KeystoreResult {
  /**
   * @param key the caller's to close
   * @param path of EIP-2334, empty if unknown
   * @param description empty if there is none
   */
  record Opened(SecretKey key, String path, UUID uuid, String description)
      implements KeystoreResult {}

  /**
   * @param detail for the operator: what is wrong, and nothing secret
   */
  record Refused(KeystoreProblem problem, String detail) implements KeystoreResult {}
}
