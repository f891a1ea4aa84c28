/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import static dev.quorate.consensus.qbft.Say.DUTY;
import static dev.quorate.consensus.qbft.Say.cast;
import static dev.quorate.consensus.qbft.Say.commits;
import static dev.quorate.consensus.qbft.Say.prePrepare;
import static dev.quorate.consensus.qbft.Say.prepare;
import static dev.quorate.consensus.qbft.Say.preparedChange;
import static dev.quorate.consensus.qbft.Say.prepares;
import static dev.quorate.consensus.qbft.Say.proposal;
import static dev.quorate.consensus.qbft.Say.roundChange;
import static dev.quorate.consensus.qbft.Say.roundChanges;
import static dev.quorate.consensus.qbft.Say.signed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.qbft.QbftMessage.Cast;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Entering rounds: by the clock, by f+1 others, and what is sent again to a peer that lost it. */
class RoundChangeTest {
  private static final Value A = Say.value("a");
  private static final Value B = Say.value("b");

  private final Operator operator = Operator.voting(3, 4).starts();

  private static Vote unpreparedChange(int self, int round) {
    return new Vote.RoundChange(DUTY, self, round, Optional.empty());
  }

  // ---- start and clock

  @Test
  void nothingIsSentOrTimedBeforeTheStart() {
    Operator waiting = Operator.voting(0, 4).wouldPropose(A).timesOut(0).timesOut(1);
    waiting.hears(roundChanges(4, 1, 2, 3)).hears(proposal(1, 2, A, roundChanges(2, 1, 2, 3)));
    assertThat(waiting.outputs()).isEmpty();
    assertThat(waiting.state().hasStarted()).isFalse();
    assertThat(waiting.state().round()).isZero();
  }

  @Test
  void startsOnce() {
    assertThat(operator.state().hasStarted()).isTrue();
    assertThat(operator.timesOut(1).forget().starts().outputs()).isEmpty();
    assertThat(operator.state().round()).isEqualTo(2);
  }

  @Test
  void anExpiredRoundLeadsToTheNextWithTimerAndVote() {
    operator.forget().timesOut(1);
    assertThat(operator.outputs())
        .containsExactly(
            new QbftOutput.StartRoundTimer(2, 1_501),
            new QbftOutput.SendVote(unpreparedChange(3, 2), List.of(), Optional.empty()));
  }

  @Test
  void onlyTheTimerOfTheCurrentRoundCounts() {
    operator.timesOut(1).forget();
    operator.timesOut(1).timesOut(0).timesOut(3).timesOut(-1);
    assertThat(operator.outputs()).isEmpty();
    assertThat(operator.timesOut(2).state().round()).isEqualTo(3);
  }

  @Test
  void everyEntryOfARoundStartsItsTimer() {
    operator.timesOut(1).hears(roundChanges(4, 0, 1));
    operator.hears(proposal(2, 7, A, roundChanges(7, 0, 1, 2)));
    assertThat(operator.timers()).containsExactly(1, 2, 4, 7);
  }

  @Test
  void theLastRoundHasNoNext() {
    operator.hears(roundChanges(Qbft.ROUND_MAX, 0, 1)).forget();
    assertThat(operator.state().round()).isEqualTo(Qbft.ROUND_MAX);
    assertThat(operator.timesOut(Qbft.ROUND_MAX).outputs()).isEmpty();
  }

  // ---- f+1 others

  @Test
  void fPlusOneRoundChangesTakeItAlong() {
    operator.forget().hears(roundChanges(3, 0));
    assertThat(operator.outputs()).isEmpty();

    operator.hears(roundChanges(3, 1));
    assertThat(operator.outputs())
        .containsExactly(
            new QbftOutput.StartRoundTimer(3, Operator.TIMES.millis(3)),
            new QbftOutput.SendVote(unpreparedChange(3, 3), List.of(), Optional.empty()));
  }

