/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.sign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quorate.actors.fixture.Chains;
import dev.quorate.actors.fixture.FakeSigner;
import dev.quorate.actors.fixture.FakeSigner.Answering;
import dev.quorate.actors.fixture.FakeSigner.Reply;
import dev.quorate.actors.fixture.Group;
import dev.quorate.actors.fixture.Inbox;
import dev.quorate.actors.fixture.TlsFiles;
import dev.quorate.actors.sign.ShareSource.Request;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.config.OperatorSettings;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.chain.Preset;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.domain.Domains;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType.Container;
import dev.quorate.ethereum.ssz.SszValue;
import dev.quorate.ethereum.web3signer.RequestType;
import dev.quorate.ethereum.web3signer.SigningRequests;
import dev.quorate.signing.bls.Bls;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.PublicKey;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Over real mutual TLS, with real key shares. */
class RemoteSignerTest {
  private static final long PATIENT_MILLIS = 20_000;
  private static final long IMPATIENT_MILLIS = 500;
  private static final int SELF = 2;
  private static final long SLOT = 83;
  private static final long EPOCH = SLOT / Chains.SLOTS_PER_EPOCH;
  private static final DutyId DUTY = DutyId.attester(SLOT, 0);
  private static final Assignment ASSIGNMENT =
      new Assignment.Attestation(
          new AttesterDuty(Bytes.wrap(new byte[48]), 9, 5, 128, 64, 7, SLOT));
  private static final Group GROUP = Group.generate();
  private static final Group OTHER = Group.generate();
  private static final SigningRequests REQUESTS =
      new SigningRequests(
          new SimulatedChain(Chains.of(Fork.FULU, List.of(GROUP.publicKey()))).spec(),
          new Genesis(0, Bytes32.sha256(new byte[] {1}), Bytes.fromHex("00000000")));
  private static final Value DECIDED = new Value(attestation().encode());
  private static final Bytes32 ROOT =
      Domains.signingRoot(
          attestation().hashTreeRoot(),
          new Domains(REQUESTS.spec().forks(), REQUESTS.genesis())
              .at(DomainType.BEACON_ATTESTER, EPOCH));

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final TlsFiles server;
  private final TlsFiles client;
  private final TlsFiles stranger;
  private final TlsFiles elsewhere;
  private final FakeSigner fake;

