/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import static dev.quorate.consensus.qbft.Say.cast;
import static dev.quorate.consensus.qbft.Say.commit;
import static dev.quorate.consensus.qbft.Say.commits;
import static dev.quorate.consensus.qbft.Say.prepare;
import static dev.quorate.consensus.qbft.Say.preparedChange;
import static dev.quorate.consensus.qbft.Say.prepares;
import static dev.quorate.consensus.qbft.Say.proposal;
import static dev.quorate.consensus.qbft.Say.roundChange;
import static dev.quorate.consensus.qbft.Say.roundChanges;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.qbft.QbftMessage.Cast;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one sender can make an operator remember. Operator 2 floods; the others are honest. */
class BoundsTest {
  private static final Value A = Say.value("a");
  private static final int FLOODER = 2;

  private static VoteSet votesOf(Operator operator) {
    return ((Undecided) operator.state()).votes();
  }

  private static List<Cast> castsOf(Operator operator) {
    return casts(votesOf(operator));
  }

  private static List<Cast> casts(VoteSet votes) {
    return Stream.of(votes.prePrepares(), votes.prepares(), votes.commits(), votes.roundChanges())
        .flatMap(List::stream)
        .toList();
  }

  private static List<Value> valuesOf(Operator operator) {
    return castsOf(operator).stream().flatMap(cast -> cast.value().stream()).toList();
  }

  @Test
  void remembersEightRoundsPerSenderAndKindAndSaysSo() {
    Operator operator = Operator.voting(3, 4).starts();
    for (int round = 2; round < 252; round++) {
      operator.hears(
          cast(prepare(FLOODER, round, A)),
          cast(commit(FLOODER, round, A)),
          cast(roundChange(FLOODER, round)));
    }

    assertThat(castsOf(operator)).hasSize(3 * VoteSet.ROUNDS_PER_SENDER_MAX).hasSize(24);
    assertThat(operator.discards()).hasSize(3 * (250 - 8)).containsOnly(Reason.BUFFER_FULL);
    assertThat(operator.state().round()).isEqualTo(1);
  }

  @Test
  void keepsTheHighestRounds() {
    VoteSet votes = VoteSet.EMPTY;
    for (int round : new int[] {9, 2, 3, 8, 4, 7, 5, 6, 1, 10}) {
      votes = votes.with(cast(roundChange(FLOODER, round)));
    }
    assertThat(casts(votes))
        .extracting(kept -> kept.signed().vote().round())
        .containsExactlyInAnyOrder(3, 4, 5, 6, 7, 8, 9, 10);
  }

  @Test
  void aFloodEvictsNobodyElsesVotes() {
    Operator operator = Operator.voting(3, 4).starts().wouldPropose(A);
    operator.hears(commits(1, A, 0)).hears(prepares(1, A, 0)).hears(prepares(2, A, 0));
    for (int round = 1; round <= 120; round++) {
      operator.hears(
          cast(commit(FLOODER, round, Say.value("spam" + round))),
          cast(prepare(FLOODER, round, Say.value("spam" + round))),
          cast(roundChange(FLOODER, round)));
    }

    assertThat(operator.hears(commits(1, A, 1, 3)).decided()).contains(A);
  }

  @Test
  void aFloodBeforeTheStartDoesNotKeepItFromDeciding() {
    Operator operator = Operator.voting(3, 4);
    operator.hears(proposal(0, 1, A));
    for (int round = 1; round <= 200; round++) {
      operator.hears(cast(prepare(FLOODER, round, A)), cast(roundChange(FLOODER, round)));
    }
    operator.hears(prepares(1, A, 0, 1)).starts().accepts(A).hearsItself();

    assertThat(operator.sentKinds()).containsExactly(VoteKind.PREPARE, VoteKind.COMMIT);
  }

  @Test
  void everybodyFloodingStillHasAnEnd() {
    Operator operator = Operator.voting(3, 4);
    for (int sender = 0; sender < 4; sender++) {
      for (int round = 1; round <= 50; round++) {
        Value value = Say.value("v" + sender + "/" + round);
        operator.hears(
            new Cast(prepare(sender, round, value), List.of(), Optional.of(value)),
            new Cast(commit(sender, round, value), List.of(), Optional.of(value)),
            cast(roundChange(sender, round)));
      }
    }

    assertThat(castsOf(operator)).hasSize(4 * 3 * VoteSet.ROUNDS_PER_SENDER_MAX);
    assertThat(valuesOf(operator)).hasSize(4 * 2 * VoteSet.ROUNDS_PER_SENDER_MAX);
  }

  @Test
  void holdsNoValueOfAMessageThatItDoesNotBelieve() {
    Operator operator = Operator.voting(3, 4).starts();
    operator.hears(proposal(0, 1, A), proposal(0, 1, Say.value("second")));
    operator.hears(proposal(FLOODER, 1, Say.value("not the leader")));
    operator.hears(proposal(1, 2, Say.value("unjustified"), roundChanges(2, 1)));
    operator.hears(preparedChange(1, 2, 1, Say.value("unprepared"), prepares(1, A, 1)));

    assertThat(operator.discards())
        .containsExactly(
            Reason.EQUIVOCATION, Reason.NOT_THE_LEADER, Reason.UNJUSTIFIED, Reason.UNJUSTIFIED);
    assertThat(valuesOf(operator)).containsExactly(A);
  }

