/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import dev.quorate.signing.OwnerOnlyFile;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.identity.IdentityKey;
import dev.quorate.signing.threshold.KeyShare;
import dev.quorate.signing.threshold.Shamir;
import dev.quorate.signing.threshold.SharedKey;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A trusted dealer: it sees every key whole for as long as splitting it takes, and writes none. The
 * command line calls it to make folders, the network in one process to have operators.
 */
public final class ClusterCreation {
  private ClusterCreation() {}

  /**
   * Operators with shares of fresh keys, which nobody knows once this returns.
   *
   * @return by position, the caller's to close
   * @throws InvalidConfiguration if {@code plan} is not allowed
   */
  public static List<OperatorFolder> dealFreshKeys(
      ClusterPlan plan, int validators, SecureRandom random) {
    ClusterFile.checkValidatorCount(validators);
    return deal(
        plan,
        Stream.generate(() -> SecretKey.generate(random)).limit(validators),
        Optional.empty(),
        random);
  }

  /**
   * Operators with shares of given keys.
   *
   * @param keys closed one by one as they are split, all of them when this returns or throws
   * @return by position, the caller's to close
   * @throws InvalidConfiguration if {@code plan} is not allowed, or a key validated but has no
   *     history
   */
  public static List<OperatorFolder> split(
      ClusterPlan plan, List<SecretKey> keys, KeyHistory history, SecureRandom random) {
    try {
      List<PublicKey> publicKeys = keys.stream().map(SecretKey::publicKey).toList();
      Optional<Protection> protection =
          switch (history) {
            case KeyHistory.NeverValidated() -> Optional.empty();
            case KeyHistory.Validated(Protection known) -> Optional.of(known.of(publicKeys));
          };
      return deal(plan, keys.stream(), protection, random);
    } finally {
      keys.forEach(SecretKey::close);
    }
  }

  private static List<OperatorFolder> deal(
      ClusterPlan plan,
      Stream<SecretKey> keys,
      Optional<Protection> protection,
      SecureRandom random) {
    List<IdentityKey> identities =
        plan.addresses().stream().map(_ -> IdentityKey.generate(random)).toList();
    List<List<KeyShare>> sharesByValidator = new ArrayList<>();
    try {
      List<SharedKey> validators = new ArrayList<>();
      keys.forEach(key -> {
        List<KeyShare> shares = Shamir.split(key, plan.threshold(), identities.size(), random);
        sharesByValidator.add(shares);
        validators.add(
            new SharedKey(key.publicKey(), shares.stream().map(KeyShare::publicKey).toList()));
        key.close();
      });
      ClusterFile cluster =
          ClusterFile.of(
              plan.name(),
              plan.threshold(),
              plan.livenessLossConfirmed(),
              operators(plan, identities),
              validators,
              protection.map(Protection::hash),
              plan.proposals());
      return IntStream.range(0, identities.size())
          .mapToObj(position ->
              new OperatorFolder(
                  cluster,
                  position,
                  identities.get(position),
                  sharesByValidator.stream().map(shares -> shares.get(position)).toList(),
                  protection))
          .toList();
    } catch (RuntimeException failure) {
      identities.forEach(IdentityKey::close);
      sharesByValidator.forEach(shares -> shares.forEach(KeyShare::close));
      throw failure;
    }
  }

  private static List<ClusterFile.Operator> operators(
      ClusterPlan plan, List<IdentityKey> identities) {
    return IntStream.range(0, identities.size())
        .mapToObj(position ->
            new ClusterFile.Operator(
                "operator-" + position,
                identities.get(position).publicKey(),
                plan.addresses().get(position)))
        .toList();
  }

  /**
   * Writes {@code operator-0}, {@code operator-1} and so on, and the cluster file beside them.
   *
   * @param folder is made if it does not exist, and must be empty
   * @param beaconNodes one for each operator, or none at all
   * @param onKeyStore called with the number of each key store written, from 1
   * @throws InvalidConfiguration if it is not empty, or cannot be written
   */
  public static void write(
      List<OperatorFolder> operators,
      Path folder,
      List<URI> beaconNodes,
      SecureRandom random,
      IntConsumer onKeyStore) {
    requireEmpty(folder);
    try {
      Files.createDirectories(folder);
      int before = 0;
      for (OperatorFolder operator : operators) {
        int written = before;
        operator.write(
            folder.resolve("operator-" + operator.position()),
            beaconNodes.isEmpty()
                ? Optional.empty()
                : Optional.of(beaconNodes.get(operator.position())),
            random,
            count -> onKeyStore.accept(written + count));
        before += operator.shares().size();
      }
      OwnerOnlyFile.create(
          folder.resolve(OperatorFolder.CLUSTER), operators.getFirst().cluster().toJson());
    } catch (IOException failure) {
      throw InvalidConfiguration.unreadable(folder, failure);
    }
  }

  /**
   * @throws InvalidConfiguration unless {@code folder} is empty or does not exist
   */
  public static void requireEmpty(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> entries = Files.list(folder)) {
      if (entries.findAny().isPresent()) {
        throw new InvalidConfiguration(
            ConfigurationFault.NOT_EMPTY, folder.toString(), "there is something in it");
      }
    } catch (IOException failure) {
      throw InvalidConfiguration.unreadable(folder, failure);
    }
  }
}
