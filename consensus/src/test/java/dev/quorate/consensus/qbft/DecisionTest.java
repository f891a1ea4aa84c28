/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import static dev.quorate.consensus.qbft.Say.DUTY;
import static dev.quorate.consensus.qbft.Say.OTHER_DUTY;
import static dev.quorate.consensus.qbft.Say.all;
import static dev.quorate.consensus.qbft.Say.cast;
import static dev.quorate.consensus.qbft.Say.commit;
import static dev.quorate.consensus.qbft.Say.commits;
import static dev.quorate.consensus.qbft.Say.decided;
import static dev.quorate.consensus.qbft.Say.preparedChange;
import static dev.quorate.consensus.qbft.Say.prepares;
import static dev.quorate.consensus.qbft.Say.proposal;
import static dev.quorate.consensus.qbft.Say.roundChange;
import static dev.quorate.consensus.qbft.Say.roundChanges;
import static dev.quorate.consensus.qbft.Say.signed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.qbft.QbftMessage.Cast;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What decides, what does not, and what an operator does afterwards. */
class DecisionTest {
  private static final Value A = Say.value("a");
  private static final Value B = Say.value("b");

  private final Operator operator = Operator.voting(3, 4).starts();

  private Operator knowing(Value value) {
    return operator.wouldPropose(value).forget();
  }

  // ---- a quorum of COMMITs

  @Test
  void decidesOnAQuorumOfCommits() {
    operator.hears(proposal(0, 1, A)).forget();
    operator.hears(commits(1, A, 0, 1));
    assertThat(operator.outputs()).isEmpty();

    operator.hears(commits(1, A, 2));
    assertThat(operator.outputs())
        .containsExactly(new QbftOutput.Decide(new Decision(1, A, commits(1, A, 0, 1, 2))));
    assertThat(operator.state().decision()).contains(operator.decisions().getFirst());
  }

  @Test
  void decidesWhatItDidNotAcceptItself() {
    operator.hears(proposal(0, 1, A)).hears(commits(1, A, 0, 1, 2));
    assertThat(operator.decided()).contains(A);
    assertThat(operator.sent()).isEmpty();
  }

  @Test
  void decidesAnotherValueThanItWouldPropose() {
    knowing(B).hears(proposal(0, 1, A)).hears(commits(1, A, 0, 1, 2));
    assertThat(operator.decided()).contains(A);
  }

  @Test
  void ownCommitForAMinorityValueDoesNotKeepItFromDeciding() {
    operator.hears(proposal(0, 1, A)).accepts(A).hears(prepares(1, A, 0, 1, 2));
    assertThat(operator.sentKinds()).contains(VoteKind.COMMIT);
    operator.hears(roundChanges(2, 0, 1));
    operator.hears(proposal(1, 2, B, roundChanges(2, 0, 1, 2)));

    operator.hears(commits(2, B, 0, 1, 2));
    assertThat(operator.decided()).contains(B);
  }

  @Test
  void aMinorityValueHeardFirstOrInBetweenDoesNotMatter() {
    assertThat(
            Operator.voting(3, 4)
                .wouldPropose(A)
                .hears(commits(1, B, 0))
                .hears(commits(1, A, 1, 2, 3))
                .decided())
        .contains(A);
    assertThat(
            Operator.voting(3, 4)
                .wouldPropose(A)
                .hears(commits(1, A, 0))
                .hears(commits(1, B, 1))
                .hears(commits(1, A, 2, 3))
                .decided())
        .contains(A);
  }

  @Test
  void twoAgainstTwoNeverDecides() {
    knowing(A).hears(commits(1, A, 0, 1)).hears(commits(1, B, 2, 3));
    assertThat(operator.decided()).isEmpty();
    operator.hears(commits(1, A, 0, 1)).hears(commits(1, B, 2, 3));
    assertThat(operator.decided()).isEmpty();
  }

  @Test
  void aMinorityRoundHeardFirstDoesNotMatter() {
    knowing(A).hears(commits(1, A, 0)).hears(commits(2, A, 1, 2, 3));
    assertThat(operator.decisions()).extracting(Decision::round).containsExactly(2);
  }

  @Test
  void twoRoundsAgainstTwoNeverDecide() {
    knowing(A).hears(commits(1, A, 0, 1)).hears(commits(2, A, 2, 3));
    assertThat(operator.decided()).isEmpty();
  }

