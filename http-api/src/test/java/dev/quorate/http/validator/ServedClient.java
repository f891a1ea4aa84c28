/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.quorate.actors.sign.ClientShares;
import dev.quorate.actors.sign.ShareSource;
import dev.quorate.actors.validator.Doubles;
import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.beacon.client.BeaconUrl;
import dev.quorate.beacon.simulator.BeaconSimulator;
import dev.quorate.beacon.simulator.ChainConfig;
import dev.quorate.beacon.simulator.Placement;
import dev.quorate.config.Address;
import dev.quorate.config.OperatorSettings;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.GuardVerdict;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.http.secured.Gate;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.threshold.KeyShare;
import dev.quorate.signing.threshold.Shamir;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.http.javadsl.Http;

/**
 * The validator API before real key shares and a simulated chain. Duties are asked for as
 * validators' entities do; the client is whoever sends requests.
 */
final class ServedClient implements AutoCloseable {
  private static final int VALIDATORS = 3;
  static final int SELF = 1;
  private static final int OPERATORS = 4;
  private static final int THRESHOLD = 3;
  private static final int SLOT_MILLIS = 12_000;
  private static final int SLOTS_PER_EPOCH = 8;
  private static final long GENESIS_SECONDS = 1_700_000_000;

  /** Loopback, no token. */
  private static final OperatorSettings.SecuredApi OPEN =
      new OperatorSettings.SecuredApi(
          new Address("127.0.0.1", 0), Optional.empty(), Optional.empty());