  RemoteSignerTest(@TempDir Path folder) {
    server = TlsFiles.create(folder, "server", "127.0.0.1");
    client = TlsFiles.create(folder, "client", "127.0.0.1");
    stranger = TlsFiles.create(folder, "stranger", "127.0.0.1");
    elsewhere = TlsFiles.create(folder, "elsewhere", "192.0.2.1");
    fake = new FakeSigner(server, client, List.of(GROUP.shares().get(SELF)));
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable one : opened) {
      one.close();
    }
    fake.close();
  }

  private static Request request(Bytes32 root) {
    return new Request(DUTY, ASSIGNMENT, DECIDED, new Signable(root, EPOCH - 1, EPOCH));
  }

  private static AttestationData attestation() {
    Bytes32 root = Bytes32.sha256(new byte[] {2});
    return new AttestationData(
        SLOT, 0, root, new Checkpoint(EPOCH - 1, root), new Checkpoint(EPOCH, root));
  }

  private static OperatorSettings.RemoteSigner settings(
      String url, long timeoutMillis, TlsFiles own, TlsFiles trusted) {
    return new OperatorSettings.RemoteSigner(
        URI.create(url),
        timeoutMillis,
        PATIENT_MILLIS,
        Optional.of(new OperatorSettings.TlsKey(own.keyStore(), own.passwordFile())),
        Optional.of(trusted.certificate()));
  }

  private RemoteSigner open(OperatorSettings.RemoteSigner settings, PublicKey key) {
    RemoteSigner signer =
        new RemoteSigner(new Web3Signer(settings), List.of(key), REQUESTS, Runnable::run);
    opened.add(signer);
    return signer;
  }

  private RemoteSigner open(long timeoutMillis) {
    return open(
        settings(fake.url(), timeoutMillis, client, server), GROUP.shares().get(SELF).publicKey());
  }

  private static Bytes sign(RemoteSigner signer) {
    return signer.sign(request(ROOT)).toCompletableFuture().join();
  }

  private static SignerProblem problemOf(CompletionStage<Bytes> partial) {
    try {
      throw new AssertionError("signed: " + partial.toCompletableFuture().join());
    } catch (CompletionException failure) {
      if (failure.getCause() instanceof RemoteSignerException known) {
        assertThat(known.getMessage())
            .endsWith(known.problem().remedy())
            .doesNotContain("\n", TlsFiles.PASSWORD)
            .hasSizeLessThan(700);
        return known.problem();
      }
      throw failure;
    }
  }

  private static void assertFails(RemoteSigner signer, SignerProblem problem) {
    assertThat(problemOf(signer.sign(request(ROOT)))).isEqualTo(problem);
    assertThat(signer.failures()).isEqualTo(Map.of(problem, 1L));
  }

  // ---- what goes well

  @Test
  void signsWhatWasDecidedWithTheShareOfThisOperator() {
    assertThat(sign(open(PATIENT_MILLIS))).isEqualTo(GROUP.partial(SELF, ROOT));
    assertThat(fake.signed()).containsExactly("ATTESTATION");
  }

  @Test
  void takesTextFromASignerThatAnswersWithIt() {
    fake.answering((exchange, reply) -> {
      String signature = reply.body().replaceAll(".*(0x\\p{XDigit}+).*", "$1");
      FakeSigner.send(exchange, new Reply(200, "text/plain", signature + "\n"));
    });

    assertThat(sign(open(PATIENT_MILLIS))).isEqualTo(GROUP.partial(SELF, ROOT));
  }

  @ParameterizedTest
  @EnumSource(RequestType.class)
  void asksForEveryTypeOfMessageAsTheSignerUnderstandsIt(RequestType type) throws IOException {
    SigningRequests.Request asked = REQUESTS.of(type, message(type), EPOCH);
    PublicKey key = GROUP.shares().get(SELF).publicKey();
    try (Web3Signer signer = new Web3Signer(settings(fake.url(), PATIENT_MILLIS, client, server))) {
      assertThat(
              Bls.verify(
                  key,
                  HashedMessage.of(asked.signingRoot()),
                  signer.sign(key, asked.json(), signer.endNanos())))
          .isTrue();
    }
    assertThat(fake.signed()).containsExactly(type.name());
  }

  /** All of this slot or epoch. */
  private static SszValue message(RequestType type) throws IOException {
    Bytes32 root = Bytes32.sha256(new byte[] {3});
    String signature = "0x" + "c0" + "00".repeat(95);
    String json =
        switch (type) {
          case AGGREGATION_SLOT -> "{'slot':'83'}";
          case AGGREGATE_AND_PROOF_V2 ->
              "{'aggregator_index':'7','selection_proof':'%2$s','aggregate':{'aggregation_bits':'0x0301','data':%3$s,'signature':'%2$s','committee_bits':'0x0100000000000000'}}";
          case ATTESTATION -> "%3$s";
          case BLOCK_V2 ->
              "{'slot':'83','proposer_index':'7','parent_root':'%1$s','state_root':'%1$s','body_root':'%1$s'}";
          case RANDAO_REVEAL -> "{'epoch':'10'}";
          case SYNC_COMMITTEE_MESSAGE -> "{'beacon_block_root':'%1$s','slot':'83'}";
          case SYNC_COMMITTEE_SELECTION_PROOF -> "{'slot':'83','subcommittee_index':'3'}";
          case SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF ->
              "{'aggregator_index':'7','selection_proof':'%2$s','contribution':{'slot':'83','beacon_block_root':'%1$s','subcommittee_index':'3','aggregation_bits':'0x000102030405060708090a0b0c0d0e0f','signature':'%2$s'}}";
          case VALIDATOR_REGISTRATION ->
              "{'fee_recipient':'0x6fdfab408c56b6105a76eff5c0435d09fc6ed7a9','gas_limit':'36000000','timestamp':'1700000000','pubkey':'0x%4$s'}";
          case VOLUNTARY_EXIT -> "{'epoch':'10','validator_index':'7'}";
        };
    Container container = type.container(new BeaconTypes(Fork.FULU, Preset.MAINNET));
    return SszJson.read(
            container,
            new ObjectMapper()
                .readTree(
                    json.formatted(root, signature, attestation().toJson(), GROUP.publicKey().hex())
                        .replace('\'', '"')))
        .orElseThrow();
  }

  @Test
  void theSignerSignsNothingThatIsNotOfTheMessage() {
    SigningRequests.Request asked = REQUESTS.of(ASSIGNMENT, SLOT, DECIDED, ROOT).orElseThrow();
    PublicKey key = GROUP.shares().get(SELF).publicKey();
    asked.json().put("signingRoot", Bytes32.ZERO.toString());
    try (Web3Signer signer = new Web3Signer(settings(fake.url(), PATIENT_MILLIS, client, server))) {
      assertThatExceptionOfType(RemoteSignerException.class)
          .isThrownBy(() -> signer.sign(key, asked.json(), signer.endNanos()))
          .withMessageContaining("status 400");
    }
  }

  @Test
  void asksForNothingThatTheRootIsNotOf() {
    CompletionStage<Bytes> partial = open(PATIENT_MILLIS).sign(request(Bytes32.ZERO));

    assertThat(
            catchThrowableOfType(
                CompletionException.class, () -> partial.toCompletableFuture().join()))
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThat(fake.signed()).isEmpty();
  }

  // ---- who is on the other side

  @Test
  void aSignerThatDoesNotTakeOurCertificateSignsNothing() {
    assertFails(
        open(
            settings(fake.url(), PATIENT_MILLIS, stranger, server),
            GROUP.shares().get(SELF).publicKey()),
        SignerProblem.UNREACHABLE);
    assertThat(fake.signed()).isEmpty();
  }

  @Test
  void aSignerThatIsNotTheTrustedOneIsAskedNothing() {
    assertFails(
        open(
            settings(fake.url(), PATIENT_MILLIS, client, stranger),
            GROUP.shares().get(SELF).publicKey()),
        SignerProblem.UNREACHABLE);
    assertThat(fake.signed()).isEmpty();
  }

  @Test
  void aTrustedCertificateThatNamesAnotherHostIsNotTheSigners() {
    try (FakeSigner misplaced =
        new FakeSigner(elsewhere, client, List.of(GROUP.shares().get(SELF)))) {
      assertFails(
          open(
              settings(misplaced.url(), PATIENT_MILLIS, client, elsewhere),
              GROUP.shares().get(SELF).publicKey()),
          SignerProblem.UNREACHABLE);
      assertThat(misplaced.signed()).isEmpty();
    }
  }

  @Test
  void saysThatNobodyIsThere() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    assertFails(
        open(
            settings("https://127.0.0.1:" + port, PATIENT_MILLIS, client, server),
            GROUP.shares().get(SELF).publicKey()),
        SignerProblem.UNREACHABLE);
  }

  // ---- what it answers

  private static Answering instead(int status, String body) {
    return (exchange, _) -> FakeSigner.send(exchange, new Reply(status, "application/json", body));
  }

  private static Answering signature(Bytes compressed) {
    return instead(200, "{\"signature\":\"" + ApiJson.hex(compressed) + "\"}");
  }

  static Stream<Arguments> wrongs() {
    Bytes32 other = Bytes32.sha256(new byte[] {4});
    String right = ApiJson.hex(GROUP.shares().get(SELF).sign(HashedMessage.of(ROOT)).compressed());
    return Stream.of(
        wrong("of another key", SignerProblem.WRONG_SIGNATURE, signature(OTHER.sign(ROOT))),
        wrong(
            "over something else",
            SignerProblem.WRONG_SIGNATURE,
            signature(GROUP.shares().get(SELF).sign(HashedMessage.of(other)).compressed())),
        wrong(
            "infinity",
            SignerProblem.WRONG_SIGNATURE,
            signature(Bytes.fromHex("c0" + "00".repeat(95)))),
        wrong(
            "no point", SignerProblem.BAD_ANSWER, signature(Bytes.fromHex("9f" + "ff".repeat(95)))),
        wrong("cut short", SignerProblem.BAD_ANSWER, instead(200, right.substring(0, 100))),
        wrong("no JSON", SignerProblem.BAD_ANSWER, instead(200, "{")),
        wrong("another object", SignerProblem.BAD_ANSWER, instead(200, "{\"signed\":true}")),
        wrong("nested", SignerProblem.BAD_ANSWER, instead(200, "[".repeat(1_000))),
        wrong("empty", SignerProblem.BAD_ANSWER, instead(200, "")),
        wrong("too long", SignerProblem.BAD_ANSWER, instead(200, right + " ".repeat(1_000))),
        wrong(
            "ends early",
            SignerProblem.BAD_ANSWER,
            (exchange, _) -> {
              exchange.sendResponseHeaders(200, 100);
              exchange.getResponseBody().write(new byte[10]);
              exchange.getResponseBody().flush();
              throw new IOException("as told");
            }),
        wrong("refused", SignerProblem.SLASHING_PROTECTION, instead(412, "no")),
        wrong("unknown", SignerProblem.UNKNOWN_KEY, instead(404, "no")),
        wrong("failure", SignerProblem.BAD_STATUS, instead(500, "x".repeat(100_000))),
        wrong(
            "redirection",
            SignerProblem.BAD_STATUS,
            (exchange, _) -> {
              exchange.getResponseHeaders().add("Location", "/upcheck");
              exchange.sendResponseHeaders(307, -1);
            }));
  }

  private static Arguments wrong(String name, SignerProblem problem, Answering answering) {
    return Arguments.of(name, problem, answering);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrongs")
  void whatIsNoSignatureOfTheShareIsNotTaken(
      String name, SignerProblem problem, Answering answering) {
    fake.answering(answering);
    RemoteSigner signer = open(PATIENT_MILLIS);

    assertFails(signer, problem);

    fake.answering(FakeSigner::send);
    assertThat(sign(signer)).as("asked again").isEqualTo(GROUP.partial(SELF, ROOT));
  }

  @Test
  void aSignerWithoutTheKeySaysSo() {
    assertFails(
        open(
            settings(fake.url(), PATIENT_MILLIS, client, server),
            OTHER.shares().get(SELF).publicKey()),
        SignerProblem.UNKNOWN_KEY);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void givesUpOnAnAnswerThatStalls(int bytes) {
    CountDownLatch over = new CountDownLatch(1);
    fake.answering((exchange, _) -> {
      if (bytes > 0) {
        exchange.sendResponseHeaders(200, 100);
        exchange.getResponseBody().write(new byte[bytes]);
        exchange.getResponseBody().flush();
      }
      over.await();
    });

    assertFails(open(IMPATIENT_MILLIS), SignerProblem.TIMED_OUT);

    over.countDown();
  }

  @Test
  void noMoreRequestsAreInFlightThanTheBoundAndWhatCannotWaitFailsAtOnce()
      throws InterruptedException {
    CountDownLatch there = new CountDownLatch(RemoteSigner.IN_FLIGHT_MAX);
    CountDownLatch over = new CountDownLatch(1);
    fake.answering((exchange, reply) -> {
      there.countDown();
      over.await();
      FakeSigner.send(exchange, reply);
    });
    RemoteSigner signer = open(PATIENT_MILLIS);
    List<CompletionStage<Bytes>> asked = new ArrayList<>();
    for (int i = 0; i < RemoteSigner.IN_FLIGHT_MAX + RemoteSigner.WAITING_MAX; i++) {
      asked.add(signer.sign(request(ROOT)));
    }

    assertThat(problemOf(signer.sign(request(ROOT)))).isEqualTo(SignerProblem.OVERLOADED);

    there.await();
    over.countDown();
    assertThat(asked)
        .allSatisfy(partial ->
            assertThat(partial.toCompletableFuture())
                .succeedsWithin(Inbox.PATIENCE)
                .isEqualTo(GROUP.partial(SELF, ROOT)));
    assertThat(fake.busyMax()).isEqualTo(RemoteSigner.IN_FLIGHT_MAX);
  }

  @Test
  void whatHasWaitedForTooLongIsNotAskedAnyMore() {
    CountDownLatch over = new CountDownLatch(1);
    fake.answering((_, _) -> over.await());
    RemoteSigner signer = open(IMPATIENT_MILLIS);
    List<CompletionStage<Bytes>> asked = new ArrayList<>();
    for (int i = 0; i < RemoteSigner.IN_FLIGHT_MAX + RemoteSigner.WAITING_MAX; i++) {
      asked.add(signer.sign(request(ROOT)));
    }

    asked.forEach(partial ->
        assertThat(problemOf(partial)).isIn(SignerProblem.TIMED_OUT, SignerProblem.OVERLOADED));
    // Some come to be asked with hardly any time left; those behind them do not any more.
    assertThat(signer.failures()).containsKey(SignerProblem.OVERLOADED);
    over.countDown();
  }

  // ---- health

  @Test
  void knowsWhetherTheSignerIsUp() {
    RemoteSigner signer = open(PATIENT_MILLIS);
    assertThat(signer.ailment()).isPresent();

    signer.lookAfter();
    assertThat(signer.ailment()).isEmpty();

    fake.answering(instead(500, ""));
    signer.lookAfter();
    assertThat(signer.ailment())
        .hasValueSatisfying(said -> assertThat(said).contains("status 500"));
  }
}
