/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.quorate.actors.fixture.FakeSigner;
import dev.quorate.actors.fixture.Inbox;
import dev.quorate.actors.fixture.TlsFiles;
import dev.quorate.config.Address;
import dev.quorate.config.ClusterCreation;
import dev.quorate.config.ClusterPlan;
import dev.quorate.config.ConfigurationFault;
import dev.quorate.config.InvalidConfiguration;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.signing.threshold.KeyShare;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemoteKeysTest {
  private static final int VALIDATORS = 5;
  private static final long PATIENT_MILLIS = 20_000;

  private final List<OperatorFolder> folders =
      ClusterCreation.dealFreshKeys(
          new ClusterPlan(
              "remote",
              2,
              Optional.empty(),
              Stream.of(1, 2, 3).map(port -> new Address("127.0.0.1", port)).toList()),
          VALIDATORS,
          new SecureRandom());
  private final OperatorFolder self = folders.get(1);

  @TempDir private Path folder = Path.of("");
  private TlsFiles server;
  private TlsFiles client;

  @BeforeEach
  void makeCertificates() {
    server = TlsFiles.create(folder, "server", "127.0.0.1");
    client = TlsFiles.create(folder, "client", "127.0.0.1");
  }

  @AfterEach
  void closeAll() {
    folders.forEach(OperatorFolder::close);
  }

  private RemoteKeys keys(String url, long firstAnswerMillis) {
    return new RemoteKeys(
        new OperatorSettings.RemoteSigner(
            URI.create(url),
            PATIENT_MILLIS,
            firstAnswerMillis,
            Optional.of(new OperatorSettings.TlsKey(client.keyStore(), client.passwordFile())),
            Optional.of(server.certificate())),
        self);
  }

  private static String refusal(RemoteKeys keys) {
    InvalidConfiguration refused =
        Optional.ofNullable(catchThrowableOfType(InvalidConfiguration.class, keys::await))
            .orElseThrow();
    assertThat(refused.fault()).isEqualTo(ConfigurationFault.NO_REMOTE_SIGNER);
    return refused.getMessage();
  }

  private static String publicKey(KeyShare share) {
    return "0x" + share.publicKey().compressed().hex();
  }

  @Test
  void namesTheKeySharesThatTheSignerLacks() {
    List<KeyShare> shares = self.shares();
    try (FakeSigner signer = new FakeSigner(server, client, shares.subList(1, VALIDATORS))) {
      assertThat(refusal(keys(signer.url(), 100)))
          .startsWith("quorate.remote-signer.url: ")
          .contains("lacks 1 of 5 key shares: " + publicKey(shares.getFirst()) + ";");
    }
  }

  @Test
  void takesNoOtherOperatorsSharesForItsOwn() {
    try (FakeSigner signer = new FakeSigner(server, client, folders.getFirst().shares())) {
      assertThat(refusal(keys(signer.url(), 100)))
          .contains("lacks 5 of 5 key shares: ")
          .contains(" and others");
    }
  }

  @Test
  void waitsForASignerThatStillReadsItsKeys() throws Exception {
    try (FakeSigner signer = new FakeSigner(server, client, List.of())) {
      CountDownLatch asked = new CountDownLatch(1);
      signer.answering((exchange, reply) -> {
        FakeSigner.send(exchange, reply);
        asked.countDown();
      });
      FutureTask<Integer> answer = new FutureTask<>(keys(signer.url(), PATIENT_MILLIS)::await);
      Thread.ofVirtual().start(answer);
      assertThat(asked.await(Inbox.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

      signer.hold(self.shares());

      assertThat(answer.get(Inbox.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(VALIDATORS);
    }
  }

  @Test
  void saysWhatIsWrongWithASignerThatDoesNotAnswer() {
    FakeSigner gone = new FakeSigner(server, client, List.of());
    gone.close();
    assertThat(refusal(keys(gone.url(), 100))).contains("remote signer " + gone.url() + ": ");

    try (FakeSigner other = new FakeSigner(server, client, List.of())) {
      other.answering((exchange, _) ->
          FakeSigner.send(exchange, new FakeSigner.Reply(200, "application/json", "{}")));
      assertThat(refusal(keys(other.url(), 100))).contains("it answers with no list of keys");
    }
  }
}
