/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import static dev.quorate.consensus.qbft.Network.ownValue;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Value;
import dev.quorate.consensus.qbft.Network.Envelope;
import dev.quorate.consensus.qbft.QbftMessage.Cast;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole clusters in named situations. Operator (r - 1) mod n leads round r. */
class NetworkTest {
  private static final long SEED = Long.getLong("seed", 1);

  /** Rounds that grow, and rounds that all last a second. */
  private static RoundTimes rounds(String name) {
    return name.equals("growing") ? Operator.TIMES : new RoundTimes(1_000, 1_000);
  }

  private static Network network(int operators) {
    return Network.of(operators, SEED).duplicate(0.1).allWouldPropose();
  }

  private static Predicate<Envelope> votes(VoteKind kind, int round) {
    return envelope ->
        envelope.message() instanceof Cast(SignedVote signed, _, _)
            && signed.vote().kind() == kind
            && signed.vote().round() == round;
  }

  private static void assertDecided(Network network, int round, Value value) {
    assertThat(network.haveAllDecided()).isTrue();
    assertThat(network.highestDecidedRound()).isEqualTo(round);
    assertThat(network.decidedValue()).isEqualTo(value);
  }

  // ---- without faults

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 40})
  void clustersOfAnySizeDecideTheFirstLeadersValueInRoundOne(int operators) {
    assertDecided(network(operators).run(), 1, ownValue(0));
  }

  @Test
  void decidesInThreeMessageDelaysAndTheTimeItTakesToJudge() {
    Network network = Network.of(4, SEED).allWouldPropose().latency(100, 100);
    network.run();
    assertThat(network.nowMillis()).isEqualTo(300);
  }

  @ParameterizedTest
  @CsvSource({"3,1", "4,1", "5,1", "6,2", "7,2", "9,3", "10,3", "13,4", "40,13"})
  void decidesWithOnlyAQuorumAlive(int operators, int silent) {
    Network network = network(operators);
    for (int i = 1; i <= silent; i++) {
      network.silences(operators - i);
    }
    assertDecided(network.run(), 1, ownValue(0));
  }

  @ParameterizedTest
  @CsvSource({"3,2", "4,2", "6,3", "7,3", "9,4"})
  void neverDecidesWithOneFewer(int operators, int silent) {
    Network network = network(operators);
    for (int i = 1; i <= silent; i++) {
      network.silences(operators - i);
    }
    assertThat(network.run(120_000).decisions()).isEmpty();
  }

  // ---- prepared values

  @Test
  void whatWasPreparedInRoundOneIsDecidedInRoundTwo() {
    Network network = network(4).loses(votes(VoteKind.COMMIT, 1));
    assertDecided(network.run(), 2, ownValue(0));
  }

  @Test
  void whatWasPreparedInRoundTwoIsDecidedInRoundThree() {
    Network network =
        network(4).loses(votes(VoteKind.PRE_PREPARE, 1)).loses(votes(VoteKind.COMMIT, 2));
    assertDecided(network.run(), 3, ownValue(1));
  }

  @Test
  void whatNobodyPreparedIsForgotten() {
    Network network = network(4).loses(votes(VoteKind.PREPARE, 1));
    assertDecided(network.run(), 2, ownValue(1));
  }

  @Test
  void oneDecisionThatNobodyHeardOfIsKeptByTheOthersRounds() {
    for (int lucky = 0; lucky < 4; lucky++) {
      Network network = network(4).hidesDecisions(lucky, 1);
      // Who decided proposes no more.
      assertDecided(network.run(), lucky == 1 ? 3 : 2, ownValue(0));
    }
  }

  @ParameterizedTest
  @CsvSource({"1,10000", "4,20000"})
  void noTraitorThatLeadsAfterAHiddenDecisionOverturnsIt(int hiddenUpTo, long healsAt) {
    for (long seed = SEED; seed < SEED + 50; seed++) {
      Network network = Network.of(4, seed).allWouldPropose();
      network.hidesDecisions(3, hiddenUpTo).heals(healsAt);
      network.corrupts(1, Traitor.fuzzing()).run();
      assertThat(network.haveAllDecided()).as("seed %d", seed).isTrue();
    }
  }

  // ---- late and absent operators

  @ParameterizedTest
  @CsvSource({
    "growing,500",
    "growing,2000",
    "growing,5000",
    "growing,10000",
    "constant,2000",
    "constant,5000",
    "constant,10000"
  })
  void decidesWithoutALeaderThatStartsLate(String rounds, long startsAt) {
    Network network = Network.of(4, SEED).rounds(rounds(rounds)).allWouldPropose();
    network.starts(0, startsAt).run();
    assertThat(network.haveAllDecided()).isTrue();
    assertThat(network.highestDecidedRound()).isLessThanOrEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"growing", "constant"})
  void decidesInRoundTwoWhenTheFirstLeaderIsDown(String rounds) {
    Network network = Network.of(4, SEED).rounds(rounds(rounds)).allWouldPropose();
    assertDecided(network.silences(0).run(), 2, ownValue(1));
  }

  @Test
  void decidesInRoundThreeWhenTwoLeadersOfSevenAreDown() {
    assertDecided(network(7).silences(0).silences(1).run(), 3, ownValue(2));
  }

  @ParameterizedTest
  @CsvSource({"growing,700", "growing,3000", "constant,300"})
  void decidesThoughEverybodyStartsAtAnotherTime(String rounds, long apartMillis) {
    Network network = Network.of(4, SEED).rounds(rounds(rounds)).allWouldPropose();
    for (int operator = 0; operator < 4; operator++) {
      network.starts(operator, operator * apartMillis);
    }
    assertThat(network.run().haveAllDecided()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"growing", "constant"})
  void decidesThoughAllValuesComeVeryLate(String rounds) {
    Network network = Network.of(4, SEED).rounds(rounds(rounds));
    for (int operator = 0; operator < 4; operator++) {
      network.wouldPropose(operator, 5_000, ownValue(operator));
    }
    assertThat(network.run().haveAllDecided()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"growing", "constant"})
  void decidesThoughValuesComeOneByOne(String rounds) {
    Network network = Network.of(4, SEED).rounds(rounds(rounds));
    for (int operator = 0; operator < 4; operator++) {
      network.wouldPropose(operator, operator * 1_500L, ownValue(operator));
    }
    assertThat(network.run().haveAllDecided()).isTrue();
  }

  @Test
  void decidesInRoundThreeWhenTheFirstLeaderHasNoValueAndTheSecondIsDown() {
    Network network = Network.of(4, SEED).silences(1);
    network.wouldPropose(2, 0, ownValue(2)).wouldPropose(3, 0, ownValue(3));
    assertDecided(network.run(), 3, ownValue(2));
  }

  @Test
  void aLateStarterDecidesAtOnceOnWhatItHeardBefore() {
    Network network = network(4).starts(3, 20_000).run(1_000);
    assertThat(network.haveAllDecided()).isTrue();
    assertThat(network.stateOf(3).hasStarted()).isFalse();
  }

  // ---- values that not everybody would sign

  @Test
  void aMinorityThatRefusesFollowsTheQuorum() {
    Network network = network(4).likes(3, ownValue(3)::equals);
    assertDecided(network.run(), 1, ownValue(0));
  }

  @Test
  void aProposalThatOnlyItsLeaderLikesCostsOneRound() {
    Network network = network(4);
    for (int operator = 1; operator < 4; operator++) {
      network.likes(operator, value -> !value.equals(ownValue(0)));
    }
    assertDecided(network.run(), 2, ownValue(1));
  }

  @Test
  void twoAgainstTwoHalts() {
    Network network = network(4);
    for (int operator = 0; operator < 4; operator++) {
      int half = operator / 2;
      network.likes(operator, value -> value.equals(ownValue(2 * half)));
    }
    assertThat(network.run(120_000).decisions()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {100, 900, 1_200, 3_000})
  void decidesThoughEverybodyTakesLongToJudge(long millis) {
    Network network = network(4);
    for (int operator = 0; operator < 4; operator++) {
      network.judgesFor(operator, millis);
    }
    assertThat(network.run().haveAllDecided()).isTrue();
  }

  @Test
  void anOperatorThatJudgesForeverDoesNotKeepTheOthersFromDeciding() {
    assertDecided(network(4).judgesFor(2, 1_000_000).run(), 1, ownValue(0));
  }

  // ---- observers

  @Test
  void anObserverDecidesWithTheOthers() {
    assertDecided(network(4).observes(3).run(), 1, ownValue(0));
  }

  @Test
  void anObservingLeaderIsLikeASilentOne() {
    assertDecided(network(4).observes(0).run(), 2, ownValue(1));
  }

  // ---- lossy and slow networks

  @ParameterizedTest
  @CsvSource({"growing,500", "constant,200"})
  void decidesUnderJitter(String rounds, long jitterMillis) {
    for (long seed = SEED; seed < SEED + 50; seed++) {
      Network network = Network.of(4, seed).rounds(rounds(rounds)).allWouldPropose();
      network.latency(1, jitterMillis).run();
      assertThat(network.haveAllDecided()).as("seed %d", seed).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({"4,0.1", "4,0.3", "7,0.1", "7,0.3"})
  void decidesThoughMessagesAreLost(int operators, double share) {
    for (long seed = SEED; seed < SEED + 50; seed++) {
      Network network = Network.of(operators, seed).allWouldPropose().drop(share).run();
      assertThat(network.haveAllDecided()).as("seed %d", seed).isTrue();
    }
  }

  @Test
  void noHalfOfAPartitionDecidesAndTheWholeDoesAfterwards() {
    for (long seed = SEED; seed < SEED + 50; seed++) {
      Network network = Network.of(4, seed).allWouldPropose();
      network.loses(envelope -> envelope.from() / 2 != envelope.to() / 2).heals(20_000);
      assertThat(network.run(20_000).decisions()).isEmpty();

      network = Network.of(4, seed).allWouldPropose();
      network.loses(envelope -> envelope.from() / 2 != envelope.to() / 2).heals(20_000).run();
      assertThat(network.haveAllDecided()).as("seed %d", seed).isTrue();
    }
  }

  @Test
  void whoWasCutOffLearnsTheDecisionOnItsReturn() {
    Network network = network(7);
    network.loses(envelope -> envelope.to() == 6 || envelope.from() == 6).heals(9_000).run();
    assertDecided(network, 1, ownValue(0));
    assertThat(network.nowMillis()).isBetween(9_000L, 9_200L);
  }

  // ---- traitors

  @ParameterizedTest
  @CsvSource({"0,0", "0,2000", "0,5000", "1,0", "1,2000", "1,10000", "3,0"})
  void decidesBesideAFuzzingOperatorAndLateLeaders(int traitor, long startsAt) {
    for (long seed = SEED; seed < SEED + 20; seed++) {
      Network network = Network.of(4, seed).allWouldPropose();
      for (int operator = 0; operator < 4; operator++) {
        network.likes(operator, value -> isHonest(value));
      }
      network.starts((traitor + 1) % 4, startsAt);
      network.corrupts(traitor, Traitor.fuzzing()).run();
      assertThat(network.haveAllDecided()).as("seed %d", seed).isTrue();
      assertThat(isHonest(network.decidedValue())).isTrue();
    }
  }

  private static boolean isHonest(Value value) {
    return IntStream.range(0, 40).anyMatch(i -> ownValue(i).equals(value));
  }

  @ParameterizedTest
  @CsvSource({"4,0", "4,2", "7,0", "7,3"})
  void decidesBesideALeaderOfTwoFaces(int operators, int traitor) {
    for (long seed = SEED; seed < SEED + 50; seed++) {
      Network network = Network.of(operators, seed).allWouldPropose();
      network.corrupts(traitor, Traitor.twoFaced(Say.value("left"), Say.value("right"))).run();
      assertThat(network.haveAllDecided()).as("seed %d", seed).isTrue();
    }
  }

  @Test
  void decidesBesideTwoLeadersOfTwoFacesAmongSeven() {
    for (long seed = SEED; seed < SEED + 50; seed++) {
      Network network = Network.of(7, seed).allWouldPropose().latency(1, 300);
      network.corrupts(0, Traitor.twoFaced(Say.value("left"), Say.value("right")));
      network.corrupts(1, Traitor.twoFaced(Say.value("left"), Say.value("right"))).run();
      assertThat(network.haveAllDecided()).as("seed %d", seed).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({"4,0", "4,1", "7,0"})
  void decidesBesideAnOperatorThatWithholdsEverySecondMessage(int operators, int traitor) {
    for (long seed = SEED; seed < SEED + 50; seed++) {
      Network network = Network.of(operators, seed).allWouldPropose();
      network.corrupts(traitor, Traitor.withholding(Say.value("withheld"))).run();
      assertThat(network.haveAllDecided()).as("seed %d", seed).isTrue();
    }
  }
}
