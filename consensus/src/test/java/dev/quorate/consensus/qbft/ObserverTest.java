/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import static dev.quorate.consensus.qbft.Say.commits;
import static dev.quorate.consensus.qbft.Say.decided;
import static dev.quorate.consensus.qbft.Say.prepares;
import static dev.quorate.consensus.qbft.Say.proposal;
import static dev.quorate.consensus.qbft.Say.roundChanges;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.Reason;
import org.junit.jupiter.api.Test;

/** An operator whose vote belongs to another activation: it follows, and never contradicts it. */
class ObserverTest {
  private static final Value A = Say.value("a");
  private static final Value B = Say.value("b");

  private final Operator observer = Operator.observing(0, 4).wouldPropose(A).starts();

  @Test
  void neitherVotesNorRunsATimerWhateverHappens() {
    observer.hearsItself().hears(proposal(0, 1, A)).accepts(A).hears(prepares(1, A, 1, 2, 3));
    observer.timesOut(1).hears(roundChanges(5, 1, 2, 3));
    observer.hears(proposal(1, 2, B, roundChanges(2, 1, 2, 3))).accepts(B);

    assertThat(observer.outputs()).isEmpty();
    assertThat(observer.state().hasStarted()).isTrue();
    assertThat(observer.state().sawProposal()).isTrue();
  }

  @Test
  void decidesOnAQuorumOfCommits() {
    observer.hears(proposal(1, 2, B, roundChanges(2, 1, 2, 3))).hears(commits(2, B, 1, 2, 3));
    assertThat(observer.decided()).contains(B);
  }

  @Test
  void decidesOnAProvenDecisionEvenBeforeTheStart() {
    Operator early = Operator.observing(0, 4).hears(decided(1, 3, B, commits(3, B, 1, 2, 3)));
    assertThat(early.decided()).contains(B);
    assertThat(observer.hears(decided(1, 3, B, commits(3, B, 1, 2, 3))).decided()).contains(B);
  }

  @Test
  void votesThatTheOtherActivationCastCount() {
    observer.hears(proposal(0, 1, A)).hears(commits(1, A, 0, 1, 2));
    assertThat(observer.decided()).contains(A);
  }

  @Test
  void answersLaggards() {
    observer.hears(decided(1, 1, A, commits(1, A, 1, 2, 3))).hears(roundChanges(2, 2));
    assertThat(observer.answers()).hasSize(1);
  }

  @Test
  void believesNoMoreThanAVoter() {
    observer.hears(decided(1, 3, B, commits(3, B, 1, 2)), proposal(2, 1, B));
    assertThat(observer.decided()).isEmpty();
    assertThat(observer.discards()).containsExactly(Reason.UNJUSTIFIED, Reason.NOT_THE_LEADER);
  }

  @Test
  void anOperatorThatGetsItsRightToVoteAtTheStartUsesWhatItHeardBefore() {
    QbftInstance listening = Operator.instance(2, 4, Operator.TIMES, Participation.OBSERVES);
    QbftInstance voting = Operator.instance(2, 4, Operator.TIMES, Participation.VOTES);
    QbftState heard =
        Qbft.step(listening, QbftState.initial(), new QbftInput.Received(proposal(0, 1, A)))
            .state();

    assertThat(Qbft.step(voting, heard, new QbftInput.Start()).outputs())
        .containsExactly(new QbftOutput.StartRoundTimer(1, 1_000), new QbftOutput.JudgeValue(A));
  }
}
