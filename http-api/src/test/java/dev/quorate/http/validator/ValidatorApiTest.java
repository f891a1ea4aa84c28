/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.actors.sign.ClientProblem;
import dev.quorate.config.Address;
import dev.quorate.config.InvalidConfiguration;
import dev.quorate.config.OperatorSettings;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.GivenRule;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType;
import dev.quorate.http.secured.Gate;
import dev.quorate.http.validator.ServedClient.Reply;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.ResponseEntity;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Over real HTTP, before a simulated chain. */
class ValidatorApiTest {
  private static final Bytes32 HEAD = Bytes32.sha256(new byte[] {2});
  private static final String NEW = "beacon-APIs";
  private static final String OLD = "beacon-APIs-v2.5.0";

  private Optional<ServedClient> opened = Optional.empty();

  private ServedClient served(Fork fork) throws Exception {
    ServedClient served = new ServedClient(fork);
    opened = Optional.of(served);
    return served;
  }

  @AfterEach
  void close() {
    opened.ifPresent(ServedClient::close);
  }

  private static AttestationData data(ServedClient served) {
    long epoch = served.times.spec().epochOf(served.slot());
    return new AttestationData(
        served.slot(), 0, HEAD, new Checkpoint(epoch - 1, HEAD), new Checkpoint(epoch, HEAD));
  }

  private static DutySlot at(ServedClient served) {
    return new DutySlot(served.times.spec(), served.times.genesis(), served.slot());
  }

  private static Bytes32 root(ServedClient served, AttestationData data) {
    return at(served).signable(DomainType.BEACON_ATTESTER, data.hashTreeRoot()).root();
  }

  private static String index(ServedClient served, int validator) throws Exception {
    return served
        .get("/eth/v1/beacon/states/head/validators?id=" + served.share(validator))
        .json()
        .at("/data/0/index")
        .asText();
  }

  private static String error(Reply reply) throws Exception {
    assertThat(BeaconContract.violationsOfError("ErrorMessage", reply.json())).isEmpty();
    assertThat(reply.json().path("code").asInt()).isEqualTo(reply.status());
    return reply.json().path("message").asText();
  }

