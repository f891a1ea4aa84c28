/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.simulation.check.Invariant;
import dev.quorate.simulation.fault.Fault;
import dev.quorate.simulation.fault.FaultKind;
import dev.quorate.simulation.fault.FaultPlan;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;

/** Everything that a seed determines, and the run that it makes. */
public final class Simulation {
  private final Setup setup;
  private final Chain chain;
  private final long worldSeed;
  private final List<Fault> faults;

  /**
   * @param operators n; drawn from the seed where none is asked for
   */
  public Simulation(long seed, OptionalInt operators, Set<FaultKind> kinds, Setup.Proofs proofs) {
    SplittableRandom random = new SplittableRandom(seed);
    SplittableRandom sizes = random.split();
    int size = operators.orElseGet(() -> Setup.drawSize(sizes));
    setup = new Setup(size, Setup.drawThreshold(random.split(), size), kinds, proofs);
    chain = World.drawChain(random.split());
    faults =
        FaultPlan.draw(
            random.split(),
            size,
            setup.quorum().faulty(),
            new FaultPlan.Storm(World.FIRST_EPOCH, World.EPOCH_MILLIS, World.dueMillis(chain)),
            kinds);
    worldSeed = random.nextLong();
  }

  public Setup setup() {
    return setup;
  }

  /** All that may go wrong, in the order of their numbers. */
  public List<Fault> faults() {
    return faults;
  }

  /**
   * @param some of {@link #faults}
   * @param transcript told what happens, for people to read
   */
  public RunResult run(List<Fault> some, Optional<Appendable> transcript) {
    return new World(setup, chain, new SplittableRandom(worldSeed), some, transcript).run();
  }

  /** The fewest faults that can be found with which the run still breaks the invariant. */
  public List<Fault> shrink(Invariant invariant) {
    return new Shrinker(this, invariant).shrink(faults);
  }
}
