/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.pod;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.typesafe.config.ConfigFactory;
import dev.quorate.actors.validator.DutyFigures;
import dev.quorate.actors.wiring.ChainFacts;
import dev.quorate.config.Address;
import dev.quorate.config.ClusterCreation;
import dev.quorate.config.ClusterPlan;
import dev.quorate.config.FreePorts;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.node.simulator.SimulatorProcess;
import dev.quorate.persistence.store.DatabaseSettings;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Of four operators one is down and one has no key share until it is imported over HTTP: before, as
 * well as once it is deleted, too few sign.
 */
class ImportedShareTest {
  private static final int VALIDATORS = 32;
  private static final int IMPORTER = 2;
  private static final String TOKEN = "0123456789abcdef0123";
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final JsonMapper JSON = new JsonMapper();

  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<Pod> pods = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    pods.parallelStream().forEach(Pod::close);
    for (AutoCloseable resource : open.reversed()) {
      resource.close();
    }
  }

  private Pod start(Path home, int operator, SimulatorProcess chain) throws Exception {
    Path folder = home.resolve("operator-" + operator);
    Path token = folder.resolve("token.txt");
    Files.writeString(token, TOKEN);
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
    OperatorFolder loaded = OperatorFolder.loadPresent(folder.resolve("cluster.json"), folder);
    open.add(loaded);
    Map<String, Object> settings = new HashMap<>();
    settings.put(
        "quorate.peers.bind-address",
        loaded.cluster().operators().get(operator).address().toString());
    settings.put("quorate.beacon-nodes.urls", chain.nodeUrls());
    settings.put("quorate.files.keys", folder.toString());
    settings.put("quorate.files.marks", folder.resolve("marks").toString());
    settings.put("quorate.admin.bind-address", "off");
    settings.put("quorate.keymanager-api.enabled", true);
    settings.put("quorate.keymanager-api.bind-address", "127.0.0.1:0");
    settings.put("quorate.keymanager-api.bearer-token-file", token.toString());
    OperatorSettings read = OperatorSettings.of(ConfigFactory.parseMap(settings), folder);
    SlotTimes times = ChainFacts.ask(read.beaconNodes());
    Pod pod =
        Pod.start(
            loaded,
            read,
            DatabaseSettings.of("jdbc:h2:file:" + folder.resolve("database")),
            times,
            new DutyFigures((_, _) -> {}));
    pods.add(pod);
    return pod;
  }

  private static JsonNode ask(InetSocketAddress api, String method, JsonNode body)
      throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + api.getPort() + "/eth/v1/keystores"))
                  .header("Authorization", "Bearer " + TOKEN)
                  .header("Content-Type", "application/json")
                  .method(method, HttpRequest.BodyPublishers.ofString(body.toString()))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      return JSON.readTree(answer.body());
    }
  }

  private static void await(String what, BooleanSupplier done) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!done.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private long broadcast() {
    return pods.stream().mapToLong(pod -> pod.operator().figures().broadcast()).sum();
  }

  private void awaitSlots(int slots) throws InterruptedException {
    SlotTimes times = pods.getFirst().operator().times();
    long now = System.currentTimeMillis();
    TimeUnit.MILLISECONDS.sleep(times.startMillis(times.slotAt(now) + slots) - now);
  }

  @Test
  void anImportedShareSignsAtOnceAndADeletedOneNoMore(@TempDir Path home) throws Exception {
    List<Address> addresses =
        FreePorts.find(4).stream().map(port -> new Address("127.0.0.1", port)).toList();
    List<OperatorFolder> dealt =
        ClusterCreation.dealFreshKeys(
            new ClusterPlan("test", 3, Optional.empty(), addresses),
            VALIDATORS,
            new SecureRandom());
    ClusterCreation.write(dealt, home, List.of(), new SecureRandom(), _ -> {});
    dealt.forEach(OperatorFolder::close);
    Path keyStores = home.resolve("operator-" + IMPORTER).resolve("keystores");
    Path kept = Files.move(keyStores, home.resolve("kept"));
    String password =
        Files.readString(home.resolve("operator-" + IMPORTER).resolve("password.txt")).strip();
    SimulatorProcess chain =
        SimulatorProcess.start(
            dealt.getFirst().cluster(),
            List.of("--port=0", "--slot-seconds=2", "--slots-per-epoch=4"));
    open.add(chain);
    for (int operator = 0; operator < 3; operator++) {
      start(home, operator, chain);
    }
    Pod importer = pods.get(IMPORTER);
    InetSocketAddress api = importer.keymanagerApiAddress().orElseThrow();
    await("ready", () -> pods.stream().allMatch(pod -> pod.operator().isReady()));

    await(
        "too few signed",
        () -> importer.operator().figures().missed().containsKey(Reason.TOO_FEW_PARTIALS));
    assertThat(broadcast()).as("two of three sign").isZero();

    ObjectNode shares = JSON.createObjectNode();
    try (var files = Files.list(kept)) {
      for (Path file : files.sorted().toList()) {
        shares.withArray("keystores").add(Files.readString(file));
        shares.withArray("passwords").add(password);
      }
    }
    assertThat(ask(api, "POST", shares).path("data").findValuesAsText("status"))
        .hasSize(VALIDATORS)
        .containsOnly("imported");
    await("signed with it", () -> broadcast() > 0);

    ObjectNode keys = JSON.createObjectNode();
    dealt.getFirst().cluster().validators().stream()
        .map(validator -> validator.shares().get(IMPORTER).compressed().hex())
        .forEach(key -> keys.withArray("pubkeys").add("0x" + key));
    assertThat(ask(api, "DELETE", keys).path("data").findValuesAsText("status"))
        .hasSize(VALIDATORS)
        .containsOnly("deleted");
    assertThat(keyStores).isEmptyDirectory();
    // What it signed before is broadcast within its slot.
    awaitSlots(2);
    long before = broadcast();
    awaitSlots(4);
    assertThat(broadcast()).isEqualTo(before);
  }
}
