/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.config.Address;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.feature.Features;
import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.http.view.NodeView;
import dev.quorate.persistence.event.CorruptJournalException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdminApiTest {
  private static final int VALIDATORS = 1_000;

  private final Served served;

  AdminApiTest() throws IOException {
    served = new Served(VALIDATORS);
  }

  @AfterEach
  void stop() {
    served.close();
  }

  @ParameterizedTest
  @CsvSource({
    "/, 404, UNKNOWN_ROUTE",
    "/v1, 404, UNKNOWN_ROUTE",
    "/v1/node/, 404, UNKNOWN_ROUTE",
    "/v1/nodes, 404, UNKNOWN_ROUTE",
    "/v1/validators/, 404, UNKNOWN_ROUTE",
    "/v1/validators/1/duties, 404, UNKNOWN_ROUTE",
    "/v1/validators/1000, 404, UNKNOWN_VALIDATOR",
    "/v1/validators/-1, 404, UNKNOWN_VALIDATOR",
    "/v1/validators/99999999999999999999, 404, UNKNOWN_VALIDATOR",
    "/v1/validators/0x1234, 404, UNKNOWN_VALIDATOR",
    "/v1/validators/somebody, 404, UNKNOWN_VALIDATOR",
    "/v1/validators?page=0, 400, BAD_PARAMETER",
    "/v1/validators?page=-1, 400, BAD_PARAMETER",
    "/v1/validators?page=two, 400, BAD_PARAMETER",
    "/v1/validators?page=1&page=2, 400, BAD_PARAMETER",
    "/v1/validators?page=2147483648, 400, BAD_PARAMETER",
    "/v1/validators?size=0, 400, BAD_PARAMETER",
    "/v1/validators?size=201, 400, BAD_PARAMETER",
    "/v1/validators?size=, 400, BAD_PARAMETER",
    "/v1/validators?sise=10, 400, BAD_PARAMETER",
    "/v1/validators?search=xyz, 400, BAD_PARAMETER",
    "/v1/duties?after=-1, 400, BAD_PARAMETER",
    "/v1/duties?after=9223372036854775808, 400, BAD_PARAMETER",
    "/v1/duties?limit=201, 400, BAD_PARAMETER",
    "/v1/duties/explain, 400, BAD_PARAMETER",
    "/v1/duties/explain?validator=0, 400, BAD_PARAMETER",
    "/v1/duties/explain?slot=100, 400, BAD_PARAMETER",
    "/v1/duties/explain?validator=0&slot=x, 400, BAD_PARAMETER",
    "/v1/duties/explain?validator=0&slot=100&type=juror, 400, BAD_PARAMETER",
    "/v1/duties/explain?validator=1000&slot=100, 404, UNKNOWN_VALIDATOR",
    "/v1/duties/explain?validator=0x&slot=100, 404, UNKNOWN_VALIDATOR",
    "/v1/duties/explain?validator=0&slot=99, 404, NOT_IN_JOURNAL",
    "/v1/duties/explain?validator=0&slot=9223372036854775807, 404, NOT_IN_JOURNAL",
    "/v1/protection/check, 400, BAD_PARAMETER",
    "/v1/protection/check?source=1&target=2, 400, BAD_PARAMETER",
    "/v1/protection/check?validator=1, 400, BAD_PARAMETER",
    "/v1/protection/check?validator=1&target=2, 400, BAD_PARAMETER",
    "/v1/protection/check?validator=1&slot=2&source=1, 400, BAD_PARAMETER",
    "/v1/protection/check?validator=1&slot=2&source=1&target=2, 400, BAD_PARAMETER",
    "/v1/protection/check?validator=1&slot=-1, 400, BAD_PARAMETER",
    "/v1/protection/check?validator=1&slot=2&root=0x12, 400, BAD_PARAMETER",
    "/v1/protection/check?validator=1000&slot=2, 404, UNKNOWN_VALIDATOR",
    "/v1/node?verbose=1, 400, BAD_PARAMETER",
    "/livez?x, 400, BAD_PARAMETER",
  })
  void refusesWhatItDoesNotKnow(String path, int status, String reason) throws Exception {
    Served.Reply reply = served.get(path);

    assertThat(reply.status()).isEqualTo(status);
    assertThat(reply.reason()).isEqualTo(reason);
    assertThat(reply.contentType()).isEqualTo("application/json");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
  void refusesEveryMethodButGetAndHead(String method) throws Exception {
    Served.Reply reply = served.ask(method, "/v1/node");

    assertThat(reply.status()).isEqualTo(405);
    assertThat(reply.reason()).isEqualTo("METHOD_NOT_ALLOWED");
    assertThat(reply.response().headers().firstValue("Allow")).contains("GET, HEAD");
  }

  @Test
  void nodeTellsWhatTheOperatorsLastAgreedOnOnceTheyDid() throws Exception {
    assertThat(served.ask("GET", "/v1/node").json().has("features")).isFalse();

    long epoch = 7;
    DutyId duty =
        new DutyId(
            DutyType.INFO_SYNC, served.pod.facts().times().spec().firstSlotOf(epoch + 1) - 1, 0, 0);
    served.pod.journal =
        CompletableFuture.completedStage(
            FakePod.ledger()
                .apply(
                    new DutyEvent.Decided(
                        duty,
                        new Features(List.of("info-sync", "later")).value(),
                        DutyEvent.Trail.NONE,
                        DutyEvent.Aftermath.NONE)));
    assertThat(served.ask("GET", "/v1/node").json().path("features").toString())
        .isEqualTo("{\"epoch\":7,\"names\":[\"info-sync\",\"later\"]}");

    served.pod.journal = CompletableFuture.failedStage(new TimeoutException("on its way"));
    assertThat(served.ask("GET", "/v1/node").json().has("features")).isFalse();
  }

  private static String approval(String validator, long slot, String signature) {
    return "/v1/exits?validator=%s&slot=%s&signature=%s".formatted(validator, slot, signature);
  }

  private long period() {
    return FakePod.times().firstSlotOfPeriod(FakePod.times().slotAt(served.pod.nowMillis()));
  }

  @Test
  void anExitIsApprovedWithTheOperatorsSignatureAlone() throws Exception {
    Served.Reply refused = served.ask("POST", approval("3", period(), "cd".repeat(64)));
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.reason()).isEqualTo("WRONG_SIGNATURE");
    assertThat(served.pod.approved).isEmpty();

    Served.Reply approved = served.ask("POST", approval("3", period(), "ab".repeat(64)));
    assertThat(approved.status()).isEqualTo(200);
    assertThat(approved.json().path("slot").asLong()).isEqualTo(period());
    assertThat(approved.json().path("epoch").asLong()).isEqualTo(period() / 32);
    assertThat(approved.json().path("deadlineMillis").asLong())
        .isEqualTo(FakePod.times().startMillis(period() + 256 * 32));
    assertThat(served.pod.approved).containsExactly(served.pod.facts().keys().get(3));
  }

  @Test
  void anExitOfAnotherPeriodOrOfNobodyIsNotApproved() throws Exception {
    for (long slot : new long[] {period() - 1, period() + 1, period() + 256 * 32}) {
      Served.Reply reply = served.ask("POST", approval("3", slot, "ab".repeat(64)));
      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.reason()).isEqualTo("BAD_PARAMETER");
    }
    for (String signature : List.of("", "ab", "AB".repeat(64), "ab".repeat(65), "xy".repeat(64))) {
      assertThat(served.ask("POST", approval("3", period(), signature)).reason())
          .isEqualTo("BAD_PARAMETER");
    }
    assertThat(served.ask("POST", approval("1000", period(), "ab".repeat(64))).reason())
        .isEqualTo("UNKNOWN_VALIDATOR");
    assertThat(served.pod.approved).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "PUT", "DELETE"})
  void nothingIsApprovedByReading(String method) throws Exception {
    Served.Reply reply = served.ask(method, approval("3", period(), "ab".repeat(64)));

    assertThat(reply.status()).isEqualTo(405);
    assertThat(reply.response().headers().firstValue("Allow")).contains("POST");
    assertThat(served.pod.approved).isEmpty();
  }

  @Test
  void answersHeadWithoutABody() throws Exception {
    Served.Reply reply = served.ask("HEAD", "/v1/peers");

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body()).isEmpty();
    assertThat(reply.response().headers().firstValueAsLong("Content-Length").getAsLong())
        .isEqualTo(served.get("/v1/peers").body().length());
  }

  @Test
  void refusesAUriThatIsLongerThanAnyThatMakesSense() throws Exception {
    Served.Reply reply = served.get("/v1/validators?search=" + "a".repeat(2_000));

    assertThat(reply.status()).isEqualTo(414);
    assertThat(reply.reason()).isEqualTo("URI_TOO_LONG");
  }

  @Test
  void refusesAValueThatIsLongerThanAnyThatMakesSense() throws Exception {
    assertThat(served.get("/v1/validators?search=" + "a".repeat(Query.VALUE_CHARS_MAX)).reason())
        .isEqualTo("BAD_PARAMETER");
    assertThat(
            served.get("/v1/validators?search=" + "a".repeat(Query.VALUE_CHARS_MAX + 1)).reason())
        .isEqualTo("BAD_PARAMETER");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "NONSENSE NONSENSE NONSENSE\r\n\r\n",
        "GET /v1/node HTTP/9.9\r\n\r\n",
        "GET /v1/validators?search=%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
      })
  void answersWhatIsNoRequestLikeEveryOther(String text) throws Exception {
    try (Socket socket = connect(served)) {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
      String answer = readUntilBodyEnds(socket);

      assertThat(answer)
          .matches("(?s)HTTP/1.1 (400|505) .*\"reason\":\"MALFORMED_REQUEST\".*")
          .doesNotContain("Exception", "Server:");
    }
  }

  @Test
  void moreConnectionsThanTheBoundWaitUntilOneIsClosed() throws Exception {
    List<Socket> open = new ArrayList<>();
    try {
      for (int i = 0; i < AdminApi.CONNECTIONS_MAX; i++) {
        Socket socket = connect(served);
        open.add(socket);
        assertThat(askLivez(socket)).contains("200 OK");
      }
      Socket surplus = connect(served);
      open.add(surplus);
      surplus.setSoTimeout(300);
      assertThatThrownBy(() -> askLivez(surplus)).isInstanceOf(SocketTimeoutException.class);

      open.removeFirst().close();
      surplus.setSoTimeout(5_000);
      assertThat(readUntilBodyEnds(surplus)).contains("200 OK");
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }

  private static Socket connect(Served served) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), served.api.address().getPort());
    socket.setSoTimeout(5_000);
    return socket;
  }

  private static String askLivez(Socket socket) throws IOException {
    socket
        .getOutputStream()
        .write("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    return readUntilBodyEnds(socket);
  }

  /** Every body is a JSON object that ends with its only or doubled closing brace. */
  private static String readUntilBodyEnds(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    StringBuilder text = new StringBuilder();
    int read = in.read();
    while (read >= 0) {
      text.append((char) read);
      if (read == '}' && in.available() == 0) {
        break;
      }
      read = in.read();
    }
    return text.toString();
  }

  @Test
  void givesEveryValidatorOnceInTheOrderOfTheClusterFile() throws Exception {
    List<Integer> positions = new ArrayList<>();
    for (int page = 1; page <= 6; page++) {
      JsonNode json = served.get("/v1/validators?size=200&page=" + page).json();
      assertThat(json.path("total").intValue()).isEqualTo(VALIDATORS);
      json.path("validators").forEach(one -> positions.add(one.path("position").intValue()));
    }

    assertThat(positions)
        .containsExactlyElementsOf(IntStream.range(0, VALIDATORS).boxed().toList());
  }

  @Test
  void findsAValidatorByPositionAndByTheBeginOfItsKey() throws Exception {
    String key = served.pod.facts().keys().get(123).hex();
    for (String search :
        List.of("123", key, "0x" + key.substring(0, 20), key.toUpperCase(Locale.ROOT))) {
      JsonNode json = served.get("/v1/validators?search=" + search).json();
      assertThat(json.path("total").intValue()).as(search).isEqualTo(1);
      assertThat(json.path("validators").path(0).path("position").intValue()).isEqualTo(123);
    }
    for (String name : List.of("123", key, "0x" + key)) {
      assertThat(served.get("/v1/validators/" + name).json().path("position").intValue())
          .isEqualTo(123);
    }
  }

  @Test
  void givesDutiesToWhoFollows() throws Exception {
    for (int validator = 0; validator < 5; validator++) {
      served.pod.end(DutyId.attester(7, validator), FakePod.broadcast(1));
    }
    JsonNode latest = served.get("/v1/duties?limit=2").json().path("duties");
    assertThat(latest).extracting(duty -> duty.path("validator").intValue()).containsExactly(3, 4);

    long id = latest.path(0).path("id").longValue();
    served.pod.end(DutyId.attester(8, 0), FakePod.missed(Reason.NO_QUORUM));
    JsonNode next = served.get("/v1/duties?after=" + id).json().path("duties");
    assertThat(next)
        .extracting(duty -> duty.path("duty").textValue())
        .containsExactly("attester/7/4", "attester/8/0");
    assertThat(next.path(1).path("reason").textValue()).isEqualTo("NO_QUORUM");
  }

  static Stream<Arguments> wrongs() {
    return Stream.of(
        wrong(Impairment.LINK_DOWN, 200, pod -> pod.reachable = Set.of(0, 2)),
        wrong(Impairment.LINKS_BELOW_QUORUM, 503, pod -> pod.reachable = Set.of(0)),
        wrong(Impairment.VALIDATORS_DOWN, 503, pod -> pod.up = Set.of(1, 2, 3)),
        wrong(
            Impairment.CLOCK_SET,
            503,
            pod -> pod.clock = new NodeView.Clock(1, OptionalLong.of(-7_000))),
        wrong(Impairment.RIVAL, 200, pod -> pod.rivalSlot = OptionalLong.of(7)),
        wrong(
            Impairment.DATABASE_UNREACHABLE,
            503,
            pod -> pod.database = CompletableFuture.completedStage(false)),
        wrong(Impairment.QUARANTINED, 503, pod -> pod.isSealed = true),
        wrong(
            Impairment.REMOTE_SIGNER_DOWN,
            503,
            pod -> pod.signerAilment = Optional.of("it does not answer")),
        wrong(
            Impairment.NO_BEACON_NODE_READY,
            503,
            pod -> pod.beaconNodes = List.of(new NodeView.BeaconNode("http://one", "SYNCING", 0))),
        wrong(
            Impairment.BEACON_NODE_NOT_READY,
            200,
            pod ->
                pod.beaconNodes =
                    List.of(
                        new NodeView.BeaconNode("http://one", "READY", 0),
                        new NodeView.BeaconNode("http://two", "READY", 5))));
  }

  private static Arguments wrong(Impairment reason, int status, Consumer<FakePod> how) {
    return Arguments.of(reason, status, how);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrongs")
  void saysWhatIsWrong(Impairment reason, int status, Consumer<FakePod> how) throws Exception {
    how.accept(served.pod);

    Served.Reply reply = served.get("/readyz");
    assertThat(reply.status()).isEqualTo(status);
    assertThat(reply.json().path("ready").booleanValue()).isEqualTo(status == 200);
    assertThat(reply.json().path("impairments"))
        .extracting(one -> one.path("reason").textValue())
        .contains(reason.name());
    assertThat(served.get("/livez").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @EnumSource(Impairment.class)
  void everyImpairmentIsHit(Impairment reason) {
    assertThat(wrongs()).anyMatch(arguments -> arguments.get()[0] == reason);
  }

  @Test
  void isReadyWhenNothingIsWrong() throws Exception {
    Served.Reply reply = served.get("/readyz");

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.json().path("impairments")).isEmpty();
  }

  @Test
  void saysSoWhenTheDatabaseHangs() throws Exception {
    served.pod.database = new CompletableFuture<>();

    assertThat(served.get("/readyz").json().path("impairments").path(0).path("reason").textValue())
        .isEqualTo("DATABASE_UNREACHABLE");
    assertThat(served.get("/livez").status()).isEqualTo(200);
  }

  @Test
  void saysSoWhenAnEntityOrAPodDoesNotAnswer() throws Exception {
    served.pod.journal = new CompletableFuture<>();
    served.pod.pods = CompletableFuture.failedStage(new TimeoutException("pods"));

    for (String path : List.of("/v1/validators/1", "/v1/pods")) {
      Served.Reply reply = served.get(path);
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.reason()).isEqualTo("TIMED_OUT");
    }
  }

  @Test
  void readsTheGuardForABoundedNumberAtATime() throws Exception {
    CompletionStage<Watermarks> known = served.pod.watermarks;
    CompletableFuture<Watermarks> hanging = new CompletableFuture<>();
    served.pod.watermarks = hanging;
    for (int i = 0; i < Answers.READINGS_MAX; i++) {
      assertThat(served.get("/v1/validators/1").reason()).isEqualTo("TIMED_OUT");
    }
    assertThat(served.get("/v1/duties/explain?validator=1&slot=100").reason())
        .as("the journal is in the same database")
        .isEqualTo("TOO_BUSY");
    Served.Reply surplus = served.get("/v1/validators/1");
    assertThat(surplus.status()).isEqualTo(503);
    assertThat(surplus.reason()).as("no reading ended").isEqualTo("TOO_BUSY");
    assertThat(served.get("/v1/validators/9999").reason()).isEqualTo("UNKNOWN_VALIDATOR");

    hanging.completeExceptionally(new IllegalStateException("the connection is gone"));
    served.pod.watermarks = known;
    assertThat(served.get("/v1/validators/1").status()).isEqualTo(200);
  }

  @Test
  void explainsADutyOfTheValidatorWhoseKeyBeginsSo() throws Exception {
    String key = served.get("/v1/validators/0").json().path("publicKey").asText();
    for (String name : List.of("0", key, key.substring(2, 14))) {
      Served.Reply reply =
          served.get("/v1/duties/explain?slot=%d&validator=%s".formatted(FakePod.SLOT, name));
      assertThat(reply.status()).as(reply.body()).isEqualTo(200);
      assertThat(reply.json().at("/duty/duty").asText()).isEqualTo("attester/100/0");
      assertThat(reply.json().at("/duty/progress").asText()).isEqualTo("BROADCAST");
      assertThat(reply.json().path("publicKey").asText()).isEqualTo(key);
    }
    assertThat(served.get("/v1/duties/explain?validator=0&slot=99").json().at("/error/message"))
        .hasToString("\"" + messageOfNothing() + "\"");
  }

  private String messageOfNothing() {
    PodView.Facts facts = served.pod.facts();
    return new Explainer(List.of(), 0, new Validators(facts.keys()), facts.times())
        .whyNothing(
            FakePod.excerpt(DutyId.attester(99, 0), FakePod.ledger().events()),
            served.pod.nowMillis());
  }

  @Test
  void saysThatTheJournalIsDamagedAndWhere() throws Exception {
    served.pod.excerpts =
        _ -> CompletableFuture.failedStage(new CorruptJournalException("damaged at its row 4"));
    Served.Reply reply = served.get("/v1/duties/explain?validator=0&slot=100");
    assertThat(reply.status()).isEqualTo(500);
    assertThat(reply.reason()).isEqualTo("JOURNAL_DAMAGED");
    assertThat(reply.body()).contains("damaged at its row 4");
  }

  @Test
  void saysWhatTheGuardWouldRefuseAndWhy() throws Exception {
    assertCheck("source=2&target=4", "");
    assertCheck("source=2&target=3&root=" + FakePod.ROOT, "");
    assertCheck("source=2&target=3", "target epoch 3 was signed, with the root " + FakePod.ROOT);
    assertCheck(
        "source=1&target=4", "source epoch 2 was signed: from an earlier one it might surround");
    assertCheck("slot=78", "");
    assertCheck("slot=76", "slot 77 was signed, which is later");
    assertCheck("slot=77", "slot 77 was signed elsewhere: nobody knows whether it is the same");
  }

  @Test
  void isNotReadyWhileWhatWasSignedMayBeForgotten() throws Exception {
    served.pod.isSealed = true;
    assertQuarantined("nobody knows yet whether");
    assertCheck("slot=78", "nobody knows yet what was signed: nothing is");

    served.pod.isSealed = false;
    // The pod's clock is at epoch 3.
    served.pod.quarantine = Optional.of(new Quarantine(101, 3, 2));
    assertQuarantined("refused up to target epoch 3");
    assertCheck(
        "source=2&target=3",
        "it may have been forgotten: target epochs up to 3 and source epochs before 2 are in"
            + " quarantine");
    assertCheck("slot=101", "it may have been forgotten: slots up to 101 are in quarantine");
    assertCheck("source=2&target=4", "");

    served.pod.quarantine = Optional.of(new Quarantine(90, 2, 1));
    assertThat(served.get("/readyz").body()).doesNotContain("QUARANTINED");
  }

  private void assertQuarantined(String message) throws Exception {
    Served.Reply reply = served.get("/readyz");
    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.body()).contains("QUARANTINED", message);
  }

  private void assertCheck(String asked, String objection) throws Exception {
    JsonNode answer = served.get("/v1/protection/check?validator=1&" + asked).json();
    assertThat(answer.path("granted").booleanValue()).isEqualTo(objection.isEmpty());
    assertThat(answer.path("objection").asText()).isEqualTo(objection);
  }

  @Test
  void doesNotSayWhatFailedInside() throws Exception {
    served.pod.journal =
        CompletableFuture.failedStage(new IllegalStateException("jdbc:postgresql://secret"));

    Served.Reply reply = served.get("/v1/validators/1");
    assertThat(reply.status()).isEqualTo(500);
    assertThat(reply.reason()).isEqualTo("INTERNAL_FAILURE");
    assertThat(reply.body()).doesNotContain("secret", "Exception");
  }

  @Test
  void saysWhereItCannotListen() {
    Address taken = new Address("127.0.0.1", served.api.address().getPort());

    assertThatThrownBy(() -> AdminApi.start(served.system(), served.pod, taken))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(taken.toString());
  }
}