  final List<SecretKey> groups = new ArrayList<>();
  final List<KeyShare> shares = new ArrayList<>();
  final AtomicLong clock = new AtomicLong();
  final BeaconSimulator chain;
  final SlotTimes times;
  final ClientShares desk;
  final Doubles doubles;
  final List<Integer> exits = new CopyOnWriteArrayList<>();
  final ValidatorApi api;
  private final ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "client");
  private final HttpClient http = HttpClient.newHttpClient();

  /** An answer. */
  record Reply(HttpResponse<byte[]> response) {
    int status() {
      return response.statusCode();
    }

    String text() {
      return new String(response.body(), StandardCharsets.UTF_8);
    }

    JsonNode json() throws IOException {
      return response.body().length == 0
          ? JsonNodeFactory.instance.missingNode()
          : new JsonMapper().readTree(response.body());
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }
  }

  ServedClient(Fork fork) throws IOException {
    this(fork, VALIDATORS);
  }

  ServedClient(Fork fork, int validators) throws IOException {
    this(fork, validators, system -> new Gate(system, OPEN), Optional.empty());
  }

  ServedClient(Fork fork, OperatorSettings.SecuredApi settings) throws IOException {
    this(fork, VALIDATORS, system -> new Gate(system, settings), Optional.empty());
  }

  ServedClient(Fork fork, Duration bodyPatience, int roomBytes) throws IOException {
    this(
        fork,
        VALIDATORS,
        system -> new Gate(system, OPEN, bodyPatience, roomBytes),
        Optional.empty());
  }

  /** Before a node that answers as a test wants it to, with so much patience for its bodies. */
  ServedClient(
      Fork fork,
      Duration bodyPatience,
      Supplier<org.apache.pekko.http.javadsl.model.HttpResponse> node)
      throws IOException {
    this(
        fork,
        VALIDATORS,
        system -> new Gate(system, OPEN, bodyPatience, Gate.ROOM_BYTES),
        Optional.of(node));
  }

  private ServedClient(
      Fork fork,
      int validators,
      Function<ActorSystem<?>, Gate> gate,
      Optional<Supplier<org.apache.pekko.http.javadsl.model.HttpResponse>> node)
      throws IOException {
    SecureRandom random = new SecureRandom();
    for (int validator = 0; validator < validators; validator++) {
      SecretKey secret = SecretKey.generate(random);
      groups.add(secret);
      shares.add(Shamir.split(secret, THRESHOLD, OPERATORS, random).get(SELF));
    }
    List<Bytes> keys = groups.stream().map(key -> key.publicKey().compressed()).toList();
    clock.set((GENESIS_SECONDS + 20L * SLOTS_PER_EPOCH * SLOT_MILLIS / 1000) * 1000 + 5_000);
    chain =
        BeaconSimulator.start(
                system,
                new ChainConfig(
                    7,
                    GENESIS_SECONDS,
                    fork,
                    SLOT_MILLIS,
                    SLOTS_PER_EPOCH,
                    Placement.SPREAD,
                    16,
                    keys),
                List.of(0),
                0,
                () -> Instant.ofEpochMilli(clock.get()))
            .toCompletableFuture()
            .join();
    times = new SlotTimes(chain.chain().spec(), chain.chain().genesis());
    doubles = new Doubles(times.spec(), SELF);
    desk =
        new ClientShares(
            shares.stream().map(KeyShare::publicKey).toList(),
            times,
            clock::get,
            (_, _) -> CompletableFuture.completedStage(new GuardVerdict.Granted()),
            (_, _) -> {},
            Runnable::run);
    api =
        new ValidatorApi(
            system,
            new ValidatorApi.Parts(
                keys,
                shares.stream().map(share -> share.publicKey().compressed()).toList(),
                times,
                clock::get,
                desk,
                new BeaconNodes(
                    system,
                    node.map(this::started).orElseGet(chain::nodeUrls).stream()
                        .map(BeaconUrl::of)
                        .toList(),
                    10_000),
                doubles,
                validator -> CompletableFuture.runAsync(() -> exits.add(validator), Runnable::run)),
            gate.apply(system));
  }

  private List<String> started(Supplier<org.apache.pekko.http.javadsl.model.HttpResponse> node) {
    return List.of(
        "http://127.0.0.1:"
            + Http.get(system)
                .newServerAt("127.0.0.1", 0)
                .bindSync(_ -> node.get())
                .toCompletableFuture()
                .join()
                .localAddress()
                .getPort());
  }

  long slot() {
    return times.slotAt(clock.get());
  }

  String share(int validator) {
    return "0x" + shares.get(validator).publicKey().compressed().hex();
  }

  String group(int validator) {
    return "0x" + groups.get(validator).publicKey().compressed().hex();
  }

  Bytes sign(int validator, Bytes32 root) {
    return shares.get(validator).sign(HashedMessage.of(root)).compressed();
  }

  /** As a validator's entity asks, behind guard and intent. */
  CompletionStage<Bytes> ask(DutyId duty, Bytes value, Bytes32 root) {
    return desk.sign(
        new ShareSource.Request(
            duty,
            new Assignment.AggregatorSelection(),
            new Value(value),
            new Signable(root, 0, duty.slot())));
  }

  /** The partial signature that a duty of a validator is to get. */
  Bytes partial(int validator, Bytes32 root) {
    return shares.get(validator).sign(HashedMessage.of(root)).uncompressed();
  }

  Reply get(String path, String... headers) throws IOException, InterruptedException {
    return send(request(path, headers).GET());
  }

  Reply post(String path, String json, String... headers) throws IOException, InterruptedException {
    return send(
        request(path, headers)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json)));
  }

  Reply postSsz(String path, Bytes ssz, String... headers)
      throws IOException, InterruptedException {
    return send(
        request(path, headers)
            .header("Content-Type", "application/octet-stream")
            .POST(HttpRequest.BodyPublishers.ofByteArray(ssz.toArray())));
  }

  void passSlot() {
    clock.addAndGet(SLOT_MILLIS);
  }

  int port() {
    return api.address().getPort();
  }

  HttpRequest.Builder request(String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path));
    return headers.length == 0 ? request : request.headers(headers);
  }

  Reply send(HttpRequest.Builder request) throws IOException, InterruptedException {
    return new Reply(http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray()));
  }

  /** What the beacon node itself says. */
  Reply node(String path) throws IOException, InterruptedException {
    return new Reply(
        http.send(
            HttpRequest.newBuilder(URI.create(chain.nodeUrls().getFirst() + path)).build(),
            HttpResponse.BodyHandlers.ofByteArray()));
  }

  HttpClient http() {
    return http;
  }

  @Override
  public void close() {
    http.shutdownNow();
    chain.stop().toCompletableFuture().join();
    system.terminate();
  }
}
