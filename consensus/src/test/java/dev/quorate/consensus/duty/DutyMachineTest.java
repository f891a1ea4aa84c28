/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyEvent.DoubleVote;
import dev.quorate.consensus.duty.DutyEvent.Submission;
import dev.quorate.consensus.duty.DutyEvent.Trail;
import dev.quorate.consensus.duty.DutyNetwork.Node;
import dev.quorate.consensus.qbft.VoteKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The life of a duty, its failures, and crashes at every point of it. */
class DutyMachineTest {
  private static final Value VALUE = DutyNetwork.value(1);
  private static final Value OTHER = DutyNetwork.value(2);
  private static final Bytes32 ROOT = DutyNetwork.root(VALUE);

  /**
   * Three rows, the partial and the submission; an operator may hear what others decided before it
   * votes.
   */
  private static final int KILL_POINTS_MIN = 5;

  private static final long SEED = Long.getLong("seed", new Random().nextLong());

  private static DutyNetwork network() {
    return new DutyNetwork(4, SEED);
  }

  private static DutyOutcome only(DutyNetwork network, int operator) {
    assertThat(network.outcomes(operator)).hasSize(1);
    return network.outcomes(operator).getFirst();
  }

  private static DutyOutcome missed(Reason reason) {
    return new DutyOutcome.Missed(reason, Optional.empty());
  }

  private static DutyOutcome missedThoughDecided(Reason reason) {
    return new DutyOutcome.Missed(reason, Optional.of(VALUE.hash()));
  }

  private static void assertAllBroadcastInRound(DutyNetwork network, int round) {
    for (Node node : network.nodes) {
      assertThat(only(network, node.self))
          .isInstanceOfSatisfying(
              DutyOutcome.Broadcast.class,
              done -> {
                assertThat(done.round()).isEqualTo(round);
                assertThat(done.decided()).contains(VALUE.hash());
              });
    }
    assertThat(network.broadcast).containsOnly(DutyNetwork.group(ROOT));
  }

  @Test
  void fourOperatorsDecideSignAndBroadcastInOneRound() {
    DutyNetwork network = network();
    network.assignAll();
    network.ownValues(VALUE);
    network.run();
    assertAllBroadcastInRound(network, 1);
  }

  // ---- validator clients that sign before anything is agreed

  /** All know both heads, and decide {@link #VALUE}. */
  private static DutyNetwork networkOfTwoHeads(int... signedOther) {
    DutyNetwork network = DutyNetwork.ofSyncMessage(4, SEED);
    network.assignAll();
    network.nodes.forEach(node -> node.ownValues(VALUE, OTHER));
    for (int operator : signedOther) {
      network.nodes.get(operator).tell(new DutyInput.SignedFirst(DutyNetwork.root(OTHER)));
    }
    return network;
  }

  private static List<Value> values(Node node) {
    return node.ledger.events().stream()
        .flatMap(row ->
            switch (row) {
              case DutyEvent.Intended intended -> Stream.of(intended.value());
              case DutyEvent.Completed completed -> completed.value().stream();
              case DutyEvent.Decided decided -> Stream.of(decided.value());
              case DutyEvent.Shared _, DutyEvent.Failed _ -> Stream.empty();
            })
        .toList();
  }

  @Test
  void aClientThatSignedAnotherKnownHeadIsNeitherBlamedNorMissed() {
    DutyNetwork network = networkOfTwoHeads(3);
    network.run();
    assertAllBroadcastInRound(network, 1);
    assertThat(network.discarded).isEmpty();
    assertThat(values(network.nodes.get(0))).containsExactly(VALUE);
    // What it signed is in its journal, and what the group did.
    assertThat(values(network.nodes.get(3))).containsExactly(OTHER, VALUE);
    assertThat(network.nodes)
        .flatMap(node -> node.ledger.events())
        .filteredOn(DutyEvent.Completed.class::isInstance)
        .hasSize(4)
        .allSatisfy(row -> assertThat(((DutyEvent.Completed) row).culprits()).isEmpty());
  }

  @Test
  void theHeadThatEnoughClientsSignedIsPublishedThoughAnotherWasAgreed() {
    DutyNetwork network = networkOfTwoHeads(1, 2, 3);
    network.run();
    assertThat(network.broadcast)
        .isNotEmpty()
        .containsOnly(DutyNetwork.group(DutyNetwork.root(OTHER)));
    for (Node node : network.nodes) {
      assertThat(only(network, node.self))
          .isInstanceOfSatisfying(
              DutyOutcome.Broadcast.class,
              done -> assertThat(done.decided()).contains(OTHER.hash()));
    }
    assertThat(values(network.nodes.get(0))).containsExactly(VALUE, OTHER);
    assertThat(values(network.nodes.get(3))).containsExactly(OTHER);
  }

  @Test
  void aHeadThatNobodyKnowsIsNotSignedForAClient() {
    DutyNetwork network = networkOfTwoHeads();
    network.nodes.get(3).tell(new DutyInput.SignedFirst(Bytes32.sha256(new byte[] {1})));
    network.run();
    assertAllBroadcastInRound(network, 1);
    assertThat(values(network.nodes.get(3))).containsExactly(VALUE);
  }

