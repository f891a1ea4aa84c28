/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import dev.quorate.config.OperatorSettings.TlsKey;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.Collections;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * What this operator proves itself with to its remote signer, and whom it takes for that; and what
 * it proves itself with to its validator client. Nothing of the key is repeated.
 */
public final class SignerTls {
  private static final int FILE_BYTES_MAX = 1024 * 1024;

  private SignerTls() {}

  /**
   * Reads the files that the settings name.
   *
   * @throws InvalidConfiguration if one is missing, broken, or a secret that is open to others
   */
  public static SSLContext context(OperatorSettings.RemoteSigner settings) {
    return context(
        settings.client().map(SignerTls::keys).orElse(null),
        settings.trusted().map(SignerTls::trust).orElse(null));
  }

  /**
   * For who serves with this key and asks clients for none.
   *
   * @throws InvalidConfiguration if a file is missing, broken, or open to others
   */
  public static SSLContext serving(TlsKey key) {
    return context(keys(key), null);
  }

  private static SSLContext context(
      KeyManager @Nullable [] keys, TrustManager @Nullable [] trusted) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, trusted, null);
      return context;
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("this Java has no TLS", impossible);
    }
  }

  private static KeyManager[] keys(TlsKey client) {
    SecretFile.refuseIfOpen(client.store());
    SecretFile.refuseIfOpen(client.passwordFile());
    byte[] content = StrictJson.readBounded(client.store(), FILE_BYTES_MAX);
    return SecretFile.withFirstLine(
        client.passwordFile(), password -> keys(client.store(), content, password));
  }

  private static KeyManager[] keys(Path file, byte[] content, char[] password) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(new ByteArrayInputStream(content), password);
      if (Collections.list(store.aliases()).stream().noneMatch(alias -> isKey(store, alias))) {
        throw new InvalidConfiguration(
            ConfigurationFault.BROKEN_TLS_KEY, file.toString(), "there is no key in it");
      }
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, password);
      return factory.getKeyManagers();
    } catch (IOException | GeneralSecurityException broken) {
      // Java says nothing of a wrong password but by the kind of the cause.
      boolean isLocked =
          broken instanceof UnrecoverableKeyException
              || broken.getCause() instanceof UnrecoverableKeyException;
      throw isLocked
          ? new InvalidConfiguration(
              ConfigurationFault.WRONG_PASSWORD, file.toString(), "the password does not open it")
          : new InvalidConfiguration(
              ConfigurationFault.BROKEN_TLS_KEY, file.toString(), "it is no PKCS#12 key store");
    }
  }

  private static boolean isKey(KeyStore store, String alias) {
    try {
      return store.isKeyEntry(alias);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("a key store that was loaded", impossible);
    }
  }

  private static TrustManager[] trust(Path file) {
    byte[] content = StrictJson.readBounded(file, FILE_BYTES_MAX);
    try {
      Collection<? extends Certificate> certificates =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(content));
      if (certificates.isEmpty()) {
        throw noCertificates(file);
      }
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (Certificate certificate : certificates) {
        store.setCertificateEntry("trusted-" + store.size(), certificate);
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return factory.getTrustManagers();
    } catch (CertificateException malformed) {
      throw noCertificates(file);
    } catch (IOException | GeneralSecurityException impossible) {
      throw new IllegalStateException("this Java has no X.509", impossible);
    }
  }

  private static InvalidConfiguration noCertificates(Path file) {
    return new InvalidConfiguration(
        ConfigurationFault.MALFORMED, file.toString(), "certificates in PEM are needed");
  }
}
