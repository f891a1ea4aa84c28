/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.simulation.check.Invariant;
import dev.quorate.simulation.fault.Habit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/safety.md names every check that there is, and no check or test that is not there. */
class SafetyPageTest {
  private static final Path CHECKOUT = Path.of("..");
  private static final Pattern LABEL = Pattern.compile("`([a-z0-9]+(?:-[a-z0-9]+)*)`");
  private static final Pattern TEST = Pattern.compile("`([A-Z][A-Za-z]+Test)(?:\\.([a-zA-Z]+))?`");

  private static String page() throws IOException {
    return Files.readString(CHECKOUT.resolve("docs/safety.md"));
  }

  @Test
  void namesEveryInvariant() throws IOException {
    Set<String> named =
        LABEL.matcher(page()).results().map(found -> found.group(1)).collect(Collectors.toSet());
    assertThat(named).containsAll(Arrays.stream(Invariant.values()).map(Invariant::label).toList());
  }

  @Test
  void namesNoCheckThatIsNotThere() throws IOException {
    List<String> known = Arrays.stream(Invariant.values()).map(Invariant::label).toList();
    List<String> named =
        page()
            .lines()
            .filter(line -> TEST.matcher(line).find())
            .flatMap(line -> LABEL.matcher(line).results().map(found -> found.group(1)))
            .toList();
    assertThat(named).isNotEmpty().isSubsetOf(known);
  }

  @Test
  void namesNoTestThatIsNotThere() throws IOException {
    List<MatchResult> named = TEST.matcher(page()).results().toList();
    assertThat(named).hasSizeGreaterThan(8);
    for (MatchResult test : named) {
      assertThat(source(test.group(1))).contains(test.group(2) == null ? "void " : test.group(2));
    }
  }

  @Test
  void countsTheWaysOfLying() throws IOException {
    assertThat(Habit.values()).hasSize(18);
    assertThat(page()).contains("eighteen ways");
  }

  private static String source(String test) throws IOException {
    try (Stream<Path> files = Files.walk(CHECKOUT, 12)) {
      Path found = files.filter(file -> file.endsWith(test + ".java")).findFirst().orElseThrow();
      return Files.readString(found);
    }
  }
}
