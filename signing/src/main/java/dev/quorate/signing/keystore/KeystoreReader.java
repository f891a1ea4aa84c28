/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.keystore;

import dev.quorate.consensus.Bytes;
import dev.quorate.signing.OwnerOnlyFile;
import dev.quorate.signing.bls.SecretKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Opens key stores of EIP-2335, version 4, in one load of many: stores that share password, salt
 * and parameters, as {@link KeystoreWriter} makes them, cost one key derivation together. What it
 * remembers is zeroed when it is closed. For one thread.
 */
public final class KeystoreReader implements AutoCloseable {
  /** A longer file is refused unread; a key store takes about one kilobyte. */
  public static final int STORE_BYTES_MAX = 16 * 1024;

  /** Stores of other tools have a salt each, and remembering those would be in vain. */
  static final int DERIVED_KEYS_MAX = 64;

  private record Derived(KeyDerivation derivation, Password password) {}

  private final Map<Derived, byte[]> derivedKeys = new HashMap<>();
  private int derivations;

  /**
   * @param password the same object for stores that share it: equal ones are not recognised
   */
  public KeystoreResult read(Path file, Password password) {
    try {
      return read(Bytes.wrap(OwnerOnlyFile.read(file, STORE_BYTES_MAX)), password);
    } catch (IOException unreadable) {
      return new KeystoreResult.Refused(
          KeystoreProblem.UNREADABLE, unreadable.getClass().getSimpleName() + ": " + file);
    }
  }

  /** The same for what a file holds. */
  public KeystoreResult read(Bytes json, Password password) {
    if (json.size() > STORE_BYTES_MAX) {
      return new KeystoreResult.Refused(
          KeystoreProblem.TOO_LARGE, "longer than " + STORE_BYTES_MAX + " bytes");
    }
    Keystore store;
    try {
      store = KeystoreJson.parse(json.toArray());
    } catch (KeystoreJson.Unparsable unparsable) {
      return unparsable.refusal();
    }
    Derived source = new Derived(store.derivation(), password);
    byte[] derivedKey = derivedKeys.get(source);
    if (derivedKey != null) {
      return open(store, derivedKey);
    }
    derivations++;
    byte[] fresh = store.derivation().derive(password);
    KeystoreResult result = open(store, fresh);
    if (derivedKeys.size() < DERIVED_KEYS_MAX) {
      derivedKeys.put(source, fresh);
    } else {
      Arrays.fill(fresh, (byte) 0);
    }
    return result;
  }

  private static KeystoreResult open(Keystore store, byte[] derivedKey) {
    if (!store.matches(derivedKey)) {
      return new KeystoreResult.Refused(
          KeystoreProblem.WRONG_PASSWORD, "wrong password, or the store is damaged");
    }
    byte[] secret = store.decrypt(derivedKey);
    Optional<SecretKey> decoded = SecretKey.decode(secret);
    Arrays.fill(secret, (byte) 0);
    if (decoded.isEmpty()) {
      return new KeystoreResult.Refused(
          KeystoreProblem.NOT_A_KEY, "the content is no BLS secret key");
    }
    SecretKey key = decoded.get();
    Bytes derivedPublicKey = key.publicKey().compressed();
    if (!store.publicKey().orElse(derivedPublicKey).equals(derivedPublicKey)) {
      key.close();
      return new KeystoreResult.Refused(
          KeystoreProblem.WRONG_PUBLIC_KEY,
          "the content is the key of " + derivedPublicKey + ", not of the pubkey it names");
    }
    return new KeystoreResult.Opened(key, store.path(), store.uuid(), store.description());
  }

  /** How many keys have been derived so far. */
  public int derivations() {
    return derivations;
  }

  @Override
  public void close() {
    derivedKeys.values().forEach(derivedKey -> Arrays.fill(derivedKey, (byte) 0));
    derivedKeys.clear();
  }
}
