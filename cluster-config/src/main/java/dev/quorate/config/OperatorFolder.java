/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import com.typesafe.config.ConfigUtil;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.quorum.Quorum;
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
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
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
 *       they did; the cluster file names its hash;
 *   <li>{@code marks}: the pods' high-water marks, at first with {@link #NEVER_SIGNED} alone;
 *   <li>{@code operator.conf}: the {@link OperatorSettings} to begin with.
 * </ul>
 *
 * @param position of the operator in the cluster file, from 0
 * @param shares one for each validator whose key store is here, in the cluster file's order, and so
 *     none where a remote signer has them; closed with this
 */
public record OperatorFolder(
    ClusterFile cluster,
    int position,
    IdentityKey identity,
    List<KeyShare> shares,
    Optional<Protection> protection)
    implements AutoCloseable {

  /**
   * A file in the folder of the marks that says when the key shares were made, in Unix
   * milliseconds: just then they had not signed anything.
   */
  public static final String NEVER_SIGNED = "never-signed";

  static final String CLUSTER = "cluster.json";
  static final String IDENTITY = "identity.key";
  static final String PASSWORD = "password.txt";
  static final String KEY_STORES = "keystores";
  static final String PROTECTION = "protection.json";
  static final String SETTINGS = "operator.conf";
  static final String MARKS = "marks";

  private static final String LINE_OF_ADMIN = "\n  admin.bind-address = \"127.0.0.1:%d\"";

  /** Takes {@code identity} and {@code shares} over. */
  public OperatorFolder {
    shares = List.copyOf(shares);
  }

  /**
   * Reads a folder and checks that everything in it belongs together.
   *
   * @throws InvalidConfiguration if something is missing, broken, another operator's, or open to
   *     others
   */
  public static OperatorFolder load(Path folder) {
    return load(folder.resolve(CLUSTER), folder);
  }

  /**
   * The same, with the cluster file somewhere else.
   *
   * @throws InvalidConfiguration if something is missing, broken, another operator's, or open to
   *     others
   */
  public static OperatorFolder load(Path clusterFile, Path folder) {
    return load(
        clusterFile,
        folder,
        (cluster, position) -> loadShares(folder, cluster, position, everyValidator(cluster)));
  }

  /**
   * The same of an operator whose key stores come and go: those that are there are read.
   *
   * @throws InvalidConfiguration if something else is missing, or anything is broken, another
   *     operator's, or open to others
   */
  public static OperatorFolder loadPresent(Path clusterFile, Path folder) {
    return load(
        clusterFile,
        folder,
        (cluster, position) ->
            loadShares(
                folder,
                cluster,
                position,
                everyValidator(cluster)
                    .filter(validator -> Files.exists(keyStore(folder, validator)))));
  }

  private static IntStream everyValidator(ClusterFile cluster) {
    return IntStream.range(0, cluster.validators().size());
  }

  /**
   * The same of an operator whose key shares are elsewhere: it has none here, and none are read.
   *
   * @throws InvalidConfiguration if something else is missing, broken, another operator's, or open
   *     to others
   */
  public static OperatorFolder loadWithoutShares(Path clusterFile, Path folder) {
    return load(clusterFile, folder, (_, _) -> List.of());
  }

  private static OperatorFolder load(
      Path clusterFile, Path folder, BiFunction<ClusterFile, Integer, List<KeyShare>> shares) {
    ClusterFile cluster = ClusterFile.load(clusterFile);
    Optional<Protection> protection = loadProtection(folder.resolve(PROTECTION), cluster);
    IdentityKey identity = identity(folder);
    try {
      int position = position(cluster, identity, folder.resolve(IDENTITY));
      return new OperatorFolder(
          cluster, position, identity, shares.apply(cluster, position), protection);
    } catch (InvalidConfiguration wrong) {
      identity.close();
      throw wrong;
    }
  }

  /** A folder without its secrets: whose it is, and what was signed before. */
  public record Owner(ClusterFile cluster, int position, Optional<Protection> protection) {}

  /**
   * Reads whose folder it is, and leaves the key shares alone.
   *
   * @throws InvalidConfiguration as {@link #load(Path, Path)}
   */
  public static Owner owner(Path clusterFile, Path folder) {
    ClusterFile cluster = ClusterFile.load(clusterFile);
    try (IdentityKey identity = identity(folder)) {
      return new Owner(
          cluster,
          position(cluster, identity, folder.resolve(IDENTITY)),
          loadProtection(folder.resolve(PROTECTION), cluster));
    }
  }

  /**
   * Reads the operator's identity key, and nothing else.
   *
   * @throws InvalidConfiguration if it is missing, broken, or open to others
   */
  public static IdentityKey identity(Path folder) {
    Path file = folder.resolve(IDENTITY);
    SecretFile.refuseIfOpen(file);
    try {
      return IdentityKey.load(file);
    } catch (IOException failure) {
      throw InvalidConfiguration.unreadable(file, failure);
    }
  }

  /**
   * Writes the folder, which must not exist yet. Its files are for their owner alone, and on disk
   * when this returns.
   *
   * @param beaconNode empty: the operator has to name one before it runs
   * @param onKeyStore called with the number of each key store written, from 1
   * @throws InvalidConfiguration if it cannot be written
   */
  void write(Path folder, Optional<URI> beaconNode, SecureRandom random, IntConsumer onKeyStore) {
    Path keyStores = folder.resolve(KEY_STORES);
    byte[] passwordText = KeyStores.randomPassword(random);
    try {
      Files.createDirectory(folder);
      Files.createDirectory(keyStores);
      identity.save(folder.resolve(IDENTITY));
      OwnerOnlyFile.create(folder.resolve(PASSWORD), passwordText);
    } catch (IOException failure) {
      throw InvalidConfiguration.unreadable(folder, failure);
    } finally {
      Arrays.fill(passwordText, (byte) 0);
    }
    try (Password password = KeyStores.loadPassword(folder.resolve(PASSWORD));
        KeystoreWriter writer = KeystoreWriter.pbkdf2(password, random)) {
      for (int validator = 0; validator < shares.size(); validator++) {
        writer.write(
            keyStore(folder, validator),
            shares.get(validator).key(),
            "",
            description(cluster, position, validator));
        onKeyStore.accept(validator + 1);
      }
      if (protection.isPresent()) {
        OwnerOnlyFile.create(folder.resolve(PROTECTION), protection.get().toJson());
      }
      neverSigned(folder.resolve(MARKS));
      OwnerOnlyFile.create(folder.resolve(CLUSTER), cluster.toJson());
      OwnerOnlyFile.create(
          folder.resolve(SETTINGS), settings(beaconNode).getBytes(StandardCharsets.UTF_8));
    } catch (IOException failure) {
      throw InvalidConfiguration.unreadable(folder, failure);
    }
  }

  /** Makes the folder of the marks for key shares that are made now. */
  public static void neverSigned(Path marks) throws IOException {
    Files.createDirectories(marks);
    OwnerOnlyFile.create(
        marks.resolve(NEVER_SIGNED),
        Long.toString(System.currentTimeMillis()).getBytes(StandardCharsets.US_ASCII));
  }

  private String settings(Optional<URI> beaconNode) {
    ClusterFile.Operator operator = cluster.operators().get(position);
    return """
    # %s of the cluster "%s". docs/configuration.md describes every key; relative paths start at this folder.
    quorate {
      files.cluster = "%s"
      files.keys = "."
      peers.bind-address = "%s"%s
      # This operator's own, the preferred one first: ["http://127.0.0.1:5052"]
      beacon-nodes.urls = [%s]
      # For PostgreSQL "jdbc:postgresql://host/database", with database.user and database.password-file.
      database.url = "jdbc:h2:file:./database/quorate"
    }
    """
        .formatted(
            operator.name(),
            cluster.name(),
            CLUSTER,
            operator.address().bindable(),
            adminPort().map(port -> LINE_OF_ADMIN.formatted(port)).orElse(""),
            beaconNode.map(url -> ConfigUtil.quoteString(url.toString())).orElse(""));
  }

  /** Operators on one machine cannot all have the default's port. */
  private Optional<Integer> adminPort() {
    Address address = cluster.operators().get(position).address();
    int port = address.port() + Quorum.OPERATORS_MAX;
    return address.bindable().equals(address) && port <= Address.PORT_MAX
        ? Optional.of(port)
        : Optional.empty();
  }

  /** The shares by the position of the validator in the cluster file. */
  public Map<Integer, KeyShare> sharesByValidator() {
    Map<PublicKey, Integer> positions = new HashMap<>();
    cluster
        .validators()
        .forEach(validator -> positions.put(validator.shares().get(position), positions.size()));
    return shares.stream()
        .collect(
            Collectors.toMap(
                share -> Optional.ofNullable(positions.get(share.publicKey())).orElseThrow(),
                share -> share));
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

  private static List<KeyShare> loadShares(
      Path folder, ClusterFile cluster, int position, IntStream wanted) {
    int[] validators = wanted.toArray();
    if (validators.length == 0) {
      return List.of();
    }
    SecretFile.refuseIfOpen(folder.resolve(PASSWORD));
    List<KeyShare> shares = new ArrayList<>();
    try (Password password = KeyStores.loadPassword(folder.resolve(PASSWORD));
        KeystoreReader reader = new KeystoreReader()) {
      for (int validator : validators) {
        Path file = keyStore(folder, validator);
        SecretFile.refuseIfOpen(file);
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

  static Path keyStore(Path folder, int validator) {
    return folder
        .resolve(KEY_STORES)
        .resolve(String.format(Locale.ROOT, "keystore-%04d.json", validator));
  }

  /** What a key store of it says for people. */
  static String description(ClusterFile cluster, int position, int validator) {
    return "share " + (position + 1) + " of " + cluster.validators().get(validator).group();
  }
}
