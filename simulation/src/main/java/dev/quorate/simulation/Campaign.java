/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.simulation.check.Broken;
import dev.quorate.simulation.fault.FaultKind;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Many runs, one after the other. Speaks in types of the Java platform alone, so that it can be
 * called across class loaders.
 */
public final class Campaign {
  private Campaign() {}

  /**
   * The first seed from {@code firstSeed} on, of {@code runs} many, whose run breaks an invariant,
   * and the invariant.
   *
   * @param options {@code nodes}, {@code faults}, {@code real-proofs}, as on the command line
   */
  public static Optional<Map.Entry<Long, String>> firstFailure(
      Map<String, String> options, long firstSeed, int runs) {
    OptionalInt nodes =
        options.containsKey("nodes")
            ? OptionalInt.of(Integer.parseInt(options.getOrDefault("nodes", "4")))
            : OptionalInt.empty();
    Set<FaultKind> kinds = kinds(options.getOrDefault("faults", "all"));
    Setup.Proofs proofs =
        options.containsKey("real-proofs") ? Setup.Proofs.REAL : Setup.Proofs.TOKENS;
    for (int run = 0; run < runs; run++) {
      long seed = firstSeed + run;
      Optional<Broken> broken = broken(seed, nodes, kinds, proofs);
      if (broken.isPresent()) {
        return Optional.of(Map.entry(seed, broken.get().invariant().label()));
      }
    }
    return Optional.empty();
  }

  private static Optional<Broken> broken(
      long seed, OptionalInt nodes, Set<FaultKind> kinds, Setup.Proofs proofs) {
    Simulation simulation = new Simulation(seed, nodes, kinds, proofs);
    return simulation.run(simulation.faults(), Optional.empty()).broken();
  }

  /**
   * @param list {@code all}, {@code none}, or labels with commas between them
   * @throws IllegalArgumentException naming what is no kind of fault
   */
  public static Set<FaultKind> kinds(String list) {
    Set<FaultKind> kinds = EnumSet.noneOf(FaultKind.class);
    switch (list) {
      case "all" -> kinds.addAll(Arrays.asList(FaultKind.values()));
      case "none" -> {}
      default -> {
        for (String label : list.split(",", -1)) {
          kinds.add(
              FaultKind.ofLabel(label)
                  .orElseThrow(
                      () -> new IllegalArgumentException("there is no fault \"" + label + "\"")));
        }
      }
    }
    return kinds;
  }
}
