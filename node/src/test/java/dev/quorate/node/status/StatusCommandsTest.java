/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpServer;
import dev.quorate.beacon.simulator.BeaconSimulator;
import dev.quorate.beacon.simulator.ChainConfig;
import dev.quorate.beacon.simulator.Placement;
import dev.quorate.config.Address;
import dev.quorate.config.OperatorFolder;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.http.AdminApi;
import dev.quorate.http.Contract;
import dev.quorate.node.CommandRun;
import dev.quorate.node.Quorate;
import dev.quorate.node.simnet.OperatorNetwork;
import dev.quorate.node.simnet.SimnetClusters;
import dev.quorate.persistence.store.DatabaseSettings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The commands, and the API that they ask, on a pod of a real cluster that does duties. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StatusCommandsTest {
  private static final int OPERATORS = 4;
  private static final int VALIDATORS = 64;
  private static final int SLOT_MILLIS = 2_000;
  private static final int SLOTS_PER_EPOCH = 32;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final List<AutoCloseable> open = new ArrayList<>();
  private final HttpClient client = HttpClient.newHttpClient();
  private String url = "";
  private Path config = Path.of("");
  private Path foreignConfig = Path.of("");
  private JsonNode contract = new JsonMapper().createObjectNode();

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "chain");
    open.add(system::terminate);
    List<OperatorFolder> folders = SimnetClusters.fresh(OPERATORS, VALIDATORS);
    open.addAll(folders);
    BeaconSimulator chain =
        BeaconSimulator.start(
                system,
                new ChainConfig(
                    7,
                    (System.currentTimeMillis() - (long) SLOTS_PER_EPOCH * SLOT_MILLIS) / 1000,
                    Fork.FULU,
                    SLOT_MILLIS,
                    SLOTS_PER_EPOCH,
                    Placement.SPREAD,
                    0,
                    folders.getFirst().cluster().validators().stream()
                        .map(validator -> validator.group().compressed())
                        .toList()),
                Collections.nCopies(OPERATORS, 0),
                0,
                InstantSource.system())
            .toCompletableFuture()
            .get();
    open.add(chain::stop);
    List<OperatorNetwork.Member> members = new ArrayList<>();
    for (int operator = 0; operator < OPERATORS; operator++) {
      Path marks = folder.resolve("marks-" + operator);
      OperatorFolder.neverSigned(marks);
      members.add(
          new OperatorNetwork.Member(
              folders.get(operator),
              List.of(chain.nodeUrls().get(operator)),
              DatabaseSettings.of("jdbc:h2:file:" + folder.resolve("operator-" + operator)),
              marks));
    }
    OperatorNetwork network = OperatorNetwork.start(members);
    open.add(network);
    AdminApi api = AdminApi.start(network.operators().getFirst(), new Address("127.0.0.1", 0));
    url = "http://127.0.0.1:" + api.address().getPort();
    network.awaitReady(PATIENCE);
    config = configOf(folders.getFirst(), folder.resolve("own"), chain.nodeUrls().getFirst());
    foreignConfig = configOf(folders.get(1), folder.resolve("foreign"), chain.nodeUrls().get(1));
    contract = new JsonMapper().readTree(get("/openapi.json").body());
    awaitDuties();
  }

  /** An operator's settings, with its identity and without key shares. */
  private static Path configOf(OperatorFolder operator, Path folder, String node) throws Exception {
    Files.createDirectories(folder);
    Files.write(folder.resolve("cluster.json"), operator.cluster().toJson());
    operator.identity().save(folder.resolve("identity.key"));
    return Files.writeString(
        folder.resolve("operator.conf"), "quorate.beacon-nodes.urls = [\"" + node + "\"]\n");
  }

  @Test
  void anExitIsApprovedWithTheOperatorsIdentity() throws Exception {
    String key =
        new JsonMapper().readTree(get("/v1/validators/5").body()).path("publicKey").asText();

    CommandRun run = ask("exit --validator " + key + " --config " + config);

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("validator 5, " + key, "once 3 operators have approved");
  }

  @Test
  void anExitIsNotApprovedWithAnotherOperatorsIdentity() throws Exception {
    String key =
        new JsonMapper().readTree(get("/v1/validators/6").body()).path("publicKey").asText();

    CommandRun run = ask("exit --validator " + key + " --config " + foreignConfig);

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("its identity key has to sign it").hasLineCount(1);
  }

  @Test
  void anExitOfNobodyIsBadUsage() {
    assertThat(ask("exit --validator 0xab --config " + config).exitCode()).isEqualTo(2);
  }

  /** Until a link was probed, and the journal holds whole duties. */
  private void awaitDuties() throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (attestations().size() < 2 || !get("/v1/peers").body().contains("roundTripMillis")) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  /** Those that were broadcast, the oldest first. */
  private List<JsonNode> attestations() throws Exception {
    return new JsonMapper()
        .readTree(get("/v1/duties?limit=200").body())
        .path("duties")
        .valueStream()
        .filter(duty -> duty.path("type").asText().equals("attester"))
        .filter(duty -> duty.path("outcome").asText().equals("BROADCAST"))
        .toList();
  }

  @AfterAll
  void stop() throws Exception {
    client.close();
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(url + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private CommandRun ask(String line) {
    return CommandRun.of(
        Stream.concat(Stream.of(line.split(" ")), Stream.of("--api", url)).toArray(String[]::new));
  }

  // ---- the API

  @ParameterizedTest
  @CsvSource({
    "/v1/node, /v1/node",
    "/v1/peers, /v1/peers",
    "/v1/validators, /v1/validators?size=200",
    "/v1/validators, /v1/validators?size=201",
    "/v1/validators/{validator}, /v1/validators/0",
    "/v1/validators/{validator}, /v1/validators/64",
    "/v1/protection/check, /v1/protection/check?validator=0&slot=1",
    "/v1/duties, /v1/duties?limit=200",
    "/v1/duties/explain, /v1/duties/explain?validator=0&slot=1",
    "/v1/pods, /v1/pods",
    "/livez, /livez",
    "/readyz, /readyz",
    "/metrics, /metrics",
    "/openapi.json, /openapi.json",
  })
  void answersAsItsContractSays(String template, String path) throws Exception {
    HttpResponse<String> response = get(path);

    assertThat(
            new Contract(contract)
                .violations(
                    template,
                    response.statusCode(),
                    response.headers().firstValue("Content-Type").orElse(""),
                    response.body()))
        .as("%s", response.body())
        .isEmpty();
  }

  @Test
  void tellsOfAWholeDuty() throws Exception {
    JsonNode attestation = attestations().getLast();
    JsonNode one =
        new JsonMapper().readTree(get("/v1/validators/" + attestation.path("validator")).body());
    JsonNode duty =
        one.path("duties")
            .valueStream()
            .filter(told -> told.path("duty").equals(attestation.path("duty")))
            .findFirst()
            .orElseThrow();

    assertThat(duty.path("round").intValue()).isPositive();
    assertThat(duty.path("voters")).hasSizeGreaterThanOrEqualTo(3);
    assertThat(duty.path("signers")).hasSizeGreaterThanOrEqualTo(3);
    assertThat(duty.has("leader")).isTrue();
    assertThat(duty.path("completedAtMillis").longValue())
        .isGreaterThanOrEqualTo(duty.path("decidedAtMillis").longValue());
    assertThat(one.path("watermarks").path(0).path("kind").textValue()).isEqualTo("ATTESTATION");
  }

  @Test
  void tellsOfEveryPodAndItsEntities() throws Exception {
    JsonNode pods = new JsonMapper().readTree(get("/v1/pods").body()).path("pods");

    assertThat(pods).hasSize(1);
    assertThat(pods.path(0).path("self").booleanValue()).isTrue();
    assertThat(pods.path(0).path("entities").intValue()).isEqualTo(VALIDATORS);
  }

  @Test
  void isReady() throws Exception {
    assertThat(get("/readyz").statusCode()).isEqualTo(200);
    assertThat(get("/metrics").body())
        .contains("quorate_ready 1.0", "quorate_validators_up 64.0", "quorate_guard_granted_total");
  }

  // ---- the commands

  @Test
  void statusSaysWhatThePodIsAndThatItIsReady() {
    CommandRun outcome = ask("status");

    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
    assertThat(outcome.out()).contains("1 of 4", "3 of 4 vote, 3 sign", "steady", "ready", "READY");
  }

  @Test
  void peersShowsTheOthers() {
    CommandRun outcome = ask("peers");

    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
    assertThat(outcome.out().lines()).hasSize(OPERATORS);
    assertThat(outcome.out()).contains("round trip", " up ", " ms").doesNotContain("DOWN");
  }

  @Test
  void validatorsShowsAPageOrOneOfThem() throws Exception {
    CommandRun page = ask("validators --size 10 --page 2");
    assertThat(page.exitCode()).as("%s", page).isZero();
    assertThat(page.out().lines()).hasSize(12);
    assertThat(page.out()).contains("page 2 of 7, 64 validators");

    CommandRun one = ask("validators " + attestations().getLast().path("validator"));
    assertThat(one.exitCode()).as("%s", one).isZero();
    assertThat(one.out()).contains("public key", "ATTESTATION, source", "progress", "leader");
  }

  @Test
  void explainTellsOfADutyFromTheBeginToTheBeaconNodes() throws Exception {
    // Of the one before the last the validator's next row has told.
    String path = "/v1/validators/";
    JsonNode duty = attestations().getFirst();
    String key =
        new JsonMapper()
            .readTree(get(path + duty.path("validator")).body())
            .path("publicKey")
            .asText();
    CommandRun byName = ask("explain " + duty.path("duty").asText());
    CommandRun byKey =
        ask("explain --validator " + key.substring(0, 20) + " --slot " + duty.path("slot"));

    assertThat(byName.exitCode()).as("%s", byName).isZero();
    assertThat(byName.out())
        .contains(
            duty.path("duty").asText() + ": ",
            key,
            "own data came",
            "decided in round ",
            "partial signature of ",
            "the group's signature complete, of partial signatures of ",
            " (this one)")
        .containsPattern("own vote in round [1-9][0-9]*: [A-Z]+");
    assertThat(byKey.exitCode()).as("%s", byKey).isZero();
    HttpResponse<String> answer =
        get(
            "/v1/duties/explain?validator=%s&slot=%s"
                .formatted(duty.path("validator"), duty.path("slot")));
    assertThat(
            new Contract(contract)
                .violations(
                    "/v1/duties/explain", answer.statusCode(), "application/json", answer.body()))
        .as("%s", answer.body())
        .isEmpty();
    assertThat(answer.statusCode()).isEqualTo(200);
  }

  @Test
  void explainSaysWhatIsKnownOfADutyThatIsNot() throws Exception {
    JsonNode duty = attestations().getLast();
    int validator = duty.path("validator").intValue();
    CommandRun outcome = ask("explain --validator=" + validator + " --slot=0");

    assertThat(outcome.exitCode()).isEqualTo(CommandLine.ExitCode.SOFTWARE);
    assertThat(outcome.err())
        .contains("the journal tells nothing of attester/0/" + validator, "its oldest row is");
  }

  @Test
  void dutiesShowsTheLatest() {
    CommandRun outcome = ask("duties --limit 4");

    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
    assertThat(outcome.out().lines()).hasSize(5);
    assertThat(outcome.out()).contains("BROADCAST", "attester/");
  }

  @Test
  void dutiesFollowsUntilItIsStopped() throws Exception {
    CountDownLatch lines = new CountDownLatch(6);
    StringWriter out =
        new StringWriter() {
          @Override
          public void write(String text, int offset, int length) {
            super.write(text, offset, length);
            if (text.contains("attester/")) {
              lines.countDown();
            }
          }
        };
    Thread following =
        Thread.ofPlatform()
            .start(() ->
                Quorate.commandLine()
                    .setOut(new PrintWriter(out))
                    .setErr(new PrintWriter(new StringWriter()))
                    .execute("duties", "--follow", "--limit=1", "--api=" + url));
    assertThat(lines.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("%s", out).isTrue();
    following.interrupt();
    following.join(PATIENCE);

    List<String> duties =
        out.toString().lines().skip(1).map(line -> line.split(" ", 2)[0]).toList();
    assertThat(duties).hasSizeGreaterThanOrEqualTo(6).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "peers", "validators", "validators 3", "duties"})
  void printsWhatThePodAnswersAsItIs(String line) throws Exception {
    CommandRun outcome = ask(line + " --json");

    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
    assertThat(new JsonMapper().readTree(outcome.out()).isObject()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "status",
        "peers",
        "validators",
        "validators 3",
        "duties --follow",
        "explain attester/1/2"
      })
  void saysInOneLineThatNoPodAnswers(String line) {
    CommandRun outcome =
        CommandRun.of(
            Stream.concat(Stream.of(line.split(" ")), Stream.of("--api=http://127.0.0.1:1"))
                .toArray(String[]::new));

    assertThat(outcome.exitCode()).isEqualTo(CommandLine.ExitCode.SOFTWARE);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(outcome.err()).contains("no pod answers at http://127.0.0.1:1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "validators --size 0",
        "validators --search nobody",
        "validators 3 --page 2",
        "duties --limit 201",
        "duties --limit many",
        "explain",
        "explain juror/1/2",
        "explain --validator 0 --slot x",
      })
  void badUsageExitsWith2(String line) {
    CommandRun outcome = ask(line);

    assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(outcome.err().lines()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:3650", "ftp://localhost", "http:", "http://a b"})
  void refusesAUrlThatIsNone(String api) {
    assertThat(CommandRun.of("status", "--api=" + api).exitCode())
        .isEqualTo(CommandLine.ExitCode.USAGE);
  }

  @Test
  void saysThatThereIsNoSuchValidator() {
    CommandRun outcome = ask("validators 64");

    assertThat(outcome.exitCode()).isEqualTo(CommandLine.ExitCode.SOFTWARE);
    assertThat(outcome.err()).contains("the cluster has no validator of this position");
  }

  @Test
  void saysThatSomethingElseAnswers() throws Exception {
    HttpServer other =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    other.createContext(
        "/",
        exchange -> {
          byte[] hello = "hello".getBytes(StandardCharsets.US_ASCII);
          exchange.sendResponseHeaders(
              exchange.getRequestURI().getPath().contains("peers") ? 404 : 200, hello.length);
          exchange.getResponseBody().write(hello);
          exchange.close();
        });
    other.start();
    try {
      String elsewhere = "--api=http://127.0.0.1:" + other.getAddress().getPort();
      assertThat(CommandRun.of("status", elsewhere).err())
          .contains("does not answer like an admin API");
      assertThat(CommandRun.of("peers", elsewhere).err()).contains("not an admin API");
    } finally {
      other.stop(0);
    }
  }
}
