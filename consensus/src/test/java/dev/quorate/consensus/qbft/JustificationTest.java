/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import static dev.quorate.consensus.qbft.Say.DUTY;
import static dev.quorate.consensus.qbft.Say.OTHER_DUTY;
import static dev.quorate.consensus.qbft.Say.all;
import static dev.quorate.consensus.qbft.Say.cast;
import static dev.quorate.consensus.qbft.Say.commit;
import static dev.quorate.consensus.qbft.Say.commits;
import static dev.quorate.consensus.qbft.Say.prepare;
import static dev.quorate.consensus.qbft.Say.preparedChange;
import static dev.quorate.consensus.qbft.Say.prepares;
import static dev.quorate.consensus.qbft.Say.proposal;
import static dev.quorate.consensus.qbft.Say.roundChange;
import static dev.quorate.consensus.qbft.Say.roundChanges;
import static dev.quorate.consensus.qbft.Say.signed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.qbft.QbftMessage.Cast;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * QBFT, Algorithm 4: what a message of a later round must prove. Operator 3 of four listens; the
 * rounds proposed in are 3 (led by operator 2) and 4 of another one's.
 */
class JustificationTest {
  private static final Value A = Say.value("a");
  private static final Value B = Say.value("b");

  private static final List<SignedVote> CHANGES_TO_3 =
      all(roundChanges(3, 0, 1), List.of(roundChange(2, 3, 1, A)));
  private static final List<SignedVote> A_PREPARED_IN_1 = prepares(1, A, 0, 1, 2);
  private static final List<SignedVote> B_PREPARED_IN_2 = prepares(2, B, 0, 1, 2);

  private static SignedVote changeOfAnotherDuty(int sender, int round) {
    return signed(new Vote.RoundChange(OTHER_DUTY, sender, round, Optional.empty()));
  }

  private static SignedVote prepareOfAnotherDuty(int sender, int round, Value value) {
    return signed(new Vote.Prepare(OTHER_DUTY, sender, round, value.hash()));
  }

