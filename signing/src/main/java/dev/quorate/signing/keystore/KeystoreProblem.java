/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.keystore;

/** Why a key store could not be opened. */
public enum KeystoreProblem {
  /** The file is not there or cannot be read. */
  UNREADABLE,
  /** Longer than any key store is. */
  TOO_LARGE,
  /** No JSON, or a field is missing or of the wrong kind. */
  MALFORMED,
  /** Another version, or a function that EIP-2335 does not have. */
  UNSUPPORTED,
  /** Parameters of the key derivation beyond what this reader is willing to spend. */
  OUT_OF_BOUNDS,
  /** The checksum does not match: the password is wrong or the store is damaged. */
  WRONG_PASSWORD,
  /** What is inside is no BLS secret key. */
  NOT_A_KEY,
  /** The key inside is not the one that the store says it holds. */
  WRONG_PUBLIC_KEY
}