  @Test
  void commitsOfOneSenderAreNoQuorum() {
    knowing(A).hears(commits(1, A, 0, 0, 0, 1, 1));
    assertThat(operator.decided()).isEmpty();
    assertThat(operator.discards()).hasSize(3).containsOnly(Reason.DUPLICATE);
  }

  @Test
  void anEquivocatorsSecondCommitDoesNotCountAndIsEvidence() {
    knowing(A).hears(commits(1, B, 0)).hears(commits(1, A, 0, 1, 2));
    assertThat(operator.decided()).isEmpty();
    assertThat(operator.accusations())
        .containsExactly(new QbftOutput.Accuse(commit(0, 1, B), commit(0, 1, A)));

    // The honest remainder is a quorum without it.
    assertThat(operator.hears(commits(1, A, 3)).decided()).contains(A);
    assertThat(operator.decisions().getFirst().commits()).isEqualTo(commits(1, A, 1, 2, 3));
  }

  @Test
  void equivocationAloneIsNoQuorum() {
    knowing(A).hears(commits(1, A, 0, 1)).hears(commits(1, B, 0, 1));
    assertThat(operator.decided()).isEmpty();
    assertThat(operator.accusations()).hasSize(2);
  }

  @Test
  void commitsOfALaterRoundDecideAsACertificate() {
    knowing(A).hears(commits(5, A, 0, 1, 2));
    assertThat(operator.decisions()).extracting(Decision::round).containsExactly(5);
    assertThat(operator.state().round()).isEqualTo(1);
  }

  @Test
  void tooFewCommitsOfALaterRoundDoNotEvenOnceItIsThere() {
    knowing(A).hears(commits(2, A, 0, 1)).timesOut(1).hearsItself();
    assertThat(operator.state().round()).isEqualTo(2);
    assertThat(operator.decided()).isEmpty();

    operator.hears(commits(2, A, 0, 1));
    assertThat(operator.decided()).isEmpty();
    assertThat(operator.hears(commits(2, A, 2)).decided()).contains(A);
  }

  @Test
  void decidesAfterTheOthersTookItToALaterRound() {
    operator.hears(roundChanges(6, 0, 1));
    assertThat(operator.state().round()).isEqualTo(6);
    operator.hears(proposal(1, 6, A, roundChanges(6, 0, 1, 2)));
    operator.hears(commits(6, A, 0, 1, 2));
    assertThat(operator.decisions()).extracting(Decision::round).containsExactly(6);
  }

  @Test
  void commitsOfAnEarlierRoundStillDecide() {
    operator.hears(proposal(0, 1, A)).hears(commits(1, A, 0, 1)).timesOut(1).timesOut(2);
    operator.hears(commits(1, A, 2));
    assertThat(operator.decided()).contains(A);
    assertThat(operator.state().round()).isEqualTo(3);
  }

  @Test
  void commitsHeardBeforeTheStartDecideBeforeTheStart() {
    Operator late = Operator.voting(3, 4).hears(proposal(0, 1, A)).hears(commits(1, A, 0, 1, 2));
    assertThat(late.decided()).contains(A);
    assertThat(late.state().hasStarted()).isFalse();

    assertThat(late.forget().starts().wouldPropose(B).timesOut(0).outputs()).isEmpty();
  }

  @Test
  void withoutTheValueItDecidesOnceTheBytesArrive() {
    operator.hears(commits(1, A, 0, 1, 2)).timesOut(1);
    assertThat(operator.decided()).isEmpty();

    // The proposal of a round that is over, by now neither timely nor new.
    operator.hears(proposal(0, 1, A));
    assertThat(operator.decided()).contains(A);
  }

  @Test
  void twoCertificatesThatWaitedForTheBytesDecideOnce() {
    operator.hears(commits(1, A, 0, 1, 2)).hears(commits(2, A, 0, 1, 2)).hears(proposal(0, 1, A));
    assertThat(operator.decisions()).hasSize(1);
  }

