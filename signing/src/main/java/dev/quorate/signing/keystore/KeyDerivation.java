/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.keystore;

import dev.quorate.consensus.Bytes;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.bouncycastle.crypto.generators.SCrypt;

/**
 * How a store's key comes from its password: the two functions of EIP-2335 with their parameters,
 * which are bounded, so that no file can make its reader spend more than about 15 seconds and 256
 * MiB. Equal derivations of one password give one key.
 */
sealed interface KeyDerivation {
  /** AES-128 takes the first half, the checksum the second. */
  int KEY_BYTES = 32;

  int SALT_BYTES_MAX = 64;

  Bytes salt();

  /** {@link #KEY_BYTES} bytes, for the caller to zero. */
  byte[] derive(Password password);

  /**
   * PBKDF2 (RFC 8018) with HMAC-SHA-256.
   *
   * @param iterations c, from 1 to {@link #ITERATIONS_MAX}
   */
  record Pbkdf2(int iterations, Bytes salt) implements KeyDerivation {
    /** What EIP-2335 recommends. */
    static final int ITERATIONS_DEFAULT = 1 << 18;

    static final int ITERATIONS_MAX = 1 << 24;

    public Pbkdf2 {
      requireBounds(
          iterations >= 1 && iterations <= ITERATIONS_MAX, "pbkdf2 with c = " + iterations);
      requireSalt(salt);
    }

    @Override
    public byte[] derive(Password password) {
      char[] characters = password.characters();
      PBEKeySpec spec = new PBEKeySpec(characters, salt.toArray(), iterations, 8 * KEY_BYTES);
      try {
        return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
            .generateSecret(spec)
            .getEncoded();
      } catch (GeneralSecurityException missing) {
        throw new IllegalStateException("this Java has no PBKDF2 with HMAC-SHA-256", missing);
      } finally {
        spec.clearPassword();
        Arrays.fill(characters, '\0');
      }
    }
  }

  /**
   * scrypt (RFC 7914), which takes 128·n·r bytes of memory and p times the time for that.
   *
   * @param n a power of two from 2 on; n·r is {@link #BLOCKS_MAX} at most
   * @param r from 1 to {@link #R_MAX}
   * @param p from 1 to {@link #P_MAX}
   */
  record Scrypt(int n, int r, int p, Bytes salt) implements KeyDerivation {
    /** What EIP-2335 recommends: 2^18 and 8. */
    static final int N_DEFAULT = 1 << 18;

    static final int R_DEFAULT = 8;
    static final int BLOCKS_MAX = N_DEFAULT * R_DEFAULT;
    static final int R_MAX = 32;
    static final int P_MAX = 8;

    public Scrypt {
      requireBounds(
          n >= 2
              && Integer.bitCount(n) == 1
              && r >= 1
              && r <= R_MAX
              && p >= 1
              && p <= P_MAX
              && (long) n * r <= BLOCKS_MAX
              && (r > 1 || n < 1 << 16), // RFC 7914, section 2: n < 2^(128·r/8)
          "scrypt with n = " + n + ", r = " + r + ", p = " + p);
      requireSalt(salt);
    }

    @Override
    public byte[] derive(Password password) {
      byte[] utf8 = password.utf8();
      try {
        return SCrypt.generate(utf8, salt.toArray(), n, r, p, KEY_BYTES);
      } finally {
        Arrays.fill(utf8, (byte) 0);
      }
    }
  }

  private static void requireSalt(Bytes salt) {
    requireBounds(
        !salt.isEmpty() && salt.size() <= SALT_BYTES_MAX, "a salt of " + salt.size() + " bytes");
  }

  private static void requireBounds(boolean met, String what) {
    if (!met) {
      throw new IllegalArgumentException(what + " is out of bounds");
    }
  }
}
