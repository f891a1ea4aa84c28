/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.signing.Seeds;
import dev.quorate.signing.Shared;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.bls.SecretKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class KeystoreTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Of EIP-2335's test vectors. */
  private static final String SECRET =
      "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f";

  private static final Bytes SALT = Bytes.fromHex("00112233445566778899aabbccddeeff");

  private final SecureRandom random = Seeds.random();

  private static Password password(String characters) {
    return Password.of(characters.toCharArray());
  }

  /** Cheap on purpose. */
  private KeystoreWriter cheapWriter(Password password) {
    return new KeystoreWriter(new KeyDerivation.Pbkdf2(2, SALT), password, random);
  }

  private static Bytes store(JsonNode json) {
    return Bytes.wrap(json.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static KeystoreResult read(Bytes json, String password) {
    try (KeystoreReader reader = new KeystoreReader()) {
      return reader.read(json, password(password));
    }
  }

  private static KeystoreProblem problem(Bytes json) {
    KeystoreResult result = read(json, "pass");
    assertThat(result).isInstanceOf(KeystoreResult.Refused.class);
    return ((KeystoreResult.Refused) result).problem();
  }

  /** A good store under the password "pass", with one thing changed. */
  private Bytes changed(Consumer<ObjectNode> change) {
    try (Password password = password("pass");
        KeystoreWriter writer = cheapWriter(password);
        SecretKey key = SecretKey.generate(random)) {
      ObjectNode json = (ObjectNode) MAPPER.readTree(writer.write(key, "", "").toArray());
      change.accept(json);
      return store(json);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private static ObjectNode in(ObjectNode json, String pointer) {
    return (ObjectNode) json.at(pointer);
  }

  @TestFactory
  Stream<DynamicTest> opensTheStoresOfOthers() throws IOException {
    Path folder = Shared.folder("vectors/eip2335-keystore");
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode test : MAPPER.readTree(folder.resolve("erc-2335-test-cases.json").toFile())) {
      JsonNode keystore = test.get("keystore");
      tests.add(
          DynamicTest.dynamicTest(
              "EIP-2335 " + keystore.at("/crypto/kdf/function").asText(),
              () -> {
                String characters = test.get("password").asText();
                try (Password password = password(characters)) {
                  assertThat(Bytes.wrap(password.utf8()))
                      .isEqualTo(Bytes.fromHex(test.get("encoded_password").asText()));
                }
                opens(keystore, characters);
              }));
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file :
          files
              .filter(file ->
                  file.getNameCount() > folder.getNameCount() + 1
                      && file.toString().endsWith(".json"))
              .sorted()
              .toList()) {
        JsonNode keystore = MAPPER.readTree(file.toFile());
        String characters = keystore.path("password").asText("𝔱𝔢𝔰𝔱𝔭𝔞𝔰𝔰𝔴𝔬𝔯𝔡🔑");
        tests.add(
            DynamicTest.dynamicTest(
                folder.relativize(file).toString(), () -> opens(keystore, characters)));
      }
    }
    assertThat(tests).hasSize(8);
    return tests.stream();
  }

  private static void opens(JsonNode keystore, String password) {
    KeystoreResult result = read(store(keystore), password);
    assertThat(result).isInstanceOf(KeystoreResult.Opened.class);
    KeystoreResult.Opened opened = (KeystoreResult.Opened) result;
    assertThat(HexFormat.of().formatHex(opened.key().scalar().export())).isEqualTo(SECRET);
    assertThat(opened.path()).isEqualTo(keystore.get("path").asText());
    assertThat(opened.uuid()).hasToString(keystore.get("uuid").asText());
    assertThat(opened.description()).isEqualTo(keystore.path("description").asText());
  }

  @Test
  void opensWhatItWrote() {
    try (Password password = password("pässwörd\u0007");
        SecretKey key = SecretKey.generate(random);
        KeystoreWriter pbkdf2 = KeystoreWriter.pbkdf2(password, random);
        KeystoreWriter scrypt =
            new KeystoreWriter(new KeyDerivation.Scrypt(16, 8, 1, SALT), password, random)) {
      for (KeystoreWriter writer : List.of(pbkdf2, scrypt)) {
        Bytes json = writer.write(key, "m/12381/3600/0/0/0", "share 1");
        // The same password, typed on a machine that composes umlauts differently.
        KeystoreResult result = read(json, "pa\u0308sswo\u0308rd");
        assertThat(result).isInstanceOf(KeystoreResult.Opened.class);
        KeystoreResult.Opened opened = (KeystoreResult.Opened) result;
        assertThat(opened.key().publicKey()).isEqualTo(key.publicKey());
        assertThat(opened.path()).isEqualTo("m/12381/3600/0/0/0");
        assertThat(opened.description()).isEqualTo("share 1");
        assertThat(opened.uuid().version()).isEqualTo(4);
        assertThat(read(json, "passwoerd"))
            .isEqualTo(
                new KeystoreResult.Refused(
                    KeystoreProblem.WRONG_PASSWORD, "wrong password, or the store is damaged"));
      }
    }
  }

  @Test
  void derivesOneKeyForManyStoresOfOneWriterAndUsesNoIvTwice() throws IOException {
    Set<String> ivs = new HashSet<>();
    try (Password password = password("pass");
        KeystoreWriter writer = cheapWriter(password);
        KeystoreReader reader = new KeystoreReader()) {
      for (int i = 0; i < 50; i++) {
        try (SecretKey key = SecretKey.generate(random)) {
          Bytes json = writer.write(key, "", "");
          ivs.add(MAPPER.readTree(json.toArray()).at("/crypto/cipher/params/iv").asText());
          assertThat(reader.read(json, password)).isInstanceOf(KeystoreResult.Opened.class);
        }
      }
      assertThat(reader.derivations()).isEqualTo(1);
      assertThat(ivs).hasSize(50);
    }
  }

  @Test
  void derivesAnewForAnotherSaltParameterOrPassword() {
    try (Password first = password("first");
        Password second = password("second");
        SecretKey key = SecretKey.generate(random);
        KeystoreReader reader = new KeystoreReader()) {
      List<KeyDerivation> derivations =
          List.of(
              new KeyDerivation.Pbkdf2(2, SALT),
              new KeyDerivation.Pbkdf2(3, SALT),
              new KeyDerivation.Pbkdf2(2, Bytes.fromHex("01")),
              new KeyDerivation.Scrypt(2, 8, 1, SALT),
              new KeyDerivation.Scrypt(2, 8, 2, SALT));
      for (KeyDerivation derivation : derivations) {
        Bytes json = new KeystoreWriter(derivation, first, random).write(key, "", "");
        assertThat(reader.read(json, first)).isInstanceOf(KeystoreResult.Opened.class);
        assertThat(reader.read(json, second)).isInstanceOf(KeystoreResult.Refused.class);
        assertThat(reader.read(json, first)).isInstanceOf(KeystoreResult.Opened.class);
      }
      assertThat(reader.derivations()).isEqualTo(2 * derivations.size());
    }
  }

  @Test
  void remembersABoundedNumberOfDerivedKeys() {
    try (Password password = password("pass");
        SecretKey key = SecretKey.generate(random);
        KeystoreReader reader = new KeystoreReader()) {
      int stores = KeystoreReader.DERIVED_KEYS_MAX + 1;
      for (int pass = 0; pass < 2; pass++) {
        for (int i = 1; i <= stores; i++) {
          KeyDerivation derivation = new KeyDerivation.Pbkdf2(i, SALT);
          Bytes json = new KeystoreWriter(derivation, password, random).write(key, "", "");
          assertThat(reader.read(json, password)).isInstanceOf(KeystoreResult.Opened.class);
        }
      }
      assertThat(reader.derivations()).isEqualTo(stores + 1);
    }
  }

  @Test
  void refusesAStoreThatHoldsAnotherKeyThanItSays() {
    try (SecretKey other = SecretKey.generate(random)) {
      String hex = other.publicKey().compressed().hex();
      assertThat(problem(changed(json -> json.put("pubkey", hex))))
          .isEqualTo(KeystoreProblem.WRONG_PUBLIC_KEY);
    }
  }

  @Test
  void takesAStoreThatDoesNotSayWhichKeyItHolds() {
    assertThat(read(changed(json -> json.remove("pubkey")), "pass"))
        .isInstanceOf(KeystoreResult.Opened.class);
  }

  @Test
  void refusesADamagedStore() {
    assertThat(problem(changed(json -> in(json, "/crypto/cipher").put("message", "00".repeat(32)))))
        .isEqualTo(KeystoreProblem.WRONG_PASSWORD);
    assertThat(
            problem(changed(json -> in(json, "/crypto/checksum").put("message", "00".repeat(32)))))
        .isEqualTo(KeystoreProblem.WRONG_PASSWORD);
    // The checksum does not cover the IV: the wrong key comes out, and is recognised.
    assertThat(
            problem(changed(json -> in(json, "/crypto/cipher/params").put("iv", "00".repeat(16)))))
        .isIn(KeystoreProblem.WRONG_PUBLIC_KEY, KeystoreProblem.NOT_A_KEY);
  }

  @Test
  void refusesContentThatIsNoKey() {
    try (Password password = password("pass")) {
      byte[] derived = new KeyDerivation.Pbkdf2(2, SALT).derive(password);
      Bytes iv = Bytes.wrap(new byte[16]);
      Bytes zero = Keystore.encrypt(derived, iv, new byte[32]);
      Bytes json =
          changed(store -> {
            in(store, "/crypto/cipher").put("message", zero.hex());
            in(store, "/crypto/cipher/params").put("iv", iv.hex());
            in(store, "/crypto/checksum").put("message", Keystore.checksum(derived, zero).hex());
          });
      assertThat(problem(json)).isEqualTo(KeystoreProblem.NOT_A_KEY);
    }
  }

  @Test
  void refusesParametersThatWouldEatMemoryOrTime() {
    List<Consumer<ObjectNode>> changes =
        List.of(
            params -> params.put("c", 0),
            params -> params.put("c", -1),
            params -> params.put("c", KeyDerivation.Pbkdf2.ITERATIONS_MAX + 1),
            params -> params.put("c", 1L << 40),
            params -> params.put("salt", ""),
            params -> params.put("salt", "00".repeat(KeyDerivation.SALT_BYTES_MAX + 1)),
            params -> params.put("dklen", 16));
    changes.forEach(change ->
        assertThat(problem(changed(json -> change.accept(in(json, "/crypto/kdf/params")))))
            .isEqualTo(KeystoreProblem.OUT_OF_BOUNDS));
    int[][] scrypt = {
      {1 << 19, 8, 1}, {1 << 30, 1, 1}, {262143, 8, 1}, {1, 8, 1}, {0, 8, 1}, {16, 0, 1},
      {16, 33, 1}, {16, 8, 0}, {16, 8, 9}, {1 << 16, 1, 1}, {1 << 18, 32, 1}, {-16, 8, 1}
    };
    for (int[] nrp : scrypt) {
      Bytes json =
          changed(store -> {
            in(store, "/crypto/kdf").put("function", "scrypt");
            in(store, "/crypto/kdf/params").put("n", nrp[0]).put("r", nrp[1]).put("p", nrp[2]);
          });
      assertThat(problem(json)).isEqualTo(KeystoreProblem.OUT_OF_BOUNDS);
    }
  }

  @Test
  void refusesFunctionsAndVersionsItDoesNotKnow() {
    List<Consumer<ObjectNode>> changes =
        List.of(
            json -> json.put("version", 3),
            json -> in(json, "/crypto/kdf").put("function", "argon2"),
            json -> in(json, "/crypto/kdf/params").put("prf", "hmac-sha512"),
            json -> in(json, "/crypto/checksum").put("function", "md5"),
            json -> in(json, "/crypto/cipher").put("function", "aes-256-ctr"));
    changes.forEach(
        change -> assertThat(problem(changed(change))).isEqualTo(KeystoreProblem.UNSUPPORTED));
  }

  @Test
  void refusesMalformedStores() {
    List<Consumer<ObjectNode>> changes =
        List.of(
            json -> json.remove("crypto"),
            json -> json.put("uuid", "none"),
            json -> json.remove("path"),
            json -> json.put("version", "4"),
            json -> json.put("pubkey", "00"),
            json -> json.putNull("pubkey"),
            json -> in(json, "/crypto/kdf/params").put("c", 2.5),
            json -> in(json, "/crypto/kdf/params").put("salt", "xy"),
            json -> in(json, "/crypto/cipher/params").put("iv", "00".repeat(15)),
            json -> in(json, "/crypto/cipher").put("message", "00".repeat(33)),
            json -> in(json, "/crypto/checksum").putNull("message"));
    changes.forEach(
        change -> assertThat(problem(changed(change))).isEqualTo(KeystoreProblem.MALFORMED));
    for (String text :
        List.of("", "{", "[]", "4", "null", "[".repeat(5000), "{\"version\":4} {}")) {
      assertThat(problem(Bytes.wrap(text.getBytes(StandardCharsets.UTF_8))))
          .isEqualTo(KeystoreProblem.MALFORMED);
    }
  }

  @Test
  void anyDamageToTheBytesGivesAResult() {
    byte[] good = changed(json -> {}).toArray();
    for (int round = 0; round < 2000; round++) {
      byte[] damaged = good.clone();
      for (int i = 0; i <= random.nextInt(3); i++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      assertThat(read(Bytes.wrap(damaged), "pass")).isNotNull();
    }
  }

  @Test
  void refusesAnOversizeOrMissingFile(@TempDir Path folder) throws IOException {
    Path large = folder.resolve("large.json");
    Files.write(large, new byte[KeystoreReader.STORE_BYTES_MAX + 1]);
    try (Password password = password("pass");
        KeystoreReader reader = new KeystoreReader()) {
      assertThat(reader.read(large, password))
          .isInstanceOfSatisfying(
              KeystoreResult.Refused.class,
              refused -> assertThat(refused.problem()).isEqualTo(KeystoreProblem.TOO_LARGE));
      assertThat(reader.read(folder.resolve("missing.json"), password))
          .isInstanceOfSatisfying(
              KeystoreResult.Refused.class,
              refused -> assertThat(refused.problem()).isEqualTo(KeystoreProblem.UNREADABLE));
    }
  }

  @Test
  void writesAFileForItsOwnerAloneAndNeverOverIt(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("keystore-0.json");
    try (Password password = password("pass");
        KeystoreWriter writer = cheapWriter(password);
        KeystoreReader reader = new KeystoreReader();
        SecretKey key = SecretKey.generate(random)) {
      writer.write(file, key, "", "");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      assertThat(reader.read(file, password)).isInstanceOf(KeystoreResult.Opened.class);
      assertThatThrownBy(() -> writer.write(file, key, "", ""))
          .isInstanceOf(FileAlreadyExistsException.class);
    }
  }

  @Test
  void nothingItSaysHoldsASecret() {
    try (Password password = password("correct horse");
        KeystoreWriter writer = cheapWriter(password);
        KeystoreReader reader = new KeystoreReader();
        SecretKey key = SecretKey.generate(random)) {
      String secret = HexFormat.of().formatHex(key.scalar().export());
      Bytes json = writer.write(key, "", "");
      String said =
          password.toString() + reader.read(json, password) + read(json, "battery staple");
      assertThat(said)
          .contains("redacted")
          .doesNotContain("correct", "staple", secret.substring(0, 8));
      assertThat(new String(json.toArray(), StandardCharsets.UTF_8)).doesNotContain(secret);
    }
  }

  @Test
  void isOfNoUseOnceClosed() {
    Password password = password("pass");
    KeystoreWriter writer = cheapWriter(password);
    writer.close();
    password.close();
    try (SecretKey key = SecretKey.generate(random)) {
      assertThatThrownBy(() -> writer.write(key, "", "")).isInstanceOf(IllegalStateException.class);
    }
    assertThatThrownBy(password::utf8).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(password::characters).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void stripsControlCodesAndRefusesHalfACharacter() {
    try (Password password = password("a\u0000b\u001fc\u007fd\u0080e\u009ff\n")) {
      assertThat(new String(password.utf8(), StandardCharsets.UTF_8)).isEqualTo("abcdef");
    }
    assertThatThrownBy(() -> password("secret\ud835"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("secret");
  }

  @Test
  void takesAnEmptyPassword() {
    try (Password password = password("");
        KeystoreWriter writer = cheapWriter(password);
        SecretKey key = SecretKey.generate(random)) {
      PublicKey expected = key.publicKey();
      assertThat(read(writer.write(key, "", ""), ""))
          .isInstanceOfSatisfying(
              KeystoreResult.Opened.class,
              opened -> assertThat(opened.key().publicKey()).isEqualTo(expected));
    }
  }
}
