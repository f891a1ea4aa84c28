/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.chain.Fork;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The simulator from outside, with a client that is none of ours. */
class BeaconSimulatorTest {
  private static final TestValidators VALIDATORS = new TestValidators(16);
  private static final long SLOT = 43;
  private static final String V1 = "/eth/v1/beacon/pool/attestations";
  private static final String V2 = "/eth/v2/beacon/pool/attestations";

  private static ActorTestKit kit;

  private final ManualClock clock = new ManualClock();
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<BeaconSimulator> simulators = new ArrayList<>();

  @BeforeAll
  static void startSystem() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stopSystem() {
    kit.shutdownTestKit();
  }

  @AfterEach
  void stopSimulators() {
    simulators.forEach(simulator -> simulator.stop().toCompletableFuture().join());
    http.close();
  }

  /** The one started last. */
  private BeaconSimulator simulator() {
    return simulators.getLast();
  }

  private void start(Fork fork) {
    simulators.add(
        BeaconSimulator.start(kit.system(), VALIDATORS.chain(fork), List.of(0, 0), 0, clock)
            .toCompletableFuture()
            .join());
    clock.set(simulator().chain().times().attestationDueMillis(SLOT));
  }

  private record Answer(int status, JsonNode body, HttpHeaders headers) {}

  private Answer send(HttpRequest.Builder request) {
    try {
      HttpResponse<String> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return new Answer(
          response.statusCode(),
          SimulatorHttp.MAPPER.readTree(response.body()),
          response.headers());
    } catch (IOException failure) {
      throw new IllegalStateException(failure);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(stopped);
    }
  }

  private Answer get(String path) {
    return send(HttpRequest.newBuilder(URI.create(simulator().nodeUrls().getFirst() + path)));
  }

  private Answer post(String path, String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(simulator().nodeUrls().getFirst() + path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
    }
    return send(request);
  }

  private Answer control(String method, String path, String body) {
    return send(
        HttpRequest.newBuilder(URI.create(simulator().controlUrl() + path))
            .method(method, HttpRequest.BodyPublishers.ofString(body)));
  }

  private String attestations() {
    SimulatedChain chain = simulator().chain();
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (AttesterDuty duty : chain.dutiesAt(SLOT)) {
      list.add(
          VALIDATORS.json(
              chain, duty, chain.attestationData(SLOT).assigned(duty, chain.config().fork())));
    }
    return list.toString();
  }