  @Test
  void aByzantineLeaderCannotPushOutWhatItProposedByProposingMore() {
    Operator operator = Operator.voting(3, 4).starts();
    operator.hears(proposal(0, 1, A)).accepts(A);
    for (int i = 0; i < 10; i++) {
      operator.hears(proposal(0, 1, Say.value("spam" + i)));
    }
    operator.forget().hears(prepares(1, A, 0, 1, 2));
    assertThat(operator.sentKinds()).containsExactly(VoteKind.COMMIT);
  }

  @Test
  void aByzantineLeaderCannotPushOutWhatItProposedByVotesOfLaterRounds() {
    Operator operator = Operator.voting(3, 4).starts();
    operator.hears(proposal(0, 1, A)).accepts(A);
    for (int round = 2; round < 60; round++) {
      Value spam = Say.value("spam" + round);
      operator.hears(
          new Cast(prepare(0, round, spam), List.of(), Optional.of(spam)),
          new Cast(commit(0, round, spam), List.of(), Optional.of(spam)));
    }
    operator.forget().hears(prepares(1, A, 1, 2, 3));
    assertThat(operator.sentKinds()).containsExactly(VoteKind.COMMIT);
    // Nor once it is prepared, decided by COMMITs of a round that is over.
    operator.timesOut(1).hears(commits(1, A, 1, 2, 3));
    assertThat(operator.decided()).contains(A);
  }

  @Test
  void whatItPreparedStaysInHandWhateverItsLeaderSendsLater() {
    Operator operator = Operator.voting(3, 4).starts();
    operator.hears(proposal(0, 1, A)).accepts(A).hears(prepares(1, A, 0, 1, 2));
    for (int i = 0; i < 10; i++) {
      operator.hears(proposal(0, 1, Say.value("spam" + i)));
    }
    assertThat(operator.hears(commits(1, A, 0, 1, 2)).decided()).contains(A);
  }

  @Test
  void repeatedValuesTakeOnePlace() {
    Operator operator = Operator.voting(3, 4).starts().hears(proposal(0, 1, A));
    for (int i = 0; i < 10; i++) {
      operator.hears(new Cast(prepare(FLOODER, 1, A), List.of(), Optional.of(Say.value("a"))));
    }
    assertThat(valuesOf(operator)).hasSize(2);
    assertThat(valuesOf(operator).getFirst()).isSameAs(valuesOf(operator).getLast());
  }

  @Test
  void aVoteThatIsSentAgainWithItsValueBringsItOnce() {
    Operator operator = Operator.voting(3, 4).starts().hears(commits(1, A, 0, 1, 2));
    assertThat(operator.decided()).isEmpty();

    Cast withValue = new Cast(commit(1, 1, A), List.of(), Optional.of(A));
    assertThat(operator.hears(withValue).decided()).contains(A);
  }

  @Test
  void votesOfPastRoundsGoExceptCommits() {
    Operator operator = Operator.voting(3, 4).starts();
    operator.hears(proposal(0, 1, A)).hears(prepares(1, A, 0, 1)).hears(commits(1, A, 0));
    operator.hears(roundChanges(2, 0)).timesOut(1).timesOut(2);

    assertThat(castsOf(operator)).extracting(Cast::signed).containsExactly(commit(0, 1, A));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
  void refusesRoundsBelowOne(int round) {
    Operator operator = Operator.voting(3, 4).starts().forget();
    operator.hears(
        proposal(0, round, A),
        cast(prepare(0, round, A)),
        cast(commit(0, round, A)),
        cast(roundChange(0, round)));
    assertThat(operator.discards()).hasSize(4).containsOnly(Reason.STALE_ROUND);
    assertThat(castsOf(operator)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {Qbft.ROUND_MAX + 1, Integer.MAX_VALUE})
  void refusesRoundsThatAreNeverEntered(int round) {
    Operator operator = Operator.voting(3, 4).starts().forget();
    operator.hears(
        proposal(0, round, A, roundChanges(round, 0, 1, 2)),
        cast(prepare(0, round, A)),
        cast(commit(0, round, A)),
        cast(roundChange(0, round)));
    assertThat(operator.discards()).hasSize(4).containsOnly(Reason.ROUND_TOO_HIGH);
    assertThat(castsOf(operator)).isEmpty();
  }

  @Test
  void theHighestRoundIsStillOne() {
    Operator operator = Operator.voting(3, 4).starts();
    operator.hears(cast(prepare(0, Qbft.ROUND_MAX, A)));
    assertThat(operator.discards()).isEmpty();
    assertThat(castsOf(operator)).hasSize(1);
  }

  @Test
  void asksAboutAtMostTwoValuesARound() {
    Operator operator = Operator.voting(3, 4).starts();
    operator.hears(proposal(0, 1, A));
    for (int i = 0; i < 50; i++) {
      operator.hears(proposal(0, 1, Say.value("b" + i)));
    }
    // A quorum may prepare another value than the one proposed here: a leader showed two faces.
    Value other = Say.value("other");
    operator.hears(new Cast(prepare(0, 1, other), List.of(), Optional.of(other)));
    operator.hears(prepares(1, other, 1, 2));
    assertThat(operator.judged()).containsExactly(A, other);
  }
}
