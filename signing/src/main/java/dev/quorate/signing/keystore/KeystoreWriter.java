/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.keystore;

import dev.quorate.consensus.Bytes;
import dev.quorate.signing.OwnerOnlyFile;
import dev.quorate.signing.bls.SecretKey;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;

/**
 * Writes key stores of EIP-2335, version 4, many under one password. They share the salt, so that
 * deriving the key, which is slow on purpose, is done once for all of them, here and by {@link
 * KeystoreReader}; each has a fresh random IV, so that no key stream is used twice. Whoever guesses
 * the password opens all of them, as with any shared password. For one thread; zeroed when closed.
 */
public final class KeystoreWriter implements AutoCloseable {
  private static final int SALT_BYTES = 32;

  private final KeyDerivation derivation;
  private final byte[] derivedKey;
  private final SecureRandom random;
  private boolean closed;

  KeystoreWriter(KeyDerivation derivation, Password password, SecureRandom random) {
    this.derivation = derivation;
    derivedKey = derivation.derive(password);
    this.random = random;
  }

  /** With PBKDF2, 2^18 iterations: a sixth of a second. */
  public static KeystoreWriter pbkdf2(Password password, SecureRandom random) {
    return new KeystoreWriter(
        new KeyDerivation.Pbkdf2(
            KeyDerivation.Pbkdf2.ITERATIONS_DEFAULT, randomBytes(SALT_BYTES, random)),
        password,
        random);
  }

  /** With scrypt, n = 2^18, r = 8, p = 1: two seconds and 256 MiB, for whoever guesses too. */
  public static KeystoreWriter scrypt(Password password, SecureRandom random) {
    return new KeystoreWriter(
        new KeyDerivation.Scrypt(
            KeyDerivation.Scrypt.N_DEFAULT,
            KeyDerivation.Scrypt.R_DEFAULT,
            1,
            randomBytes(SALT_BYTES, random)),
        password,
        random);
  }

  /**
   * The JSON of a store.
   *
   * @param path of EIP-2334 by which the key was derived, empty if it was not
   * @param description for people, may be empty
   */
  public Bytes write(SecretKey key, String path, String description) {
    if (closed) {
      throw new IllegalStateException("the writer has been closed");
    }
    byte[] secret = key.scalar().export();
    try {
      Bytes iv = randomBytes(Keystore.IV_BYTES, random);
      Bytes encrypted = Keystore.encrypt(derivedKey, iv, secret);
      return Bytes.wrap(
          KeystoreJson.write(
              new Keystore(
                  derivation,
                  iv,
                  encrypted,
                  Keystore.checksum(derivedKey, encrypted),
                  Optional.of(key.publicKey().compressed()),
                  path,
                  UUID.randomUUID(),
                  description)));
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  /**
   * The same into a new file that only its owner can read.
   *
   * @throws IOException if the file exists already, or cannot be written
   */
  public void write(Path file, SecretKey key, String path, String description) throws IOException {
    OwnerOnlyFile.create(file, write(key, path, description).toArray());
  }

  private static Bytes randomBytes(int size, SecureRandom random) {
    byte[] drawn = new byte[size];
    random.nextBytes(drawn);
    return Bytes.wrap(drawn);
  }

  @Override
  public void close() {
    closed = true;
    Arrays.fill(derivedKey, (byte) 0);
  }
}
