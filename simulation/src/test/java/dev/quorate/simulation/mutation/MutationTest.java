/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation.mutation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.simulation.Campaign;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The simulator finds every mutant, and nothing in the code as it is. Keeps the table of
 * docs/safety.md true; with {@code -Dquorate.write-docs=true} it writes it anew.
 */
class MutationTest {
  private static final Path CHECKOUT = Path.of("..");
  private static final Path PAGE = CHECKOUT.resolve(Path.of("docs", "safety.md"));
  private static final String BEGIN = "<!-- mutants: written by MutationTest -->\n";
  private static final String END = "<!-- end of mutants -->";
  private static final long FIRST_SEED = 1;

  private record Finding(String seed, String invariant) {}

  /** Each campaign runs once, whichever test comes first. */
  private static final Map<Mutant, Optional<Finding>> FINDINGS = new HashMap<>();

  private static Optional<Finding> find(Mutant mutant)
      throws IOException, ReflectiveOperationException {
    Optional<Finding> known = FINDINGS.get(mutant);
    if (known != null) {
      return known;
    }
    Object failure =
        MutantLoader.of(CHECKOUT, mutant.edits())
            .loadClass(Campaign.class.getName())
            .getMethod("firstFailure", Map.class, long.class, int.class)
            .invoke(null, mutant.hunt().options(), FIRST_SEED, mutant.hunt().seeds());
    Optional<Finding> found =
        ((Optional<?>) failure)
            .map(Map.Entry.class::cast)
            .map(entry -> new Finding(entry.getKey().toString(), entry.getValue().toString()));
    FINDINGS.put(mutant, found);
    return found;
  }

  @TestFactory
  Stream<DynamicTest> theSimulatorFindsEveryMutant() {
    return Mutants.ALL.stream()
        .map(mutant ->
            DynamicTest.dynamicTest(
                mutant.name(),
                () ->
                    assertThat(find(mutant).map(Finding::invariant))
                        .as("%s Within %d seeds", mutant.off(), mutant.hunt().seeds())
                        .isPresent()
                        .get()
                        .isIn(mutant.invariants())));
  }

  @TestFactory
  Stream<DynamicTest> theCodeAsItIsPassesTheSameSeeds() {
    return Mutants.ALL.stream()
        .map(Mutant::hunt)
        .distinct()
        .map(hunt ->
            DynamicTest.dynamicTest(
                commandLine(hunt.options()),
                () ->
                    assertThat(Campaign.firstFailure(hunt.options(), FIRST_SEED, hunt.seeds()))
                        .isEmpty()));
  }

  @Test
  void thePageTellsWhatFindsEachMutant() throws IOException, ReflectiveOperationException {
    String table = table();
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf(END);
    if (Boolean.getBoolean("quorate.write-docs")) {
      Files.writeString(PAGE, page.substring(0, begin) + table + page.substring(end));
    } else {
      assertThat(page.substring(begin, end))
          .as("docs/safety.md; -Dquorate.write-docs=true brings it up to date")
          .isEqualTo(table);
    }
  }

  private static String table() throws IOException, ReflectiveOperationException {
    StringBuilder table =
        new StringBuilder(
            """

            | guard | switched off | found with seed | broken invariant | options |
            |---|---|---|---|---|
            """);
    for (Mutant mutant : Mutants.ALL) {
      Finding found = find(mutant).orElse(new Finding("none", "none"));
      table.append(
          "| %s | %s | %s | %s | `%s` |\n"
              .formatted(
                  mutant.name(),
                  mutant.off(),
                  found.seed(),
                  found.invariant(),
                  commandLine(mutant.hunt().options())));
    }
    return table.append('\n').toString();
  }

  private static String commandLine(Map<String, String> options) {
    return new TreeMap<>(options)
        .entrySet().stream()
            .map(option -> "--" + (option.getKey() + " " + option.getValue()).strip())
            .collect(Collectors.joining(" "));
  }
}
