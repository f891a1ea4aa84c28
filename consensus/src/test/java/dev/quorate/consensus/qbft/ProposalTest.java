/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import static dev.quorate.consensus.qbft.Say.DUTY;
import static dev.quorate.consensus.qbft.Say.OTHER_DUTY;
import static dev.quorate.consensus.qbft.Say.all;
import static dev.quorate.consensus.qbft.Say.cast;
import static dev.quorate.consensus.qbft.Say.prePrepare;
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

/** PRE-PREPARE: who sends one, what with, and which are believed. */
class ProposalTest {
  private static final Value A = Say.value("a");
  private static final Value B = Say.value("b");

  // ---- the leader's side

  @Test
  void leaderOfRoundOneProposesAtStart() {
    Operator leader = Operator.voting(0, 4).wouldPropose(A).starts();

    assertThat(leader.outputs())
        .containsExactly(
            new QbftOutput.StartRoundTimer(1, 1_000),
            new QbftOutput.SendVote(
                new Vote.PrePrepare(DUTY, 0, 1, A.hash()), List.of(), Optional.of(A)));
  }

  @Test
  void leaderOfRoundOneProposesOnceItHasAValueWhicheverComesFirst() {
    Operator leader = Operator.voting(0, 4).starts();
    assertThat(leader.sent()).isEmpty();

    assertThat(leader.wouldPropose(A).sent())
        .containsExactly(new Vote.PrePrepare(DUTY, 0, 1, A.hash()));
  }

  @Test
  void leaderProposesItsLatestValueAndOnlyOnce() {
    Operator leader = Operator.voting(0, 4).wouldPropose(A).wouldPropose(B).starts();
    assertThat(leader.onlySent().value()).contains(B);

    leader.forget().wouldPropose(A).starts();
    assertThat(leader.sent()).isEmpty();
  }

  @Test
  void othersDoNotPropose() {
    for (int self = 1; self < 4; self++) {
      assertThat(Operator.voting(self, 4).wouldPropose(A).starts().sent()).isEmpty();
    }
  }

  @Test
  void leaderVotesForItsOwnProposalOnlyOnceItCameBackAndWasJudged() {
    Operator leader = Operator.voting(0, 4).wouldPropose(A).starts();
    assertThat(leader.judged()).isEmpty();

    leader.hearsItself().forget();
    leader.hears(cast(roundChange(1, 1)));
    assertThat(leader.sent()).isEmpty();

    assertThat(leader.accepts(A).sent()).containsExactly(new Vote.Prepare(DUTY, 0, 1, A.hash()));
  }

  @Test
  void leaderOfALaterRoundWaitsForAQuorumOfRoundChanges() {
    Operator leader = Operator.voting(1, 4).wouldPropose(A).starts().timesOut(1).forget();
    leader.hears(roundChanges(2, 1, 2));
    assertThat(leader.sent()).isEmpty();

    leader.hears(roundChanges(2, 3));
    assertThat(leader.onlySent())
        .isEqualTo(
            new QbftOutput.SendVote(
                new Vote.PrePrepare(DUTY, 1, 2, A.hash()),
                roundChanges(2, 1, 2, 3),
                Optional.of(A)));
  }

  @Test
  void ownRoundChangeCountsOnlyOnceItCameBack() {
    Operator leader = Operator.voting(1, 4).wouldPropose(A).starts().timesOut(1);
    leader.hears(roundChanges(2, 0, 2));
    assertThat(leader.sentKinds()).containsExactly(VoteKind.ROUND_CHANGE);

    leader.hearsItself();
    assertThat(leader.sentKinds()).containsExactly(VoteKind.ROUND_CHANGE, VoteKind.PRE_PREPARE);
  }

  @Test
  void leaderOfALaterRoundWithoutAValueWaitsForOne() {
    Operator leader = Operator.voting(1, 4).starts().timesOut(1).forget();
    leader.hears(roundChanges(2, 0, 2, 3));
    assertThat(leader.sent()).isEmpty();

    leader.wouldPropose(B);
    assertThat(leader.onlySent().value()).contains(B);
    assertThat(leader.onlySent().justification()).hasSize(3);
  }

  @Test
  void leaderProposesTheHighestPreparedValueInsteadOfItsOwn() {
    Operator leader = Operator.voting(3, 4).wouldPropose(A).starts();
    List<SignedVote> proofOfA = prepares(1, A, 0, 1, 2);
    List<SignedVote> proofOfB = prepares(2, B, 0, 1, 2);
    leader.hears(
        cast(roundChange(2, 4)),
        preparedChange(1, 4, 2, B, proofOfB),
        preparedChange(0, 4, 1, A, proofOfA));

    assertThat(leader.state().round()).isEqualTo(4);
    QbftOutput.SendVote sent =
        leader.outputs().stream()
            .filter(QbftOutput.SendVote.class::isInstance)
            .map(QbftOutput.SendVote.class::cast)
            .filter(one -> one.vote().kind() == VoteKind.PRE_PREPARE)
            .findFirst()
            .orElseThrow();
    assertThat(sent.value()).contains(B);
    assertThat(sent.justification()).containsAll(proofOfB).doesNotContainAnyElementsOf(proofOfA);
  }

