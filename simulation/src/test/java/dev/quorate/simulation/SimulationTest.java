/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.simulation.check.Broken;
import dev.quorate.simulation.check.Invariant;
import dev.quorate.simulation.fault.Fault;
import dev.quorate.simulation.fault.FaultKind;
import dev.quorate.simulation.fault.Habit;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SimulationTest {
  private static final Set<FaultKind> ALL = EnumSet.allOf(FaultKind.class);
  private static final Set<FaultKind> NONE = EnumSet.noneOf(FaultKind.class);

  private static Simulation simulation(long seed, int operators, Set<FaultKind> kinds) {
    return new Simulation(seed, OptionalInt.of(operators), kinds, Setup.Proofs.TOKENS);
  }

  private static RunResult run(Simulation simulation) {
    return simulation.run(simulation.faults(), Optional.empty());
  }

  /** Broken invariants of many runs by seed. */
  private static Map<Long, Broken> broken(
      long first, int runs, Set<FaultKind> kinds, Setup.Proofs proofs) {
    return LongStream.range(first, first + runs)
        .parallel()
        .boxed()
        .flatMap(seed ->
            run(new Simulation(seed, OptionalInt.empty(), kinds, proofs))
                .broken()
                .map(found -> Map.entry(seed, found))
                .stream())
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private static long seed() {
    long seed = Long.getLong("seed", ThreadLocalRandom.current().nextLong(1L << 40));
    System.out.println("simulation: -Dseed=" + seed);
    return seed;
  }

  @Test
  void nothingIsBrokenWhateverGoesWrong() {
    assertThat(broken(seed(), 500, ALL, Setup.Proofs.TOKENS)).isEmpty();
  }

  @Test
  void nothingIsBrokenWithRealProofs() {
    assertThat(broken(seed(), 20, ALL, Setup.Proofs.REAL)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsBrokenByOneKindOfFaultAlone(FaultKind kind) {
    assertThat(broken(seed(), 40, EnumSet.of(kind), Setup.Proofs.TOKENS)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 7, 10, 13})
  void withoutFaultsEveryDutyIsBroadcastInTheFirstRound(int operators) {
    StringBuilder transcript = new StringBuilder();
    Simulation simulation = simulation(seed(), operators, NONE);

    RunResult result = simulation.run(List.of(), Optional.of(transcript));

    assertThat(result.broken()).isEmpty();
    assertThat(transcript.toString().lines().filter(line -> line.contains(" report ")).toList())
        .hasSize(operators * result.duties())
        .allMatch(line -> line.contains("Broadcast[") && line.contains("round=1,"));
  }

  /** Of this very seed on any machine: what may differ between them must not matter. */
  @ParameterizedTest
  @CsvSource({"4242, 4", "4243, 7"})
  void theSameSeedGoesTheSameWay(long seed, int operators) {
    StringBuilder first = new StringBuilder();
    StringBuilder second = new StringBuilder();
    Simulation simulation = simulation(seed, operators, ALL);

    long hash = simulation.run(simulation.faults(), Optional.of(first)).hash();

    Simulation again = simulation(seed, operators, ALL);
    assertThat(again.run(again.faults(), Optional.of(second)).hash()).isEqualTo(hash);
    assertThat(second).hasToString(first.toString());
    assertThat(run(simulation(seed + 2, operators, ALL)).hash()).isNotEqualTo(hash);
  }

  /** Prints the hash of a seed's run. */
  static final class AnotherMachine {
    public static void main(String[] arguments) {
      for (Setup.Proofs proofs : Setup.Proofs.values()) {
        Simulation simulation =
            new Simulation(Long.parseLong(arguments[0]), OptionalInt.of(4), ALL, proofs);
        System.out.println(run(simulation).hash());
      }
    }
  }

  /** Whose hash codes of objects and whose order of small sets are others. */
  @ParameterizedTest
  @ValueSource(longs = {4242, 262})
  void theSameSeedGoesTheSameWayOnAnotherVirtualMachine(long seed) throws Exception {
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UnlockExperimentalVMOptions",
                "-XX:hashCode=2",
                "-cp",
                System.getProperty("java.class.path"),
                AnotherMachine.class.getName(),
                Long.toString(seed))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> hashes = other.inputReader().lines().toList();

    assertThat(hashes)
        .containsExactlyElementsOf(
            Arrays.stream(Setup.Proofs.values())
                .map(proofs ->
                    Long.toString(run(new Simulation(seed, OptionalInt.of(4), ALL, proofs)).hash()))
                .toList());
  }

  @Test
  void leavingOutAKindOfFaultLeavesTheOthersAsTheyWere() {
    Set<FaultKind> some = EnumSet.complementOf(EnumSet.of(FaultKind.CRASH, FaultKind.BRIDGE));

    List<Fault> fewer = simulation(77, 7, some).faults();

    assertThat(simulation(77, 7, ALL).faults())
        .filteredOn(fault -> some.contains(fault.kind()))
        .containsExactlyElementsOf(fewer);
  }

  /**
   * Every write and every send of the stormy duties, before and after, in a group of four.
   *
   * @param downMillis 0: what comes up reads what the one before wrote and did not live to force
   */
  @ParameterizedTest
  @CsvSource({"BEFORE, 0", "BEFORE, 700", "AFTER, 0", "AFTER, 700"})
  void aPodMayDieAtAnyWriteOrSend(Fault.Side side, long downMillis) {
    Simulation simulation = simulation(seed(), 4, NONE);
    for (int operator = 0; operator < 4; operator++) {
      int point = 0;
      for (boolean isHit = true; isHit; point++) {
        StringBuilder transcript = new StringBuilder();
        RunResult result =
            simulation.run(
                List.of(new Fault.Crash(operator, point, side, downMillis)),
                Optional.of(transcript));
        assertThat(result.broken()).as("operator %s, point %s", operator, point).isEmpty();
        isHit = transcript.indexOf("a pod dies") >= 0;
      }
      // Three duties of some nine writes and sends each.
      assertThat(point).isGreaterThan(20);
    }
  }

  @Test
  void twoOperatorsMayDieAtAnyWritesOrSends() {
    long seed = seed();
    assertThat(
            IntStream.range(0, 2_000)
                .parallel()
                .boxed()
                .flatMap(i ->
                    simulation(seed + i % 20, 4, NONE)
                        .run(
                            List.of(
                                new Fault.Crash(i % 4, i / 50, Fault.Side.AFTER, 300),
                                new Fault.Crash((i + 1) % 4, i / 40, Fault.Side.BEFORE, 2_500)),
                            Optional.empty())
                        .broken()
                        .stream()))
        .isEmpty();
  }

  @Test
  void moreLiarsThanAreSurvivedAreFoundAndShrunk() {
    // Of four operators two fall silent to everyone, which is one too many.
    Simulation simulation = simulation(5, 4, EnumSet.of(FaultKind.TREASON));
    List<Fault> faults =
        IntStream.range(0, 2)
            .<Fault>mapToObj(operator -> new Fault.Treason(operator, Habit.REPETITION))
            .toList();

    Broken broken = simulation.run(faults, Optional.empty()).broken().orElseThrow();

    assertThat(broken.invariant()).isEqualTo(Invariant.LIVENESS);
    assertThat(new Shrinker(simulation, Invariant.LIVENESS).shrink(faults)).hasSize(2);
  }
}
