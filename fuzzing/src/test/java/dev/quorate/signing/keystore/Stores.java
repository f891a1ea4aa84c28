/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.keystore;

import dev.quorate.consensus.Bytes;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/** Key stores whose key is cheap to derive. */
public final class Stores {
  private static final int CHEAP = 64;

  private Stores() {}

  /** A store with the secret key 1. */
  public static byte[] write(boolean scrypt, char[] password) {
    Bytes salt = Bytes.wrap(new byte[32]);
    Bytes iv = Bytes.wrap(new byte[Keystore.IV_BYTES]);
    KeyDerivation derivation =
        scrypt ? new KeyDerivation.Scrypt(2, 1, 1, salt) : new KeyDerivation.Pbkdf2(1, salt);
    byte[] derived = derivation.derive(Password.of(password));
    Bytes encrypted =
        Keystore.encrypt(derived, iv, HexFormat.of().parseHex("00".repeat(31) + "01"));
    return KeystoreJson.write(
        new Keystore(
            derivation,
            iv,
            encrypted,
            Keystore.checksum(derived, encrypted),
            Optional.empty(),
            "m/12381/3600/0/0/0",
            new UUID(1, 2),
            "share 1 of a key"));
  }

  /** Whether the reader may be asked: what a derivation may cost is bounded elsewhere. */
  public static boolean isCheap(byte[] json) {
    try {
      return switch (KeystoreJson.parse(json).derivation()) {
        case KeyDerivation.Pbkdf2(int iterations, Bytes _) -> iterations <= CHEAP;
        case KeyDerivation.Scrypt(int n, int r, int p, Bytes _) -> (long) n * r * p <= CHEAP;
      };
    } catch (KeystoreJson.Unparsable refused) {
      return true;
    }
  }
}
