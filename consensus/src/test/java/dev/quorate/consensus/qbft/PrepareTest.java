/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import static dev.quorate.consensus.qbft.Say.DUTY;
import static dev.quorate.consensus.qbft.Say.prepare;
import static dev.quorate.consensus.qbft.Say.prepares;
import static dev.quorate.consensus.qbft.Say.proposal;
import static dev.quorate.consensus.qbft.Say.roundChanges;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.qbft.QbftMessage.Cast;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** PREPAREs, and the COMMIT that a quorum of them leads to. */
class PrepareTest {
  private static final Value A = Say.value("a");
  private static final Value B = Say.value("b");
  private static final Vote COMMIT_A = new Vote.Commit(DUTY, 2, 1, A.hash());

  private final Operator operator = Operator.voting(2, 4).starts();

  @Test
  void commitsOnAQuorumOfPrepares() {
    operator.hears(proposal(0, 1, A)).accepts(A).forget();
    operator.hears(prepares(1, A, 0, 1));
    assertThat(operator.sent()).isEmpty();

    operator.hears(prepares(1, A, 3));
    assertThat(operator.outputs())
        .containsExactly(new QbftOutput.SendVote(COMMIT_A, List.of(), Optional.empty()));
  }

  @Test
  void commitsOnce() {
    operator.hears(proposal(0, 1, A)).accepts(A);
    operator.hears(prepares(1, A, 0, 1, 3)).forget();
    operator.hears(prepares(1, A, 2));
    assertThat(operator.outputs()).isEmpty();
  }

  @Test
  void ownPrepareCountsOnlyOnceItCameBack() {
    operator.hears(proposal(0, 1, A)).accepts(A).hears(prepares(1, A, 0, 1));
    assertThat(operator.sentKinds()).containsExactly(VoteKind.PREPARE);

    assertThat(operator.hearsItself().sentKinds())
        .containsExactly(VoteKind.PREPARE, VoteKind.COMMIT);
  }

  @Test
  void preparesHeardBeforeTheProposalCount() {
    operator.hears(prepares(1, A, 0, 1, 3)).hears(proposal(0, 1, A));
    assertThat(operator.accepts(A).sentKinds()).containsExactly(VoteKind.PREPARE, VoteKind.COMMIT);
  }

  @Test
  void preparesOfALaterRoundCountOnceItIsThere() {
    operator.hears(prepares(2, A, 0, 1, 3)).forget();
    operator.hears(proposal(1, 2, A, roundChanges(2, 0, 1, 3)));
    assertThat(operator.accepts(A).sentKinds()).containsExactly(VoteKind.PREPARE, VoteKind.COMMIT);
  }

  @Test
  void preparesOfALaterRoundCommitNothingInThisOne() {
    operator.hears(proposal(0, 1, A)).accepts(A).forget();
    operator.hears(prepares(2, A, 0, 1, 3));
    assertThat(operator.outputs()).isEmpty();
  }

  @Test
  void preparesOfAnEarlierRoundDoNot() {
    operator.hears(proposal(0, 1, A)).accepts(A).hears(prepares(1, A, 0, 1)).timesOut(1).forget();
    operator.hears(prepares(1, A, 3));
    assertThat(operator.sent()).isEmpty();
    assertThat(operator.discards()).containsExactly(Reason.STALE_ROUND);
  }

  @Test
  void oneSendersPreparesAreNoQuorum() {
    operator.hears(proposal(0, 1, A)).accepts(A).forget();
    operator.hears(prepares(1, A, 0, 0, 0, 0, 1, 1));
    assertThat(operator.sent()).isEmpty();
    assertThat(operator.discards()).hasSize(4).containsOnly(Reason.DUPLICATE);
  }

  @Test
  void preparesForDifferentValuesAreNoQuorum() {
    operator.hears(proposal(0, 1, A)).accepts(A).forget();
    operator.hears(prepares(1, A, 0, 1)).hears(prepares(1, B, 3));
    assertThat(operator.sent()).isEmpty();
  }

