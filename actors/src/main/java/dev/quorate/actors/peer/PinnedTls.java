/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.peer;

import dev.quorate.signing.identity.IdentityKey;
import dev.quorate.signing.identity.IdentityPublicKey;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * TLS 1.3 (RFC 8446), both sides with a certificate. A certificate is trusted if and only if its
 * key is pinned: who accepts takes the keys of all other operators, who dials only that of the
 * operator dialled. Names, dates and issuers mean nothing. The handshake itself proves possession
 * of the key.
 */
final class PinnedTls {
  private static final String TLS_1_3 = "TLSv1.3";

  private final List<IdentityPublicKey> operators;
  private final int self;
  private final KeyManager[] keys;
  private final SSLContext accepting;

  PinnedTls(IdentityKey key, List<IdentityPublicKey> operators, int self) {
    if (!key.publicKey().equals(operators.get(self))) {
      throw new IllegalArgumentException(
          "the cluster file pins another identity key for operator " + self);
    }
    this.operators = operators;
    this.self = self;
    this.keys = key.keyManagers();
    this.accepting =
        context(
            operators.stream()
                .filter(operator -> !operator.equals(key.publicKey()))
                .collect(Collectors.toUnmodifiableSet()));
  }

  /** An engine for a connection that was accepted. */
  SSLEngine server() {
    SSLEngine engine = engine(accepting);
    engine.setUseClientMode(false);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setNeedClientAuth(true);
    engine.setSSLParameters(parameters);
    return engine;
  }

  /** Engines for connections to {@code operator}. */
  Supplier<SSLEngine> client(int operator) {
    SSLContext dialling = context(Set.of(operators.get(operator)));
    return () -> {
      SSLEngine engine = engine(dialling);
      engine.setUseClientMode(true);
      return engine;
    };
  }

  /** Whose key the other side proved. */
  Optional<Integer> operator(SSLSession session) {
    try {
      Certificate[] chain = session.getPeerCertificates();
      return key(chain[0])
          .map(operators::indexOf)
          .filter(operator -> operator >= 0 && operator != self);
    } catch (SSLPeerUnverifiedException unverified) {
      return Optional.empty();
    }
  }

  private static SSLEngine engine(SSLContext context) {
    SSLEngine engine = context.createSSLEngine();
    engine.setEnabledProtocols(new String[] {TLS_1_3});
    return engine;
  }

  private SSLContext context(Set<IdentityPublicKey> trusted) {
    try {
      SSLContext context = SSLContext.getInstance(TLS_1_3);
      context.init(keys, new TrustManager[] {new Pins(trusted)}, null);
      return context;
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("this Java has no TLS 1.3", impossible);
    }
  }

  private static Optional<IdentityPublicKey> key(Certificate certificate) {
    return certificate instanceof X509Certificate x509
        ? IdentityPublicKey.ofCertificate(x509)
        : Optional.empty();
  }

  /** The extended class, so that Java adds no checks of names or issuers of its own. */
  private static final class Pins extends X509ExtendedTrustManager {
    private final Set<IdentityPublicKey> trusted;

    Pins(Set<IdentityPublicKey> trusted) {
      this.trusted = trusted;
    }

    private void check(X509Certificate[] chain) throws CertificateException {
      if (chain.length == 0 || key(chain[0]).filter(trusted::contains).isEmpty()) {
        throw new CertificateException("not a pinned key");
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
