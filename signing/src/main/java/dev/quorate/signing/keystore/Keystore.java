/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.keystore;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The content of a key store, still encrypted.
 *
 * @param iv of AES-128-CTR, 16 bytes
 * @param encrypted the secret key, 32 bytes
 * @param checksum SHA-256 over the second half of the derived key and {@code encrypted}
 * @param publicKey of the key inside, where the store says so
 */
record Keystore(
    KeyDerivation derivation,
    Bytes iv,
    Bytes encrypted,
    Bytes32 checksum,
    Optional<Bytes> publicKey,
    String path,
    UUID uuid,
    String description) {
  static final int VERSION = 4;
  static final int IV_BYTES = 16;

  private static final int CIPHER_KEY_BYTES = 16;

  boolean matches(byte[] derivedKey) {
    return MessageDigest.isEqual(checksum(derivedKey, encrypted).toArray(), checksum.toArray());
  }

  /** The secret, for the caller to zero. */
  byte[] decrypt(byte[] derivedKey) {
    return aes(Cipher.DECRYPT_MODE, derivedKey, iv, encrypted.toArray());
  }

  static Bytes encrypt(byte[] derivedKey, Bytes iv, byte[] secret) {
    return Bytes.wrap(aes(Cipher.ENCRYPT_MODE, derivedKey, iv, secret));
  }

  static Bytes32 checksum(byte[] derivedKey, Bytes encrypted) {
    byte[] secondHalf = Arrays.copyOfRange(derivedKey, CIPHER_KEY_BYTES, KeyDerivation.KEY_BYTES);
    try {
      return Bytes32.sha256(secondHalf, encrypted.toArray());
    } finally {
      Arrays.fill(secondHalf, (byte) 0);
    }
  }

  private static byte[] aes(int mode, byte[] derivedKey, Bytes iv, byte[] input) {
    try {
      Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
      cipher.init(
          mode,
          new SecretKeySpec(derivedKey, 0, CIPHER_KEY_BYTES, "AES"),
          new IvParameterSpec(iv.toArray()));
      return cipher.doFinal(input);
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("this Java has no AES-128-CTR", missing);
    }
  }
}
