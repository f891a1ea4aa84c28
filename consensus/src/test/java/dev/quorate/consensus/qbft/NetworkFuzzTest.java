/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Value;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random clusters with up to f traitors on random networks. Each run has a seed, printed at the
 * begin; {@code -Dseed=} begins with that one and {@code -Druns=} says how many follow. The {@link
 * Network} checks safety at every step, and that must hold for every seed, so these are fresh in
 * every build; how soon a cluster decides is a matter of likelihood, so there they are fixed.
 */
class NetworkFuzzTest {
  private static final long FIXED_SEED = Long.getLong("seed", 1);
  private static final long FRESH_SEED = Long.getLong("seed", System.nanoTime() & 0xFFFF_FFFFL);
  private static final int RUNS = Integer.getInteger("runs", 1_000);

  private static final List<Traitor.Kind> TRAITORS =
      List.of(
          Traitor.silent(),
          Traitor.fuzzing(),
          Traitor.twoFaced(Say.value("left"), Say.value("right")),
          Traitor.withholding(Say.value("withheld")));

  private static void announce(String what, int operators, long seed) {
    System.out.printf("%s of %d operators: -Dseed=%d, %d runs%n", what, operators, seed, RUNS);
  }

  private static boolean isEvil(Value value) {
    for (int i = 0; i < 10; i++) {
      if (value.equals(Say.value("evil" + i)) || value.equals(Say.value("worse" + i))) {
        return true;
      }
    }
    return false;
  }

  static void corruptSome(Network network, SplittableRandom random, int operators) {
    int traitors = random.nextInt((operators - 1) / 3 + 1);
    random
        .ints(0, operators)
        .distinct()
        .limit(traitors)
        .forEach(
            traitor -> network.corrupts(traitor, TRAITORS.get(random.nextInt(TRAITORS.size()))));
  }

  static Network faulty(SplittableRandom random, int operators, long seed) {
    Network network = Network.of(operators, seed);
    network.drop(random.nextInt(4) * 0.1).duplicate(random.nextInt(3) * 0.1);
    network.latency(1, random.nextInt(2) == 0 ? 50 : 800);
    if (random.nextInt(2) == 0) {
      network.hidesDecisions(random.nextInt(operators), 1 + random.nextInt(3));
    }
    for (int operator = 0; operator < operators; operator++) {
      network.starts(operator, random.nextInt(2) == 0 ? 0 : random.nextLong(3_000));
      network.wouldPropose(operator, random.nextLong(4_000), Network.ownValue(operator));
      network.judgesFor(operator, random.nextLong(300));
    }
    return network;
  }

  /**
   * Once the faults stop, some honest leader comes within f+1 rounds of the highest round reached;
   * one round more is for the stragglers to get there.
   */
  @ParameterizedTest
  @ValueSource(ints = {4, 7})
  void decideWithinFPlusTwoRoundsOnceTheFaultsStop(int operators) {
    announce("Healing clusters", operators, FIXED_SEED);
    int faulty = (operators - 1) / 3;
    for (long seed = FIXED_SEED; seed < FIXED_SEED + RUNS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Network network = faulty(random, operators, seed);
      for (int operator = 0; operator < operators; operator++) {
        network.likes(operator, value -> !isEvil(value));
      }
      network.heals(4_000 + random.nextLong(8_000));
      corruptSome(network, random, operators);
      network.run();

      assertThat(network.haveAllDecided()).as("seed %d", seed).isTrue();
      assertThat(isEvil(network.decidedValue())).as("seed %d", seed).isFalse();
      assertThat(network.highestDecidedRound())
          .as("seed %d", seed)
          .isLessThanOrEqualTo(network.roundAtHealing().orElse(Qbft.ROUND_MAX) + faulty + 2);
    }
  }

  /** Never two values, whatever is lost for good and whoever likes the traitors' values. */
  @ParameterizedTest
  @ValueSource(ints = {4, 7})
  void neverDisagreeThoughTheFaultsDoNotStop(int operators) {
    announce("Hopeless clusters", operators, FRESH_SEED);
    for (long seed = FRESH_SEED; seed < FRESH_SEED + RUNS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Network network = faulty(random, operators, seed);
      for (int operator = 0; operator < operators; operator++) {
        long dislikes = random.nextLong();
        network.likes(
            operator, value -> (value.hash().hashCode() & 3) != (dislikes & 3) || !isEvil(value));
      }
      corruptSome(network, random, operators);
      network.run(12_000);
    }
  }
}