  @Test
  void fPlusOneRoundChangesOfOneSenderDoNot() {
    operator.forget();
    for (int round = 2; round < 10; round++) {
      operator.hears(roundChanges(round, 0, 0));
    }
    assertThat(operator.sent()).isEmpty();
    assertThat(operator.state().round()).isEqualTo(1);
  }

  @Test
  void itGoesToTheSmallestOfTheirRounds() {
    operator.hears(roundChanges(9, 0)).hears(roundChanges(4, 1));
    assertThat(operator.state().round()).isEqualTo(4);
    operator.hears(roundChanges(6, 1));
    assertThat(operator.state().round()).isEqualTo(6);
  }

  @Test
  void liarsAloneNeverMoveItHoweverHighTheyBid() {
    Operator seven = Operator.voting(6, 7).starts();
    seven.hears(roundChanges(200, 0, 1));
    assertThat(seven.state().round()).isEqualTo(1);

    // With one honest operator it is that one's round, not theirs.
    seven.hears(roundChanges(2, 2));
    assertThat(seven.state().round()).isEqualTo(2);
  }

  @Test
  void aStragglerOrALowBidDoesNotHoldItBack() {
    Operator late = Operator.voting(6, 7);
    late.hears(roundChanges(2, 0)).hears(roundChanges(9, 1, 2, 3)).starts();
    assertThat(late.state().round()).isEqualTo(9);
    assertThat(late.timers()).containsExactly(1, 9);
  }

  @Test
  void roundChangesHeardBeforeTheStartTakeItAlongAtTheStart() {
    Operator late = Operator.voting(3, 4).hears(roundChanges(5, 0, 1)).starts();
    assertThat(late.sent()).containsExactly(unpreparedChange(3, 5));
  }

  @Test
  void roundChangesOfItsOwnRoundOrBelowDoNotMoveIt() {
    operator.timesOut(1).timesOut(2).forget();
    operator.hears(roundChanges(3, 0, 1, 2)).hears(roundChanges(2, 0, 1));
    assertThat(operator.outputs())
        .containsExactly(
            new QbftOutput.Discard(0, Reason.STALE_ROUND),
            new QbftOutput.Discard(1, Reason.STALE_ROUND));
  }

  @Test
  void whoIsTakenAlongBringsWhatItHadPrepared() {
    operator.hears(proposal(0, 1, A)).accepts(A).hears(prepares(1, A, 0, 1, 2)).forget();
    operator.hears(roundChanges(3, 0, 1));
    assertThat(operator.onlySent().vote())
        .isEqualTo(new Vote.RoundChange(DUTY, 3, 3, Optional.of(new Prepared(1, A.hash()))));
    assertThat(operator.onlySent().value()).contains(A);
  }

  @Test
  void theLeaderOfTheRoundItIsTakenToProposesAtOnceIfItCan() {
    Operator leader = Operator.voting(2, 4).wouldPropose(A);
    leader.hears(roundChanges(3, 0, 1, 3)).starts();
    assertThat(leader.sentKinds()).containsExactly(VoteKind.ROUND_CHANGE, VoteKind.PRE_PREPARE);
  }

  @Test
  void theFirstOfTwoRoundChangesCounts() {
    operator.hears(preparedChange(0, 2, 1, A, prepares(1, A, 0, 1, 2)));
    operator.hears(cast(roundChange(0, 2)));
    assertThat(operator.accusations())
        .containsExactly(new QbftOutput.Accuse(roundChange(0, 2, 1, A), roundChange(0, 2)));
  }

  // ---- what is sent again

  @Test
  void ownMessagesAreTheSignedVotesOfTheCurrentRound() {
    Operator leader = Operator.voting(0, 4).wouldPropose(A).starts();
    assertThat(leader.state().ownMessages()).isEmpty();

    leader.hearsItself().accepts(A).hears(prepares(1, A, 1, 2, 3)).forget();
    leader.hears(new Cast(prepare(0, 1, A), List.of(), Optional.empty()));
    assertThat(leader.state().ownMessages())
        .containsExactly(
            new Cast(prePrepare(0, 1, A), List.of(), Optional.of(A)),
            new Cast(prepare(0, 1, A), List.of(), Optional.of(A)));
  }

