/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.keymanager;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.quorate.actors.sign.EmbeddedShares;
import dev.quorate.actors.wiring.ChainClock;
import dev.quorate.actors.wiring.ShareKeeper;
import dev.quorate.config.Address;
import dev.quorate.config.ClusterCreation;
import dev.quorate.config.ClusterPlan;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.config.Proposals;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.GuardVerdict;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.VoluntaryExit;
import dev.quorate.http.secured.Gate;
import dev.quorate.persistence.guard.SigningGuard;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.persistence.store.OperatorIdentity;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * The keymanager API of one operator of three before its real folder, guard and database. Opened
 * again on the same folder it is the operator after a restart.
 */
final class ServedKeys implements AutoCloseable {
  static final int SELF = 1;
  static final int VALIDATORS = 2;
  static final long EPOCH = 300;
  private static final String TOKEN = "hunter2-hunter2-hunter2";

  final OperatorFolder folder;
  final Path home;
  final SlotTimes times;
  final OperatorDatabase database;
  final SigningGuard guard;
  final EmbeddedShares shares;
  final Map<Integer, Signed<VoluntaryExit>> exits = new ConcurrentHashMap<>();
  final List<Integer> approved = new CopyOnWriteArrayList<>();
  private final ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "keys");
  private final KeymanagerApi api;
  private final HttpClient http = HttpClient.newHttpClient();

  /** An answer. */
  record Reply(int status, JsonNode json) {
    String message() {
      return json.path("message").asText();
    }

    List<String> statuses() {
      return json.path("data").findValuesAsText("status");
    }

    String slashingProtection() {
      return json.path("slashing_protection").textValue();
    }
  }

  /** Three operators' folders in {@code folder}. */
  static void create(Path folder) {
    List<OperatorFolder> operators =
        ClusterCreation.dealFreshKeys(
            new ClusterPlan(
                    "test",
                    2,
                    Optional.empty(),
                    Stream.of(1, 2, 3).map(port -> new Address("127.0.0.1", port)).toList())
                .paying(new Proposals(Bytes.fromHex("ab".repeat(20)), OptionalInt.of(36_000_000))),
            VALIDATORS,
            new SecureRandom());
    ClusterCreation.write(operators, folder, List.of(), new SecureRandom(), _ -> {});
    operators.forEach(OperatorFolder::close);
  }

  static ServedKeys open(Path cluster) throws IOException {
    return new ServedKeys(cluster, Optional.empty());
  }

  ServedKeys(Path cluster, Optional<String> remoteSigner) throws IOException {
    home = cluster.resolve("operator-" + SELF);
    folder = OperatorFolder.loadPresent(home.resolve("cluster.json"), home);
    times =
        new SlotTimes(
            ChainSpec.ofJson(
                new JsonMapper()
                    .readTree(
                        """
                        {"SECONDS_PER_SLOT":"1","SLOTS_PER_EPOCH":"32","GENESIS_FORK_VERSION":"0x00000000"}
                        """)),
            new Genesis(
                1_700_000_000, Bytes32.fromHex("22".repeat(32)), Bytes.fromHex("00000000")));
    database =
        OperatorDatabase.open(
            DatabaseSettings.of("jdbc:h2:file:" + cluster.toAbsolutePath().resolve("db")),
            new OperatorIdentity(
                folder.identity().publicKey().encoded().toBytes(),
                folder.cluster().hash(),
                times.genesis().validatorsRoot()));
    guard = new SigningGuard(database, new ChainClock(times, this::nowMillis));
    shares = new EmbeddedShares(folder.sharesByValidator(), Runnable::run);
    Path token = cluster.resolve("token.txt");
    Files.writeString(token, TOKEN);
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
    api =
        KeymanagerApi.start(
            system,
            new KeymanagerApi.Parts(
                folder.cluster(),
                SELF,
                new ShareKeeper(
                    new ShareKeeper.Parts(
                        folder.cluster(),
                        SELF,
                        home,
                        remoteSigner.isPresent() ? Optional.empty() : Optional.of(shares),
                        database,
                        guard,
                        new ChainClock(times, this::nowMillis),
                        () -> false)),
                remoteSigner,
                new KeymanagerApi.Exits() {
                  @Override
                  public void approve(int validator) {
                    approved.add(validator);
                  }

                  @Override
                  public Optional<Signed<VoluntaryExit>> signed(int validator, long slot) {
                    return Optional.ofNullable(exits.get(validator));
                  }
                },
                times,
                this::nowMillis),
            new OperatorSettings.SecuredApi(
                new Address("127.0.0.1", 0), Optional.empty(), Optional.of(token)));
  }

  private long nowMillis() {
    return times.startMillis(32 * EPOCH);
  }

  String share(int operator, int validator) {
    return "0x"
        + folder.cluster().validators().get(validator).shares().get(operator).compressed().hex();
  }

  Bytes groupKey(int validator) {
    return folder.cluster().validators().get(validator).group().compressed();
  }

  String group(int validator) {
    return "0x" + groupKey(validator).hex();
  }

  Path keyStore(int validator) {
    return home.resolve("keystores").resolve("keystore-000" + validator + ".json");
  }

  /** Asks the guard for an attestation of the target epoch. */
  GuardVerdict attest(int validator, long target) {
    return guard
        .ask(
            groupKey(validator),
            DutyId.attester(32 * target, validator),
            new Signable(Bytes32.fromHex("aa".repeat(32)), target - 1, target))
        .toCompletableFuture()
        .join();
  }

  Reply get(String path) throws IOException, InterruptedException {
    return send("GET", path, "");
  }

  Reply send(String method, String path, String body) throws IOException, InterruptedException {
    return send(method, path, body, "Bearer " + TOKEN);
  }

  Reply send(String method, String path, String body, String token)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + api.address().getPort() + path))
            // Or it would be cut off while it still sends, and hear nothing.
            .expectContinue(body.length() > Gate.BODY_BYTES_MAX)
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (!token.isEmpty()) {
      request.header("Authorization", token);
    }
    HttpResponse<byte[]> response =
        http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    return new Reply(response.statusCode(), new JsonMapper().readTree(response.body()));
  }

  @Override
  public void close() {
    http.shutdownNow();
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().join();
    shares.close();
    guard.close();
    database.close();
    folder.close();
  }
}