  @Test
  void anyAuthenticatedMessageMayBringTheBytes() {
    List<QbftMessage> carriers =
        List.of(
            proposal(1, 1, A),
            proposal(1, 2, A),
            new Cast(commit(0, 1, A), List.of(), Optional.of(A)),
            preparedChange(0, 2, 1, A, List.of()),
            preparedChange(0, 2, 1, A, prepares(1, A, 0, 1, 2)));
    for (QbftMessage carrier : carriers) {
      Operator lacking = Operator.voting(3, 4).starts().hears(commits(1, A, 0, 1, 2));
      assertThat(lacking.decided()).isEmpty();
      assertThat(lacking.hears(carrier).decided()).as("%s", carrier).contains(A);
    }
  }

  @Test
  void bytesUnderAnotherHashDecideNothing() {
    operator.hears(commits(1, A, 0, 1, 2));
    operator.hears(new Cast(commit(0, 1, A), List.of(), Optional.of(B)), proposal(0, 1, B));
    assertThat(operator.decided()).isEmpty();
  }

  @Test
  void itsOwnValueArrivingLateDecidesToo() {
    operator.hears(commits(1, A, 0, 1, 2));
    assertThat(operator.wouldPropose(A).decided()).contains(A);
  }

  @Test
  void commitsOfAnotherDutyOrOfNobodyDoNotCount() {
    knowing(A).hears(commits(1, A, 0, 1, 4, -1));
    operator.hears(cast(signed(new Vote.Commit(OTHER_DUTY, 2, 1, A.hash()))));
    assertThat(operator.decided()).isEmpty();
    assertThat(operator.discards())
        .containsExactly(Reason.UNKNOWN_PEER, Reason.UNKNOWN_PEER, Reason.WRONG_DUTY);
  }

  // ---- DECIDED

  @Test
  void aProvenDecisionFromASingleRelayDecides() {
    operator.forget().hears(decided(0, 1, A, commits(1, A, 0, 1, 2)));
    assertThat(operator.outputs())
        .containsExactly(new QbftOutput.Decide(new Decision(1, A, commits(1, A, 0, 1, 2))));
  }

  @Test
  void aProvenDecisionCountsOnce() {
    operator.hears(decided(0, 1, A, commits(1, A, 0, 1, 2))).forget();
    operator.hears(
        decided(0, 1, A, commits(1, A, 0, 1, 2)), decided(1, 1, A, commits(1, A, 0, 1, 2)));
    assertThat(operator.outputs()).isEmpty();
  }

  @Test
  void aProvenDecisionCountsBeforeTheStartAndInAnyRound() {
    Operator early = Operator.voting(3, 4).hears(decided(0, 9, A, commits(9, A, 0, 1, 2)));
    assertThat(early.decided()).contains(A);

    operator.timesOut(1).timesOut(2).timesOut(3);
    operator.hears(decided(0, 1, A, commits(1, A, 0, 1, 2)));
    assertThat(operator.decided()).contains(A);
    assertThat(operator.state().round()).isEqualTo(4);
  }

  @Test
  void aProvenDecisionCountsForWhoRefusedThatValue() {
    operator.hears(proposal(0, 1, A)).hears(decided(0, 1, A, commits(1, A, 0, 1, 2)));
    assertThat(operator.decided()).contains(A);
    assertThat(operator.sent()).isEmpty();
  }

  @Test
  void rogueCommitsInADecisionDoNotMatterWhereverTheyStand() {
    List<SignedVote> good = commits(1, A, 0, 1, 2);
    List<SignedVote> rogue = List.of(commit(3, 1, B));
    List<List<SignedVote>> certificates =
        List.of(
            all(rogue, good),
            all(commits(1, A, 0), rogue, commits(1, A, 1, 2)),
            all(good, rogue),
            all(good, commits(2, A, 3)),
            all(good, prepares(1, A, 3), commits(1, A, 7)));
    for (List<SignedVote> certificate : certificates) {
      Operator listener = Operator.voting(3, 4).starts();
      listener.hears(decided(0, 1, A, certificate));
      assertThat(listener.decisions()).containsExactly(new Decision(1, A, good));
    }
  }

