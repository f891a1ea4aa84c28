/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.simulation.check.Invariant;
import dev.quorate.simulation.fault.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks for the fewest faults with which a run still breaks the same invariant. */
final class Shrinker {
  /** Some seconds' work. */
  private static final int RUNS_MAX = 600;

  private final Simulation simulation;
  private final Invariant invariant;
  private int runs;

  Shrinker(Simulation simulation, Invariant invariant) {
    this.simulation = simulation;
    this.invariant = invariant;
  }

  /** Leaves out halves, then quarters, and so on down to single faults (Zeller's ddmin). */
  List<Fault> shrink(List<Fault> failing) {
    List<Fault> kept = failing;
    for (int size = Math.max(1, kept.size() / 2); size >= 1; size /= 2) {
      boolean isSmaller = true;
      while (isSmaller) {
        isSmaller = false;
        for (int from = 0; from < kept.size(); from += size) {
          List<Fault> fewer = new ArrayList<>(kept);
          fewer.subList(from, Math.min(from + size, fewer.size())).clear();
          if (isBrokenBy(fewer)) {
            kept = fewer;
            isSmaller = true;
            from -= size;
          }
        }
      }
    }
    return List.copyOf(kept);
  }

  private boolean isBrokenBy(List<Fault> faults) {
    return ++runs <= RUNS_MAX
        && simulation
            .run(faults, Optional.empty())
            .broken()
            .filter(broken -> broken.invariant() == invariant)
            .isPresent();
  }
}