  @Test
  void inADutyOfOneMessageNobodySignsAnother() {
    DutyNetwork network = network();
    network.assignAll();
    network.nodes.forEach(node -> node.ownValues(VALUE, OTHER));
    network.nodes.get(3).tell(new DutyInput.SignedFirst(DutyNetwork.root(OTHER)));
    network.run();
    assertAllBroadcastInRound(network, 1);
    assertThat(network.discarded).doesNotContainKey(Reason.WRONG_ROOT);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8})
  void aKillAfterAnyPersistOrSendSignsNoOtherHeadThanBefore(int killAt) {
    DutyNetwork network = networkOfTwoHeads(3);
    network.nodes.get(3).killAt = killAt;
    network.run();
    for (int operator = 0; operator < 3; operator++) {
      assertThat(only(network, operator)).isInstanceOf(DutyOutcome.Broadcast.class);
    }
    assertThat(network.broadcast).containsOnly(DutyNetwork.group(ROOT));
  }

  /** The work of a slot in which fifty validators have a duty, when all of it is done. */
  private static List<Workload> workOfASlot(int millisPerInput, Random random) {
    Agenda agenda = new Agenda(DutyNetwork.START_MILLIS);
    List<Workload> operators =
        Stream.generate(() -> new Workload(agenda, () -> random.nextInt(2 * millisPerInput + 1)))
            .limit(4)
            .toList();
    List<DutyNetwork> duties = DutyNetwork.ofValidators(50, operators, agenda, random);
    duties.forEach(DutyNetwork::assignAll);
    duties.forEach(duty -> duty.ownValues(VALUE));
    agenda.runUntil(DutyNetwork.DEADLINE_MILLIS + 1);
    duties.forEach(duty -> {
      assertAllBroadcastInRound(duty, 1);
      assertThat(duty.highestRound()).as("nobody wanted another, seed %s", SEED).isEqualTo(1);
    });
    return operators;
  }

  @Test
  void tenTimesOverloadEndsWithOneRoundPerDutyAndBreedsNoWork() {
    Random random = new Random(SEED);
    List<Workload> atLeisure = workOfASlot(0, random);
    List<Workload> overloaded = workOfASlot(10, random);
    for (int operator = 0; operator < 4; operator++) {
      Workload work = overloaded.get(operator);
      assertThat(work.busyMillis())
          .as("seed %s", SEED)
          .isGreaterThan(10 * DutyNetwork.ROUNDS.millis(1));
      assertThat(work.tasks())
          .as("seed %s", SEED)
          .isLessThan(atLeisure.get(operator).tasks() * 14 / 10);
    }
  }

  /** Whose leader is down is waited for by all duties at once, and that must not keep them busy. */
  @Test
  void lookingForMailIsLittleWork() {
    Agenda agenda = new Agenda(DutyNetwork.START_MILLIS);
    List<Workload> operators =
        Stream.generate(() -> new Workload(agenda, () -> 1)).limit(4).toList();
    List<DutyNetwork> duties = DutyNetwork.ofValidators(50, operators, agenda, new Random(SEED));
    duties.forEach(duty -> duty.nodes.get(duty.leader()).stop());
    duties.forEach(DutyNetwork::assignAll);
    duties.forEach(duty -> duty.ownValues(VALUE));
    agenda.runUntil(DutyNetwork.BEGIN_MILLIS + DutyNetwork.ROUNDS.millis(1) + 1_500);
    assertThat(operators)
        .allSatisfy(work -> assertThat(work.tasks()).as("seed %s", SEED).isLessThan(50 * 45));
    duties.forEach(duty -> assertThat(duty.highestRound()).isEqualTo(2));
  }

  /** The first leader is down, and the others would go on without it. */
  private static DutyNetwork withoutALeader(long mailWaitsMillis) {
    DutyNetwork network = network();
    network.nodes.get(network.leader()).stop();
    network.nodes.forEach(node -> node.mailWaitsMillis = mailWaitsMillis);
    network.assignAll();
    network.ownValues(VALUE);
    return network;
  }

  @Test
  void aRoundDoesNotEndAsLongAsMailWaits() {
    DutyNetwork network = withoutALeader(100);
    long timeIsUp = DutyNetwork.BEGIN_MILLIS + DutyNetwork.ROUNDS.millis(1);
    network.runUntil(timeIsUp + 5_000);
    assertThat(network.highestRound()).isZero();
    network.nodes.forEach(node -> node.mailWaitsMillis = DutyMachine.MAIL_WAITS_MILLIS);
    network.runUntil(timeIsUp + 5_500);
    assertThat(network.highestRound()).isEqualTo(2);
  }

  @Test
  void aRoundEndsAtLastHoweverMuchMailWaits() {
    DutyNetwork network = withoutALeader(100);
    long timeIsUp = DutyNetwork.BEGIN_MILLIS + DutyNetwork.ROUNDS.millis(1);
    network.runUntil(timeIsUp + DutyMachine.HELD_MILLIS_MAX - 1);
    assertThat(network.highestRound()).isZero();
    network.runUntil(timeIsUp + DutyMachine.HELD_MILLIS_MAX + 500);
    assertThat(network.highestRound()).isEqualTo(2);
  }

  @Test
  void aDutyCostsThreeRowsAndTheyTellHowItWent() {
    DutyNetwork network = network();
    network.assignAll();
    network.ownValues(VALUE);
    network.run();
    for (Node node : network.nodes) {
      List<DutyEvent> rows = node.ledger.of(network.duty);
      assertThat(rows).hasSize(3);
      DutyEvent.Intended intended = (DutyEvent.Intended) rows.get(0);
      DutyEvent.Shared shared = (DutyEvent.Shared) rows.get(1);
      DutyEvent.Completed completed = (DutyEvent.Completed) rows.get(2);

      assertThat(intended.signable().root()).isEqualTo(ROOT);
      Trail trail = intended.trail();
      assertThat(trail.round()).isEqualTo(1);
      assertThat(trail.leader()).contains(network.leader());
      assertThat(trail.voters()).hasSizeGreaterThanOrEqualTo(3);
      assertThat(trail.startedAtMillis()).isBetween(1L, DutyNetwork.BEGIN_MILLIS);
      assertThat(trail.proposedAtMillis()).isGreaterThan(DutyNetwork.BEGIN_MILLIS);
      assertThat(trail.decidedAtMillis()).isGreaterThan(trail.proposedAtMillis());
      assertThat(trail.own())
          .isNotEmpty()
          .allSatisfy(vote -> {
            assertThat(vote.value()).isEqualTo(VALUE.hash());
            assertThat(vote.atMillis())
                .isBetween(DutyNetwork.BEGIN_MILLIS, trail.decidedAtMillis());
          });
      assertThat(trail.evidence()).isEmpty();

      assertThat(completed.signers()).hasSize(network.threshold);
      assertThat(completed.culprits()).isEmpty();
      assertThat(completed.value()).isEmpty();
      assertThat(completed.trail()).as("said by the intent").isEqualTo(Trail.NONE);
      assertThat(completed.partials())
          .hasSizeGreaterThanOrEqualTo(network.threshold - 1)
          .allSatisfy(partial ->
              assertThat(partial.atMillis())
                  .isBetween(DutyNetwork.BEGIN_MILLIS, completed.atMillis()));
      assertThat(shared.atMillis()).isGreaterThan(trail.decidedAtMillis());

      // What came behind the last row waits for the next one: the submission, and who was late.
      assertThat(node.state.unrecorded().submissions())
          .extracting(Submission::duty, Submission::outcome)
          .containsExactly(tuple(network.duty, SubmissionOutcome.ACCEPTED));
      List<Integer> senders = new ArrayList<>();
      completed.partials().forEach(partial -> senders.add(partial.operator()));
      node.state
          .unrecorded()
          .partials()
          .forEach(partial -> {
            assertThat(partial.atMillis()).isGreaterThanOrEqualTo(completed.atMillis());
            senders.add(partial.operator());
          });
      senders.add(node.self);
      assertThat(senders).containsExactlyInAnyOrder(0, 1, 2, 3);
    }
  }

  @Test
  void nothingIsSaidBeforeTheBegin() {
    DutyNetwork network = network();
    network.assignAll();
    network.ownValues(VALUE);
    network.runUntil(DutyNetwork.BEGIN_MILLIS - 1);
    assertThat(network.nodes).allSatisfy(node -> assertThat(node.killPoints).isZero());
  }

  /** How long before the anchor those begin that have seen the block. */
  private static final long LEAD_MILLIS = 2_500;

  /**
   * @param early operators that begin before the anchor; the others do at it
   */
  private static void beginEarly(DutyNetwork network, List<Integer> early) {
    network.assignAll();
    network.runUntil(DutyNetwork.BEGIN_MILLIS - LEAD_MILLIS);
    early.forEach(operator -> {
      network.nodes.get(operator).ownValues(VALUE);
      network.nodes.get(operator).tell(new DutyInput.BeginEarly());
    });
    network.runUntil(DutyNetwork.BEGIN_MILLIS);
    network.nodes.stream()
        .filter(node -> !early.contains(node.self))
        .forEach(node -> node.ownValues(VALUE));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void anOperatorThatBeginsEarlyDecidesInTheFirstRoundWithThoseThatBeginAtTheAnchor(int early) {
    DutyNetwork network = network();
    beginEarly(network, List.of(early));
    network.run();
    assertAllBroadcastInRound(network, 1);
    assertThat(network.discarded).doesNotContainKeys(Reason.STALE_ROUND, Reason.BUFFER_FULL);
    for (Node node : network.nodes) {
      assertThat(((DutyOutcome.Broadcast) only(network, node.self)).latencyMillis()).isPositive();
    }
  }

  @Test
  void aQuorumThatBeginsEarlyIsDoneBeforeTheAnchorAndTheLastOperatorLosesNothing() {
    DutyNetwork network = network();
    int last = (network.leader() + 1) % 4;
    network.assignAll();
    network.runUntil(DutyNetwork.BEGIN_MILLIS - LEAD_MILLIS);
    for (Node node : network.nodes) {
      if (node.self != last) {
        node.ownValues(VALUE);
        node.tell(new DutyInput.BeginEarly());
      }
    }
    network.runUntil(DutyNetwork.BEGIN_MILLIS - 1);
    assertAllBroadcastInRound(network, 1);
    assertThat(only(network, last))
        .isInstanceOfSatisfying(
            DutyOutcome.Broadcast.class, done -> assertThat(done.latencyMillis()).isZero());
    network.run();
    assertAllBroadcastInRound(network, 1);
  }

  @Test
  void theFirstRoundEndsForWhoBeganEarlyWhenItEndsForEveryone() {
    DutyNetwork network = network();
    network.nodes.get(network.leader()).stop();
    int early = (network.leader() + 1) % 4;
    beginEarly(network, List.of(early));
    long end = DutyNetwork.BEGIN_MILLIS + DutyNetwork.ROUNDS.millis(1);
    network.runUntil(end - 1);
    for (Node node : network.nodes) {
      if (node.isUp()) {
        assertThat(node.state().qbft().round()).as("operator %s", node.self).isEqualTo(1);
      }
    }
    network.runUntil(end);
    assertThat(network.nodes.get(early).state().qbft().round()).isEqualTo(2);
    network.run();
    assertThat(network.outcomes).hasSize(3);
    assertThat(network.outcomes.values())
        .allSatisfy(outcomes ->
            assertThat(outcomes)
                .singleElement()
                .isInstanceOfSatisfying(
                    DutyOutcome.Broadcast.class, done -> assertThat(done.round()).isEqualTo(2)));
  }

  @Test
  void whatIsLostBeforeTheAnchorIsMadeGoodByNudges() {
    DutyNetwork network = network();
    int early = network.leader();
    network.connect((from, to) ->
        from != early || to == early || network.nowMillis() >= DutyNetwork.BEGIN_MILLIS);
    beginEarly(network, List.of(early));
    network.run();
    assertThat(network.outcomes).hasSize(4);
    assertAllBroadcastInRound(network, 1);
  }

  @Test
  void beginningTwiceIsBeginningOnce() {
    DutyNetwork network = network();
    network.assignAll();
    network.ownValues(VALUE);
    network.runUntil(DutyNetwork.BEGIN_MILLIS - LEAD_MILLIS);
    for (int i = 0; i < 3; i++) {
      network.nodes.forEach(node -> node.tell(new DutyInput.BeginEarly()));
    }
    network.run();
    assertAllBroadcastInRound(network, 1);
    network.nodes.forEach(node -> assertThat(node.ledger.of(network.duty)).hasSize(3));
  }

  @Test
  void theNextLeaderProposesWhereTheFirstIsDown() {
    DutyNetwork network = network();
    network.nodes.get(network.leader()).stop();
    network.assignAll();
    network.ownValues(VALUE);
    network.run();
    assertThat(network.outcomes).hasSize(3).doesNotContainKey(network.leader());
    assertThat(network.outcomes.values())
        .allSatisfy(outcomes ->
            assertThat(outcomes)
                .singleElement()
                .isInstanceOfSatisfying(
                    DutyOutcome.Broadcast.class, done -> assertThat(done.round()).isEqualTo(2)));
  }

  @Test
  void anOperatorWithoutOwnDataDoesNotPrepareButSignsWhatAQuorumDecided() {
    DutyNetwork network = network();
    int blind = (network.leader() + 1) % 4;
    network.assignAll();
    network.nodes.stream()
        .filter(node -> node.self != blind)
        .forEach(node -> node.ownValues(VALUE));
    network.run();
    assertAllBroadcastInRound(network, 1);
    DutyEvent first = network.nodes.get(blind).ledger.of(network.duty).getFirst();
    assertThat(first)
        .isInstanceOfSatisfying(
            DutyEvent.Intended.class,
            intended -> {
              assertThat(intended.trail().own()).isEmpty();
              assertThat(intended.trail().refusal()).contains(Reason.NO_OWN_DATA);
            });
  }

  @Test
  void aSplitOfOwnDataEndsAsAMissWithItsReasonNeverAsASignature() {
    DutyNetwork network = network();
    network.assignAll();
    network.nodes.forEach(node -> node.ownValues(node.self < 2 ? VALUE : OTHER));
    network.run();
    assertThat(network.broadcast).isEmpty();
    for (Node node : network.nodes) {
      assertThat(only(network, node.self)).isEqualTo(missed(Reason.NO_QUORUM));
      assertThat(node.ledger.of(network.duty))
          .singleElement()
          .isInstanceOfSatisfying(
              DutyEvent.Failed.class,
              failed -> assertThat(failed.trail().refusal()).contains(Reason.CHECKPOINTS_DIFFER));
    }
  }

  @Test
  void aBetterAnswerOfTheOwnBeaconNodeWithinTheGraceConfirmsAProposal() {
    DutyNetwork network = network();
    network.assignAll();
    network.nodes.forEach(node -> node.ownValues(node.self == network.leader() ? VALUE : OTHER));
    network.runUntil(DutyNetwork.BEGIN_MILLIS + 15);
    network.ownValues(VALUE);
    network.run();
    assertAllBroadcastInRound(network, 1);
  }

  @Test
  void withoutAnyDataTheDutyEndsWithoutAProposal() {
    DutyNetwork network = network();
    network.assignAll();
    network.run();
    assertThat(network.outcomes.values())
        .allSatisfy(o -> assertThat(o).containsExactly(missed(Reason.NO_PROPOSAL)));
  }

  @Test
  void anOperatorWhoseGuardRefusesDoesNotSignButBroadcastsWhatOthersSigned() {
    DutyNetwork network = network();
    network.nodes.get(1).guardRefuses(ROOT);
    network.assignAll();
    network.ownValues(VALUE);
    network.run();
    assertAllBroadcastInRound(network, 1);
    List<DutyEvent> rows = network.nodes.get(1).ledger.of(network.duty);
    assertThat(rows)
        .singleElement()
        .isInstanceOfSatisfying(
            DutyEvent.Completed.class,
            completed -> {
              assertThat(completed.value()).contains(VALUE);
              assertThat(completed.signers()).doesNotContain(1);
              assertThat(completed.trail().refusal()).contains(Reason.SLASHABLE);
            });
  }

  @Test
  void tooFewPartialsMissTheDutyWithThatReason() {
    DutyNetwork network = network();
    network.nodes.get(0).guardRefuses(ROOT);
    network.nodes.get(1).guardRefuses(ROOT);
    network.assignAll();
    network.ownValues(VALUE);
    network.run();
    assertThat(network.broadcast).isEmpty();
    assertThat(network.outcomes.values())
        .allSatisfy(
            o -> assertThat(o).containsExactly(missedThoughDecided(Reason.TOO_FEW_PARTIALS)));
  }

  @Test
  void whoHadNoShareOfItsOwnSaysSo() {
    DutyNetwork network = network();
    network.nodes.get(0).signsNothing();
    network.nodes.get(1).guardRefuses(ROOT);
    network.assignAll();
    network.ownValues(VALUE);
    network.run();
    assertThat(network.broadcast).isEmpty();
    assertThat(only(network, 0)).isEqualTo(missedThoughDecided(Reason.NO_OWN_SHARE));
    assertThat(only(network, 2)).isEqualTo(missedThoughDecided(Reason.TOO_FEW_PARTIALS));
  }

  @Test
  void whoseGuardDidNotAnswerHadNoShareOfItsOwn() {
    DutyNetwork network = network();
    network.nodes.get(0).guardIsSilent();
    network.nodes.get(1).guardRefuses(ROOT);
    network.assignAll();
    network.ownValues(VALUE);
    network.run();
    assertThat(only(network, 0)).isEqualTo(missedThoughDecided(Reason.NO_OWN_SHARE));
    assertThat(only(network, 1)).isEqualTo(missedThoughDecided(Reason.TOO_FEW_PARTIALS));
  }

  @Test
  void tooFewPartialsLeaveARowThatTellsWhoseCameAndWhoseWereWrong() {
    // Operator 1 votes and does not sign; 3 sends nothing but the partial signature of another key.
    DutyNetwork network = network();
    network.connect((from, _) -> from != 3);
    network.nodes.get(1).guardRefuses(ROOT);
    network.assignAll();
    network.ownValues(VALUE);
    Node node = network.nodes.getFirst();
    node.receive(new DutyMessage.Partial(network.duty, 3, ROOT, DutyNetwork.share(2, ROOT)));
    network.run();
    assertThat(only(network, 0)).isEqualTo(missedThoughDecided(Reason.TOO_FEW_PARTIALS));
    DutyEvent.Failed failed = (DutyEvent.Failed) node.ledger.of(network.duty).getLast();
    assertThat(failed.reason()).isEqualTo(Reason.TOO_FEW_PARTIALS);
    assertThat(failed.culprits()).containsExactly(3);
    assertThat(failed.partials()).extracting(DutyEvent.Arrival::operator).containsExactly(2, 3);
    assertThat(failed.trail()).as("said by the intent").isEqualTo(Trail.NONE);
  }

  @Test
  void aWrongPartialIsLeftOutItsSenderNamedAndTheDutyDone() {
    // Operator 3 is silent but for a partial signature of another key; 1's come late.
    DutyNetwork network = network();
    network.connect((from, to) -> from != 3 && !(from == 1 && to == 0));
    network.assignAll();
    network.ownValues(VALUE);
    Node node = network.nodes.getFirst();
    node.receive(new DutyMessage.Partial(network.duty, 3, ROOT, DutyNetwork.share(2, ROOT)));
    network.runUntil(DutyNetwork.BEGIN_MILLIS + 2_000);
    network.connect((_, _) -> true);
    network.run();
    assertThat(only(network, 0)).isInstanceOf(DutyOutcome.Broadcast.class);
    assertThat(node.ledger.of(network.duty).getLast())
        .isInstanceOfSatisfying(
            DutyEvent.Completed.class,
            completed -> {
              assertThat(completed.signers()).containsExactly(0, 1, 2);
              assertThat(completed.culprits()).containsExactly(3);
              assertThat(completed.partials())
                  .extracting(DutyEvent.Arrival::operator)
                  .containsExactly(1, 2, 3);
            });
    assertThat(network.discarded).containsKey(Reason.BAD_PARTIAL);
  }

  @Test
  void aPartialOverAnotherRootIsRefusedAndCounted() {
    DutyNetwork network = network();
    network.assignAll();
    network.ownValues(VALUE);
    Bytes32 root = DutyNetwork.root(OTHER);
    network
        .nodes
        .getFirst()
        .receive(new DutyMessage.Partial(network.duty, 3, root, DutyNetwork.share(3, root)));
    network.run();
    assertAllBroadcastInRound(network, 1);
    assertThat(network.discarded).containsKey(Reason.WRONG_ROOT);
  }

  @Test
  void aSecondDifferentPartialOfOneSenderIsRefused() {
    DutyNetwork network = network();
    network.assignAll();
    Node node = network.nodes.getFirst();
    node.receive(new DutyMessage.Partial(network.duty, 3, ROOT, DutyNetwork.share(3, ROOT)));
    node.receive(new DutyMessage.Partial(network.duty, 3, ROOT, DutyNetwork.share(2, ROOT)));
    node.receive(new DutyMessage.Partial(network.duty, 3, ROOT, DutyNetwork.share(3, ROOT)));
    assertThat(network.discarded).containsKey(Reason.EQUIVOCATION).containsKey(Reason.DUPLICATE);
    assertThat(node.state().partials())
        .containsEntry(
            3, new DutyMessage.Partial(network.duty, 3, ROOT, DutyNetwork.share(3, ROOT)));
  }

  @Test
  void mailOfADutyThatIsNotAssignedYetIsKeptWithinItsBound() {
    DutyNetwork network = network();
    Node node = network.nodes.getFirst();
    for (int slot = 0; slot < CoValidator.EARLY_PER_PEER_MAX + 10; slot++) {
      node.receive(new DutyMessage.Partial(DutyId.attester(100 + slot, 0), 3, ROOT, Bytes.EMPTY));
    }
    node.receive(new DutyMessage.Partial(network.duty, 2, ROOT, DutyNetwork.share(2, ROOT)));
    assertThat(node.state.early().get(3)).hasSize(CoValidator.EARLY_PER_PEER_MAX);
    assertThat(network.discarded).containsEntry(Reason.BUFFER_FULL, 10);
    network.assignAll();
    assertThat(node.state().partials()).as("another peer's mail was kept").containsKey(2);
  }

  @Test
  void aPeerThatFloodsStatusesIsAnsweredABoundedNumberOfTimes() {
    DutyNetwork network = network();
    network.assignAll();
    network.ownValues(VALUE);
    network.run();
    Node node = network.nodes.getFirst();
    network.assignAll(); // closed and complete: nothing is opened again
    assertThat(node.state.open()).isEmpty();

    DutyNetwork open = network();
    open.assignAll();
    open.ownValues(VALUE);
    open.runUntil(DutyNetwork.BEGIN_MILLIS + 500);
    Node flooded = open.nodes.getFirst();
    int sent = flooded.killPoints;
    for (int i = 0; i < 200; i++) {
      flooded.receive(new DutyMessage.Status(open.duty, 3, 1, Optional.empty(), 0));
    }
    assertThat(flooded.killPoints - sent).isLessThanOrEqualTo(2 * DutyMachine.ANSWERS_PER_PEER_MAX);
    assertThat(open.discarded).containsKey(Reason.BUFFER_FULL);
  }

  @Test
  void anOperatorThatWasCutOffDuringTheDutyCatchesUpWhenItsLinksReturn() {
    DutyNetwork network = network();
    network.connect((from, to) -> from == to || (from != 2 && to != 2));
    network.assignAll();
    network.ownValues(VALUE);
    network.runUntil(DutyNetwork.BEGIN_MILLIS + 5_000);
    assertThat(network.outcomes).hasSize(3).doesNotContainKey(2);
    network.connect((_, _) -> true);
    network.nodes.forEach(node -> {
      for (int other = 0; other < 4; other++) {
        if (other != node.self) {
          node.tell(new DutyInput.PeerConnected(other));
        }
      }
    });
    network.run();
    assertThat(only(network, 2)).isInstanceOf(DutyOutcome.Broadcast.class);
  }

  @Test
  void lostFramesAreMadeGoodByNudges() {
    // Every frame from 0 to 1 is lost for the first two seconds, partial signatures among them.
    DutyNetwork network = network();
    network.connect((from, to) -> !(to == 1 && from != 1));
    network.assignAll();
    network.ownValues(VALUE);
    network.runUntil(DutyNetwork.BEGIN_MILLIS + 2_000);
    network.connect((_, _) -> true);
    network.run();
    assertThat(only(network, 1)).isInstanceOf(DutyOutcome.Broadcast.class);
  }

  @Test
  void aDutyThatIsTakenAwayBeforeItsBeginIsDropped() {
    DutyNetwork network = network();
    network.assignAll();
    network.nodes.forEach(node -> node.tell(new DutyInput.Reassigned()));
    network.ownValues(VALUE);
    network.run();
    assertThat(network.outcomes.values())
        .allSatisfy(o -> assertThat(o).containsExactly(missed(Reason.REASSIGNED)));
    assertThat(network.broadcast).isEmpty();
  }

  @Test
  void aDutyThatIsTakenAwayAndGivenBackIsDone() {
    DutyNetwork network = network();
    network.assignAll();
    network.nodes.forEach(node -> node.tell(new DutyInput.Reassigned()));
    network.assignAll();
    network.ownValues(VALUE);
    network.run();
    assertThat(network.broadcast).containsOnly(DutyNetwork.group(ROOT)).hasSize(4);
  }

  @ParameterizedTest
  @EnumSource(
      value = SubmissionOutcome.class,
      names = {"UNKNOWN"},
      mode = EnumSource.Mode.EXCLUDE)
  void anEndedSubmissionIsReportedOnce(SubmissionOutcome outcome) {
    DutyNetwork network = network();
    network.assignAll();
    network.ownValues(VALUE);
    network.runUntil(DutyNetwork.BEGIN_MILLIS + 1_000);
    network.nodes.getFirst().tell(new DutyInput.Submitted(outcome));
    network.run();
    assertThat(network.outcomes(0)).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"REJECTED, REJECTED_BY_BEACON_NODE", "UNKNOWN, NOT_SUBMITTED"})
  void aSignatureThatNoBeaconNodeTookLeavesOneMoreRowWithTheReason(
      SubmissionOutcome said, Reason reason) {
    DutyNetwork network = network();
    Node node = network.nodes.getFirst();
    node.beaconNodeSays(said);
    network.assignAll();
    network.ownValues(VALUE);
    network.run();
    assertThat(only(network, 0)).isEqualTo(missedThoughDecided(reason));
    List<DutyEvent> rows = node.ledger.of(network.duty);
    assertThat(rows).hasSize(4);
    DutyEvent.Failed failed = (DutyEvent.Failed) rows.getLast();
    assertThat(failed.reason()).isEqualTo(reason);
    assertThat(failed.trail()).isEqualTo(Trail.NONE);
    assertThat(failed.partials()).isEmpty();
    assertThat(failed.earlier().submissions())
        .extracting(Submission::duty, Submission::outcome)
        .containsExactly(tuple(network.duty, said));
    assertThat(node.ledger.isOver(network.duty)).isTrue();
    assertThat(node.ledger.unfinished()).isEmpty();
  }

  @Test
  void aRejectedDutyIsNotOpenedAgainAfterARestart() {
    DutyNetwork network = network();
    Node node = network.nodes.getFirst();
    node.beaconNodeSays(SubmissionOutcome.REJECTED);
    network.assignAll();
    network.ownValues(VALUE);
    network.runUntil(DutyNetwork.BEGIN_MILLIS + 5_000);
    assertThat(node.state.open()).as("laggards are answered until the deadline").hasSize(1);
    int submitted = network.broadcast.size();
    node.stop();
    node.restart();
    assertThat(node.state.open()).isEmpty();
    network.run();
    assertThat(network.broadcast).hasSize(submitted);
    assertThat(node.ledger.of(network.duty)).hasSize(4);
  }

  /**
   * Wherever it was killed, a duty whose signature nobody took ends with exactly one such row; only
   * who is down when the deadline passes cannot write it.
   */
  @ParameterizedTest
  @CsvSource({"REJECTED, REJECTED_BY_BEACON_NODE", "UNKNOWN, NOT_SUBMITTED"})
  void aKillAtEveryPointOfADutyThatNoBeaconNodeTakesLeavesItsReasonOnce(
      SubmissionOutcome said, Reason reason) {
    int points = 0;
    for (int killAt = 0; ; killAt++) {
      DutyNetwork network = new DutyNetwork(4, SEED + killAt);
      Node killed = network.nodes.getFirst();
      killed.killAt = killAt;
      killed.beaconNodeSays(said);
      network.assignAll();
      network.ownValues(VALUE);
      network.run();
      if (killed.killPoints <= killAt) {
        break;
      }
      List<Reason> reasons =
          killed.ledger.of(network.duty).stream()
              .filter(DutyEvent.Failed.class::isInstance)
              .map(row -> ((DutyEvent.Failed) row).reason())
              .toList();
      String where = "seed %s, killed at point %s".formatted(SEED + killAt, killAt);
      if (killed.isUp()) {
        points++;
        assertThat(reasons).as(where).containsExactly(reason);
      } else {
        assertThat(reasons).as(where).isIn(List.of(), List.of(reason));
      }
      assertThat(killed.ledger.unfinished().isEmpty()).as(where).isEqualTo(!reasons.isEmpty());
      assertThat(network.broadcast).containsOnly(DutyNetwork.group(ROOT));
    }
    assertThat(points)
        .as("points where it was killed and came back")
        .isGreaterThanOrEqualTo(KILL_POINTS_MIN);
  }

  @Test
  void aServiceThatDoesNotAnswerIsAskedAgain() {
    DutyNetwork network = network();
    network.assignAll();
    Node node = network.nodes.getFirst();
    node.tell(new DutyInput.ServiceFailed(new DutyOutput.ClaimFence()));
    assertThat(node.state().stalled()).containsExactly(new DutyOutput.ClaimFence());
    network.ownValues(VALUE);
    network.run();
    assertAllBroadcastInRound(network, 1);
  }

  /**
   * The node is killed after each persist and before each send in turn, and comes back with what
   * its disk holds. {@link DutyNetwork} checks that it contradicts no vote and no signature; the
   * others must not notice, and it must end the duty too.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void aKillAfterEveryPersistAndBeforeEverySendContradictsNothing(int victim) {
    int points = 0;
    for (int killAt = 0; ; killAt++) {
      DutyNetwork network = new DutyNetwork(4, SEED + killAt);
      Node killed = network.nodes.get(victim);
      killed.killAt = killAt;
      network.assignAll();
      network.ownValues(VALUE);
      network.run();
      if (killed.killPoints <= killAt) {
        break;
      }
      points++;
      assertThat(network.outcomes)
          .as("seed %s, operator %s killed at point %s", SEED + killAt, victim, killAt)
          .hasSize(4);
      assertThat(network.outcomes.values())
          .allSatisfy(o -> assertThat(o.getLast()).isInstanceOf(DutyOutcome.Broadcast.class));
      assertThat(network.broadcast).containsOnly(DutyNetwork.group(ROOT));
    }
    assertThat(points).as("points where it was killed").isGreaterThanOrEqualTo(KILL_POINTS_MIN);
  }

  // ---- where there is nothing to choose

  @Test
  void whatIsGivenIsSignedWithoutAVote() {
    DutyNetwork network = network();
    network.give(VALUE);
    network.assignAll();
    network.runUntil(DutyNetwork.BEGIN_MILLIS - 1);
    assertThat(network.nodes).allMatch(node -> node.ledger.of(network.duty).isEmpty());
    network.run();
    assertAllBroadcastInRound(network, 0);
    assertThat(network.highestRound()).isZero();
    assertThat(network.nodes)
        .allSatisfy(node -> assertThat(node.ledger.of(network.duty)).hasSize(3));
  }

  @Test
  void nobodyIsBelievedWhoVotesOnWhatIsGiven() {
    DutyNetwork network = network();
    network.give(VALUE);
    network.assignAll();
    for (int operator = 1; operator < 4; operator++) {
      network.nodes.getFirst().receive(DutyNetwork.commit(network.duty, operator, OTHER.hash()));
    }
    network.run();
    assertAllBroadcastInRound(network, 0);
    assertThat(network.discarded).containsEntry(Reason.UNKNOWN_MESSAGE_TYPE, 3);
  }

  @Test
  void whatIsGivenIsNotSignedIfTheGuardRefusesIt() {
    DutyNetwork network = network();
    network.give(VALUE);
    network.nodes.forEach(node -> node.guardRefuses(ROOT));
    network.assignAll();
    network.run();
    assertThat(network.broadcast).isEmpty();
    assertThat(only(network, 0)).isEqualTo(missedThoughDecided(Reason.TOO_FEW_PARTIALS));
  }

  @Test
  void theSignatureOfWhatIsGivenIsMadeOnceFramesPass() {
    DutyNetwork network = network();
    network.give(VALUE);
    network.connect((_, _) -> network.nowMillis() > DutyNetwork.BEGIN_MILLIS + 5_000);
    network.assignAll();
    network.run();
    assertAllBroadcastInRound(network, 0);
  }

  @Test
  void whoComesLateToWhatOthersDidAheadIsGivenTheirPartsLongBeforeItIsDue() {
    DutyNetwork network = network();
    network.give(VALUE);
    Node late = network.nodes.getLast();
    network.connect((from, to) -> late.isUp() || (from != late.self && to != late.self));
    late.stop();
    network.assignAll();
    network.nodes.forEach(node -> node.tell(new DutyInput.BeginEarly()));
    network.runUntil(DutyNetwork.BEGIN_MILLIS - 2_000);
    assertThat(network.outcomes).hasSize(3);

    late.restart();
    late.tell(new DutyInput.BeginEarly());
    network.runUntil(DutyNetwork.BEGIN_MILLIS - 1);
    assertAllBroadcastInRound(network, 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void aKillAtEveryPointOfWhatIsGivenContradictsNothing(int victim) {
    int points = 0;
    for (int killAt = 0; ; killAt++) {
      DutyNetwork network = new DutyNetwork(4, SEED + killAt);
      Node killed = network.nodes.get(victim);
      killed.killAt = killAt;
      network.give(VALUE);
      network.assignAll();
      network.run();
      if (killed.killPoints <= killAt) {
        break;
      }
      points++;
      assertThat(network.outcomes.values())
          .as("seed %s, operator %s killed at point %s", SEED + killAt, victim, killAt)
          .hasSize(4)
          .allSatisfy(o -> assertThat(o.getLast()).isInstanceOf(DutyOutcome.Broadcast.class));
      assertThat(network.broadcast).containsOnly(DutyNetwork.group(ROOT));
    }
    assertThat(points).as("points where it was killed").isGreaterThanOrEqualTo(KILL_POINTS_MIN);
  }

  /** With two of four fenced off a duty may be missed; it is never signed twice. */
  @Test
  void twoNodesKilledAtAnyPairOfPointsContradictNothing() {
    int done = 0;
    for (int first = 0; first < 9; first++) {
      for (int second = 0; second < 9; second++) {
        DutyNetwork network = new DutyNetwork(4, SEED + 31L * first + second);
        network.nodes.get(0).killAt = first;
        network.nodes.get(1).killAt = second;
        network.assignAll();
        network.ownValues(VALUE);
        network.run();
        assertThat(network.broadcast)
            .as("seed %s, killed at %s and %s", SEED + 31L * first + second, first, second)
            .allMatch(signature -> signature.equals(DutyNetwork.group(ROOT)));
        done += network.broadcast.isEmpty() ? 0 : 1;
      }
    }
    assertThat(done).as("of 81 duties").isGreaterThan(20);
  }

  @Test
  void aNodeKilledBehindItsIntentAsksTheGuardAgainAndObeysIt() {
    int tried = 0;
    for (int killAt = 0; killAt < 12; killAt++) {
      DutyNetwork network = new DutyNetwork(4, SEED + killAt);
      Node node = network.nodes.getFirst();
      node.killAt = killAt;
      network.assignAll();
      network.ownValues(VALUE);
      network.runUntil(DutyNetwork.BEGIN_MILLIS - 1);
      while (node.isUp() && network.advance()) {}
      List<DutyEvent> rows = node.ledger.of(network.duty);
      if (rows.size() == 1 && rows.getFirst() instanceof DutyEvent.Intended) {
        tried++;
        node.guardRefuses(ROOT);
        network.run();
        assertThat(node.ledger.of(network.duty)).noneMatch(DutyEvent.Shared.class::isInstance);
        assertThat(network.outcomes).hasSize(4);
      }
    }
    assertThat(tried).as("kills between intent and share").isPositive();
  }

  @Test
  void anOperatorWhoseClockIsSlowTakesPartOnceItsOwnBeginComes() {
    DutyNetwork network = network();
    Node slow = network.nodes.get(2);
    slow.slowMillis = 400;
    // It hears of the decision before its own begin, and of nobody's partial signature.
    network.connect((from, to) -> to != 2 || network.nodes.get(2).state().agreed().isEmpty());
    network.assignAll();
    network.ownValues(VALUE);
    network.runUntil(DutyNetwork.BEGIN_MILLIS + 350);
    network.connect((_, _) -> true);
    network.run();
    assertThat(only(network, 2)).isInstanceOf(DutyOutcome.Broadcast.class);
  }

  @Test
  void aNodeThatComesUpWithMailWaitingAsksForWhatItLacks() {
    DutyNetwork network = network();
    Node late = network.nodes.get(2);
    network.nodes.stream().filter(node -> node != late).forEach(Node::assign);
    network.nodes.stream().filter(node -> node != late).forEach(node -> node.ownValues(VALUE));
    network.runUntil(DutyNetwork.BEGIN_MILLIS + 1_000);
    assertThat(network.outcomes).hasSize(3);
    late.assign();
    network.run();
    assertThat(only(network, 2)).isInstanceOf(DutyOutcome.Broadcast.class);
  }

  @Test
  void beaconNodesThatLagBehindAreAskedInEachRoundUntilTheyConfirm() {
    DutyNetwork network = network();
    network.assignAll();
    // Two see the new block at once, two only after the first round.
    network.nodes.forEach(node -> node.ownValues(node.self < 2 ? VALUE : OTHER));
    network.runUntil(DutyNetwork.BEGIN_MILLIS + 800);
    network.nodes.forEach(node -> node.answersRefreshesWith(VALUE));
    network.run();
    for (Node node : network.nodes) {
      assertThat(only(network, node.self)).isInstanceOf(DutyOutcome.Broadcast.class);
    }
    assertThat(network.broadcast).containsOnly(DutyNetwork.group(ROOT));
  }

  @Test
  void anOperatorThatVotesTwiceIsAccusedOncePerDutyAndOneRowHoldsTheEvidence() {
    DutyNetwork network = network();
    network.assignAll();
    network.ownValues(VALUE);
    network.runUntil(DutyNetwork.BEGIN_MILLIS);
    Node node = network.nodes.getFirst();
    for (int vote = 0; vote < 50; vote++) {
      node.receive(DutyNetwork.commit(network.duty, 3, voted(vote)));
    }
    assertThat(network.accusations).isEqualTo(1);
    assertThat(network.discarded).containsKey(Reason.EQUIVOCATION);
    network.run();
    assertThat(trails(node.ledger.of(network.duty)).flatMap(trail -> trail.evidence().stream()))
        .containsExactly(new DoubleVote(3, VoteKind.COMMIT, 1, voted(0), voted(1)));
  }

  @Test
  void evidenceIsKeptWhereNothingWasDecidedAndForEachOperatorOnce() {
    DutyNetwork network = network();
    network.connect((from, to) -> from == to);
    network.assignAll();
    Node node = network.nodes.getFirst();
    for (int vote = 0; vote < 30; vote++) {
      node.receive(DutyNetwork.commit(network.duty, 1 + vote % 3, voted(vote)));
    }
    network.run();
    assertThat(trails(node.ledger.of(network.duty)))
        .singleElement()
        .satisfies(trail ->
            assertThat(trail.evidence()).extracting(DoubleVote::operator).containsExactly(1, 2, 3));
  }

  private static Bytes32 voted(int vote) {
    return Bytes32.sha256(new byte[] {1, (byte) vote});
  }

  private static Stream<Trail> trails(List<DutyEvent> rows) {
    return rows.stream()
        .flatMap(row ->
            switch (row) {
              case DutyEvent.Intended intended -> Stream.of(intended.trail());
              case DutyEvent.Shared _ -> Stream.of();
              case DutyEvent.Completed completed -> Stream.of(completed.trail());
              case DutyEvent.Decided decided -> Stream.of(decided.trail());
              case DutyEvent.Failed failed -> Stream.of(failed.trail());
            });
  }
}
