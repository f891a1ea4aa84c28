/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.consensus.quorum.ThresholdVerdict;
import dev.quorate.simulation.fault.FaultKind;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * What a run is of.
 *
 * @param threshold t, one that the cluster file would be allowed to have
 * @param kinds of fault that may happen
 */
public record Setup(int operators, int threshold, Set<FaultKind> kinds, Proofs proofs) {
  /** The sizes that runs are of unless one is asked for; small ones more often. */
  private static final List<Integer> SIZES = List.of(4, 4, 4, 4, 4, 7, 7, 7, 10, 13);

  /** How votes and signatures are proven. */
  public enum Proofs {
    /** Tokens that cost nothing and cannot be forged. */
    TOKENS,
    /** The codec, the hash trees and the signatures of production. */
    REAL
  }

  public Setup {
    kinds = Set.copyOf(kinds);
  }

  static int drawSize(SplittableRandom random) {
    return SIZES.get(random.nextInt(SIZES.size()));
  }

  /** One of the thresholds that lose nothing. */
  static int drawThreshold(SplittableRandom random, int operators) {
    Quorum quorum = new Quorum(operators);
    int[] sound =
        IntStream.rangeClosed(1, operators)
            .filter(t -> quorum.judgeThreshold(t) instanceof ThresholdVerdict.Sound)
            .toArray();
    return sound[random.nextInt(sound.length)];
  }

  Quorum quorum() {
    return new Quorum(operators);
  }
}
