/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.slashing.Interchange;
import dev.quorate.signing.OwnerOnlyFile;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.identity.IdentityKey;
import dev.quorate.signing.keystore.KeystoreReader;
import dev.quorate.signing.keystore.KeystoreWriter;
import dev.quorate.signing.keystore.Password;
import dev.quorate.signing.threshold.KeyShare;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * What one operator starts from, and all it ever gets. In a folder it is
 *
 * <ul>
 *   <li>{@code cluster.json}: the {@link ClusterFile}, the same for all operators;
 *   <li>{@code identity.key}: the operator's own Ed25519 key;
 *   <li>{@code keystores/keystore-0000.json} and so on, one for each validator in the cluster
 *       file's order (EIP-2335). They share password and salt, so that a pod derives the key once;
 *   <li>{@code password.txt}: of the key stores;
 *   <li>{@code protection.json}: what the whole keys signed before they were split (EIP-3076), if
 *       they did; the cluster file names its hash.
 * </ul>
 *
 * @param position of the operator in the cluster file, from 0
 * @param shares one for each validator, in the cluster file's order; closed with this
 */
public record OperatorFolder(
    ClusterFile cluster,
    int position,
    IdentityKey identity,
    List<KeyShare> shares,
    Optional<Protection> protection)
    implements AutoCloseable {

  static final String CLUSTER = "cluster.json";
  static final String IDENTITY = "identity.key";
  static final String PASSWORD = "password.txt";
  static final String KEY_STORES = "keystores";
  static final String PROTECTION = "protection.json";

  /** Takes {@code identity} and {@code shares} over. */
  public OperatorFolder {
    shares = List.copyOf(shares);
  }

  /**
   * Reads a folder and checks that everything in it belongs together.
   *
   * @throws InvalidConfiguration if something is missing, broken, or another operator's
   */
  public static OperatorFolder load(Path folder) {
    ClusterFile cluster = ClusterFile.load(folder.resolve(CLUSTER));
    Optional<Protection> protection = loadProtection(folder.resolve(PROTECTION), cluster);
    IdentityKey identity = loadIdentity(folder.resolve(IDENTITY));
    try {
      int position = position(cluster, identity, folder.resolve(IDENTITY));
      return new OperatorFolder(
          cluster, position, identity, loadShares(folder, cluster, position), protection);
    } catch (InvalidConfiguration wrong) {
      identity.close();
      throw wrong;
    }
  }

  /**
   * Writes the folder, which must not exist yet. Its files are for their owner alone, and on disk
   * when this returns.
   *
   * @param onKeyStore called with the number of each key store written, from 1
   * @throws InvalidConfiguration if it cannot be written
   */
  void write(Path folder, SecureRandom random, IntConsumer onKeyStore) {
    Path keyStores = folder.resolve(KEY_STORES);
    byte[] passwordText = KeyStores.randomPassword(random);
    try (Password password = KeyStores.password(passwordText);
        KeystoreWriter writer = KeystoreWriter.pbkdf2(password, random)) {
      Files.createDirectory(folder);
      Files.createDirectory(keyStores);
      identity.save(folder.resolve(IDENTITY));
      OwnerOnlyFile.create(folder.resolve(PASSWORD), passwordText);
      for (int validator = 0; validator < shares.size(); validator++) {
        writer.write(
            keyStores.resolve(keyStoreName(validator)),
            shares.get(validator).key(),
            "",
            "share " + (position + 1) + " of " + cluster.validators().get(validator).group());
        onKeyStore.accept(validator + 1);
      }
      if (protection.isPresent()) {
        OwnerOnlyFile.create(folder.resolve(PROTECTION), protection.get().toJson());
      }
      OwnerOnlyFile.create(folder.resolve(CLUSTER), cluster.toJson());
    } catch (IOException failure) {
      throw InvalidConfiguration.unreadable(folder, failure);
    } finally {
      Arrays.fill(passwordText, (byte) 0);
    }
  }

  /** Zeroes the secrets. */
  @Override
  public void close() {
    identity.close();
    shares.forEach(KeyShare::close);
  }

  /** Whose it is, and nothing secret. */
  @Override
  public String toString() {
    return "OperatorFolder[" + cluster + ", operator " + position + ", redacted]";
  }

  /**
   * The one that all operators agreed on: without it the guard would sign what was signed before.
   */
  private static Optional<Protection> loadProtection(Path file, ClusterFile cluster) {
    if (cluster.protectionHash().isEmpty()) {
      return Optional.empty();
    }
    byte[] content = StrictJson.readBounded(file, Interchange.LENGTH_MAX);
    if (!Bytes32.sha256(content).equals(cluster.protectionHash().get())) {
      throw new InvalidConfiguration(
          ConfigurationFault.WRONG_HASH,
          file.toString(),
          "it is not the slashing protection that the cluster file names");
    }
    return Optional.of(Protection.load(file));
  }

  private static IdentityKey loadIdentity(Path file) {
    try {
      return IdentityKey.load(file);
    } catch (IOException failure) {
      throw InvalidConfiguration.unreadable(file, failure);
    }
  }

  private static int position(ClusterFile cluster, IdentityKey identity, Path file) {
    return IntStream.range(0, cluster.operators().size())
        .filter(i -> cluster.operators().get(i).identityKey().equals(identity.publicKey()))
        .findFirst()
        .orElseThrow(() ->
            new InvalidConfiguration(
                ConfigurationFault.NOT_AN_OPERATOR,
                file.toString(),
                "no operator of the cluster has the identity key " + identity.publicKey()));
  }

  private static List<KeyShare> loadShares(Path folder, ClusterFile cluster, int position) {
    List<KeyShare> shares = new ArrayList<>();
    try (Password password = KeyStores.loadPassword(folder.resolve(PASSWORD));
        KeystoreReader reader = new KeystoreReader()) {
      for (int validator = 0; validator < cluster.validators().size(); validator++) {
        Path file = folder.resolve(KEY_STORES).resolve(keyStoreName(validator));
        SecretKey key = KeyStores.open(file, reader, password);
        shares.add(KeyShare.of(position + 1, key));
        PublicKey expected = cluster.validators().get(validator).shares().get(position);
        if (!key.publicKey().equals(expected)) {
          throw new InvalidConfiguration(
              ConfigurationFault.WRONG_SHARE,
              file.toString(),
              "it holds the key of "
                  + key.publicKey()
                  + ", the cluster file names "
                  + expected
                  + " for operator "
                  + position
                  + " and validator "
                  + validator);
        }
      }
      return shares;
    } catch (InvalidConfiguration wrong) {
      shares.forEach(KeyShare::close);
      throw wrong;
    }
  }

  private static String keyStoreName(int validator) {
    return String.format(Locale.ROOT, "keystore-%04d.json", validator);
  }
}
