/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.beacon.client.BeaconError.BadAnswer;
import dev.quorate.beacon.client.BeaconError.BadStatus;
import dev.quorate.beacon.client.BeaconError.TimedOut;
import dev.quorate.beacon.client.BeaconError.Unreachable;
import dev.quorate.beacon.simulator.BeaconSimulator;
import dev.quorate.beacon.simulator.Fault;
import dev.quorate.beacon.simulator.ManualClock;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.beacon.simulator.TestValidators;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.attestation.SignedAttestation;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.duty.ProposerDuty;
import dev.quorate.ethereum.duty.SyncDuty;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.Location;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BeaconNodeTest {
  private static final long PATIENT_MILLIS = 20_000;
  private static final long IMPATIENT_MILLIS = 300;
  private static final TestValidators VALIDATORS = new TestValidators(16);
  private static final ChainSpec SPEC = new SimulatedChain(VALIDATORS.chain(Fork.FULU)).spec();
  private static final long SLOT = 43;

  private static ActorTestKit kit;

  private final ManualClock clock = new ManualClock();
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
  }

  private BeaconSimulator simulator(Fork fork) {
    BeaconSimulator simulator =
        await(BeaconSimulator.start(kit.system(), VALIDATORS.chain(fork), List.of(0), 0, clock));
    simulators.add(simulator);
    clock.set(simulator.chain().times().attestationDueMillis(SLOT));
    return simulator;
  }

  private static BeaconNode node(String url, long timeoutMillis) {
    return new BeaconNode(kit.system(), BeaconUrl.of(url), timeoutMillis);
  }

  private static BeaconNode nodeOf(BeaconSimulator simulator) {
    return node(simulator.nodeUrls().getFirst(), PATIENT_MILLIS);
  }

  private static BeaconNode nodeOf(FakeNode fake) {
    return new BeaconNode(kit.system(), fake.url(), PATIENT_MILLIS);
  }

  private static <T> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }

  private static BeaconError errorOf(CompletionStage<?> stage) {
    try {
      throw new AssertionError("an answer: " + stage.toCompletableFuture().join());
    } catch (CompletionException failure) {
      return BeaconException.errorOf(failure).orElseThrow();
    }
  }

  private static List<SignedAttestation> attestations(SimulatedChain chain) {
    AttestationData data = chain.attestationData(SLOT);
    return chain.dutiesAt(SLOT).stream().map(duty -> VALIDATORS.sign(chain, duty, data)).toList();
  }

  private static SignedAttestation forged(SimulatedChain chain) {
    List<AttesterDuty> duties = chain.dutiesAt(SLOT);
    SignedAttestation other = VALIDATORS.sign(chain, duties.get(1), chain.attestationData(SLOT));
    return new SignedAttestation(other.data(), duties.get(0), other.signature());
  }

  @ParameterizedTest
  @EnumSource(names = {"CAPELLA", "DENEB", "ELECTRA", "FULU"})
  void readsWhatTheChainIs(Fork fork) {
    BeaconSimulator simulator = simulator(fork);
    BeaconNode node = nodeOf(simulator);
    assertThat(await(node.genesis())).isEqualTo(simulator.chain().genesis());
    assertThat(await(node.spec())).isEqualTo(simulator.chain().spec());
    assertThat(await(node.spec()).forkAtSlot(SLOT)).isEqualTo(fork);
    assertThat(await(node.syncing())).isEqualTo(new SyncStatus(SLOT, 0, false, false, false));
  }

  @Test
  void saysThatANodeIsNotReadyWhileItSyncs() {
    BeaconSimulator simulator = simulator(Fork.FULU);
    simulator.setFaults(0, List.of(new Fault.Syncing()));
    BeaconNode node = nodeOf(simulator);
    assertThat(await(node.syncing()).isReady()).isFalse();
    assertThat(errorOf(node.attestationData(SLOT)))
        .isInstanceOfSatisfying(
            BadStatus.class,
            error -> {
              assertThat(error.status()).isEqualTo(503);
              assertThat(error.message()).contains("syncing");
              assertThat(error.call().endpoint())
                  .isEqualTo("GET /eth/v1/validator/attestation_data");
            });
  }

  @Test
  void findsValidatorsByPublicKeyAndLeavesOutUnknownOnes() {
    BeaconNode node = nodeOf(simulator(Fork.FULU));
    Bytes stranger = Bytes.wrap(new byte[48]);
    List<Bytes> asked =
        Stream.concat(VALIDATORS.publicKeys().stream().limit(3), Stream.of(stranger)).toList();
    Map<Bytes, IndexedValidator> found = await(node.validators(asked));
    assertThat(found).containsOnlyKeys(asked.subList(0, 3));
    assertThat(found.get(asked.get(2)))
        .isEqualTo(
            new IndexedValidator(SimulatedChain.validatorIndex(2), ValidatorStatus.ACTIVE_ONGOING));
  }

  @Test
  void neverAsksForAllValidatorsOfTheChain() {
    FakeNode fake = FakeNode.start(kit.system(), _ -> FakeNode.json(200, "{\"data\":[]}"));
    assertThat(await(nodeOf(fake).validators(List.of()))).isEmpty();
    assertThat(fake.routes()).isEmpty();
  }

  @Test
  void asksForValidatorsByGetInChunksWhereTheNodeLacksThePost() {
    int count = 2 * BeaconNode.IDS_PER_GET + 1;
    TestValidators many = new TestValidators(count);
    FakeNode fake =
        FakeNode.start(
            kit.system(),
            received ->
                received.route().startsWith("POST")
                    ? FakeNode.json(404, "{\"statusCode\":404,\"message\":\"Route not found\"}")
                    : FakeNode.json(
                        200, validatorsJson(received.request().getUri().query().getAll("id"))));
    Map<Bytes, IndexedValidator> found = await(nodeOf(fake).validators(many.publicKeys()));
    assertThat(found).containsOnlyKeys(many.publicKeys());
    assertThat(fake.routes()).hasSize(4);
    assertThat(fake.received())
        .allMatch(r -> r.request().getUri().query().getAll("id").size() <= BeaconNode.IDS_PER_GET);
  }

  private static String validatorsJson(List<String> ids) {
    return "{\"data\":["
        + String.join(
            ",",
            ids.stream()
                .map(id ->
                    "{\"index\":\"5\",\"status\":\"active_ongoing\",\"validator\":{\"pubkey\":\""
                        + id
                        + "\"}}")
                .toList())
        + "]}";
  }

  @Test
  void refusesValidatorsThatItDidNotAskFor() {
    FakeNode fake =
        FakeNode.start(
            kit.system(), _ -> FakeNode.json(200, validatorsJson(List.of("0x" + "01".repeat(48)))));
    assertThat(errorOf(nodeOf(fake).validators(VALIDATORS.publicKeys())))
        .isInstanceOf(BadAnswer.class);
  }

  @Test
  void readsDutiesWithTheRootThatTheyDependOn() {
    BeaconSimulator simulator = simulator(Fork.DENEB);
    SimulatedChain chain = simulator.chain();
    List<Long> indices = List.of(chain.duties(5).get(3).validatorIndex(), 999_999L);
    AttesterDuties duties = await(nodeOf(simulator).attesterDuties(5, indices));
    assertThat(duties.duties()).containsExactly(chain.duties(5).get(3));
    assertThat(duties.dependentRoot()).isEqualTo(chain.blockRoot(31));
    assertThat(errorOf(nodeOf(simulator).attesterDuties(7, indices)))
        .isInstanceOfSatisfying(BadStatus.class, e -> assertThat(e.status()).isEqualTo(400));
    assertThatThrownBy(() -> nodeOf(simulator).attesterDuties(5, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({"DENEB, 5, 39", "FULU, 4, 31"})
  void readsEveryProposalOfAnEpochByTheNewestRouteThatTheNodeHas(
      Fork fork, long decidedBefore, long decidingSlot) {
    BeaconSimulator simulator = simulator(fork);
    SimulatedChain chain = simulator.chain();
    BeaconNode node = nodeOf(simulator);
    ProposerDuties duties = await(node.proposerDuties(chain.spec(), 5));
    assertThat(duties)
        .isEqualTo(
            new ProposerDuties(chain.blockRoot(decidingSlot), decidedBefore, chain.proposals(5)));
    assertThat(duties.duties())
        .extracting(ProposerDuty::slot)
        .containsExactlyElementsOf(LongStream.range(40, 48).boxed().toList());
    simulator.reorganise(decidedBefore + 1);
    ProposerDuties others = await(node.proposerDuties(chain.spec(), 5));
    assertThat(others.dependentRoot()).isNotEqualTo(duties.dependentRoot());
    assertThat(others.duties()).isNotEqualTo(duties.duties());
    simulator.setFaults(0, List.of(new Fault.OldData(1)));
    assertThat(await(node.proposerDuties(chain.spec(), 5))).isEqualTo(duties);
    assertThat(errorOf(node.proposerDuties(chain.spec(), 7)))
        .isInstanceOfSatisfying(BadStatus.class, e -> assertThat(e.status()).isEqualTo(400));
  }

  @ParameterizedTest
  @ValueSource(strings = {"OTHER_EPOCH", "TWICE", "TOO_MANY", "NO_ROOT"})
  void refusesProposalsThatAreNoAnswerToTheQuestion(String what) {
    SimulatedChain chain = new SimulatedChain(VALIDATORS.chain(Fork.FULU));
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    ArrayNode data = answer.putArray("data");
    (what.equals("OTHER_EPOCH") ? chain.proposals(4) : chain.proposals(5))
        .forEach(duty -> data.add(duty.toJson()));
    if (!what.equals("NO_ROOT")) {
      answer.put("dependent_root", chain.blockRoot(31).toString());
    }
    if (what.equals("TWICE")) {
      data.set(7, data.get(0));
    }
    if (what.equals("TOO_MANY")) {
      data.add(chain.proposals(6).getFirst().toJson());
    }
    FakeNode fake = FakeNode.start(kit.system(), _ -> FakeNode.json(200, answer.toString()));
    assertThat(errorOf(nodeOf(fake).proposerDuties(chain.spec(), 5))).isInstanceOf(BadAnswer.class);
  }

  @Test
  void readsTheSeatsInTheSyncCommitteeOfAPeriod() {
    BeaconSimulator simulator = simulator(Fork.FULU);
    BeaconNode node = nodeOf(simulator);
    List<SyncDuty> all = simulator.chain().syncCommittee(5).duties();
    assertThat(all).hasSize(16);
    assertThat(all.stream().mapToInt(duty -> duty.positions().size()).sum()).isBetween(200, 312);
    List<Long> indices = List.of(all.get(3).validatorIndex(), 999_999L);
    assertThat(await(node.syncDuties(5, indices))).containsExactly(all.get(3));
    assertThat(await(node.syncDuties(255, indices))).as("a period").containsExactly(all.get(3));
    assertThat(await(node.syncDuties(256, indices)))
        .as("the next period")
        .containsExactly(
            simulator.chain().syncCommittee(511).dutyOf(indices.getFirst()).orElseThrow());
    assertThat(await(node.syncDuties(256, indices))).doesNotContain(all.get(3));
    assertThat(errorOf(node.syncDuties(512, indices)))
        .isInstanceOfSatisfying(BadStatus.class, e -> assertThat(e.status()).isEqualTo(400));
    assertThatThrownBy(() -> node.syncDuties(5, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesSeatsThatItDidNotAskFor() {
    List<SyncDuty> all = new SimulatedChain(VALIDATORS.chain(Fork.FULU)).syncCommittee(5).duties();
    FakeNode fake =
        FakeNode.start(
            kit.system(), _ -> FakeNode.json(200, "{\"data\":[" + all.getFirst().toJson() + "]}"));
    assertThat(errorOf(nodeOf(fake).syncDuties(5, List.of(all.get(1).validatorIndex()))))
        .isInstanceOf(BadAnswer.class);
  }

  @Test
  void readsAttestationDataOfItsOwnHead() {
    BeaconSimulator simulator = simulator(Fork.DENEB);
    BeaconNode node = nodeOf(simulator);
    assertThat(await(node.attestationData(SLOT)))
        .isEqualTo(simulator.chain().attestationData(SLOT));
    simulator.setFaults(0, List.of(new Fault.OtherHead(4)));
    assertThat(await(node.attestationData(SLOT)).beaconBlockRoot())
        .isEqualTo(simulator.chain().otherBlockRoot(SLOT, 4));
    assertThat(errorOf(node.attestationData(SLOT + 1))).isInstanceOf(BadStatus.class);
  }

  @Test
  void refusesAttestationDataOfAnotherSlot() {
    BeaconSimulator simulator = simulator(Fork.FULU);
    simulator.setFaults(0, List.of(new Fault.Lie(Fault.Field.SLOT)));
    assertThat(errorOf(nodeOf(simulator).attestationData(SLOT))).isInstanceOf(BadAnswer.class);
  }

  @ParameterizedTest
  @EnumSource(value = Fault.Field.class, mode = EnumSource.Mode.EXCLUDE, names = "SLOT")
  void handsOnLiesThatOnlyTheDutyRulesCanTell(Fault.Field field) {
    BeaconSimulator simulator = simulator(Fork.FULU);
    simulator.setFaults(0, List.of(new Fault.Lie(field)));
    assertThat(await(nodeOf(simulator).attestationData(SLOT)))
        .isNotEqualTo(simulator.chain().attestationData(SLOT));
  }

  @ParameterizedTest
  @EnumSource(names = {"CAPELLA", "DENEB", "ELECTRA", "FULU"})
  void submitsInTheFormOfTheForkAndCountsDuplicatesAsKnown(Fork fork) {
    BeaconSimulator simulator = simulator(fork);
    BeaconNode node = nodeOf(simulator);
    List<SignedAttestation> attestations = attestations(simulator.chain());
    assertThat(attestations).hasSize(2);
    assertThat(await(node.submit(Submission.attestations(fork, attestations))))
        .containsExactly(SubmissionOutcome.ACCEPTED, SubmissionOutcome.ACCEPTED);
    assertThat(await(node.submit(Submission.attestations(fork, attestations))))
        .containsExactly(SubmissionOutcome.ALREADY_KNOWN, SubmissionOutcome.ALREADY_KNOWN);
    assertThat(simulator.report(SLOT, SLOT).broadcast()).isEqualTo(2);
    assertThat(await(node.submit(Submission.attestations(fork, List.of())))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"CAPELLA", "FULU"})
  void givesEachItemItsOwnOutcome(Fork fork) {
    BeaconSimulator simulator = simulator(fork);
    BeaconNode node = nodeOf(simulator);
    List<SignedAttestation> good = attestations(simulator.chain());
    await(node.submit(Submission.attestations(fork, good.subList(0, 1))));
    assertThat(
            await(
                node.submit(
                    Submission.attestations(
                        fork, List.of(forged(simulator.chain()), good.get(0), good.get(1))))))
        .containsExactly(
            SubmissionOutcome.REJECTED,
            SubmissionOutcome.ALREADY_KNOWN,
            SubmissionOutcome.ACCEPTED);
  }

  @Test
  void fallsBackToTheFirstVersionOfThePoolAtAnOlderNode() {
    FakeNode fake =
        FakeNode.start(
            kit.system(),
            received -> FakeNode.json(received.route().contains("/v2/") ? 404 : 200, "{}"));
    SimulatedChain chain = new SimulatedChain(VALIDATORS.chain(Fork.DENEB));
    assertThat(await(nodeOf(fake).submit(Submission.attestations(Fork.DENEB, attestations(chain)))))
        .containsOnly(SubmissionOutcome.ACCEPTED);
    assertThat(fake.routes())
        .containsExactly(
            "POST /eth/v2/beacon/pool/attestations", "POST /eth/v1/beacon/pool/attestations");
    assertThat(fake.received().getLast().body()).contains("aggregation_bits");
    assertThat(
            fake.received().getFirst().request().getHeader("Eth-Consensus-Version").orElseThrow())
        .extracting(header -> header.value())
        .isEqualTo("deneb");
  }

  @Test
  void doesNotOfferSingleAttestationsToANodeThatIsOlderThanThey() {
    FakeNode fake = FakeNode.start(kit.system(), _ -> FakeNode.json(404, "{}"));
    SimulatedChain chain = new SimulatedChain(VALIDATORS.chain(Fork.ELECTRA));
    assertThat(
            await(nodeOf(fake).submit(Submission.attestations(Fork.ELECTRA, attestations(chain)))))
        .containsOnly(SubmissionOutcome.UNKNOWN);
    assertThat(fake.routes()).hasSize(1);
  }

  @Test
  void submitsItemsOneByOneWhereOneBadItemFailsTheWholePost() {
    SimulatedChain chain = new SimulatedChain(VALIDATORS.chain(Fork.CAPELLA));
    SignedAttestation bad = forged(chain);
    FakeNode lodestar =
        FakeNode.start(
            kit.system(),
            received -> {
              if (received.route().contains("/v2/")) {
                return FakeNode.json(404, "{}");
              }
              return received.body().contains(bad.signature().hex())
                  ? FakeNode.json(
                      500,
                      "{\"statusCode\":500,\"error\":\"Internal Server Error\",\"message\":"
                          + "\"ATTESTATION_ERROR_INVALID_SIGNATURE\"}")
                  : FakeNode.json(
                      500,
                      "{\"statusCode\":500,\"message\":"
                          + "\"ATTESTATION_ERROR_ATTESTATION_ALREADY_KNOWN\"}");
            });
    List<AttesterDuty> duties = chain.dutiesAt(SLOT);
    SignedAttestation known = VALIDATORS.sign(chain, duties.get(0), chain.attestationData(SLOT));
    assertThat(
            await(
                nodeOf(lodestar)
                    .submit(Submission.attestations(Fork.CAPELLA, List.of(known, bad, known)))))
        .containsExactly(
            SubmissionOutcome.ALREADY_KNOWN,
            SubmissionOutcome.REJECTED,
            SubmissionOutcome.ALREADY_KNOWN);
  }

  @ParameterizedTest
  @CsvSource({
    "500, ATTESTATION_ERROR_ATTESTATION_ALREADY_KNOWN, ALREADY_KNOWN",
    "500, PublishError.Duplicate, ALREADY_KNOWN",
    "400, 'Verification: PriorAttestationKnown { validator_index: 1 }', ALREADY_KNOWN",
    "400, Attestation: Validator has already voted in epoch, ALREADY_KNOWN",
    "500, ATTESTATION_ERROR_UNKNOWN_OR_PREFINALIZED_BEACON_BLOCK_ROOT, UNKNOWN",
    "400, SingleAttestation: Validator has already voted in epoch, ALREADY_KNOWN",
    "400, 'UnknownHeadBlock { beacon_block_root: 0x00 }', UNKNOWN",
    "400, ReprocessDisabled, UNKNOWN",
    "400, ReprocessFull, UNKNOWN",
    "400, ReprocessTimeout, UNKNOWN",
    "400, 'Validation(InvalidSignature)', REJECTED",
    "400, Attestation block unknown, UNKNOWN",
    "400, 'Failed to handle attestations: could not get target state for attestation: no', UNKNOWN",
    "400, 'Incorrect attestation signature: no', REJECTED",
    "500, could not broadcast SingleAttestation, UNKNOWN",
    "500, ATTESTATION_ERROR_AGGREGATOR_ALREADY_KNOWN, ALREADY_KNOWN",
    "500, ATTESTATION_ERROR_ATTESTERS_ALREADY_KNOWN, ALREADY_KNOWN",
    "500, SYNC_COMMITTEE_ERROR_SYNC_COMMITTEE_AGGREGATOR_ALREADY_KNOWN, ALREADY_KNOWN",
    "500, SYNC_COMMITTEE_ERROR_SYNC_COMMITTEE_PARTICIPANTS_ALREADY_KNOWN, ALREADY_KNOWN",
    "500, SYNC_COMMITTEE_ERROR_SYNC_COMMITTEE_MESSAGE_KNOWN, ALREADY_KNOWN",
    "400, VOLUNTARY_EXIT_ERROR_ALREADY_EXISTS, ALREADY_KNOWN",
    "400, 'Verification: AggregatorAlreadyKnown(7)', ALREADY_KNOWN",
    "400, 'Verification: SyncContributionSupersetKnown(0x00)', ALREADY_KNOWN",
    "400, 'Verification: PriorSyncCommitteeMessageKnown { slot: 1 }', ALREADY_KNOWN",
    "400, 'SyncCommitteeMessage: duplicate message', ALREADY_KNOWN",
    "400, AlreadyExited, ALREADY_KNOWN",
    "400, matching head block for attestation is not found, UNKNOWN",
    "400, target state not found, UNKNOWN",
    "400, words that nobody has heard of, REJECTED",
    "500, ATTESTATION_ERROR_PAST_SLOT, REJECTED",
    "400, invalid signature, REJECTED",
    "500, out of memory, UNKNOWN",
    "503, syncing, UNKNOWN",
    "404, no such route, UNKNOWN",
    "429, slow down, UNKNOWN",
    "302, elsewhere, UNKNOWN"
  })
  void understandsTheWordsOfDifferentNodes(int status, String words, SubmissionOutcome expected) {
    FakeNode fake =
        FakeNode.start(kit.system(), _ -> FakeNode.json(status, "{\"message\":\"" + words + "\"}"));
    SimulatedChain chain = new SimulatedChain(VALIDATORS.chain(Fork.FULU));
    List<SignedAttestation> one = attestations(chain).subList(0, 1);
    assertThat(await(nodeOf(fake).submit(Submission.attestations(Fork.FULU, one))))
        .containsExactly(expected);
  }

  @ParameterizedTest
  // The last ones are 0 to whoever cuts them off.
  @ValueSource(strings = {"7", "-1", "\"7\"", "4294967296", "18446744073709551616", "0.5", "null"})
  void doesNotBelieveFailuresOfItemsThatItDidNotSubmit(String index) {
    FakeNode fake =
        FakeNode.start(
            kit.system(),
            received ->
                FakeNode.json(
                    400,
                    received.body().length() > 1_000
                        ? "{\"failures\":[{\"index\":" + index + ",\"message\":\"no\"}]}"
                        : "{\"message\":\"no\"}"));
    SimulatedChain chain = new SimulatedChain(VALIDATORS.chain(Fork.FULU));
    assertThat(await(nodeOf(fake).submit(Submission.attestations(Fork.FULU, attestations(chain)))))
        .containsExactly(SubmissionOutcome.REJECTED, SubmissionOutcome.REJECTED);
  }

  @Test
  void givesUpOnABodyThatStalls() {
    BeaconSimulator simulator = simulator(Fork.FULU);
    simulator.setFaults(0, List.of(new Fault.StallForever()));
    BeaconNode node = node(simulator.nodeUrls().getFirst(), IMPATIENT_MILLIS);
    assertThat(errorOf(node.attestationData(SLOT)))
        .isInstanceOfSatisfying(
            TimedOut.class, e -> assertThat(e.timeoutMillis()).isEqualTo(IMPATIENT_MILLIS));
    assertThat(
            await(node.submit(Submission.attestations(Fork.FULU, attestations(simulator.chain())))))
        .containsOnly(SubmissionOutcome.UNKNOWN);
    simulator.setFaults(0, List.of());
    assertThat(
            await(
                nodeOf(simulator)
                    .submit(Submission.attestations(Fork.FULU, attestations(simulator.chain())))))
        .as("the answer was lost, not the submission")
        .containsOnly(SubmissionOutcome.ALREADY_KNOWN);
  }

  @Test
  void waitsForABodyThatComesInTime() {
    BeaconSimulator simulator = simulator(Fork.FULU);
    simulator.setFaults(0, List.of(new Fault.Stall(100)));
    assertThat(await(nodeOf(simulator).attestationData(SLOT)))
        .isEqualTo(simulator.chain().attestationData(SLOT));
  }

  @Test
  void keepsFindingConnectionsAfterManyHaveStalled() {
    BeaconSimulator simulator = simulator(Fork.FULU);
    simulator.setFaults(0, List.of(new Fault.StallForever()));
    BeaconNode node = node(simulator.nodeUrls().getFirst(), IMPATIENT_MILLIS);
    List<CompletionStage<AttestationData>> stalled =
        IntStream.range(0, 40).mapToObj(_ -> node.attestationData(SLOT)).toList();
    stalled.forEach(stage -> assertThat(errorOf(stage)).isInstanceOf(TimedOut.class));
    simulator.setFaults(0, List.of());
    // With the same settings it is the same pool of connections.
    assertThat(await(node.attestationData(SLOT)).slot()).isEqualTo(SLOT);
  }

  @Test
  void refusesABodyBeyondTheBound() {
    String huge = "\"" + "x".repeat(BeaconNode.BODY_BYTES_MAX + BeaconNode.ITEM_BYTES_MAX) + "\"";
    FakeNode fake =
        FakeNode.start(kit.system(), _ -> FakeNode.json(200, "{\"data\":" + huge + "}"));
    assertThat(errorOf(nodeOf(fake).genesis()))
        .isInstanceOfSatisfying(BadAnswer.class, e -> assertThat(e.detail()).contains("bytes"));
  }

  private static FakeNode inOneChunk(String body) {
    return FakeNode.start(
        kit.system(),
        _ ->
            HttpResponse.create()
                .withEntity(
                    HttpEntities.createChunked(
                        ContentTypes.APPLICATION_JSON,
                        Source.single(ByteString.fromString(body)))));
  }

  @Test
  void readsABodyThatComesInOneChunkHoweverLarge() {
    List<Bytes> pubkeys =
        IntStream.range(0, 8_000)
            .mapToObj(i -> Bytes.wrap(ByteBuffer.allocate(48).putInt(i).array()))
            .toList();
    String validators = validatorsJson(pubkeys.stream().map(ApiJson::hex).toList());
    assertThat(validators).hasSizeGreaterThan(1024 * 1024);
    assertThat(await(nodeOf(inOneChunk(validators)).validators(pubkeys))).hasSize(8_000);
  }

  @Test
  void relaysAnEventThatComesInOneChunkHoweverLarge() {
    String event = "data: " + "x".repeat(6_100_000) + "\n\n";
    HttpResponse relayed =
        await(
            nodeOf(inOneChunk(event))
                .relay(HttpRequest.GET("/"), "/eth/v1/events?topics=all", Duration.ofSeconds(10)));
    assertThat(
            await(
                    relayed
                        .entity()
                        .withoutSizeLimit()
                        .getDataBytes()
                        .runFold(ByteString.emptyByteString(), ByteString::concat, kit.system()))
                .utf8String()
                .equals(event))
        .isTrue();
  }

  @Test
  void whoDoesNotReadRelayedAnswersKeepsNobodyFromAConnection() {
    FakeNode fake =
        FakeNode.start(
            kit.system(),
            got ->
                got.route().endsWith("/large")
                    ? HttpResponse.create()
                        .withEntity(
                            HttpEntities.createChunked(
                                ContentTypes.APPLICATION_OCTET_STREAM,
                                Source.repeat(ByteString.fromArray(new byte[65_536]))))
                    : FakeNode.json(200, "{}"));
    BeaconNode node = nodeOf(fake);
    for (int i = 0; i < 8; i++) {
      // Begins to read, and goes no further.
      await(node.relay(HttpRequest.GET("/"), "/large", Duration.ofSeconds(10)))
          .entity()
          .getDataBytes()
          .runWith(Sink.queue(), kit.system());
    }
    HttpResponse answer = await(node.pass(HttpRequest.GET("/"), "/eth/v1/node/identity"));
    assertThat(answer.status()).isEqualTo(StatusCodes.OK);
    answer.discardEntityBytes(kit.system());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''",
        "nonsense",
        "{\"data\":{\"genesis_time\":\"1\"",
        "{} {}",
        "[]",
        "{\"data\":null}",
        "{\"data\":{},\"data\":{}}",
        "{\"data\":{\"genesis_time\":1}}"
      })
  void refusesWhatIsNoAnswer(String body) {
    FakeNode fake = FakeNode.start(kit.system(), _ -> FakeNode.json(200, body));
    BeaconNode node = nodeOf(fake);
    assertThat(errorOf(node.genesis())).isInstanceOf(BadAnswer.class);
    assertThat(errorOf(node.spec())).isInstanceOf(BadAnswer.class);
    assertThat(errorOf(node.syncing())).isInstanceOf(BadAnswer.class);
    assertThat(errorOf(node.attesterDuties(1, List.of(1L)))).isInstanceOf(BadAnswer.class);
    assertThat(errorOf(node.proposerDuties(SPEC, 1))).isInstanceOf(BadAnswer.class);
    assertThat(errorOf(node.syncDuties(1, List.of(1L)))).isInstanceOf(BadAnswer.class);
    assertThat(errorOf(node.validators(VALIDATORS.publicKeys()))).isInstanceOf(BadAnswer.class);
  }

  @Test
  void refusesJsonThatIsNestedWithoutEnd() {
    String deep = "[".repeat(10_000);
    FakeNode fake = FakeNode.start(kit.system(), _ -> FakeNode.json(200, "{\"data\":" + deep));
    assertThat(errorOf(nodeOf(fake).genesis())).isInstanceOf(BadAnswer.class);
  }

  @Test
  void followsNoRedirection() {
    FakeNode target = FakeNode.start(kit.system(), _ -> FakeNode.json(200, "{}"));
    FakeNode fake =
        FakeNode.start(
            kit.system(),
            _ ->
                HttpResponse.create()
                    .withStatus(302)
                    .addHeader(Location.create("http://" + target.authority() + "/")));
    assertThat(errorOf(nodeOf(fake).genesis()))
        .isInstanceOfSatisfying(BadStatus.class, e -> assertThat(e.status()).isEqualTo(302));
    assertThat(target.routes()).isEmpty();
  }

  @Test
  void sendsCredentialsAndPathButNeverShowsThem() {
    FakeNode fake =
        FakeNode.start(
            kit.system(), _ -> FakeNode.json(500, "{\"message\":\"" + "y\\n".repeat(500) + "\"}"));
    BeaconUrl url = BeaconUrl.of("http://me:hush@" + fake.authority() + "/key1234/");
    assertThat(url).hasToString("http://" + fake.authority());
    BeaconError error = errorOf(new BeaconNode(kit.system(), url, PATIENT_MILLIS).genesis());
    assertThat(error.describe())
        .contains(fake.authority(), "500")
        .doesNotContain("hush", "key1234", "\n")
        .hasSizeLessThan(400);
    assertThat(fake.routes()).containsExactly("GET /key1234/eth/v1/beacon/genesis");
    assertThat(
            fake.received().getFirst().request().getHeader("Authorization").orElseThrow().value())
        .isEqualTo("Basic bWU6aHVzaA==");
  }

  @ParameterizedTest
  @CsvSource({
    "ftp://me:hush@host",
    "http://",
    "host:5052",
    "http://host/?apikey=hush",
    "http://me:hush@ho st"
  })
  void refusesUrlsOfNoBeaconNodeWithoutRepeatingThem(String url) {
    assertThatThrownBy(() -> BeaconUrl.of(url))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .doesNotContain("hush");
  }

  @Test
  void saysThatNobodyIsThere() {
    BeaconSimulator simulator = simulator(Fork.FULU);
    String url = simulator.nodeUrls().getFirst();
    await(simulator.stop());
    simulators.clear();
    assertThat(errorOf(node(url, PATIENT_MILLIS).genesis())).isInstanceOf(Unreachable.class);
  }
}