  @Test
  void preparesOfDifferentRoundsAreNoQuorum() {
    operator.hears(proposal(0, 1, A)).accepts(A).forget();
    operator.hears(prepares(1, A, 0, 1)).hears(prepares(2, A, 3));
    assertThat(operator.sent()).isEmpty();
  }

  @Test
  void theFirstOfTwoPreparesCountsAndTheSecondIsEvidence() {
    operator.hears(proposal(0, 1, A)).accepts(A).hears(prepares(1, A, 0)).forget();
    operator.hears(prepares(1, B, 1)).hears(prepares(1, A, 1)).hears(prepares(1, A, 3));

    assertThat(operator.sent()).isEmpty();
    assertThat(operator.accusations())
        .containsExactly(new QbftOutput.Accuse(prepare(1, 1, B), prepare(1, 1, A)));
  }

  @Test
  void withoutTheValueItDoesNotCommitUntilItArrivesInTheSameRound() {
    operator.forget().hears(prepares(1, A, 0, 1, 3));
    assertThat(operator.outputs()).isEmpty();

    // The leader never sent it the proposal, another one brings the bytes.
    operator.hears(new Cast(prepare(1, 1, A), List.of(), Optional.of(A)));
    assertThat(operator.judged()).containsExactly(A);
    assertThat(operator.accepts(A).sent()).containsExactly(COMMIT_A);
  }

  @Test
  void withoutAcceptanceItDoesNotCommitUntilItComesInTheSameRound() {
    operator.hears(proposal(0, 1, A)).hears(prepares(1, A, 0, 1, 3));
    assertThat(operator.sent()).isEmpty();

    operator.accepts(A);
    assertThat(operator.sentKinds()).containsExactly(VoteKind.PREPARE, VoteKind.COMMIT);
  }

  @Test
  void acceptanceInALaterRoundNeitherPreparesNorCommitsTheEarlierOne() {
    operator.hears(proposal(0, 1, A)).hears(prepares(1, A, 0, 1, 3)).timesOut(1).forget();
    operator.accepts(A);
    assertThat(operator.sent()).isEmpty();

    operator.timesOut(2);
    assertThat(operator.sent()).containsExactly(new Vote.RoundChange(DUTY, 2, 3, Optional.empty()));
  }

  @Test
  void itsOwnValueNeedsNoBytesFromAnybody() {
    operator.wouldPropose(A).hears(prepares(1, A, 0, 1, 3));
    assertThat(operator.judged()).containsExactly(A);
    assertThat(operator.accepts(A).sent()).containsExactly(COMMIT_A);
  }

  @Test
  void whoPreparedCarriesValueAndProofIntoLaterRounds() {
    operator.hears(proposal(0, 1, A)).accepts(A);
    operator.hears(prepares(1, A, 0, 1, 3)).forget();
    operator.timesOut(1);

    assertThat(operator.onlySent())
        .isEqualTo(
            new QbftOutput.SendVote(
                new Vote.RoundChange(DUTY, 2, 2, Optional.of(new Prepared(1, A.hash()))),
                prepares(1, A, 0, 1, 3),
                Optional.of(A)));
  }

  @Test
  void theLastPreparedRoundReplacesTheEarlier() {
    operator.hears(proposal(0, 1, A)).accepts(A).hears(prepares(1, A, 0, 1, 3)).timesOut(1);
    operator.hears(proposal(1, 2, B, roundChanges(2, 0, 1, 3))).accepts(B);
    operator.hears(prepares(2, B, 0, 1, 3)).forget();
    operator.timesOut(2);

    assertThat(operator.onlySent().vote())
        .isEqualTo(new Vote.RoundChange(DUTY, 2, 3, Optional.of(new Prepared(2, B.hash()))));
    assertThat(operator.onlySent().justification()).isEqualTo(prepares(2, B, 0, 1, 3));
  }
}
