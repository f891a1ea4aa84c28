/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The page that says which beacon node is asked what names a test for each call. */
class StrategyPageTest {
  private static final Path ROOT = Path.of("..");

  @Test
  void namesTestsThatThereAre() throws IOException {
    NamedTests tests = new NamedTests(ROOT);
    List<String> rows =
        Files.readString(ROOT.resolve("docs/operations.md"))
            .split("\n## Which beacon node is asked what\n", 2)[1]
            .split("\n## ", 2)[0]
            .lines()
            .filter(line -> line.startsWith("| "))
            .skip(1)
            .toList();
    assertThat(rows).hasSizeGreaterThan(5);
    for (String row : rows) {
      List<String> cells = List.of(row.split(" \\| ", -1));
      for (String test : cells.getLast().split(", ", -1)) {
        assertThat(tests.source(test)).as("%s: %s", cells.getFirst(), test).isPresent();
      }
    }
  }
}
