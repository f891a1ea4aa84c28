/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.signing.Seeds;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityKeyTest {
  private static final String TAG = "quorate-test-v1";

  private final SecureRandom random = Seeds.random();

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void verifiesWhatItSigned() {
    try (IdentityKey key = IdentityKey.generate(random)) {
      Bytes signature = key.sign(TAG, utf8("a"), utf8("bc"));
      IdentityPublicKey publicKey = key.publicKey();
      assertThat(signature.size()).isEqualTo(64);
      assertThat(publicKey.verify(signature, TAG, utf8("a"), utf8("bc"))).isTrue();
      assertThat(IdentityPublicKey.decode(publicKey.encoded())).contains(publicKey);
    }
  }

  @Test
  void aSignatureIsForItsTagAndItsPartsAlone() {
    try (IdentityKey key = IdentityKey.generate(random);
        IdentityKey other = IdentityKey.generate(random)) {
      Bytes signature = key.sign(TAG, utf8("a"), utf8("bc"));
      IdentityPublicKey publicKey = key.publicKey();
      assertThat(publicKey.verify(signature, TAG, utf8("ab"), utf8("c"))).isFalse();
      assertThat(publicKey.verify(signature, TAG, utf8("abc"))).isFalse();
      assertThat(publicKey.verify(signature, TAG, utf8("a"), utf8("bc"), utf8(""))).isFalse();
      assertThat(publicKey.verify(signature, "quorate-test-v2", utf8("a"), utf8("bc"))).isFalse();
      assertThat(other.publicKey().verify(signature, TAG, utf8("a"), utf8("bc"))).isFalse();
    }
  }

  @Test
  void refusesASignatureOfAnyOtherLengthOrContent() {
    try (IdentityKey key = IdentityKey.generate(random)) {
      byte[] good = key.sign(TAG, utf8("a")).toArray();
      for (int length = 0; length < 130; length++) {
        if (length != 64) {
          Bytes cut = Bytes.wrap(Arrays.copyOf(good, length));
          assertThat(key.publicKey().verify(cut, TAG, utf8("a"))).isFalse();
        }
      }
      for (int bit = 0; bit < 512; bit++) {
        byte[] flipped = good.clone();
        flipped[bit / 8] ^= (byte) (1 << (bit % 8));
        assertThat(key.publicKey().verify(Bytes.wrap(flipped), TAG, utf8("a"))).isFalse();
      }
    }
  }

  @Test
  void refusesATagThatCouldBeMistaken() {
    try (IdentityKey key = IdentityKey.generate(random)) {
      for (String tag : List.of("", " ", "a b", "ä", "a".repeat(65), "\u0001")) {
        assertThatThrownBy(() -> key.sign(tag)).isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  /** RFC 8032, section 7.1, test 1; and points of small order, on which anything verifies. */
  @Test
  void takesOnlyPublicKeysOfTheGroup() {
    assertThat(decode("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")).isTrue();
    assertThat(decode("0100000000000000000000000000000000000000000000000000000000000000"))
        .isFalse();
    assertThat(decode("0000000000000000000000000000000000000000000000000000000000000000"))
        .isFalse();
    assertThat(decode("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"))
        .isFalse();
    assertThat(decode("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"))
        .isFalse();
    assertThat(decode("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"))
        .isFalse();
  }

  private static boolean decode(String hex) {
    return IdentityPublicKey.decode(Bytes32.fromHex(hex)).isPresent();
  }

  @Test
  void savesAFileForItsOwnerAloneAndLoadsIt(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("identity.pem");
    try (IdentityKey key = IdentityKey.generate(random)) {
      key.save(file);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      try (IdentityKey loaded = IdentityKey.load(file)) {
        assertThat(loaded.publicKey()).isEqualTo(key.publicKey());
        assertThat(loaded.sign(TAG)).isEqualTo(key.sign(TAG));
      }
      assertThatThrownBy(() -> key.save(file)).isInstanceOf(FileAlreadyExistsException.class);
    }
  }

  /** The example key of RFC 8410, section 10.3. */
  @Test
  void loadsAFileOfAnotherTool(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("rfc8410.pem");
    Files.writeString(
        file,
        """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
        -----END PRIVATE KEY-----
        """);
    try (IdentityKey key = IdentityKey.load(file)) {
      assertThat(key.publicKey().encoded().hex())
          .isEqualTo("19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
    }
  }

  @Test
  void refusesAFileThatIsNoKeyAndSaysNothingOfItsContent(@TempDir Path folder) throws IOException {
    String header = "-----BEGIN PRIVATE KEY-----\n";
    String footer = "\n-----END PRIVATE KEY-----\n";
    String body = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC";
    List<String> files =
        List.of(
            "",
            "\n",
            body,
            header,
            header + footer,
            header + body,
            body + footer,
            header + body.substring(4) + footer,
            header + body + body + footer,
            header + "!!!!" + body + "=" + footer,
            header + body.replace("K2Vw", "K2Vu") + footer,
            header.replace("PRIVATE", "PUBLIC") + body + footer,
            " ".repeat(5000));
    int number = 0;
    for (String content : files) {
      Path file = folder.resolve(++number + ".pem");
      Files.writeString(file, content);
      assertThatThrownBy(() -> IdentityKey.load(file))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file.toString())
          .hasMessageNotContaining("Tuctv5E");
    }
  }

  @Test
  void tellsNothingOfItselfAndSignsNothingOnceClosed(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("identity.pem");
    IdentityKey key = IdentityKey.generate(random);
    key.save(file);
    byte[] der =
        Base64.getMimeDecoder()
            .decode(Files.readString(file).replaceAll("-----[A-Z ]+-----", "").strip());
    String secret = HexFormat.of().formatHex(der, 16, 48);
    assertThat(key).isNotInstanceOf(Serializable.class);
    assertThat(key.toString()).contains("redacted").doesNotContain(secret.substring(0, 8));
    key.close();
    assertThatThrownBy(() -> key.sign(TAG)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> key.save(folder.resolve("zeroed.pem")))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(key::keyManagers).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void itsCertificateIsSelfSignedAndCarriesItsKey() throws GeneralSecurityException {
    try (IdentityKey key = IdentityKey.generate(random)) {
      X509Certificate certificate = key.certificate();
      certificate.verify(certificate.getPublicKey());
      certificate.checkValidity();
      assertThat(IdentityPublicKey.ofCertificate(certificate)).contains(key.publicKey());
      assertThat(key.certificate()).isEqualTo(certificate);
    }
  }

  @Test
  void aCertificateOfAnotherKindHasNoIdentity() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    X509Certificate certificate = OtherCertificate.of(generator.generateKeyPair());
    assertThat(IdentityPublicKey.ofCertificate(certificate)).isEmpty();
  }
}
