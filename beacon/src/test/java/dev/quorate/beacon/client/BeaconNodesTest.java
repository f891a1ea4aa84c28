/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.quorate.beacon.client.BeaconError.AllNodesFailed;
import dev.quorate.beacon.client.BeaconError.BadStatus;
import dev.quorate.beacon.simulator.BeaconSimulator;
import dev.quorate.beacon.simulator.Fault;
import dev.quorate.beacon.simulator.ManualClock;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.beacon.simulator.TestValidators;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.attestation.SignedAttestation;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.duty.DutySlot;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BeaconNodesTest {
  private static final TestValidators VALIDATORS = new TestValidators(16);
  private static final long SLOT = 43;

  /** So long that whoever waits for it is told from whoever waits for a hedge. */
  private static final long TIMEOUT_MILLIS = 8_000;

  private static final Duration WELL_BEFORE_TIMEOUT = Duration.ofMillis(TIMEOUT_MILLIS * 3 / 4);

  /** So short that no hedge of a test above has passed. */
  private static final Duration BEFORE_HEDGE =
      Duration.ofMillis(TIMEOUT_MILLIS * BeaconNodes.HEDGE_PERCENT / 100 - 500);

  private static ActorTestKit kit;

  private final ManualClock clock = new ManualClock();
  private BeaconSimulator simulator;

  @BeforeAll
  static void startSystem() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stopSystem() {
    kit.shutdownTestKit();
  }

  @BeforeEach
  void startSimulator() {
    simulator =
        BeaconSimulator.start(kit.system(), VALIDATORS.chain(Fork.FULU), List.of(0, 0, 0), 0, clock)
            .toCompletableFuture()
            .join();
    clock.set(simulator.chain().times().attestationDueMillis(SLOT));
  }

  @AfterEach
  void stopSimulator() {
    simulator.stop().toCompletableFuture().join();
  }

  private BeaconNodes nodes() {
    return new BeaconNodes(
        kit.system(), simulator.nodeUrls().stream().map(BeaconUrl::of).toList(), TIMEOUT_MILLIS);
  }

  /** Tells by its head which node answered. */
  private void tellApart() {
    for (int node = 0; node < 3; node++) {
      simulator.setFaults(node, List.of(new Fault.OtherHead(node)));
    }
  }

  private int answered(AttestationData data) {
    for (int node = 0; node < 3; node++) {
      if (data.beaconBlockRoot().equals(simulator.chain().otherBlockRoot(SLOT, node))) {
        return node;
      }
    }
    throw new AssertionError("nobody's head");
  }

  private List<SignedAttestation> attestations() {
    SimulatedChain chain = simulator.chain();
    return chain.dutiesAt(SLOT).stream()
        .map(duty -> VALIDATORS.sign(chain, duty, chain.attestationData(SLOT)))
        .toList();
  }

  private static <T> T within(Duration limit, CompletionStage<T> stage) {
    assertThat(stage).succeedsWithin(limit);
    return stage.toCompletableFuture().join();
  }

  private BeaconNodes nodesOn(Bytes32 genesisValidatorsRoot) {
    return new BeaconNodes(
        kit.system(),
        simulator.nodeUrls().stream().map(BeaconUrl::of).toList(),
        TIMEOUT_MILLIS,
        genesisValidatorsRoot);
  }

  @Test
  void aNodeGivesNoDataBeforeItToldHowItFares() {
    BeaconNodes nodes = nodesOn(simulator.chain().genesis().validatorsRoot());
    assertThat(nodes.health()).extracting(NodeHealth::standing).containsOnly(Standing.UNTRIED);
    assertThat(nodes.sound()).isEmpty();
    assertNoSoundNode(nodes.attestationData(SLOT));
    tellApart();
    simulator.setFaults(0, List.of(new Fault.StallForever()));
    CompletionStage<List<NodeHealth>> checked = nodes.checkHealth(SLOT);
    // Nobody waits for the one that stalls.
    long deadline = System.nanoTime() + WELL_BEFORE_TIMEOUT.toNanos();
    while (!nodes.sound().equals(List.of(1, 2)) && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(checked.toCompletableFuture()).isNotDone();
    assertThat(answered(within(BEFORE_HEDGE, nodes.attestationData(SLOT)))).isEqualTo(1);
  }

  @Test
  void aNodeOfAnotherChainGivesNothingAtAll() {
    BeaconNodes nodes = nodesOn(Bytes32.ZERO);
    within(WELL_BEFORE_TIMEOUT, nodes.checkHealth(SLOT));
    assertThat(nodes.health()).extracting(NodeHealth::standing).containsOnly(Standing.FOREIGN);
    assertThat(nodes.sound()).isEmpty();
    assertNoSoundNode(nodes.attestationData(SLOT));
    assertNoSoundNode(nodes.validators(List.of()));
  }

  private static void assertNoSoundNode(CompletionStage<?> answer) {
    assertThat(SimulatorFixture.errorOf(answer)).isEqualTo(new BeaconError.NoSoundNode());
  }

  @Test
  void asksThePreferredNodeFirst() {
    tellApart();
    assertThat(answered(within(BEFORE_HEDGE, nodes().attestationData(SLOT)))).isZero();
  }

  @Test
  void goesOnToTheNextNodeAtOnceWhenOneFails() {
    tellApart();
    simulator.setFaults(0, List.of(new Fault.Fail(500)));
    assertThat(answered(within(BEFORE_HEDGE, nodes().attestationData(SLOT)))).isEqualTo(1);
  }

  @Test
  void goesOnToTheNextNodeAtOnceWhenOneTalksNonsense() {
    tellApart();
    simulator.setFaults(0, List.of(new Fault.Lie(Fault.Field.SLOT)));
    simulator.setFaults(1, List.of(new Fault.Syncing()));
    assertThat(answered(within(BEFORE_HEDGE, nodes().attestationData(SLOT)))).isEqualTo(2);
  }

  @Test
  void doesNotWaitForANodeThatStallsInMidAnswer() {
    tellApart();
    simulator.setFaults(0, List.of(new Fault.StallForever()));
    assertThat(answered(within(WELL_BEFORE_TIMEOUT, nodes().attestationData(SLOT)))).isEqualTo(1);
  }

  @Test
  void asksTheDoubtedNodeLastUntilItAnswersAgain() {
    tellApart();
    BeaconNodes nodes = nodes();
    simulator.setFaults(0, List.of(new Fault.Fail(500)));
    for (int i = 0; i < NodeHealth.FAILURES_UNTIL_DOUBTED; i++) {
      within(BEFORE_HEDGE, nodes.attestationData(SLOT));
    }
    simulator.setFaults(0, List.of(new Fault.OtherHead(0)));
    assertThat(answered(within(BEFORE_HEDGE, nodes.attestationData(SLOT)))).isEqualTo(1);
    within(BEFORE_HEDGE, nodes.checkHealth(SLOT));
    assertThat(answered(within(BEFORE_HEDGE, nodes.attestationData(SLOT)))).isZero();
  }

  @Test
  void asksANodeThatIsSyncingLast() {
    tellApart();
    BeaconNodes nodes = nodes();
    simulator.setFaults(0, List.of(new Fault.Syncing()));
    assertThat(within(BEFORE_HEDGE, nodes.checkHealth(SLOT)))
        .extracting(NodeHealth::isReady)
        .containsExactly(false, true, true);
    tellApart();
    assertThat(answered(within(BEFORE_HEDGE, nodes.attestationData(SLOT)))).isEqualTo(1);
    within(BEFORE_HEDGE, nodes.checkHealth(SLOT));
    assertThat(answered(within(BEFORE_HEDGE, nodes.attestationData(SLOT)))).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "SYNCING, syncing",
    "UNVERIFIED, optimistic",
    "UNVERIFIED, executionOffline",
    "AHEAD, futureHead",
    "LAGGING, oldHead",
    "PEERLESS, peerless"
  })
  void asksANodeThatIsNotReadyLastAndOthersInItsPlace(Standing standing, String kind)
      throws JsonProcessingException {
    BeaconNodes nodes = nodes();
    Fault fault =
        JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build()
            .readValue("{\"kind\":\"" + kind + "\",\"slots\":9}", Fault.class);
    simulator.setFaults(0, List.of(fault));
    assertThat(within(BEFORE_HEDGE, nodes.checkHealth(SLOT)))
        .extracting(NodeHealth::standing)
        .containsExactly(standing, Standing.READY, Standing.READY);
    assertThat(nodes.preferred()).isEqualTo(1);
    assertThat(nodes.sound()).containsExactly(1, 2);
    tellApart();
    assertThat(answered(within(BEFORE_HEDGE, nodes.attestationData(SLOT)))).isEqualTo(1);
    within(BEFORE_HEDGE, nodes.checkHealth(SLOT));
    assertThat(nodes.preferred()).isZero();
    assertThat(nodes.sound()).containsExactly(0, 1, 2);
  }

  @Test
  void asksTheLeastBadNodeFirstWhereNoneIsReady() {
    BeaconNodes nodes = nodes();
    simulator.setFaults(0, List.of(new Fault.Syncing()));
    simulator.setFaults(1, List.of(new Fault.Optimistic()));
    simulator.setFaults(2, List.of(new Fault.Peerless()));
    within(BEFORE_HEDGE, nodes.checkHealth(SLOT));
    assertThat(nodes.sound()).as("none whose head is not verified").containsExactly(2, 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"optimistic", "executionOffline", "both, and it syncs"})
  void aNodeWhoseHeadIsNotVerifiedGivesNoDataEvenWhereItIsTheOnlyOne(String what) {
    BeaconNodes nodes = nodes();
    List<Fault> faults =
        switch (what) {
          case "optimistic" -> List.of(new Fault.Optimistic());
          case "executionOffline" -> List.of(new Fault.ExecutionOffline());
          default ->
              List.of(new Fault.Syncing(), new Fault.Optimistic(), new Fault.ExecutionOffline());
        };
    for (int node = 0; node < 3; node++) {
      simulator.setFaults(node, faults);
    }
    within(BEFORE_HEDGE, nodes.checkHealth(SLOT));
    long epoch = simulator.chain().spec().epochOf(SLOT);
    DutySlot at = new DutySlot(simulator.chain().spec(), simulator.chain().genesis(), SLOT);
    assertThat(nodes.sound()).isEmpty();
    assertThat(
            Stream.<Supplier<CompletionStage<?>>>of(
                () -> nodes.attestationData(SLOT),
                () -> nodes.headRoot(),
                () -> nodes.aggregate(Fork.FULU, simulator.chain().attestationData(SLOT), 0),
                () -> nodes.contribution(SLOT, 0, Bytes32.ZERO),
                () -> nodes.block(at, new BlockRequest(Bytes.wrap(new byte[96]), Bytes32.ZERO, 0)),
                () -> nodes.attesterDuties(epoch, List.of(1_000L), Set.of(0)),
                () -> nodes.proposerDuties(simulator.chain().spec(), epoch, Set.of(0)),
                () -> nodes.syncDuties(epoch, List.of(1_000L)),
                () -> nodes.attestationInclusion(0, List.of(1_000L))))
        .allSatisfy(question ->
            assertThat(SimulatorFixture.errorOf(question.get()))
                .isEqualTo(new BeaconError.NoSoundNode()));
    if (!faults.contains(new Fault.Syncing())) {
      assertThat(within(BEFORE_HEDGE, nodes.submitAttestations(Fork.FULU, attestations())))
          .as("submissions go to it all the same")
          .allMatch(SubmissionOutcome::isSuccess);
    }
    for (int node = 0; node < 3; node++) {
      simulator.setFaults(node, List.of());
    }
    within(BEFORE_HEDGE, nodes.checkHealth(SLOT));
    assertThat(within(BEFORE_HEDGE, nodes.attestationData(SLOT)).slot()).isEqualTo(SLOT);
  }

  @Test
  void dutiesThatRestOnAHeadThatIsNotVerifiedAreNotTaken() {
    FakeNode node =
        FakeNode.start(
            kit.system(),
            _ ->
                FakeNode.json(
                    200,
                    "{\"dependent_root\":\"%s\",\"execution_optimistic\":true,\"data\":[]}"
                        .formatted(Bytes32.ZERO)));
    BeaconNode one = new BeaconNode(kit.system(), node.url(), TIMEOUT_MILLIS);
    assertThat(
            Stream.<CompletionStage<?>>of(
                one.attesterDuties(1, List.of(1L)),
                one.proposerDuties(simulator.chain().spec(), 1),
                one.syncDuties(1, List.of(1L))))
        .allSatisfy(answer ->
            assertThat(SimulatorFixture.errorOf(answer)).isInstanceOf(BeaconError.BadAnswer.class));
  }

  @Test
  void aFewSlotsApartIsNoLag() {
    BeaconNodes nodes = nodes();
    simulator.setFaults(0, List.of(new Fault.OldHead(Standing.LAG_SLOTS_MAX)));
    within(BEFORE_HEDGE, nodes.checkHealth(SLOT));
    assertThat(nodes.preferred()).isZero();
  }

  @Test
  void aChainThatStandsStillMakesNoNodeLag() {
    BeaconNodes nodes = nodes();
    assertThat(within(BEFORE_HEDGE, nodes.checkHealth(SLOT + 100))).allMatch(NodeHealth::isReady);
  }

  @Test
  void aNodeThatMakesUpAFutureHeadDoesNotMakeTheOthersLag() {
    BeaconNodes nodes = nodes();
    simulator.setFaults(0, List.of(new Fault.FutureHead(1_000_000)));
    assertThat(within(BEFORE_HEDGE, nodes.checkHealth(SLOT)))
        .extracting(NodeHealth::standing)
        .containsExactly(Standing.AHEAD, Standing.READY, Standing.READY);
  }

  @ParameterizedTest
  @CsvSource({
    "a single node is measured by itself, 10, READY",
    "of two the lower one lags, 10 43, LAGGING READY",
    "one of three that is stuck lags, 43 43 10, READY READY LAGGING",
    "one of three that lies makes no other lag, 10 10 43, READY READY READY",
    "one of four that lies makes no other lag, 43 10 10 10, READY READY READY READY",
    "two of four that are stuck lag, 43 43 10 10, READY READY LAGGING LAGGING",
    "two of five that lie make no other lag, 10 43 10 43 10, READY READY READY READY READY",
  })
  void aHeadThatFewerThanHalfOfTheNodesNameMakesNoneLag(
      String what, String headSlots, String standings) {
    List<SyncStatus> reports =
        Arrays.stream(headSlots.split(" "))
            .map(slot -> new SyncStatus(Long.parseLong(slot), 0, false, false, false))
            .toList();

    long expectedHead = Standing.expectedHead(reports, SLOT);

    assertThat(
            reports.stream()
                .map(
                    report -> Standing.of(report, OptionalLong.empty(), expectedHead, SLOT).name()))
        .as(what)
        .containsExactly(standings.split(" "));
  }

  @Test
  void headsThatAreAheadOrNotVerifiedMakeNoneLag() {
    SyncStatus syncing = new SyncStatus(SLOT, 0, true, false, false);
    SyncStatus optimistic = new SyncStatus(SLOT, 0, false, true, false);
    SyncStatus ahead = new SyncStatus(SLOT + 9, 0, false, false, false);
    SyncStatus sound = new SyncStatus(10, 0, false, false, false);

    assertThat(Standing.expectedHead(List.of(syncing, optimistic, ahead, sound), SLOT))
        .isEqualTo(10);
    assertThat(Standing.expectedHead(List.of(syncing), SLOT)).isZero();
  }

  @Test
  void aNodeThatDoesNotTellOfItsPeersIsNotHeldToBeAlone() {
    FakeNode old =
        FakeNode.start(
            kit.system(),
            received ->
                received.route().endsWith("/syncing")
                    ? FakeNode.json(
                        200,
                        "{\"data\":{\"head_slot\":\"43\",\"sync_distance\":\"0\",\"is_syncing\":false}}")
                    : FakeNode.json(404, "{}"));
    BeaconNodes one = new BeaconNodes(kit.system(), List.of(old.url()), TIMEOUT_MILLIS);
    assertThat(within(BEFORE_HEDGE, one.checkHealth(SLOT)))
        .containsExactly(new NodeHealth(0, Standing.READY));
  }

  @Test
  void asksTheLikelyNodesBeforeThePreferredOne() {
    simulator.reorganise(1);
    simulator.setFaults(0, List.of(new Fault.OldData(1)));
    List<Long> indices =
        simulator.chain().duties(1).stream().map(AttesterDuty::validatorIndex).toList();
    Bytes32 before = new SimulatedChain(simulator.chain().config()).dependentRoot(1);
    Bytes32 after = simulator.chain().dependentRoot(1);
    assertThat(after).isNotEqualTo(before);
    BeaconNodes nodes = nodes();
    assertThat(within(BEFORE_HEDGE, nodes.attesterDuties(1, indices, Set.of())).dependentRoot())
        .isEqualTo(before);
    assertThat(within(BEFORE_HEDGE, nodes.attesterDuties(1, indices, Set.of(1, 2))).dependentRoot())
        .isEqualTo(after);
  }

  @Test
  void saysOfEachNodeWhyItFailedWhenAllDo() {
    for (int node = 0; node < 3; node++) {
      simulator.setFaults(node, List.of(new Fault.Fail(500 + node)));
    }
    CompletionStage<?> answer = nodes().genesis();
    assertThatThrownBy(() -> answer.toCompletableFuture().join())
        .isInstanceOf(CompletionException.class)
        .satisfies(failure ->
            assertThat(BeaconException.errorOf(failure).orElseThrow())
                .isInstanceOfSatisfying(
                    AllNodesFailed.class,
                    all ->
                        assertThat(all.errors()).hasSize(3).hasOnlyElementsOfType(BadStatus.class)))
        .hasMessageContainingAll("status 500", "status 501", "status 502");
  }

  @Test
  void letsACallerAskEachNodeForItself() {
    tellApart();
    assertThat(nodes().nodes())
        .map(node -> answered(within(BEFORE_HEDGE, node.attestationData(SLOT))))
        .containsExactly(0, 1, 2);
  }

  @Test
  void submitsToEveryNodeAndTakesTheBestOutcome() {
    simulator.setFaults(0, List.of(new Fault.Fail(500)));
    simulator.setFaults(2, List.of(new Fault.StallForever()));
    assertThat(within(BEFORE_HEDGE, nodes().submitAttestations(Fork.FULU, attestations())))
        .allMatch(SubmissionOutcome::isSuccess);
  }

  @Test
  void rejectsOnlyWhatEveryNodeRejects() {
    SimulatedChain chain = simulator.chain();
    List<AttesterDuty> duties = chain.dutiesAt(SLOT);
    SignedAttestation other = VALIDATORS.sign(chain, duties.get(1), chain.attestationData(SLOT));
    List<SignedAttestation> items =
        List.of(
            new SignedAttestation(other.data(), duties.get(0), other.signature()),
            attestations().get(0));
    assertThat(within(BEFORE_HEDGE, nodes().submitAttestations(Fork.FULU, items)).getFirst())
        .isEqualTo(SubmissionOutcome.REJECTED);
    simulator.setFaults(2, List.of(new Fault.StallForever()));
    assertThat(within(WELL_BEFORE_TIMEOUT, nodes().submitAttestations(Fork.FULU, items)))
        .as("the third node has not said so, and is not waited for either")
        .containsExactly(SubmissionOutcome.UNKNOWN, SubmissionOutcome.ALREADY_KNOWN);
  }

  @Test
  void countsASubmissionThatNeverArrivedAgainstTheNode() {
    simulator.setFaults(0, List.of(new Fault.Fail(503)));
    BeaconNodes one =
        new BeaconNodes(
            kit.system(), List.of(BeaconUrl.of(simulator.nodeUrls().getFirst())), TIMEOUT_MILLIS);
    assertThat(within(BEFORE_HEDGE, one.submitAttestations(Fork.FULU, attestations())))
        .containsOnly(SubmissionOutcome.UNKNOWN);
    assertThat(one.health()).containsExactly(new NodeHealth(1, Standing.READY));
    simulator.setFaults(0, List.of());
    within(BEFORE_HEDGE, one.submitAttestations(Fork.FULU, attestations()));
    assertThat(one.health()).containsExactly(new NodeHealth(0, Standing.READY));
  }

  @Test
  void needsANode() {
    assertThatThrownBy(() -> new BeaconNodes(kit.system(), List.of(), TIMEOUT_MILLIS))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