  @Test
  void anUnprovenDecisionIsRefused() {
    SignedVote elsewhere = signed(new Vote.Commit(OTHER_DUTY, 2, 1, A.hash()));
    operator.forget();
    operator.hears(
        decided(0, 1, A, List.of()),
        decided(0, 1, A, commits(1, A, 0, 1)),
        decided(0, 1, A, commits(1, A, 0, 1, 1)),
        decided(0, 2, A, commits(1, A, 0, 1, 2)),
        decided(0, 1, A, commits(1, B, 0, 1, 2)),
        decided(0, 1, A, all(commits(1, A, 0, 1), commits(2, A, 2))),
        decided(0, 1, A, all(commits(1, A, 0, 1), commits(1, B, 2))),
        decided(0, 1, A, all(commits(1, A, 0, 1), List.of(elsewhere))),
        decided(0, 1, A, commits(1, A, 0, 1, 4)),
        decided(0, 1, A, prepares(1, A, 0, 1, 2)),
        decided(0, 1, A, commits(1, A, 0, 0, 0, 0, 0, 0, 1, 2, 3)));
    assertThat(operator.discards()).hasSize(11).containsOnly(Reason.UNJUSTIFIED);

    // The certificate is right, but about something else.
    operator.forget();
    operator.hears(
        new QbftMessage.Decided(OTHER_DUTY, 0, new Decision(1, A, commits(1, A, 0, 1, 2))),
        decided(4, 1, A, commits(1, A, 0, 1, 2)),
        decided(0, 0, A, commits(0, A, 0, 1, 2)),
        decided(0, Integer.MAX_VALUE, A, commits(Integer.MAX_VALUE, A, 0, 1, 2)));
    assertThat(operator.discards())
        .containsExactly(
            Reason.WRONG_DUTY, Reason.UNKNOWN_PEER, Reason.STALE_ROUND, Reason.ROUND_TOO_HIGH);
    assertThat(operator.decided()).isEmpty();
  }

  // ---- afterwards

  private Operator afterDeciding() {
    return operator.hears(decided(0, 1, A, commits(1, A, 0, 1, 2))).forget();
  }

  @Test
  void decidesOnceWhateverComesLater() {
    afterDeciding().hears(commits(2, B, 0, 1, 2)).hears(proposal(0, 1, B)).wouldPropose(B);
    operator.hears(decided(1, 2, B, commits(2, B, 0, 1, 2)));
    assertThat(operator.outputs()).isEmpty();
    assertThat(operator.decided()).contains(A);
  }

  @Test
  void castsNoVoteAndStartsNoTimerAfterDeciding() {
    operator.hears(proposal(0, 1, A));
    afterDeciding().accepts(A).timesOut(1).starts().hears(prepares(1, A, 0, 1, 2));
    operator.hears(proposal(1, 2, A, roundChanges(2, 0, 1, 2)));
    assertThat(operator.outputs()).isEmpty();
  }

  @Test
  void answersAPeerThatIsStillChangingRounds() {
    afterDeciding().hears(cast(roundChange(2, 2)));
    assertThat(operator.outputs())
        .containsExactly(new QbftOutput.SendDecided(2, new Decision(1, A, commits(1, A, 0, 1, 2))));
  }

  @Test
  void answersEachPeerOncePerIncreasingRound() {
    afterDeciding().hears(roundChanges(4, 2, 2, 1)).hears(roundChanges(3, 2));
    operator.hears(roundChanges(5, 2));
    assertThat(operator.answers())
        .extracting(QbftOutput.SendDecided::operator)
        .containsExactly(2, 1, 2);
  }

  @Test
  void answersAPeerAtMostSixteenTimesWhateverTheOthersAsked() {
    afterDeciding();
    for (int round = 2; round < 120; round++) {
      operator.hears(roundChanges(round, 2));
    }
    assertThat(operator.answers()).hasSize(Qbft.ANSWERS_PER_PEER_MAX).hasSize(16);
    assertThat(operator.forget().hears(roundChanges(2, 1)).answers()).hasSize(1);
  }

  @Test
  void answersNeitherItselfNorStrangersNorOtherVotes() {
    afterDeciding().hears(roundChanges(2, 3, 4, -1));
    operator.hears(cast(signed(new Vote.RoundChange(OTHER_DUTY, 1, 2, Optional.empty()))));
    operator.hears(prepares(2, A, 0, 1)).hears(commits(2, A, 0, 1));
    assertThat(operator.outputs()).isEmpty();
  }

  @Test
  void anAnswerConvincesTheLaggard() {
    afterDeciding().hears(roundChanges(2, 2));
    Operator laggard = Operator.voting(2, 4).starts().timesOut(1);
    laggard.hears(new QbftMessage.Decided(DUTY, 3, operator.answers().getFirst().decision()));
    assertThat(laggard.decided()).contains(A);
  }
}
