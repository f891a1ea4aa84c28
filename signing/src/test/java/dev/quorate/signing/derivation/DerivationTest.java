/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.derivation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quorate.signing.Seeds;
import dev.quorate.signing.Shared;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.curve.SecretScalar;
import java.io.IOException;
import java.io.Serializable;
import java.math.BigInteger;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DerivationTest {
  private static final String FOLDER = "vectors/eip2333-2334-keys";
  private static final String ABANDON = "abandon ".repeat(11) + "about";

  private static JsonNode json(String file) throws IOException {
    return new ObjectMapper().readTree(Shared.folder(FOLDER).resolve(file).toFile());
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.startsWith("0x") ? hex.substring(2) : hex);
  }

  private static BigInteger number(SecretScalar secret) {
    try (secret) {
      return new BigInteger(1, secret.export());
    }
  }

  private static Mnemonic mnemonic(String words) {
    return Mnemonic.of(words.toCharArray()).orElseThrow();
  }

  /** EIP-2333's own first case, for those who have no vectors beside the checkout. */
  @Test
  void derivesWhatTheStandardSays() {
    try (Mnemonic mnemonic = mnemonic(ABANDON);
        Seed seed = mnemonic.seed("TREZOR".toCharArray())) {
      assertThat(number(seed.derive(List.of())))
          .isEqualTo(
              new BigInteger(
                  "6083874454709270928345386274498605044986640685124978867557563392430687146096"));
      assertThat(number(seed.derive(List.of(0L))))
          .isEqualTo(
              new BigInteger(
                  "20397789859736650942317412262472558107875392172444076792671091975210932703118"));
    }
  }

  @Test
  void agreesWithEveryVectorOfTheTree() throws IOException {
    List<JsonNode> cases = new ArrayList<>();
    json("erc-2333-test-cases.json").forEach(cases::add);
    json("tree_kdf.json").path("kdf_tests").forEach(cases::add);
    cases.add(json("tree_kdf_intermediate.json"));
    assertThat(cases).hasSize(9);
    for (JsonNode one : cases) {
      try (Seed seed = Seed.of(bytes(one.path("seed").asText()))) {
        assertThat(number(seed.derive(List.of())))
            .isEqualTo(new BigInteger(one.path("master_SK").asText()));
        assertThat(number(seed.derive(List.of(one.path("child_index").asLong()))))
            .isEqualTo(new BigInteger(one.path("child_SK").asText()));
      }
    }
  }

  /** The steps in between, which blst keeps to itself, by a second implementation. */
  @Test
  void agreesWithTheStepsInBetween() throws Exception {
    JsonNode vector = json("tree_kdf_intermediate.json");
    BigInteger parent = new BigInteger(vector.path("master_SK").asText());
    long index = vector.path("child_index").asLong();
    for (int half = 0; half < 2; half++) {
      List<byte[]> lamport = ReferenceTree.lamportSecret(parent, index, half == 1);
      JsonNode expected = vector.path("lamport_" + half);
      assertThat(lamport).hasSize(expected.size());
      for (int chunk = 0; chunk < lamport.size(); chunk++) {
        assertThat(lamport.get(chunk)).isEqualTo(bytes(expected.path(chunk).asText()));
      }
    }
    assertThat(ReferenceTree.compressedLamportPublicKey(parent, index))
        .isEqualTo(bytes(vector.path("compressed_lamport_PK").asText()));
  }

  @Test
  void agreesWithTheSecondImplementationOnRandomPaths() throws Exception {
    var random = Seeds.random();
    for (int trial = 0; trial < 8; trial++) {
      byte[] material = new byte[32 + random.nextInt(33)];
      random.nextBytes(material);
      List<Long> path = List.of(random.nextInt() & Seed.INDEX_MAX, random.nextInt() & 7L);
      BigInteger expected = ReferenceTree.master(material);
      for (long index : path) {
        expected = ReferenceTree.child(expected, index);
      }
      try (Seed seed = Seed.of(material)) {
        assertThat(number(seed.derive(path))).isEqualTo(expected);
      }
    }
  }

  @Test
  void agreesWithEveryMnemonicInEveryLanguage() throws IOException {
    int count = 0;
    for (JsonNode language : json("mnemonic.json")) {
      for (JsonNode one : language) {
        try (Mnemonic mnemonic = mnemonic(one.path(1).asText());
            Seed seed = mnemonic.seed("TREZOR".toCharArray());
            Seed expected = Seed.of(bytes(one.path(2).asText()))) {
          assertThat(number(seed.derive(List.of()))).isEqualTo(number(expected.derive(List.of())));
        }
        count++;
      }
    }
    assertThat(count).isEqualTo(208);
    json("multi_lang_mnemonic.json").forEach(words -> mnemonic(words.asText()).close());
  }

  /** From the words to the public keys, as the deposit tool of the network's clients made them. */
  @Test
  void derivesTheValidatorsOfADepositFile() throws IOException {
    Pattern name = Pattern.compile("lighthouse-mainnet_first_(\\d+)_count_(\\d+)_.*\\.json");
    int files = 0;
    try (Mnemonic mnemonic = mnemonic("test ".repeat(11) + "waste");
        Seed seed = mnemonic.seed(new char[0]);
        DirectoryStream<Path> folder =
            Files.newDirectoryStream(Shared.folder("vectors/deposit-data"), "lighthouse-*.json")) {
      for (Path file : folder) {
        Matcher parts = name.matcher(file.getFileName().toString());
        assertThat(parts.matches()).isTrue();
        List<String> expected = new ArrayList<>();
        new ObjectMapper()
            .readTree(file.toFile())
            .forEach(deposit -> expected.add(deposit.path("pubkey").asText()));
        List<Integer> progress = new ArrayList<>();
        List<SecretKey> keys =
            seed.signingKeys(
                Long.parseLong(parts.group(1)), Integer.parseInt(parts.group(2)), progress::add);
        assertThat(keys).extracting(key -> key.publicKey().compressed().hex()).isEqualTo(expected);
        assertThat(progress.getLast()).isEqualTo(expected.size());
        keys.forEach(SecretKey::close);
        files++;
      }
    }
    assertThat(files).isEqualTo(6);
  }

  /** Not derived from anything, but pairs all the same. */
  @Test
  void agreesOnThePublicKeysOfTheInteropValidators() throws IOException {
    String text =
        Files.readString(Shared.folder(FOLDER).resolve("interop_keygen_10_validators.yaml"));
    Matcher pairs =
        Pattern.compile("privkey: '0x([0-9a-f]{64})',\\s+pubkey: '0x([0-9a-f]{96})'").matcher(text);
    int count = 0;
    while (pairs.find()) {
      try (SecretKey key = SecretKey.decode(bytes(pairs.group(1))).orElseThrow()) {
        assertThat(key.publicKey().compressed().hex()).isEqualTo(pairs.group(2));
      }
      count++;
    }
    assertThat(count).isEqualTo(10);
  }

  @Test
  void takesAnySpaceBetweenTheWords() {
    try (Seed plain = mnemonic(ABANDON).seed(new char[0]);
        Seed spaced = mnemonic("  " + ABANDON.replace(" ", " \t ") + "\r\n").seed(new char[0])) {
      assertThat(number(spaced.derive(List.of()))).isEqualTo(number(plain.derive(List.of())));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "abandon",
        "a b c d e f g h i j k",
        "a b c d e f g h i j k l m",
        "1. abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
        "Abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon a about",
        "abandon, abandon, abandon, abandon, abandon, abandon, abandon, abandon, b, b, a, about",
      })
  void refusesWhatIsNoMnemonic(String words) {
    assertThat(Mnemonic.of(words.toCharArray())).isEmpty();
  }

  @Test
  void refusesASeedThatIsTooShortAndIndicesThatAreNone() {
    assertThatIllegalArgumentException().isThrownBy(() -> Seed.of(new byte[31]));
    try (Seed seed = Seed.of(new byte[32])) {
      for (long index : new long[] {-1, Seed.INDEX_MAX + 1}) {
        assertThatIllegalArgumentException().isThrownBy(() -> seed.derive(List.of(index)));
      }
      assertThatIllegalArgumentException()
          .isThrownBy(() -> seed.signingKeys(Seed.INDEX_MAX, 2, _ -> {}));
    }
  }

  @Test
  void printsNothingAndDerivesNothingOnceClosed() {
    byte[] material = new byte[32];
    Seed seed = Seed.of(material);
    Mnemonic mnemonic = mnemonic(ABANDON);
    assertThat(seed + " " + mnemonic).doesNotContain("abandon").contains("redacted");
    assertThat(seed).isNotInstanceOf(Serializable.class);
    assertThat(mnemonic).isNotInstanceOf(Serializable.class);

    seed.close();
    mnemonic.close();

    assertThatIllegalStateException().isThrownBy(() -> seed.derive(List.of()));
    assertThatIllegalStateException().isThrownBy(() -> mnemonic.seed(new char[0]));
  }
}
