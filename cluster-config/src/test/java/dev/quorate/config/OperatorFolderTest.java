/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import static dev.quorate.config.Clusters.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.signing.OwnerOnlyFile;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.identity.IdentityKey;
import dev.quorate.signing.keystore.KeystoreWriter;
import dev.quorate.signing.keystore.Password;
import dev.quorate.signing.threshold.KeyShare;
import dev.quorate.signing.threshold.Shamir;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OperatorFolderTest {
  private static final SecureRandom RANDOM = new SecureRandom();

  @TempDir private Path temporary = Path.of("");

  /** A cluster's folders on disk. */
  private Path written(int operators, int validators) {
    Path out = temporary.resolve("out");
    List<OperatorFolder> dealt =
        ClusterCreation.dealFreshKeys(Clusters.plan(operators), validators, RANDOM);
    ClusterCreation.write(dealt, out, List.of(), RANDOM, _ -> {});
    dealt.forEach(OperatorFolder::close);
    return out;
  }

  private static List<SecretKey> keys(int count) {
    return Stream.generate(() -> SecretKey.generate(RANDOM)).limit(count).toList();
  }

  private static Protection protection(List<PublicKey> keys) {
    SortedMap<Bytes, Watermarks> watermarks = new TreeMap<>();
    keys.forEach(key -> watermarks.put(key.compressed(), Watermarks.NONE));
    return new Protection(Bytes32.sha256(new byte[0]), watermarks);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 7})
  void givesEveryOperatorAShareOfEveryValidator(int operators) {
    Path out = written(operators, 3);
    ClusterFile cluster = ClusterFile.load(out.resolve("cluster.json"));

    List<OperatorFolder> loaded = new ArrayList<>();
    for (int position = 0; position < operators; position++) {
      loaded.add(OperatorFolder.load(out.resolve("operator-" + position)));
      assertThat(loaded.getLast().position()).isEqualTo(position);
      assertThat(loaded.getLast().cluster()).isEqualTo(cluster);
      assertThat(loaded.getLast().protection()).isEmpty();
    }

    // Any t shares are the key: here those of the last operators.
    for (int validator = 0; validator < 3; validator++) {
      int which = validator;
      List<KeyShare> shares =
          loaded.subList(operators - cluster.threshold(), operators).stream()
              .map(operator -> operator.shares().get(which))
              .toList();
      try (SecretKey whole = Shamir.recombine(shares)) {
        assertThat(whole.publicKey()).isEqualTo(cluster.validators().get(validator).group());
      }
    }
    loaded.forEach(OperatorFolder::close);
  }

  @Test
  void zeroesTheSharesWhenClosed() {
    OperatorFolder folder = ClusterCreation.dealFreshKeys(Clusters.plan(4), 1, RANDOM).getFirst();
    KeyShare share = folder.shares().getFirst();
    folder.close();

    assertThatIllegalStateException().isThrownBy(() -> share.sign(HashedMessage.of(Bytes.EMPTY)));
  }

  @Test
  void writesSecretsForTheirOwnerAlone() throws IOException {
    assumeTrue(temporary.getFileSystem().supportedFileAttributeViews().contains("posix"));
    Path operator = written(4, 1).resolve("operator-0");

    for (String file : List.of("identity.key", "password.txt", "keystores/keystore-0000.json")) {
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(operator.resolve(file))))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void derivesTheKeyOfAllItsStoresOnce() throws IOException {
    Path stores = written(4, 3).resolve("operator-1/keystores");

    List<String> salts = new ArrayList<>();
    List<String> ivs = new ArrayList<>();
    for (int validator = 0; validator < 3; validator++) {
      var crypto =
          StrictJson.MAPPER
              .readTree(stores.resolve("keystore-000" + validator + ".json").toFile())
              .path("crypto");
      salts.add(crypto.path("kdf").path("params").path("salt").asText());
      ivs.add(crypto.path("cipher").path("params").path("iv").asText());
    }
    assertThat(salts).hasSize(3).allMatch(salts.getFirst()::equals);
    assertThat(ivs).doesNotHaveDuplicates();
  }

  @Test
  void refusesToWriteWhereSomethingIs() {
    Path out = written(4, 1);
    List<OperatorFolder> dealt = ClusterCreation.dealFreshKeys(Clusters.plan(4), 1, RANDOM);

    refusal(
        ConfigurationFault.NOT_EMPTY,
        () -> ClusterCreation.write(dealt, out, List.of(), RANDOM, _ -> {}));
  }

  @Test
  void refusesTheKeyStoreOfAnotherOperator() throws IOException {
    Path out = written(4, 2);
    Path operator = out.resolve("operator-0");
    // Folder and password of operator 1, identity of operator 0.
    Files.copy(
        operator.resolve("identity.key"),
        out.resolve("operator-1/identity.key"),
        StandardCopyOption.REPLACE_EXISTING);

    assertThat(
            refusal(
                ConfigurationFault.WRONG_SHARE,
                () -> OperatorFolder.load(out.resolve("operator-1"))))
        .contains("keystore-0000.json: ");
  }

  @Test
  void refusesKeyStoresInTheWrongOrder() throws IOException {
    Path stores = written(4, 2).resolve("operator-2/keystores");
    Path aside = temporary.resolve("aside");
    Files.move(stores.resolve("keystore-0000.json"), aside);
    Files.move(stores.resolve("keystore-0001.json"), stores.resolve("keystore-0000.json"));
    Files.move(aside, stores.resolve("keystore-0001.json"));

    refusal(
        ConfigurationFault.WRONG_SHARE,
        () -> OperatorFolder.load(temporary.resolve("out/operator-2")));
  }

  @Test
  void refusesAWrongPasswordAndDoesNotRepeatIt() throws IOException {
    Path operator = written(4, 1).resolve("operator-0");
    Files.writeString(operator.resolve("password.txt"), "correct horse");

    assertThat(refusal(ConfigurationFault.WRONG_PASSWORD, () -> OperatorFolder.load(operator)))
        .doesNotContain("correct horse");
  }

  @Test
  void refusesABrokenKeyStore() throws IOException {
    Path operator = written(4, 1).resolve("operator-0");
    Path store = operator.resolve("keystores/keystore-0000.json");
    Files.writeString(store, "{\"crypto\": {}}");
    refusal(ConfigurationFault.BROKEN_KEY_STORE, () -> OperatorFolder.load(operator));

    Files.write(store, new byte[1 << 20]);
    refusal(ConfigurationFault.TOO_LARGE, () -> OperatorFolder.load(operator));

    Files.delete(store);
    refusal(ConfigurationFault.UNREADABLE, () -> OperatorFolder.load(operator));
  }

  @Test
  void needsNoKeyStoresWhereTheSharesAreElsewhere() throws IOException {
    Path operator = written(4, 2).resolve("operator-1");
    Path keyStores = operator.resolve("keystores");
    Files.delete(keyStores.resolve("keystore-0000.json"));
    Files.delete(keyStores.resolve("keystore-0001.json"));
    Files.delete(keyStores);
    Files.delete(operator.resolve("password.txt"));

    try (OperatorFolder folder =
        OperatorFolder.loadWithoutShares(operator.resolve("cluster.json"), operator)) {
      assertThat(folder.position()).isEqualTo(1);
      assertThat(folder.shares()).isEmpty();
    }
  }

  @Test
  void keyStoresMayComeLaterWhereAKeymanagerBringsThem() throws IOException {
    Path operator = written(4, 2).resolve("operator-1");
    Files.delete(operator.resolve("keystores/keystore-0000.json"));
    refusal(ConfigurationFault.UNREADABLE, () -> OperatorFolder.load(operator));

    try (OperatorFolder folder =
        OperatorFolder.loadPresent(operator.resolve("cluster.json"), operator)) {
      assertThat(folder.sharesByValidator()).containsOnlyKeys(1);
    }
    Files.delete(operator.resolve("password.txt"));
    refusal(
        ConfigurationFault.UNREADABLE,
        () -> OperatorFolder.loadPresent(operator.resolve("cluster.json"), operator));
    Files.delete(operator.resolve("keystores/keystore-0001.json"));
    try (OperatorFolder folder =
        OperatorFolder.loadPresent(operator.resolve("cluster.json"), operator)) {
      assertThat(folder.shares()).isEmpty();
    }
  }

  @Test
  void refusesAnIdentityThatTheClusterDoesNotKnow() throws IOException {
    Path operator = written(4, 1).resolve("operator-0");
    Files.delete(operator.resolve("identity.key"));
    refusal(ConfigurationFault.UNREADABLE, () -> OperatorFolder.load(operator));

    try (IdentityKey stranger = IdentityKey.generate(RANDOM)) {
      stranger.save(operator.resolve("identity.key"));
      assertThat(refusal(ConfigurationFault.NOT_AN_OPERATOR, () -> OperatorFolder.load(operator)))
          .contains(stranger.publicKey().toString());
    }
  }

  @Test
  void splitsGivenKeysAndZeroesThem() throws IOException {
    List<SecretKey> keys = keys(2);
    List<PublicKey> publicKeys = keys.stream().map(SecretKey::publicKey).toList();

    List<OperatorFolder> dealt =
        ClusterCreation.split(Clusters.plan(4), keys, new KeyHistory.NeverValidated(), RANDOM);

    assertThat(dealt.getFirst().cluster().validators())
        .extracting(validator -> validator.group())
        .isEqualTo(publicKeys);
    for (SecretKey key : keys) {
      assertThatIllegalStateException().isThrownBy(() -> key.sign(Bytes.EMPTY));
    }
    dealt.forEach(OperatorFolder::close);
  }

  @Test
  void handsTheHistoryOfGivenKeysToEveryOperator() {
    List<SecretKey> keys = keys(2);
    List<PublicKey> publicKeys = keys.stream().map(SecretKey::publicKey).toList();
    List<PublicKey> known = new ArrayList<>(publicKeys);
    known.add(keys(1).getFirst().publicKey()); // of no concern here
    Path out = temporary.resolve("out");

    List<OperatorFolder> dealt =
        ClusterCreation.split(
            Clusters.plan(4), keys, new KeyHistory.Validated(protection(known)), RANDOM);
    ClusterCreation.write(dealt, out, List.of(), RANDOM, _ -> {});
    dealt.forEach(OperatorFolder::close);

    for (int position = 0; position < 4; position++) {
      try (OperatorFolder loaded = OperatorFolder.load(out.resolve("operator-" + position))) {
        assertThat(loaded.protection()).isEqualTo(Optional.of(protection(publicKeys)));
      }
    }
  }

  @Test
  void refusesToStartWithoutTheHistoryThatTheClusterFileNames() throws IOException {
    List<SecretKey> keys = keys(1);
    KeyHistory history = new KeyHistory.Validated(protection(List.of(keys.getFirst().publicKey())));
    Path out = temporary.resolve("out");
    List<OperatorFolder> dealt = ClusterCreation.split(Clusters.plan(4), keys, history, RANDOM);
    ClusterCreation.write(dealt, out, List.of(), RANDOM, _ -> {});
    dealt.forEach(OperatorFolder::close);
    Path file = out.resolve("operator-0/protection.json");

    Files.write(file, protection(List.of()).toJson());
    refusal(ConfigurationFault.WRONG_HASH, () -> OperatorFolder.load(out.resolve("operator-0")));

    Files.delete(file);
    refusal(ConfigurationFault.UNREADABLE, () -> OperatorFolder.load(out.resolve("operator-0")));
  }

  @Test
  void refusesNoValidatorsBeforeItMakesAny() {
    for (int validators : new int[] {-1, 0, ClusterFile.VALIDATORS_MAX + 1}) {
      refusal(
          ConfigurationFault.VALIDATOR_COUNT,
          () -> ClusterCreation.dealFreshKeys(Clusters.plan(4), validators, RANDOM));
    }
  }

  @Test
  void refusesAGivenKeyWithoutHistory() {
    List<SecretKey> keys = keys(2);
    Protection ofOne = protection(List.of(keys.getFirst().publicKey()));
    String lacking = keys.getLast().publicKey().toString();

    assertThat(
            refusal(
                ConfigurationFault.UNPROTECTED_KEYS,
                () ->
                    ClusterCreation.split(
                        Clusters.plan(4), keys, new KeyHistory.Validated(ofOne), RANDOM)))
        .contains(lacking);
  }

  @Test
  void refusesABrokenHistory() throws IOException {
    Path file = temporary.resolve("protection.json");
    for (String text :
        List.of(
            "",
            "no JSON",
            "{\"metadata\":{},\"data\":[]}",
            new String(protection(List.of()).toJson(), StandardCharsets.UTF_8)
                .replace("\"5\"", "\"4\""))) {
      Files.writeString(file, text);

      assertThat(refusal(ConfigurationFault.BROKEN_PROTECTION, () -> Protection.load(file)))
          .startsWith(file + ": ");
    }
  }

  @Test
  void readsGivenKeyStoresInTheOrderOfTheirNames() throws IOException {
    Path stores = Files.createDirectory(temporary.resolve("stores"));
    Path passwordFile = Files.writeString(temporary.resolve("password.txt"), "pass phrase\n");
    List<SecretKey> keys = keys(3);
    try (Password password = Password.of("pass phrase".toCharArray());
        KeystoreWriter writer = KeystoreWriter.pbkdf2(password, RANDOM)) {
      for (int i = 0; i < 3; i++) {
        writer.write(stores.resolve("keystore-" + (9 - i) + ".json"), keys.get(i), "", "");
      }
    }
    Files.writeString(stores.resolve("deposit_data.json"), "[]");

    List<Integer> progress = new ArrayList<>();
    List<SecretKey> loaded = KeyStores.load(stores, passwordFile, progress::add);

    assertThat(loaded)
        .extracting(SecretKey::publicKey)
        .isEqualTo(keys.reversed().stream().map(SecretKey::publicKey).toList());
    assertThat(progress).containsExactly(1, 2, 3);
  }

  @Test
  void refusesAFolderWithoutKeyStores() throws IOException {
    Path passwordFile = Files.writeString(temporary.resolve("password.txt"), "pass phrase\n");

    refusal(ConfigurationFault.UNREADABLE, () -> KeyStores.load(temporary, passwordFile, _ -> {}));
  }

  @Test
  void printsNoSecret() throws IOException {
    Path operator = written(4, 1).resolve("operator-0");
    try (OperatorFolder loaded = OperatorFolder.load(operator)) {
      byte[] share = loaded.shares().getFirst().key().scalar().export();
      String password = Files.readString(operator.resolve("password.txt"));

      assertThat(loaded.toString() + loaded.identity() + loaded.shares())
          .doesNotContain(HexFormat.of().formatHex(share))
          .doesNotContain(password)
          .contains("redacted");
      assertThat(Files.readString(operator.resolve("keystores/keystore-0000.json")))
          .doesNotContain(HexFormat.of().formatHex(share));
    }
  }

  @Test
  void refusesAPasswordFileThatIsNoText() throws IOException {
    Path operator = written(4, 1).resolve("operator-0");
    Files.delete(operator.resolve("password.txt"));
    OwnerOnlyFile.create(operator.resolve("password.txt"), new byte[] {(byte) 0xff, 'x'});

    refusal(ConfigurationFault.MALFORMED, () -> OperatorFolder.load(operator));
  }
}
