/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.quorate.actors.fixture.Chains;
import dev.quorate.actors.fixture.Group;
import dev.quorate.actors.fixture.TlsFiles;
import dev.quorate.actors.sign.ClientShares;
import dev.quorate.actors.validator.Doubles;
import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.beacon.client.BeaconUrl;
import dev.quorate.beacon.simulator.BeaconSimulator;
import dev.quorate.config.Address;
import dev.quorate.config.OperatorSettings;
import dev.quorate.config.SignerTls;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.GuardVerdict;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.http.validator.ValidatorApi;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientTlsTest {
  private final ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "tls");

  @AfterEach
  void stop() {
    system.terminate();
  }

  @Test
  void aClientOnAnotherMachineIsServedOverTls(@TempDir Path folder) throws Exception {
    TlsFiles files = TlsFiles.create(folder, "server", "127.0.0.1");
    AtomicLong clock = new AtomicLong(1_700_000_100_000L);
    List<Bytes> keys = List.of(Group.generate().publicKey());
    BeaconSimulator chain = Chains.simulate(system, Chains.of(Fork.FULU, keys), 1, clock);
    SlotTimes times = new SlotTimes(chain.chain().spec(), chain.chain().genesis());
    ValidatorApi api =
        ValidatorApi.start(
            system,
            new ValidatorApi.Parts(
                keys,
                keys,
                times,
                clock::get,
                new ClientShares(
                    List.of(),
                    times,
                    clock::get,
                    (_, _) -> CompletableFuture.completedStage(new GuardVerdict.Granted()),
                    (_, _) -> {},
                    Runnable::run),
                new BeaconNodes(system, List.of(BeaconUrl.of(chain.nodeUrls().getFirst())), 10_000),
                new Doubles(times.spec(), 0),
                _ -> CompletableFuture.runAsync(() -> {}, Runnable::run)),
            new OperatorSettings.SecuredApi(
                new Address("127.0.0.1", 0),
                Optional.of(new OperatorSettings.TlsKey(files.keyStore(), files.passwordFile())),
                Optional.empty()));
    URI url = URI.create("https://127.0.0.1:" + api.address().getPort() + "/eth/v1/config/spec");
    OperatorSettings.RemoteSigner trust =
        new OperatorSettings.RemoteSigner(
            url, 1_000, 1_000, Optional.empty(), Optional.of(files.certificate()));

    try (HttpClient http = HttpClient.newBuilder().sslContext(SignerTls.context(trust)).build();
        HttpClient stranger = HttpClient.newHttpClient()) {
      HttpRequest request = HttpRequest.newBuilder(url).build();
      assertThat(http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
          .isEqualTo(200);
      assertThatIOException()
          .as("who does not trust the certificate")
          .isThrownBy(() -> stranger.send(request, HttpResponse.BodyHandlers.ofString()));
    }
    chain.stop().toCompletableFuture().join();
  }
}