  static Stream<Arguments> justified() {
    return Stream.of(
        arguments("J1: a quorum, none prepared", A, roundChanges(3, 0, 1, 2)),
        arguments("J1: everybody, none prepared", A, roundChanges(3, 0, 1, 2, 3)),
        arguments("J1: any value goes", B, roundChanges(3, 1, 2, 3)),
        arguments(
            "J1: a quorum beside a prepared one",
            B,
            all(roundChanges(3, 0, 1, 2), List.of(roundChange(3, 3, 1, A)))),
        arguments("J2: one prepared", A, all(CHANGES_TO_3, A_PREPARED_IN_1)),
        arguments(
            "J2: all prepared alike",
            A,
            all(
                List.of(roundChange(0, 3, 1, A), roundChange(1, 3, 1, A), roundChange(2, 3, 1, A)),
                A_PREPARED_IN_1)),
        arguments(
            "J2: the highest of two",
            B,
            all(
                List.of(roundChange(0, 3, 1, A), roundChange(1, 3, 2, B), roundChange(2, 3)),
                B_PREPARED_IN_2)),
        arguments(
            "J2: the order does not matter",
            B,
            all(
                B_PREPARED_IN_2,
                List.of(roundChange(2, 3), roundChange(1, 3, 2, B), roundChange(0, 3, 1, A)))),
        arguments(
            "a rogue claim of a higher prepared round is not counted",
            A,
            all(List.of(roundChange(3, 3, 2, B)), CHANGES_TO_3, A_PREPARED_IN_1)),
        arguments(
            "votes of another duty or round are not counted",
            A,
            all(
                List.of(changeOfAnotherDuty(0, 3), roundChange(3, 4)),
                CHANGES_TO_3,
                A_PREPARED_IN_1)),
        arguments(
            "votes of another kind or of nobody are not counted",
            A,
            all(List.of(prepare(-1, 1, A), commit(3, 1, A)), CHANGES_TO_3, A_PREPARED_IN_1)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("justified")
  void believesAProposal(String scenario, Value proposed, List<SignedVote> justification) {
    Operator listener = Operator.voting(3, 4).starts();
    listener.hears(proposal(2, 3, proposed, justification));

    assertThat(listener.discards()).isEmpty();
    assertThat(listener.judged()).as(scenario).containsExactly(proposed);
    assertThat(listener.state().round()).isEqualTo(3);
  }

  static Stream<Arguments> forged() {
    return Stream.of(
        arguments("nothing", A, List.of()),
        arguments("one ROUND-CHANGE too few", A, roundChanges(3, 0, 1)),
        arguments("one sender three times", A, roundChanges(3, 0, 0, 0)),
        arguments("one sender twice", A, roundChanges(3, 0, 1, 1)),
        arguments("an earlier round", A, roundChanges(2, 0, 1, 2)),
        arguments("a later round", A, roundChanges(4, 0, 1, 2)),
        arguments("mixed rounds", A, all(roundChanges(3, 0, 1), roundChanges(4, 2))),
        arguments(
            "another duty (replayed)",
            A,
            List.of(
                changeOfAnotherDuty(0, 3), changeOfAnotherDuty(1, 3), changeOfAnotherDuty(2, 3))),
        arguments(
            "one of another duty",
            A,
            all(roundChanges(3, 0, 1), List.of(changeOfAnotherDuty(2, 3)))),
        arguments("senders that do not exist", A, roundChanges(3, 0, 4, -1)),
        arguments("votes of another kind", A, prepares(3, A, 0, 1, 2)),
        arguments("COMMITs instead of PREPAREs", A, all(CHANGES_TO_3, commits(1, A, 0, 1, 2))),
        arguments("a prepared one without its PREPAREs", A, CHANGES_TO_3),
        arguments("one PREPARE too few", A, all(CHANGES_TO_3, prepares(1, A, 0, 1))),
        arguments("PREPAREs of one sender", A, all(CHANGES_TO_3, prepares(1, A, 0, 0, 1))),
        arguments("PREPAREs of another round", A, all(CHANGES_TO_3, prepares(2, A, 0, 1, 2))),
        arguments(
            "PREPAREs of mixed rounds",
            A,
            all(CHANGES_TO_3, prepares(1, A, 0, 1), prepares(2, A, 2))),
        arguments("PREPAREs of another value", A, all(CHANGES_TO_3, prepares(1, B, 0, 1, 2))),
        arguments(
            "PREPAREs of another duty",
            A,
            all(CHANGES_TO_3, prepares(1, A, 0, 1), List.of(prepareOfAnotherDuty(2, 1, A)))),
        arguments("not the prepared value", B, all(CHANGES_TO_3, A_PREPARED_IN_1)),
        arguments(
            "not the prepared value, though that was prepared elsewhere",
            B,
            all(CHANGES_TO_3, B_PREPARED_IN_2)),
        arguments(
            "the same prepared round with another value",
            B,
            all(CHANGES_TO_3, prepares(1, B, 0, 1, 2))),
        arguments(
            "the lower of two prepared values",
            A,
            all(
                List.of(roundChange(0, 3, 1, A), roundChange(1, 3, 2, B), roundChange(2, 3)),
                A_PREPARED_IN_1)),
        arguments(
            "a prepared round not below the proposal's",
            A,
            all(
                List.of(roundChange(0, 3, 3, A), roundChange(1, 3), roundChange(2, 3, 3, A)),
                prepares(3, A, 0, 1, 2))),
        arguments(
            "one unprepared short of a quorum, and the prepared value dropped",
            B,
            all(roundChanges(3, 0, 3), List.of(roundChange(2, 3, 1, A)))),
        arguments(
            "PREPAREs that no ROUND-CHANGE refers to",
            A,
            all(roundChanges(3, 0, 1), A_PREPARED_IN_1)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forged")
  void refusesAProposal(String scenario, Value proposed, List<SignedVote> justification) {
    Operator listener = Operator.voting(3, 4).starts();
    listener.hears(proposal(2, 3, proposed, justification));

    assertThat(listener.discards()).containsExactly(Reason.UNJUSTIFIED);
    assertThat(listener.judged()).as(scenario).isEmpty();
    assertThat(listener.state().round()).isEqualTo(1);
  }

  static Stream<Arguments> forgedChanges() {
    Cast withoutValue = new Cast(roundChange(0, 2, 1, A), A_PREPARED_IN_1, Optional.empty());
    return Stream.of(
        arguments("no PREPAREs", preparedChange(0, 2, 1, A, List.of())),
        arguments("one too few", preparedChange(0, 2, 1, A, prepares(1, A, 0, 1))),
        arguments("one sender", preparedChange(0, 2, 1, A, prepares(1, A, 1, 1, 1))),
        arguments("another value's", preparedChange(0, 2, 1, A, prepares(1, B, 0, 1, 2))),
        arguments("another round's", preparedChange(0, 3, 2, A, prepares(1, A, 0, 1, 2))),
        arguments("a round not below", preparedChange(0, 2, 2, A, prepares(2, A, 0, 1, 2))),
        arguments(
            "another duty's",
            preparedChange(
                0, 2, 1, A, all(prepares(1, A, 0, 1), List.of(prepareOfAnotherDuty(2, 1, A))))),
        arguments("COMMITs", preparedChange(0, 2, 1, A, commits(1, A, 0, 1, 2))),
        arguments("without its value", withoutValue));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forgedChanges")
  void refusesAPreparedRoundChange(String scenario, Cast change) {
    Operator listener = Operator.voting(3, 4).starts();
    listener.hears(change);
    assertThat(listener.discards()).as(scenario).containsExactly(Reason.UNJUSTIFIED);

    // It counts neither towards catching up nor as a first vote that would shut the right one out.
    listener.forget().hears(cast(roundChange(1, 2)));
    assertThat(listener.state().round()).isEqualTo(1);
    listener.hears(preparedChange(0, 2, 1, A, A_PREPARED_IN_1));
    assertThat(listener.discards()).isEmpty();
    assertThat(listener.state().round()).isEqualTo(2);
  }

  @Test
  void refusesARoundChangeThatBringsAnotherValueThanItNames() {
    Operator listener = Operator.voting(3, 4).starts();
    listener.hears(
        new Cast(roundChange(0, 2, 1, A), A_PREPARED_IN_1, Optional.of(B)),
        new Cast(roundChange(0, 2), List.of(), Optional.of(B)));
    assertThat(listener.discards()).containsExactly(Reason.WRONG_VALUE, Reason.WRONG_VALUE);
  }

  @Test
  void aLeaderPassesOnOnlyWhatItBelieved() {
    Operator leader = Operator.voting(1, 4).wouldPropose(B).starts().timesOut(1).forget();
    SignedVote rogue = prepare(2, 1, B);
    leader.hears(preparedChange(0, 2, 1, A, all(List.of(rogue), A_PREPARED_IN_1)));
    leader.hears(roundChanges(2, 2, 3));

    assertThat(leader.onlySent().value()).contains(A);
    assertThat(leader.onlySent().justification()).doesNotContain(rogue).hasSize(6);
  }

  @Test
  void twiceTheClusterIsTheLongestJustificationRead() {
    List<SignedVote> eight =
        all(roundChanges(3, 0, 1, 2), Collections.nCopies(5, roundChange(0, 2)));
    List<SignedVote> nine = all(eight, roundChanges(3, 3));
    assertThat(Operator.voting(3, 4).hears(proposal(2, 3, A, eight)).discards()).isEmpty();
    assertThat(Operator.voting(3, 4).hears(proposal(2, 3, A, nine)).discards())
        .containsExactly(Reason.UNJUSTIFIED);
    assertThat(Operator.voting(3, 4).instance().justificationMax()).isEqualTo(8);
  }

  @Test
  void aDecisionIsTrimmedToWhatProvesIt() {
    Operator listener = Operator.voting(3, 4);
    listener.hears(
        Say.decided(0, 2, A, all(commits(2, B, 1), commits(2, A, 0, 1, 2), commits(1, A, 3))));
    assertThat(listener.decisions()).containsExactly(new Decision(2, A, commits(2, A, 0, 1, 2)));
    assertThat(listener.decisions().getFirst().commits())
        .allSatisfy(commit -> assertThat(commit.vote().duty()).isEqualTo(DUTY));
  }
}
