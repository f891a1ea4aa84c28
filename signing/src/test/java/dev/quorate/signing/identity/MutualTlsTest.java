/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.signing.Seeds;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Test;

/** That this Java's TLS 1.3 takes an identity's certificate on both sides, over a real socket. */
class MutualTlsTest {
  private static final int TIMEOUT_MILLIS = 10_000;

  private final SecureRandom random = Seeds.random();

  private static SSLContext context(IdentityKey own, IdentityPublicKey pinned)
      throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(own.keyManagers(), new TrustManager[] {new Pinned(pinned)}, new SecureRandom());
    return context;
  }

  @Test
  void twoOperatorsShakeHandsAndSeeEachOthersKey() throws Exception {
    try (IdentityKey alice = IdentityKey.generate(random);
        IdentityKey bob = IdentityKey.generate(random);
        Handshake handshake =
            new Handshake(context(alice, bob.publicKey()), context(bob, alice.publicKey()))) {
      assertThat(handshake.client.getSession().getProtocol()).isEqualTo("TLSv1.3");
      assertThat(peer(handshake.client.getSession())).contains(alice.publicKey());
      assertThat(peer(handshake.accepted().getSession())).contains(bob.publicKey());
    }
  }

  @Test
  void anOperatorThatIsNotPinnedIsTurnedAway() throws Exception {
    try (IdentityKey alice = IdentityKey.generate(random);
        IdentityKey bob = IdentityKey.generate(random);
        IdentityKey mallory = IdentityKey.generate(random)) {
      SSLContext server = context(alice, bob.publicKey());
      SSLContext stranger = context(mallory, alice.publicKey());
      assertThatThrownBy(
              () -> {
                try (Handshake handshake = new Handshake(server, stranger)) {
                  handshake.accepted();
                }
              })
          .isInstanceOf(IOException.class);
      SSLContext impostor = context(mallory, bob.publicKey());
      SSLContext client = context(bob, alice.publicKey());
      assertThatThrownBy(() -> new Handshake(impostor, client)).isInstanceOf(IOException.class);
    }
  }

  private static Optional<IdentityPublicKey> peer(SSLSession session) throws SSLException {
    return IdentityPublicKey.ofCertificate((X509Certificate) session.getPeerCertificates()[0]);
  }

  /** One connection on loopback. */
  private static final class Handshake implements AutoCloseable {
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final SSLServerSocket listener;
    private final Future<SSLSocket> accepting;
    final SSLSocket client;

    Handshake(SSLContext server, SSLContext peer) throws IOException {
      listener =
          (SSLServerSocket)
              server
                  .getServerSocketFactory()
                  .createServerSocket(0, 1, InetAddress.getLoopbackAddress());
      listener.setNeedClientAuth(true);
      listener.setSoTimeout(TIMEOUT_MILLIS);
      accepting =
          thread.submit(() -> {
            SSLSocket accepted = (SSLSocket) listener.accept();
            accepted.setSoTimeout(TIMEOUT_MILLIS);
            accepted.startHandshake();
            return accepted;
          });
      client =
          (SSLSocket)
              peer.getSocketFactory()
                  .createSocket(InetAddress.getLoopbackAddress(), listener.getLocalPort());
      client.setSoTimeout(TIMEOUT_MILLIS);
      try {
        client.startHandshake();
      } catch (IOException refused) {
        close();
        throw refused;
      }
    }

    SSLSocket accepted() throws IOException, InterruptedException {
      try {
        return accepting.get();
      } catch (ExecutionException failed) {
        throw new IOException(failed.getCause());
      }
    }

    @Override
    public void close() throws IOException {
      client.close();
      listener.close();
      thread.shutdownNow();
    }
  }

  private static final class Pinned extends X509ExtendedTrustManager {
    private final IdentityPublicKey pinned;

    Pinned(IdentityPublicKey pinned) {
      this.pinned = pinned;
    }

    private void check(X509Certificate[] chain) throws CertificateException {
      if (!IdentityPublicKey.ofCertificate(chain[0]).equals(Optional.of(pinned))) {
        throw new CertificateException("not pinned");
      }
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
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
