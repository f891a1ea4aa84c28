/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuorumTest {
  private static final int BRUTE_FORCE_MAX = 10;

  static Stream<Quorum> all() {
    return IntStream.rangeClosed(1, Quorum.OPERATORS_MAX).mapToObj(Quorum::new);
  }

  static Stream<Quorum> small() {
    return IntStream.rangeClosed(1, BRUTE_FORCE_MAX).mapToObj(Quorum::new);
  }

  @ParameterizedTest
  @CsvSource({
    "1,1,0",
    "2,2,0",
    "3,2,0",
    "4,3,1",
    "5,4,1",
    "6,4,1",
    "7,5,2",
    "8,6,2",
    "9,6,2",
    "10,7,3",
    "11,8,3",
    "12,8,3",
    "13,9,4",
    "14,10,4",
    "15,10,4",
    "16,11,5",
    "17,12,5",
    "18,12,5",
    "19,13,6",
    "20,14,6",
    "21,14,6",
    "22,15,7",
    "31,21,10",
    "39,26,12",
    "40,27,13"
  })
  void knowsTheFiguresOfTheLiterature(int operators, int size, int faulty) {
    Quorum quorum = new Quorum(operators);
    assertThat(quorum.size()).isEqualTo(size);
    assertThat(quorum.faulty()).isEqualTo(faulty);
    assertThat(quorum.honest()).isEqualTo(faulty + 1);
    assertThat(quorum.thresholdDefault()).isEqualTo(size);
  }

  @ParameterizedTest
  @MethodSource("all")
  void roundsUpTwoThirdsAndDownTheRest(Quorum quorum) {
    int n = quorum.operators();
    assertThat(quorum.size()).isEqualTo((int) Math.ceil(2.0 * n / 3));
    assertThat(quorum.faulty()).isEqualTo((int) Math.floor((n - 1) / 3.0));
  }

  @ParameterizedTest
  @MethodSource("all")
  void twoQuorumsShareAnHonestOperatorAndNoSmallerSizeWouldDo(Quorum quorum) {
    int n = quorum.operators();
    assertThat(2 * quorum.size() - n).isGreaterThan(quorum.faulty());
    assertThat(2 * (quorum.size() - 1) - n).isLessThanOrEqualTo(quorum.faulty());
  }

  @ParameterizedTest
  @MethodSource("all")
  void aQuorumIsLeftWithoutTheFaulty(Quorum quorum) {
    assertThat(quorum.size()).isLessThanOrEqualTo(quorum.operators() - quorum.faulty());
    assertThat(quorum.size() - quorum.faulty()).isGreaterThanOrEqualTo(quorum.honest());
  }

  @ParameterizedTest
  @MethodSource("all")
  void oneMoreThanTheFaultyMayBeSilentOnlyWhenThreeDividesTheOperators(Quorum quorum) {
    int silent = quorum.operators() - quorum.size();
    assertThat(silent)
        .isEqualTo(quorum.operators() % 3 == 0 ? quorum.faulty() + 1 : quorum.faulty());
  }

  @ParameterizedTest
  @MethodSource("small")
  void intersectsInEveryPairOfSetsThereIs(Quorum quorum) {
    int[] quorums = sets(quorum.operators(), quorum.size());
    int[] smaller = sets(quorum.operators(), quorum.size() - 1);
    assertThat(leastShared(quorums)).isGreaterThan(quorum.faulty());
    assertThat(leastShared(smaller)).isLessThanOrEqualTo(quorum.faulty());
  }

  @ParameterizedTest
  @MethodSource("small")
  void leavesAQuorumWhicheverOperatorsAreFaulty(Quorum quorum) {
    int everyone = (1 << quorum.operators()) - 1;
    for (int faulty : sets(quorum.operators(), quorum.faulty())) {
      assertThat(Integer.bitCount(everyone & ~faulty)).isGreaterThanOrEqualTo(quorum.size());
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void acceptsTheDefaultThreshold(Quorum quorum) {
    assertThat(quorum.judgeThreshold(quorum.thresholdDefault()))
        .isEqualTo(new ThresholdVerdict.Sound());
  }

  @ParameterizedTest
  @MethodSource("all")
  void judgesEveryThresholdByItsTwoBounds(Quorum quorum) {
    int n = quorum.operators();
    int f = quorum.faulty();
    for (int t = -1; t <= n + 2; t++) {
      Class<?> expected =
          t > n || 2 * t <= n + f
              ? ThresholdVerdict.Unsafe.class
              : t > n - f ? ThresholdVerdict.LosesLiveness.class : ThresholdVerdict.Sound.class;
      assertThat(quorum.judgeThreshold(t)).as("%d of %d", t, n).isInstanceOf(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void aThresholdWhoseDoubleOverflowsIsUnsafe(Quorum quorum) {
    for (int t : new int[] {Integer.MIN_VALUE, -(1 << 30) - 1, -(1 << 30), Integer.MAX_VALUE}) {
      assertThat(quorum.judgeThreshold(t)).as("%d", t).isInstanceOf(ThresholdVerdict.Unsafe.class);
    }
  }

  @ParameterizedTest
  @MethodSource("small")
  void callsAThresholdUnsafeExactlyWhenTwoMessagesCanBothBeSigned(Quorum quorum) {
    int n = quorum.operators();
    int everyone = (1 << n) - 1;
    int faulty = (1 << quorum.faulty()) - 1;
    for (int t = 1; t <= n; t++) {
      boolean bothSigned = false;
      for (int first = 0; first <= everyone; first++) {
        // The honest sign one message or the other, the faulty both.
        int second = (everyone & ~first) | faulty;
        bothSigned |= Integer.bitCount(first | faulty) >= t && Integer.bitCount(second) >= t;
      }
      assertThat(quorum.judgeThreshold(t) instanceof ThresholdVerdict.Unsafe)
          .as("%d of %d", t, n)
          .isEqualTo(bothSigned);
    }
  }

  @Test
  void leavesAChoiceOfSoundThresholdsOnlyWhenThreeDividesTheOperators() {
    all()
        .forEach(quorum -> {
          long sound =
              IntStream.rangeClosed(1, quorum.operators())
                  .filter(t -> quorum.judgeThreshold(t) instanceof ThresholdVerdict.Sound)
                  .count();
          assertThat(sound).isEqualTo(quorum.operators() % 3 == 0 ? 2 : 1);
        });
  }

  @Test
  void saysWhatAThresholdCostsInFigures() {
    assertThat(new Quorum(4).judgeThreshold(4))
        .isEqualTo(
            new ThresholdVerdict.LosesLiveness(
                "threshold 4 of 4 operators: signing stops when more than 0 are silent or lie,"
                    + " while consensus survives 1"));
    assertThat(new Quorum(7).judgeThreshold(4))
        .isEqualTo(
            new ThresholdVerdict.Unsafe(
                "threshold 4 of 7 operators: 2 faulty ones could help two conflicting messages to"
                    + " a signature each; at least 5 is needed"));
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 41, Integer.MAX_VALUE})
  void refusesSizesOutsideItsTests(int operators) {
    assertThatThrownBy(() -> new Quorum(operators)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void hasThePositionsFromZero() {
    Quorum quorum = new Quorum(4);
    assertThat(IntStream.range(-2, 7).filter(quorum::has)).containsExactly(0, 1, 2, 3);
  }

  private static int[] sets(int operators, int size) {
    return IntStream.range(0, 1 << operators)
        .filter(set -> Integer.bitCount(set) == size)
        .toArray();
  }

  private static int leastShared(int[] sets) {
    int least = Integer.MAX_VALUE;
    for (int first : sets) {
      for (int second : sets) {
        least = Math.min(least, Integer.bitCount(first & second));
      }
    }
    return least;
  }
}