  @Test
  void whatALeaderProposesIsJustifiedForEverybodyElse() {
    Operator leader = Operator.voting(3, 4).wouldPropose(A).starts();
    leader.hears(
        cast(roundChange(2, 4)),
        preparedChange(1, 4, 2, B, prepares(2, B, 0, 1, 2)),
        preparedChange(0, 4, 1, A, prepares(1, A, 0, 1, 2)));
    QbftOutput.SendVote sent = (QbftOutput.SendVote) leader.outputs().getLast();

    Operator follower = Operator.voting(0, 4).starts();
    follower.hears(new Cast(signed(sent.vote()), sent.justification(), sent.value()));
    assertThat(follower.discards()).isEmpty();
    assertThat(follower.state().round()).isEqualTo(4);
  }

  @Test
  void leaderWithoutAValueOfItsOwnCarriesOnAPreparedOne() {
    Operator leader = Operator.voting(1, 4).starts().timesOut(1).forget();
    leader.hears(preparedChange(0, 2, 1, B, prepares(1, B, 0, 2, 3)));
    leader.hears(roundChanges(2, 2, 3));

    assertThat(leader.onlySent().value()).contains(B);
  }

  // ---- the followers' side

  @Test
  void followerAsksWhetherItWouldSignAndThenPrepares() {
    Operator follower = Operator.voting(2, 4).starts().forget();
    follower.hears(proposal(0, 1, A));
    assertThat(follower.outputs()).containsExactly(new QbftOutput.JudgeValue(A));

    follower.forget().accepts(A);
    assertThat(follower.outputs())
        .containsExactly(
            new QbftOutput.SendVote(
                new Vote.Prepare(DUTY, 2, 1, A.hash()), List.of(), Optional.empty()));
  }

  @Test
  void followerNeverPreparesWhatItDidNotAccept() {
    Operator follower = Operator.voting(2, 4).starts();
    follower.hears(proposal(0, 1, A)).accepts(B).hears(prepares(1, A, 0, 1, 3));

    assertThat(follower.sent()).isEmpty();
  }

  @Test
  void acceptanceOfAValueItWasNotAskedAboutCountsForNothing() {
    Operator follower = Operator.voting(2, 4).starts().accepts(A);
    follower.hears(proposal(0, 1, A));
    assertThat(follower.sent()).isEmpty();
    assertThat(follower.judged()).containsExactly(A);
  }

  @Test
  void acceptanceHoldsForLaterRoundsAndIsAskedOnce() {
    Operator follower = Operator.voting(2, 4).starts();
    follower.hears(proposal(0, 1, A)).timesOut(1).accepts(A).forget();

    follower.hears(proposal(1, 2, A, roundChanges(2, 0, 1, 3)));
    assertThat(follower.judged()).isEmpty();
    assertThat(follower.sent()).containsExactly(new Vote.Prepare(DUTY, 2, 2, A.hash()));
  }

  @Test
  void acceptanceThatComesRoundsLaterSendsThePrepareOfTheCurrentRound() {
    Operator follower = Operator.voting(2, 4).starts();
    follower.hears(proposal(0, 1, A)).timesOut(1);
    follower.hears(proposal(1, 2, A, roundChanges(2, 0, 1, 3))).forget();

    assertThat(follower.accepts(A).sent()).containsExactly(new Vote.Prepare(DUTY, 2, 2, A.hash()));
  }

  @Test
  void acceptanceOfAnEarlierRoundsValueSendsNothing() {
    Operator follower = Operator.voting(2, 4).starts();
    follower.hears(proposal(0, 1, A)).timesOut(1).forget();
    assertThat(follower.accepts(A).accepts(A).outputs()).isEmpty();
  }

  @Test
  void proposalsHeardBeforeTheStartCount() {
    Operator follower = Operator.voting(2, 4).hears(proposal(0, 1, A));
    assertThat(follower.outputs()).isEmpty();
    assertThat(follower.state().sawProposal()).isTrue();

    assertThat(follower.starts().judged()).containsExactly(A);
  }

  @Test
  void believesOnlyTheLeaderOfTheRound() {
    Operator follower = Operator.voting(2, 4).starts();
    follower.hears(
        proposal(1, 1, A),
        proposal(2, 1, A),
        proposal(3, 1, A),
        proposal(0, 2, A, roundChanges(2, 0, 1, 2)));

    assertThat(follower.discards()).hasSize(4).containsOnly(Reason.NOT_THE_LEADER);
    assertThat(follower.state().sawProposal()).isFalse();
  }