  @Test
  void answersWhatAValidatorClientAsksBesides() {
    start(Fork.DENEB);
    assertThat(get("/eth/v1/node/version").body().at("/data/version").asText()).contains("Quorate");
    JsonNode head = get("/eth/v1/beacon/headers/head").body().path("data");
    assertThat(head.path("root").asText())
        .isEqualTo(simulator().chain().blockRoot(SLOT).toString());
    assertThat(head.at("/header/message/slot").asText()).isEqualTo("43");
    JsonNode finality = get("/eth/v1/beacon/states/head/finality_checkpoints").body().path("data");
    assertThat(finality.at("/current_justified/epoch").asText()).isEqualTo("4");
    assertThat(finality.at("/finalized/epoch").asText()).isEqualTo("3");
    assertThat(
            get("/eth/v1/beacon/states/head/validators?id=1000,1007&id=1014").body().path("data"))
        .hasSize(3);
    assertThat(get("/eth/v1/nothing").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({
    "CAPELLA, capella, 200, 200",
    "DENEB, deneb, 200, 200",
    "DENEB, electra, 400, 200",
    "ELECTRA, electra, 200, 400",
    "ELECTRA, deneb, 400, 400",
    "FULU, fulu, 200, 400"
  })
  void takesAttestationsWhereNodesOfTheForkDo(Fork fork, String version, int v2, int v1) {
    start(fork);
    assertThat(post(V2, attestations(), "Eth-Consensus-Version", version).status()).isEqualTo(v2);
    start(fork);
    assertThat(post(V1, attestations()).status()).isEqualTo(v1);
  }

  @Test
  void wantsToKnowTheConsensusVersion() {
    start(Fork.FULU);
    assertThat(post(V2, attestations()).status()).isEqualTo(400);
    assertThat(post(V2, "{}", "Eth-Consensus-Version", "fulu").status()).isEqualTo(400);
    assertThat(post(V2, "no JSON", "Eth-Consensus-Version", "fulu").status()).isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource({"DENEB, 200, 200", "FULU, 400, 200"})
  void tellsAggregatesWhereNodesOfTheForkDo(Fork fork, int v1, int v2) {
    start(fork);
    String path = "/eth/v%s/validator/aggregate_attestation?slot=43&committee_index=%s%s";
    String version = fork.consensusVersion();
    assertThat(post(V2, attestations(), "Eth-Consensus-Version", version).status()).isEqualTo(200);
    SimulatedChain chain = simulator().chain();
    AttesterDuty duty = chain.dutiesAt(SLOT).getFirst();
    String root =
        "&attestation_data_root=" + chain.attestationData(SLOT).assigned(duty, fork).hashTreeRoot();
    assertThat(get(path.formatted(1, duty.committeeIndex(), root)).status()).isEqualTo(v1);
    Answer newer = get(path.formatted(2, duty.committeeIndex(), root));
    assertThat(newer.status()).isEqualTo(v2);
    assertThat(newer.body().path("version").asText()).isEqualTo(version);
    assertThat(newer.headers().firstValue("Eth-Consensus-Version")).contains(version);
    assertThat(get(path.formatted(2, "x", root)).status()).isEqualTo(400);
    assertThat(get(path.formatted(2, 0, "&attestation_data_root=0x00")).status()).isEqualTo(400);
    assertThat(get(path.formatted(2, 0, "")).status()).isEqualTo(400);
  }

  @Test
  void saysOfEachItemWhatIsWrongWithIt() {
    start(Fork.FULU);
    String items = attestations();
    post(V2, items, "Eth-Consensus-Version", "fulu");
    Answer again = post(V2, items, "Eth-Consensus-Version", "fulu");
    assertThat(again.status()).isEqualTo(400);
    assertThat(again.body().path("failures")).hasSize(2);
    assertThat(again.body().at("/failures/1/index").asInt()).isEqualTo(1);
    assertThat(again.body().at("/failures/1/message").asText()).isEqualTo("PriorAttestationKnown");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/eth/v2/beacon/pool/attestations",
        "/eth/v2/validator/aggregate_and_proofs",
        "/eth/v1/beacon/pool/sync_committees",
        "/eth/v1/validator/contribution_and_proofs",
        "/eth/v1/validator/beacon_committee_subscriptions",
        "/eth/v1/validator/sync_committee_subscriptions",
        "/eth/v1/validator/prepare_beacon_proposer",
        "/eth/v1/validator/register_validator"
      })
  void refusesWhatIsNoListOrHasTooManyItems(String path) {
    start(Fork.FULU);
    String[] version = {"Eth-Consensus-Version", "fulu"};
    assertThat(post(path, "{}", version).status()).isEqualTo(400);
    assertThat(post(path, "no JSON", version).status()).isEqualTo(400);
    assertThat(post(path, "[{}]", version).status()).isEqualTo(400);
    assertThat(post(path, "[]", version).status()).isEqualTo(200);
    String tooMany = "[" + "0,".repeat(ChainConfig.VALIDATORS_MAX) + "0]";
    Answer refused = post(path, tooMany, version);
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.body().has("failures")).isFalse();
  }

  @Test
  void bodiesInSszAreRefusedWhereItReadsJsonAlone() {
    start(Fork.FULU);
    for (String path :
        List.of(V2, "/eth/v1/validator/duties/sync/0", "/eth/v1/beacon/states/head/validators")) {
      Answer refused = post(path, "", "Content-Type", "application/octet-stream");
      assertThat(refused.status()).as(path).isEqualTo(415);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"no JSON", "[]", "{}", "{\"message\":{}}"})
  void refusesWhatIsNoExit(String body) {
    start(Fork.FULU);
    assertThat(post("/eth/v1/beacon/pool/voluntary_exits", body).status()).isEqualTo(400);
  }

  @Test
  void reportsAndTakesFaultsOverItsControlPort() {
    start(Fork.FULU);
    assertThat(control("PUT", "/simulator/nodes/0/faults", "[{\"kind\":\"fail\",\"status\":502}]"))
        .extracting(Answer::status)
        .isEqualTo(200);
    assertThat(get("/eth/v1/node/version").status()).isEqualTo(502);
    control(
        "PUT",
        "/simulator/nodes/0/faults",
        "[{\"kind\":\"otherHead\",\"salt\":3},{\"kind\":\"lie\",\"field\":\"TARGET_ROOT\"},"
            + "{\"kind\":\"stall\",\"millis\":1}]");
    JsonNode data =
        get("/eth/v1/validator/attestation_data?slot=43&committee_index=0").body().path("data");
    assertThat(data.path("beacon_block_root").asText())
        .isEqualTo(simulator().chain().otherBlockRoot(SLOT, 3).toString());
    assertThat(data.at("/target/root").asText())
        .isNotEqualTo(simulator().chain().target(5).root().toString());
    control("PUT", "/simulator/nodes/0/faults", "[]");
    post(V2, attestations(), "Eth-Consensus-Version", "fulu");
    JsonNode report = control("GET", "/simulator/report?from=42&to=43", "").body();
    assertThat(report.path("expected").asInt()).isEqualTo(4);
    assertThat(report.path("broadcast").asInt()).isEqualTo(2);
    assertThat(report.path("missed").asInt()).isEqualTo(2);
    assertThat(report.at("/slots/1/broadcast").asInt()).isEqualTo(2);
    assertThat(report.path("latenciesMillis")).hasSize(2);
    assertThat(report.path("verifiedAggregates").asInt()).isEqualTo(2);
    assertThat(report.path("conflictingSignatures").isInt()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[{\"kind\":\"unheard of\"}]",
        "[{\"kind\":\"fail\",\"status\":200}]",
        "[{\"kind\":\"stall\",\"millis\":0}]",
        "no JSON"
      })
  void refusesFaultsThatItDoesNotKnow(String faults) {
    start(Fork.FULU);
    assertThat(control("PUT", "/simulator/nodes/1/faults", faults).status()).isEqualTo(400);
    assertThat(control("PUT", "/simulator/nodes/2/faults", "[]").status()).isEqualTo(404);
    assertThat(control("GET", "/simulator/report?from=2&to=1", "").status()).isEqualTo(400);
    assertThat(control("GET", "/simulator/report", "").status()).isEqualTo(400);
  }
}