  @Test
  void ownMessagesOfAnEarlierRoundAreNotSentAgain() {
    operator.hears(proposal(0, 1, A)).accepts(A).hears(prepares(1, A, 0, 1, 2)).hearsItself();
    assertThat(operator.state().ownMessages()).hasSize(2);

    operator.forget().timesOut(1).hearsItself();
    assertThat(operator.state().ownMessages())
        .containsExactly(
            new Cast(roundChange(3, 2, 1, A), prepares(1, A, 0, 1, 2), Optional.of(A)));

    operator.hears(commits(1, A, 0, 1, 2));
    assertThat(operator.state().ownMessages()).isEmpty();
  }

  @Test
  void whatIsSentAgainHelpsWhoLostEverything() {
    operator.hears(proposal(0, 1, A)).accepts(A).hears(prepares(1, A, 0, 1, 2)).hearsItself();
    Operator lost = Operator.voting(1, 4).starts().hears(commits(1, A, 0, 2));
    lost.hears(operator.state().ownMessages().toArray(QbftMessage[]::new));
    assertThat(lost.decided()).contains(A);
  }

  @Test
  void aMessageSentAgainIsADuplicateAndNothingElse() {
    operator.hears(proposal(0, 1, A)).accepts(A).hearsItself();
    Operator peer = Operator.voting(1, 4).starts().hears(prepares(1, A, 3)).forget();
    peer.hears(operator.state().ownMessages().toArray(QbftMessage[]::new));
    assertThat(peer.discards()).containsExactly(Reason.DUPLICATE);
    assertThat(peer.accusations()).isEmpty();
  }

  // ---- rounds and leaders

  @Test
  void leadersTakeTurns() {
    QbftInstance instance = operator.instance();
    assertThat(IntStream.rangeClosed(1, 9).map(instance::leader))
        .containsExactly(0, 1, 2, 3, 0, 1, 2, 3, 0);
  }

  @Test
  void theLeaderIsOffsetPlusTypePlusRoundModuloOperators() {
    QbftInstance instance =
        new QbftInstance(
            operator.instance().quorum(),
            0,
            DUTY,
            11_223_344L,
            Operator.TIMES,
            Participation.VOTES);
    assertThat(instance.leader(1)).isEqualTo((int) ((11_223_344L + 2 + 1) % 4));
  }

  @Test
  void anInstanceIsOfAnOperatorOfTheCluster() {
    assertThatThrownBy(() -> Operator.voting(4, 4)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Operator.voting(-1, 4)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void roundsGrowByHalfUpToTheirLimit() {
    RoundTimes times = new RoundTimes(1_000, 5_000);
    assertThat(IntStream.rangeClosed(1, 7).mapToLong(times::millis))
        .containsExactly(1_000L, 1_501L, 2_252L, 3_379L, 5_000L, 5_000L, 5_000L);
    assertThatThrownBy(() -> new RoundTimes(0, 10)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new RoundTimes(10, 9)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theSameInputsGiveTheSameStatesAndOutputs() {
    List<Operator> twins = List.of(Operator.voting(1, 4), Operator.voting(1, 4));
    for (Operator twin : twins) {
      twin.wouldPropose(B).starts().hears(proposal(0, 1, A)).accepts(A);
      twin.hears(prepares(1, A, 3, 2, 0)).hears(roundChanges(2, 3, 0)).hearsItself();
      twin.hears(new Cast(signed(unpreparedChange(2, 2)), List.of(), Optional.empty()));
    }
    assertThat(twins.getFirst().outputs()).isEqualTo(twins.getLast().outputs());
    assertThat(twins.getFirst().state()).isEqualTo(twins.getLast().state());
  }
}