  @Test
  void refusesAProposalWithoutItsValueOrWithAnother() {
    Operator follower = Operator.voting(2, 4).starts();
    follower.hears(
        cast(prePrepare(0, 1, A)),
        new Cast(prePrepare(0, 1, A), List.of(), Optional.of(B)),
        new Cast(
            signed(new Vote.PrePrepare(DUTY, 0, 1, dev.quorate.consensus.Bytes32.ZERO)),
            List.of(),
            Optional.of(A)));

    assertThat(follower.discards()).hasSize(3).containsOnly(Reason.WRONG_VALUE);
    assertThat(follower.hears(proposal(0, 1, A)).judged()).containsExactly(A);
  }

  @Test
  void refusesAProposalOfAnotherDutyAnUnknownPeerOrAnEarlierRound() {
    Operator follower = Operator.voting(2, 4).starts().timesOut(1).forget();
    follower.hears(
        new Cast(
            signed(new Vote.PrePrepare(OTHER_DUTY, 1, 2, A.hash())),
            roundChanges(2, 0, 1, 3),
            Optional.of(A)),
        proposal(4, 2, A),
        proposal(-1, 2, A),
        proposal(0, 1, A));

    assertThat(follower.discards())
        .containsExactly(
            Reason.WRONG_DUTY, Reason.UNKNOWN_PEER, Reason.UNKNOWN_PEER, Reason.STALE_ROUND);
    assertThat(follower.judged()).isEmpty();
  }

  @Test
  void aJustifiedProposalOfALaterRoundTakesItThere() {
    Operator follower = Operator.voting(3, 4).starts().forget();
    follower.hears(proposal(2, 7, A, roundChanges(7, 0, 1, 2)));

    assertThat(follower.outputs())
        .containsExactly(
            new QbftOutput.StartRoundTimer(7, Operator.TIMES.millis(7)),
            new QbftOutput.JudgeValue(A));
    assertThat(follower.state().round()).isEqualTo(7);
  }

  @Test
  void anUnjustifiedProposalOfALaterRoundDoesNot() {
    Operator follower = Operator.voting(3, 4).starts().forget();
    follower.hears(proposal(2, 7, A, roundChanges(7, 0, 1)), proposal(2, 7, A));

    assertThat(follower.discards()).containsExactly(Reason.UNJUSTIFIED, Reason.UNJUSTIFIED);
    assertThat(follower.state().round()).isEqualTo(1);
  }

  @Test
  void aProposalThatWasNotJustifiedMayComeAgainJustified() {
    Operator follower = Operator.voting(3, 4).starts();
    follower.hears(proposal(1, 2, A), proposal(1, 2, A, roundChanges(2, 0, 1, 2)));

    assertThat(follower.discards()).containsExactly(Reason.UNJUSTIFIED);
    assertThat(follower.judged()).containsExactly(A);
  }

  // ---- leaders that lie

  @Test
  void onlyTheFirstOfTwoProposalsCountsAndTheSecondIsEvidence() {
    Operator follower = Operator.voting(2, 4).starts();
    follower.hears(proposal(0, 1, A), proposal(0, 1, B)).accepts(A).accepts(B);

    assertThat(follower.judged()).containsExactly(A);
    assertThat(follower.sent()).containsExactly(new Vote.Prepare(DUTY, 2, 1, A.hash()));
    assertThat(follower.accusations())
        .containsExactly(new QbftOutput.Accuse(prePrepare(0, 1, A), prePrepare(0, 1, B)));
    assertThat(follower.discards()).containsExactly(Reason.EQUIVOCATION);
  }

  @Test
  void anEquivocatingLeaderCannotGetTwoPreparesOutOfOneRoundByAnyOrder() {
    Operator follower = Operator.voting(3, 4).starts();
    List<SignedVote> changes = roundChanges(3, 0, 1, 2);
    follower
        .hears(proposal(2, 3, A, changes))
        .accepts(A)
        .hears(proposal(2, 3, B, changes), proposal(2, 3, A, changes))
        .accepts(B);

    assertThat(follower.sent()).containsExactly(new Vote.Prepare(DUTY, 3, 3, A.hash()));
    assertThat(follower.discards()).containsExactly(Reason.EQUIVOCATION, Reason.DUPLICATE);
  }

  @Test
  void aSecondProposalIsEvidenceEvenIfItIsNotJustified() {
    Operator follower = Operator.voting(3, 4).starts();
    follower.hears(proposal(1, 2, A, roundChanges(2, 0, 1, 2)), proposal(1, 2, B));

    assertThat(follower.accusations()).hasSize(1);
  }

  @Test
  void theSameProposalInAnotherEnvelopeIsADuplicate() {
    record OtherSeal() implements Proof {}
    Operator follower = Operator.voting(2, 4).starts().hears(proposal(0, 1, A)).forget();
    follower.hears(
        new Cast(
            new SignedVote(new Vote.PrePrepare(DUTY, 0, 1, A.hash()), new OtherSeal()),
            all(roundChanges(1, 1)),
            Optional.of(A)));

    assertThat(follower.discards()).containsExactly(Reason.DUPLICATE);
    assertThat(follower.accusations()).isEmpty();
  }
}