  private static ArrayNode list(JsonNode... items) {
    return JsonNodeFactory.instance.arrayNode().addAll(List.of(items));
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  // ---- what is passed on

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/eth/v1/config/spec",
        "/eth/v1/beacon/genesis",
        "/eth/v1/node/syncing",
        "/eth/v1/beacon/states/head/finality_checkpoints?x=%7b%2F",
        "/eth/v9/no/such/route"
      })
  void whatIsNotOfDutiesIsPassedOnByteForByte(String path) throws Exception {
    ServedClient served = served(Fork.FULU);

    Reply through = served.get(path);
    Reply itself = served.node(path);

    assertThat(through.status()).isEqualTo(itself.status());
    assertThat(through.response().body()).isEqualTo(itself.response().body());
    assertThat(through.header("Content-Type")).isEqualTo(itself.header("Content-Type"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "//eth/v1/config/spec",
        "/eth/v1/config/spec/",
        "/eth//v1/config///spec",
        "/eth/v1/conf%69g/s%70ec"
      })
  void aPathIsPassedOnAsTheContractSpellsIt(String path) throws Exception {
    ServedClient served = served(Fork.FULU);

    assertThat(served.get(path).response().body())
        .isEqualTo(served.node("/eth/v1/config/spec").response().body());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "//eth/v2/beacon/pool/attestations",
        "/eth/v2/beacon/pool/attestations/",
        "/eth/v2/beacon/po%6Fl/attes%74ations",
        "http://pod/eth/v2/beacon/pool/attestations"
      })
  void noSpellingOfAPathGetsPastItsRoute(String target) throws Exception {
    ServedClient served = served(Fork.FULU);
    AttestationData data = data(served);
    Bytes32 root = root(served, data);
    CompletionStage<Bytes> partial =
        served.ask(DutyId.attester(served.slot(), 0), data.encode(), root);
    String body = list(single(served, 0, data, served.sign(0, root))).toString();

    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), served.port())) {
      String request =
          "POST %s HTTP/1.1\r\nHost: pod\r\nEth-Consensus-Version: fulu\r\nContent-Length: %d\r\n"
              + "Content-Type: application/json\r\n\r\n%s";
      client
          .getOutputStream()
          .write(
              request.formatted(target, body.length(), body).getBytes(StandardCharsets.US_ASCII));
      assertThat(
              new BufferedReader(
                      new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII))
                  .readLine())
          .startsWith("HTTP/1.1 200 ");
    }
    assertThat(partial.toCompletableFuture()).isCompletedWithValue(served.partial(0, root));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/eth/v1/x/../config/spec",
        "/eth/v1/%2e%2e/config/spec",
        "/eth/v1/config%2Fspec",
        "/eth/v1/conf%2569g/spec",
        "/eth/v1/config/spec;x=1"
      })
  void aPathThatServersMayReadInSeveralWaysIsRefused(String path) throws Exception {
    ServedClient served = served(Fork.FULU);

    for (Reply reply : List.of(served.get(path), served.post(path, "[]"))) {
      assertThat(reply.status()).isEqualTo(400);
      assertThat(error(reply)).startsWith(ClientProblem.MALFORMED.name());
    }
    assertThat(served.desk.refusals()).containsEntry(ClientProblem.MALFORMED, 2L);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/eth/v1/beacon/pool/payload_attestations",
        "/eth/v1/beacon/pool/bls_to_execution_changes",
        "/eth/v3/beacon/pool/attestations",
        "/ETH/v2/beacon/pool/attestations"
      })
  void nothingThatMayBeSignedIsHandedOnToABeaconNode(String path) throws Exception {
    ServedClient served = served(Fork.FULU);
    // Whoever asked it would say NO_BEACON_NODE.
    served.chain.stop().toCompletableFuture().join();

    Reply reply = served.post(path, "[]");

    assertThat(reply.status()).isEqualTo(404);
    assertThat(error(reply)).startsWith(ClientProblem.UNKNOWN_ROUTE.name());
    assertThat(served.desk.refusals()).containsEntry(ClientProblem.UNKNOWN_ROUTE, 1L);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /eth/v4/validator/blocks/7?randao_reveal=0x01",
    "HEAD, /eth/v3/validator/blocks/7?randao_reveal=0x01",
    "HEAD, /eth/v1/validator/attestation_data?slot=7",
    "GET, /eth/v4/VALIDATOR/blocks/7",
    "GET, /eth/v1/validator/execution_payload_envelope/7"
  })
  void whatIsAskedOfValidatorsAndNotKnownReachesNoBeaconNode(String method, String path)
      throws Exception {
    ServedClient served = served(Fork.FULU);
    // Whoever asked it would say NO_BEACON_NODE.
    served.chain.stop().toCompletableFuture().join();

    Reply reply =
        served.send(served.request(path).method(method, HttpRequest.BodyPublishers.noBody()));

    assertThat(reply.status()).isEqualTo(404);
    assertThat(served.desk.refusals()).containsEntry(ClientProblem.UNKNOWN_ROUTE, 1L);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "validator/beacon_committee_subscriptions",
        "validator/sync_committee_subscriptions",
        "beacon/rewards/attestations/17",
        "beacon/rewards/sync_committee/head"
      })
  void whatHoldsNoSignatureIsHandedOn(String route) throws Exception {
    ServedClient served = served(Fork.FULU);
    String path = "/eth/v1/" + route;

    assertThat(served.post(path, "{").text()).isNotEmpty();
    assertThat(served.desk.refusals()).isEmpty();
    served.chain.stop().toCompletableFuture().join();
    assertThat(error(served.post(path, "{"))).startsWith(ClientProblem.NO_BEACON_NODE.name());
  }

  @Test
  void eventsFlowAsTheyCome() throws Exception {
    ServedClient served = served(Fork.FULU);
    HttpResponse<Stream<String>> response =
        served
            .http()
            .send(
                served.request("/eth/v1/events?topics=head").build(),
                HttpResponse.BodyHandlers.ofLines());
    while (served.chain.subscribers() == 0) {
      Thread.onSpinWait();
    }
    served.clock.set(served.times.startMillis(served.slot() + 1) + 6_000);

    assertThat(response.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/event-stream");
    try (Stream<String> lines = response.body()) {
      assertThat(lines.filter(line -> !line.isEmpty()).findFirst()).contains("event: head");
    }
  }

  @Test
  void aHeadThatWasNotAgreedOnIsFollowedByTheOneThatWas() throws Exception {
    ServedClient served = served(Fork.FULU);
    HttpResponse<Stream<String>> response =
        served
            .http()
            .send(
                served.request("/eth/v1/events?topics=head").build(),
                HttpResponse.BodyHandlers.ofLines());
    while (served.chain.subscribers() == 0) {
      Thread.onSpinWait();
    }
    served.clock.set(served.times.startMillis(served.slot() + 1) + 6_000);

    try (Stream<String> lines = response.body()) {
      Iterator<String> data = lines.filter(line -> line.startsWith("data: ")).iterator();
      JsonNode first = new JsonMapper().readTree(data.next().substring("data: ".length()));
      served.ask(
          new DutyId(DutyType.SYNC_MESSAGE, served.slot(), 0, 0),
          Bytes.wrap(HEAD.toArray()),
          Bytes32.ZERO);
      JsonNode second = new JsonMapper().readTree(data.next().substring("data: ".length()));
      assertThat(second)
          .isEqualTo(first.<ObjectNode>deepCopy().put("block", HEAD.toString()))
          .isNotEqualTo(first);
    }
  }

  @Test
  void withoutABeaconNodeTheClientIsToldSo() throws Exception {
    ServedClient served = served(Fork.FULU);
    served.chain.stop().toCompletableFuture().join();

    Reply reply = served.get("/eth/v1/config/spec");

    assertThat(reply.status()).isEqualTo(503);
    assertThat(error(reply)).contains(ClientProblem.NO_BEACON_NODE.name());
  }

  // ---- keys

  @Test
  void theClientSeesItsSharesWhereTheChainHasGroups() throws Exception {
    ServedClient served = served(Fork.FULU);
    String ids = served.share(0) + "," + served.share(1);
    Reply asked = served.get("/eth/v1/beacon/states/head/validators?id=" + ids);
    Reply posted =
        served.post(
            "/eth/v1/beacon/states/head/validators",
            "{\"ids\":[\"" + served.share(0) + "\",\"" + served.share(1) + "\"]}");

    for (Reply reply : List.of(asked, posted)) {
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.json().path("data").findValuesAsText("pubkey"))
          .containsExactlyInAnyOrder(served.share(0), served.share(1));
      assertThat(
              BeaconContract.violations(
                  NEW, "beacon/states/validators.yaml", "get", 200, reply.json()))
          .isEmpty();
    }
  }

  @Test
  void dutiesAreThoseOfTheClientsKeys() throws Exception {
    ServedClient served = served(Fork.FULU);
    long epoch = served.times.spec().epochOf(served.slot());
    String indices = list(JsonNodeFactory.instance.textNode(index(served, 0))).toString();

    Reply attester = served.post("/eth/v1/validator/duties/attester/" + epoch, indices);
    assertThat(attester.json().path("data").findValuesAsText("pubkey"))
        .containsExactly(served.share(0));
    assertThat(
            BeaconContract.violations(
                NEW, "validator/duties/attester.yaml", "post", 200, attester.json()))
        .isEmpty();
    for (String version : List.of("v1", "v2")) {
      Reply proposer = served.get("/eth/" + version + "/validator/duties/proposer/" + epoch);
      assertThat(proposer.status()).isEqualTo(200);
      assertThat(proposer.text()).doesNotContain(served.group(0), served.group(1));
    }
    assertThat(served.post("/eth/v1/validator/duties/sync/" + epoch, indices).status())
        .isEqualTo(200);
  }

  // ---- attestations

  @ParameterizedTest
  @EnumSource(
      value = Fork.class,
      names = {"DENEB", "FULU"})
  void attestationDataIsWhatWasAgreedAndNothingBefore(Fork fork) throws Exception {
    ServedClient served = served(fork);
    AttestationData data = data(served);
    String path = "/eth/v1/validator/attestation_data?committee_index=1&slot=" + served.slot();
    CompletableFuture<HttpResponse<byte[]>> waiting =
        served
            .http()
            .sendAsync(served.request(path).build(), HttpResponse.BodyHandlers.ofByteArray());
    assertThat(served.get("/eth/v1/node/version").status()).isEqualTo(200);
    assertThat(waiting).isNotDone();

    served.ask(DutyId.attester(served.slot(), 0), data.encode(), root(served, data));

    AttestationData expected =
        fork.isAtLeast(Fork.ELECTRA)
            ? data
            : new AttestationData(
                data.slot(), 1, data.beaconBlockRoot(), data.source(), data.target());
    Reply json = new Reply(waiting.join());
    assertThat(AttestationData.ofJson(json.json().path("data"))).contains(expected);
    assertThat(
            BeaconContract.violations(
                NEW, "validator/attestation_data.yaml", "get", 200, json.json()))
        .isEmpty();
    Reply ssz = served.get(path, "Accept", "application/octet-stream;q=1,application/json;q=0.9");
    assertThat(ssz.header("Content-Type")).isEqualTo("application/octet-stream");
    assertThat(Bytes.wrap(ssz.response().body())).isEqualTo(expected.encode());
  }

  @Test
  void whoAsksForWhatNobodyAgreedOnIsToldSoInTime() throws Exception {
    ServedClient served = served(Fork.FULU);
    String path = "/eth/v1/validator/attestation_data?committee_index=0&slot=";

    Reply late = served.get(path + (served.slot() - 1));
    assertThat(late.status()).isEqualTo(503);
    assertThat(error(late)).startsWith(ClientProblem.NO_DATA.name());
    Reply early = served.get(path + (served.slot() + 2));
    assertThat(early.status()).isEqualTo(400);
    assertThat(error(early)).startsWith(ClientProblem.TOO_EARLY.name());
    assertThat(error(served.get(path + "x"))).startsWith(ClientProblem.MALFORMED.name());
    assertThat(served.desk.refusals())
        .containsEntry(ClientProblem.NO_DATA, 1L)
        .containsEntry(ClientProblem.TOO_EARLY, 1L)
        .containsEntry(ClientProblem.MALFORMED, 1L);
  }

  @Test
  void theVersionIsThatOfThePodByWhichVouchKnowsThatTheKeyIsNotWhole() throws Exception {
    ServedClient served = served(Fork.FULU);
    Reply reply = served.get("/eth/v1/node/version");
    assertThat(reply.json().at("/data/version").asText()).startsWith("quorate/").contains("charon");
    assertThat(BeaconContract.violations(NEW, "node/version.yaml", "get", 200, reply.json()))
        .isEmpty();
  }

  private static ObjectNode single(
      ServedClient served, int validator, AttestationData data, Bytes signature) throws Exception {
    ObjectNode json =
        object().put("committee_index", "0").put("attester_index", index(served, validator));
    json.set("data", data.toJson());
    return json.put("signature", ApiJson.hex(signature));
  }

  @Test
  void attestationsInJsonAndInSszAreTheOperatorsPartials() throws Exception {
    ServedClient served = served(Fork.FULU);
    AttestationData data = data(served);
    Bytes32 root = root(served, data);
    CompletionStage<Bytes> first =
        served.ask(DutyId.attester(served.slot(), 0), data.encode(), root);
    CompletionStage<Bytes> second =
        served.ask(DutyId.attester(served.slot(), 1), data.encode(), root);

    Reply json =
        served.post(
            "/eth/v2/beacon/pool/attestations",
            list(single(served, 0, data, served.sign(0, root))).toString(),
            "Eth-Consensus-Version",
            "fulu");
    SszType single = at(served).types().container("SingleAttestation");
    Reply ssz =
        served.postSsz(
            "/eth/v2/beacon/pool/attestations",
            Ssz.encode(
                new SszType.ListOf(single, 16),
                SszJson.read(
                        new SszType.ListOf(single, 16),
                        list(single(served, 1, data, served.sign(1, root))))
                    .orElseThrow()),
            "Eth-Consensus-Version",
            "fulu");

    assertThat(json.text()).isEmpty();
    assertThat(json.status()).isEqualTo(200);
    assertThat(ssz.text()).isEmpty();
    assertThat(first.toCompletableFuture()).isCompletedWithValue(served.partial(0, root));
    assertThat(second.toCompletableFuture()).isCompletedWithValue(served.partial(1, root));
  }

  @Test
  void beforeElectraAnAttestationIsKnownByItsSeat() throws Exception {
    ServedClient served = served(Fork.DENEB);
    long epoch = served.times.spec().epochOf(served.slot());
    JsonNode duty =
        served
            .post(
                "/eth/v1/validator/duties/attester/" + epoch,
                list(JsonNodeFactory.instance.textNode(index(served, 0))).toString())
            .json()
            .at("/data/0");
    long slot = duty.path("slot").asLong();
    served.clock.set(served.times.startMillis(slot) + 4_000);
    AttestationData data =
        new AttestationData(
            slot,
            duty.path("committee_index").asLong(),
            HEAD,
            new Checkpoint(epoch - 1, HEAD),
            new Checkpoint(epoch, HEAD));
    Bytes32 root = root(served, data);
    CompletionStage<Bytes> partial =
        served.ask(DutyId.attester(slot, 0), data.withoutCommittee().encode(), root);
    int length = duty.path("committee_length").asInt();
    byte[] bits = new byte[length / 8 + 1];
    int place = duty.path("validator_committee_index").asInt();
    bits[place / 8] |= (byte) (1 << place % 8);
    bits[length / 8] |= (byte) (1 << length % 8);
    ObjectNode attestation = object().put("aggregation_bits", ApiJson.hex(Bytes.wrap(bits)));
    attestation.set("data", data.toJson());
    attestation.put("signature", ApiJson.hex(served.sign(0, root)));

    Reply reply = served.post("/eth/v1/beacon/pool/attestations", list(attestation).toString());

    assertThat(reply.text()).isEmpty();
    assertThat(partial.toCompletableFuture()).isCompletedWithValue(served.partial(0, root));
  }

  @Test
  void whatIsWrongWithAnAttestationIsSaidOfEach() throws Exception {
    ServedClient served = served(Fork.FULU);
    AttestationData data = data(served);
    AttestationData other =
        new AttestationData(data.slot(), 0, Bytes32.ZERO, data.source(), data.target());
    Bytes32 root = root(served, data);
    CompletionStage<Bytes> partial =
        served.ask(DutyId.attester(served.slot(), 0), data.encode(), root);
    served.ask(DutyId.attester(served.slot(), 1), data.encode(), root);

    Reply reply =
        served.post(
            "/eth/v2/beacon/pool/attestations",
            list(
                    single(served, 0, other, served.sign(0, root(served, other))),
                    single(served, 1, data, served.sign(0, root)),
                    single(served, 0, data, served.sign(0, root)).put("attester_index", "99999"),
                    object(),
                    single(served, 0, data, served.sign(0, root)))
                .toString(),
            "Eth-Consensus-Version",
            "fulu");

    assertThat(reply.status()).isEqualTo(400);
    assertThat(BeaconContract.violationsOfError("IndexedErrorMessage", reply.json())).isEmpty();
    assertThat(reply.json().path("failures").findValuesAsText("message"))
        .extracting(message -> message.substring(0, message.indexOf(':')))
        .containsExactly(
            ClientProblem.WRONG_MESSAGE.name(),
            ClientProblem.WRONG_SIGNATURE.name(),
            ClientProblem.UNKNOWN_VALIDATOR.name(),
            ClientProblem.MALFORMED.name());
    assertThat(partial.toCompletableFuture()).as("the good one").isDone();
    assertThat(served.desk.refusals())
        .containsEntry(ClientProblem.WRONG_MESSAGE, 1L)
        .containsEntry(ClientProblem.MALFORMED, 1L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[", "{}", "[1]x", "null", "\"\\u0000\""})
  void malformedJsonIsRefused(String body) throws Exception {
    ServedClient served = served(Fork.FULU);

    Reply reply =
        served.post("/eth/v2/beacon/pool/attestations", body, "Eth-Consensus-Version", "electra");

    assertThat(reply.status()).isEqualTo(400);
    assertThat(error(reply)).startsWith(ClientProblem.MALFORMED.name());
  }

  @Test
  void jsonOfMoreThanAnyRequestIsMadeOfIsRefusedBeforeItIsBuilt() throws Exception {
    ServedClient served = served(Fork.FULU);

    Reply reply =
        served.post("/eth/v1/beacon/pool/sync_committees", "[[" + "[],".repeat(300_000) + "[]]]");

    assertThat(reply.status()).isEqualTo(400);
    assertThat(error(reply)).as("not an item of it").startsWith(ClientProblem.MALFORMED.name());
  }

  @Test
  void malformedSszAndUnknownVersionsAreRefused() throws Exception {
    ServedClient served = served(Fork.FULU);
    Bytes bytes = Bytes.wrap(new byte[241]);

    assertThat(
            error(
                served.postSsz(
                    "/eth/v2/beacon/pool/attestations", bytes, "Eth-Consensus-Version", "fulu")))
        .startsWith(ClientProblem.MALFORMED.name());
    assertThat(
            error(
                served.postSsz(
                    "/eth/v2/beacon/pool/attestations", bytes, "Eth-Consensus-Version", "orion")))
        .startsWith(ClientProblem.UNKNOWN_VERSION.name());
    assertThat(error(served.post("/eth/v1/beacon/pool/attestations", "[]")))
        .as("the old form, of a slot that has it no more")
        .startsWith(ClientProblem.UNKNOWN_VERSION.name());
  }

  private static Reply octets(ServedClient served, String path, int bytes) throws Exception {
    // Or it would be cut off while it still sends, and hear nothing.
    return served.send(
        served
            .request(path, "Eth-Consensus-Version", "fulu")
            .expectContinue(true)
            .header("Content-Type", "application/octet-stream")
            .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[bytes])));
  }

  @Test
  void aBodyBeyondTheBoundIsRefusedUnread() throws Exception {
    ServedClient served = served(Fork.FULU);

    for (Reply reply :
        List.of(
            octets(served, "/eth/v2/beacon/blocks", Gate.BODY_BYTES_MAX + 1),
            octets(served, "/eth/v2/beacon/pool/attestations", ValidatorApi.BODY_BYTES_MAX + 1),
            octets(
                served,
                "/eth/v1/beacon/states/head/validators",
                ValidatorApi.BODY_BYTES_MAX + 1))) {
      assertThat(reply.status()).isEqualTo(413);
      assertThat(error(reply)).startsWith(ClientProblem.TOO_LARGE.name());
    }
  }

  @Test
  void blocksMayBeLargerThanAnythingElse() throws Exception {
    ServedClient served = served(Fork.FULU);

    for (String route : List.of("blocks", "blinded_blocks")) {
      assertThat(error(octets(served, "/eth/v2/beacon/" + route, ValidatorApi.BODY_BYTES_MAX + 1)))
          .as("it was read")
          .startsWith(ClientProblem.MALFORMED.name());
    }
  }

  @Test
  void aBodyForWhichThereIsNoRoomIsRefusedAndTheNextOneIsNot() throws Exception {
    ServedClient served = new ServedClient(Fork.FULU, Gate.BODY_PATIENCE, 20_000);
    opened = Optional.of(served);

    for (int i = 0; i < 3; i++) {
      Reply full = octets(served, "/eth/v2/beacon/pool/attestations", 20_001);
      assertThat(full.status()).isEqualTo(503);
      assertThat(error(full)).startsWith(ClientProblem.BUFFER_FULL.name());
      assertThat(error(octets(served, "/eth/v2/beacon/pool/attestations", 10_000)))
          .startsWith(ClientProblem.MALFORMED.name());
    }
    assertThat(served.desk.refusals()).containsEntry(ClientProblem.BUFFER_FULL, 3L);
  }

  // ---- selections and aggregates

  private static ObjectNode selection(ServedClient served, int validator, Bytes proof)
      throws Exception {
    return object()
        .put("validator_index", index(served, validator))
        .put("slot", Long.toString(served.slot()))
        .put("selection_proof", ApiJson.hex(proof));
  }

  @Test
  void selectionsAreAnsweredWithTheGroupsProofsWithoutThoseThatAreLate() throws Exception {
    ServedClient served = served(Fork.FULU);
    Bytes32 root = GivenRule.aggregatorSelection(at(served)).meaning().root();
    DutyId first = new DutyId(DutyType.PREPARE_AGGREGATOR, served.slot(), 0, 0);
    // So little time is left.
    served.clock.set(served.times.dueMillis(DutyType.AGGREGATOR, served.slot()) - 300);
    served.desk.onCompleted(first, served.sign(2, root));

    Reply reply =
        served.post(
            "/eth/v1/validator/beacon_committee_selections",
            list(
                    selection(served, 0, served.sign(0, root)),
                    selection(served, 1, served.sign(1, root)))
                .toString());

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.json().path("data"))
        .isEqualTo(list(selection(served, 0, served.sign(2, root))));
    assertThat(
            BeaconContract.violations(
                NEW, "validator/beacon_committee_selections.yaml", "post", 200, reply.json()))
        .isEmpty();
    assertThat(served.ask(first, Bytes.wrap(root.toArray()), root).toCompletableFuture())
        .as("the client's own share goes to its duty")
        .isCompletedWithValue(served.partial(0, root));
  }

  /** Some clients ask for two epochs once, and then in each slot for the one an epoch ahead. */
  @Test
  void proofsFarAheadAreWaitedForHalfASlotAndOthersAWholeOne() throws Exception {
    ServedClient served = served(Fork.FULU);
    long slot = served.slot();
    long slotMillis = served.times.spec().slotMillis();

    for (LongStream near : List.of(LongStream.of(slot), LongStream.of(slot, slot + 1))) {
      assertThat(ClientDuties.patienceMillis(served.times, slot, near)).isEqualTo(slotMillis);
    }
    for (LongStream far : List.of(LongStream.of(slot + 2), LongStream.of(slot, slot + 32))) {
      assertThat(ClientDuties.patienceMillis(served.times, slot, far)).isEqualTo(slotMillis / 2);
    }
  }

  @Test
  void aClientThatJudgesItsOwnProofIsToldAtOnce() throws Exception {
    ServedClient served = served(Fork.FULU);
    AttestationData data = data(served);

    Reply reply =
        served.get(
            "/eth/v2/validator/aggregate_attestation?committee_index=0&slot=%d&attestation_data_root=%s"
                .formatted(served.slot(), data.hashTreeRoot()));

    assertThat(reply.status()).isEqualTo(400);
    assertThat(error(reply)).startsWith(ClientProblem.CLIENT_NOT_DISTRIBUTED.name());
  }

  // ---- what the cluster's configuration says, and what nobody can do

  @Test
  void whatTheConfigurationSaysIsSwallowed() throws Exception {
    ServedClient served = served(Fork.FULU);

    for (String route : List.of("prepare_beacon_proposer", "register_validator")) {
      assertThat(served.post("/eth/v1/validator/" + route, "anything").status()).isEqualTo(200);
    }
    assertThat(served.chain.feeRecipientOf(Long.parseLong(index(served, 0)))).isEmpty();
  }

  @Test
  void noOtherOperatorsShareMakesThisOneLookAlive() throws Exception {
    ServedClient served = served(Fork.FULU);
    String index = index(served, 0);

    Reply reply = served.post("/eth/v1/validator/liveness/19", "[\"" + index + "\",\"99999\"]");

    assertThat(reply.json().path("data"))
        .isEqualTo(list(object().put("index", index).put("is_live", false)));
    assertThat(BeaconContract.violations(NEW, "validator/liveness.yaml", "post", 200, reply.json()))
        .isEmpty();
  }

  @Test
  void aShareThatPeersHoldAPartialOfIsLive() throws Exception {
    ServedClient served = served(Fork.FULU);
    long epoch = served.times.spec().epochOf(served.slot());
    served.doubles.heard(
        new DutyMessage.Status(
            DutyId.attester(served.slot(), 1), 3, 1, Optional.empty(), 1L << ServedClient.SELF));
    String asked = "[\"" + index(served, 0) + "\",\"" + index(served, 1) + "\"]";

    Reply reply = served.post("/eth/v1/validator/liveness/" + epoch, asked);

    assertThat(reply.json().path("data").findValues("is_live"))
        .containsExactly(BooleanNode.FALSE, BooleanNode.TRUE);
  }

  @Test
  void livenessIsKnownOfThisEpochAndTheLastAlone() throws Exception {
    ServedClient served = served(Fork.FULU);
    long epoch = served.times.spec().epochOf(served.slot());
    String path = "/eth/v1/validator/liveness/";

    assertThat(served.post(path + epoch, "[\"1\"]").status()).isEqualTo(200);
    assertThat(served.post(path + (epoch - 1), "[\"1\"]").status()).isEqualTo(200);
    Reply early = served.post(path + (epoch + 1), "[\"1\"]");
    assertThat(error(early)).startsWith(ClientProblem.TOO_EARLY.name());
    Reply late = served.post(path + (epoch - 2), "[\"1\"]");
    assertThat(error(late)).startsWith(ClientProblem.TOO_LATE.name());
    assertThat(error(served.post(path + "-2", "[\"1\"]")))
        .startsWith(ClientProblem.MALFORMED.name());
  }

  // ---- exits

  private static final String EXITS = "/eth/v1/beacon/pool/voluntary_exits";

  private static Bytes32 exitRoot(ServedClient served, long slot, int validator) throws Exception {
    return GivenRule.exit(
            new DutySlot(served.times.spec(), served.times.genesis(), slot),
            Long.parseLong(index(served, validator)))
        .meaning()
        .root();
  }

  private static ObjectNode exit(ServedClient served, long epoch, int validator, Bytes signature)
      throws Exception {
    ObjectNode exit = object();
    exit.putObject("message")
        .put("epoch", Long.toString(epoch))
        .put("validator_index", index(served, validator));
    return exit.put("signature", ApiJson.hex(signature));
  }

  @Test
  void anExitOfThePeriodIsTheOperatorsApprovalAndItsPartial() throws Exception {
    ServedClient served = served(Fork.FULU);
    long period = served.times.firstSlotOfPeriod(served.slot());
    long epoch = served.times.spec().epochOf(period);
    Bytes32 root = exitRoot(served, period, 1);

    Reply reply = served.post(EXITS, exit(served, epoch, 1, served.sign(1, root)).toString());
    Reply again = served.post(EXITS, exit(served, epoch, 1, served.sign(1, root)).toString());

    assertThat(reply.status()).isEqualTo(200);
    assertThat(again.status()).isEqualTo(200);
    assertThat(served.exits).containsExactly(1, 1);
    assertThat(
            served
                .ask(new DutyId(DutyType.EXIT, period, 1, 0), Bytes.EMPTY, root)
                .toCompletableFuture())
        .isCompletedWithValue(served.partial(1, root));
  }

  @Test
  void anExitOfAnotherEpochIsToldWhichOneToSign() throws Exception {
    ServedClient served = served(Fork.FULU);
    long epoch = served.times.spec().epochOf(served.times.firstSlotOfPeriod(served.slot()));

    Reply reply =
        served.post(EXITS, exit(served, epoch + 20, 1, Bytes.wrap(new byte[96])).toString());

    assertThat(reply.status()).isEqualTo(400);
    assertThat(error(reply)).startsWith("WRONG_EPOCH: ").endsWith("with epoch " + epoch);
    assertThat(served.exits).isEmpty();
  }

  @Test
  void anExitThatTheShareDidNotSignIsNoApproval() throws Exception {
    ServedClient served = served(Fork.FULU);
    long period = served.times.firstSlotOfPeriod(served.slot());
    Bytes32 root = exitRoot(served, period, 1);

    Reply reply =
        served.post(
            EXITS,
            exit(served, served.times.spec().epochOf(period), 1, served.sign(0, root)).toString());

    assertThat(reply.status()).isEqualTo(400);
    assertThat(error(reply)).startsWith(ClientProblem.WRONG_SIGNATURE.name());
    assertThat(served.exits).isEmpty();
    assertThat(error(served.post(EXITS, "{}"))).startsWith(ClientProblem.MALFORMED.name());
  }

  // ---- bodies

  private static BufferedReader send(Socket client, String request) throws Exception {
    client.setSoTimeout(10_000);
    client.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    client.getOutputStream().flush();
    return new BufferedReader(
        new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "beacon/pool/sync_committees",
        "validator/duties/attester/17",
        "validator/beacon_committee_subscriptions",
        "validator/sync_committee_subscriptions",
        "beacon/rewards/attestations/17",
        "beacon/rewards/sync_committee/head"
      })
  void aClientThatSendsItsBodyTooSlowlyIsToldSo(String route) throws Exception {
    ServedClient served = new ServedClient(Fork.FULU, Duration.ofMillis(100), Gate.ROOM_BYTES);
    opened = Optional.of(served);
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), served.port())) {
      BufferedReader answer =
          send(
              client,
              "POST /eth/v1/%s HTTP/1.1\r\nHost: pod\r\n".formatted(route)
                  + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n[");

      assertThat(answer.readLine()).startsWith("HTTP/1.1 408 ");
      while (!answer.readLine().isEmpty()) {
        // The headers.
      }
      assertThat(answer.read()).isEqualTo('{');
    }
    assertThat(served.desk.refusals()).containsEntry(ClientProblem.TOO_SLOW, 1L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"config/spec", "validator/duties/proposer/17"})
  void nobodyWaitsForTheBodyOfAQuestion(String route) throws Exception {
    ServedClient served = served(Fork.FULU);
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), served.port())) {
      assertThat(
              send(
                      client,
                      "GET /eth/v1/%s HTTP/1.1\r\nHost: pod\r\nContent-Length: 100\r\n"
                              .formatted(route)
                          + "Content-Type: application/json\r\n\r\n[")
                  .readLine())
          .startsWith("HTTP/1.1 200 ");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "beacon/pool/sync_committees",
        "validator/duties/attester/17",
        "validator/beacon_committee_subscriptions"
      })
  void aBodyThatBreaksOffIsTheClientsFault(String route) throws Exception {
    ServedClient served = served(Fork.FULU);
    for (boolean isReset : List.of(false, true)) {
      try (Socket client = new Socket(InetAddress.getLoopbackAddress(), served.port())) {
        var _ =
            send(
                client,
                "POST /eth/v1/%s HTTP/1.1\r\nHost: pod\r\n".formatted(route)
                    + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n[");
        client.setSoLinger(isReset, 0);
      }
    }

    long givenUp = System.nanoTime() + 10_000_000_000L;
    while (served.desk.refusals().getOrDefault(ClientProblem.MALFORMED, 0L) < 2
        && System.nanoTime() < givenUp) {
      Thread.onSpinWait();
    }
    assertThat(served.desk.refusals()).containsEntry(ClientProblem.MALFORMED, 2L);
  }

  private ServedClient served(ResponseEntity answer) throws Exception {
    ServedClient served =
        new ServedClient(
            Fork.FULU,
            Duration.ofSeconds(2),
            () -> org.apache.pekko.http.javadsl.model.HttpResponse.create().withEntity(answer));
    opened = Optional.of(served);
    return served;
  }

  @Test
  void aBodyMayComeInOneLargeChunk() throws Exception {
    ServedClient served = served(Fork.FULU);
    String ids = "{\"ids\":[\"1\"]" + " ".repeat(2_000_000) + "}";
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), served.port())) {
      assertThat(
              send(
                      client,
                      "POST /eth/v1/beacon/states/head/validators HTTP/1.1\r\nHost: pod\r\n"
                          + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                          + Integer.toHexString(ids.length())
                          + "\r\n"
                          + ids
                          + "\r\n0\r\n\r\n")
                  .readLine())
          .startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void aChunkBeyondTheBoundIsABodyBeyondTheBound() throws Exception {
    ServedClient served = served(Fork.FULU);
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), served.port())) {
      assertThat(
              send(
                      client,
                      "POST /eth/v2/beacon/blocks HTTP/1.1\r\nHost: pod\r\n"
                          + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                          + Integer.toHexString(Gate.CHUNK_BYTES_MAX + 1)
                          + "\r\n[")
                  .readLine())
          .startsWith("HTTP/1.1 413 ");
    }
    assertThat(served.desk.refusals()).containsEntry(ClientProblem.TOO_LARGE, 1L);
  }

  @Test
  void anAnswerOfABeaconNodeInAChunkBeyondTheBoundIsRefused() throws Exception {
    ServedClient served =
        served(
            HttpEntities.createChunked(
                ContentTypes.APPLICATION_JSON,
                Source.single(
                    ByteString.fromArray(new byte[ValidatorApi.BODY_BYTES_MAX + 1_024]))));

    assertThat(error(served.get("/eth/v1/beacon/states/head/validators")))
        .startsWith(ClientProblem.LARGE_ANSWER.name());
  }

  private static Source<ByteString, ?> chunks(int bytes) {
    return Source.repeat(ByteString.fromArray(new byte[1_024])).take(bytes / 1_024);
  }

  @Test
  void anAnswerOfABeaconNodeBeyondTheBoundIsRefused() throws Exception {
    ServedClient served =
        served(
            HttpEntities.createChunked(
                ContentTypes.APPLICATION_JSON, chunks(ValidatorApi.BODY_BYTES_MAX + 1_024)));

    Reply reply = served.get("/eth/v1/beacon/states/head/validators");

    assertThat(reply.status()).isEqualTo(502);
    assertThat(error(reply)).startsWith(ClientProblem.LARGE_ANSWER.name());
    assertThat(served.desk.refusals()).containsEntry(ClientProblem.LARGE_ANSWER, 1L);
  }

  @Test
  void anAnswerOfABeaconNodeThatDoesNotEndIsNone() throws Exception {
    for (Source<ByteString, ?> end :
        List.<Source<ByteString, ?>>of(
            Source.failed(new IllegalStateException("the node went away")), Source.maybe())) {
      ServedClient served =
          served(
              HttpEntities.createChunked(
                  ContentTypes.APPLICATION_JSON, chunks(10_240).concat(end)));

      Reply reply = served.get("/eth/v1/beacon/states/head/validators");

      assertThat(reply.status()).isEqualTo(503);
      assertThat(error(reply)).startsWith(ClientProblem.NO_BEACON_NODE.name());
      served.close();
    }
  }

  // ---- who may ask

  private static OperatorSettings.SecuredApi withToken(Path folder, String token) throws Exception {
    Path file = Files.writeString(folder.resolve("token.txt"), token + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return new OperatorSettings.SecuredApi(
        new Address("127.0.0.1", 0), Optional.empty(), Optional.of(file));
  }

  @Test
  void whoDoesNotShowTheTokenGetsNothing(@TempDir Path folder) throws Exception {
    ServedClient served = new ServedClient(Fork.FULU, withToken(folder, "hunter2-hunter2-hunter2"));
    opened = Optional.of(served);
    String path = "/eth/v1/config/spec";

    for (Reply reply :
        List.of(
            served.get(path),
            served.get(path, "Authorization", "Bearer hunter2-hunter2-hunter3"))) {
      assertThat(reply.status()).isEqualTo(401);
      assertThat(error(reply)).startsWith(ClientProblem.NOT_AUTHORIZED.name());
    }
    assertThat(served.get(path, "Authorization", "Bearer hunter2-hunter2-hunter2").status())
        .isEqualTo(200);
    assertThat(served.desk.refusals()).containsEntry(ClientProblem.NOT_AUTHORIZED, 2L);
  }

  @Test
  void aTokenThatIsTooShortIsRefusedAndNotRepeated(@TempDir Path folder) throws Exception {
    OperatorSettings.SecuredApi settings = withToken(folder, "hunter2");

    assertThatExceptionOfType(InvalidConfiguration.class)
        .isThrownBy(() -> new ServedClient(Fork.FULU, settings))
        .withMessageContaining("token.txt")
        .withMessageNotContaining("hunter2");
  }

  @Test
  void theOldContractHasTheOldRoutes() throws Exception {
    ServedClient served = served(Fork.DENEB);
    AttestationData data = data(served);
    served.ask(DutyId.attester(served.slot(), 0), data.encode(), root(served, data));

    Reply reply =
        served.get("/eth/v1/validator/attestation_data?committee_index=0&slot=" + served.slot());

    assertThat(
            BeaconContract.violations(
                OLD, "validator/attestation_data.yaml", "get", 200, reply.json()))
        .isEmpty();
  }
}
