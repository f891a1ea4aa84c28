/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import static dev.quorate.config.Clusters.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.signing.OwnerOnlyFile;
import dev.quorate.signing.identity.IdentityKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with the files; what is right with them is tried over real connections. */
class SignerTlsTest {
  @TempDir private Path folder = Path.of("");

  private final X509Certificate certificate;

  SignerTlsTest() {
    try (IdentityKey key = IdentityKey.generate(new SecureRandom())) {
      certificate = key.certificate();
    }
  }

  private Path secret(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    OwnerOnlyFile.create(file, content);
    return file;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static OperatorSettings.RemoteSigner settings(
      Optional<OperatorSettings.TlsKey> client, Optional<Path> trusted) {
    return new OperatorSettings.RemoteSigner(
        URI.create("https://signer.example"), 1_000, 1_000, client, trusted);
  }

  private static String refused(ConfigurationFault fault, Path store, Path password) {
    return refusal(
        fault,
        () ->
            SignerTls.context(
                settings(
                    Optional.of(new OperatorSettings.TlsKey(store, password)), Optional.empty())));
  }

  /** A store without a key. */
  private byte[] store(String password) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("certificate", certificate);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    store.store(out, password.toCharArray());
    return out.toByteArray();
  }

  @Test
  void refusesAClientKeyStoreThatItCannotUse() throws Exception {
    Path password = secret("password.txt", ascii("hunter2\n"));
    Path broken = secret("broken.p12", ascii("no key store"));
    Path locked = secret("locked.p12", store("another"));
    Path empty = secret("empty.p12", store("hunter2"));

    assertThat(refused(ConfigurationFault.BROKEN_TLS_KEY, broken, password))
        .startsWith("" + broken);
    assertThat(refused(ConfigurationFault.WRONG_PASSWORD, locked, password))
        .startsWith(locked + ": ")
        .doesNotContain("hunter2");
    assertThat(refused(ConfigurationFault.BROKEN_TLS_KEY, empty, password))
        .contains("there is no key in it");
    refused(ConfigurationFault.UNREADABLE, folder.resolve("absent.p12"), password);
    refused(ConfigurationFault.UNREADABLE, empty, folder.resolve("absent.txt"));
  }

  @Test
  void refusesAClientKeyOrPasswordThatIsOpenToOthers() throws Exception {
    Path password = secret("password.txt", ascii("hunter2\n"));
    Path store = secret("client.p12", store("hunter2"));
    Files.setPosixFilePermissions(store, PosixFilePermissions.fromString("rw-r--r--"));
    refused(ConfigurationFault.TOO_OPEN, store, password);

    Files.setPosixFilePermissions(store, PosixFilePermissions.fromString("rw-r-----"));
    Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw----r--"));
    refused(ConfigurationFault.TOO_OPEN, store, password);
  }

  @Test
  void takesTrustedCertificatesInPemAndNothingElse() throws Exception {
    String pem =
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder().encodeToString(certificate.getEncoded())
            + "\n-----END CERTIFICATE-----\n";
    Path trusted = Files.writeString(folder.resolve("trusted.pem"), pem + pem);
    assertThat(SignerTls.context(settings(Optional.empty(), Optional.of(trusted)))).isNotNull();

    for (String other : new String[] {"", "no certificate", pem.substring(0, 100)}) {
      Files.writeString(trusted, other);
      refusal(
          ConfigurationFault.MALFORMED,
          () -> SignerTls.context(settings(Optional.empty(), Optional.of(trusted))));
    }
  }
}
