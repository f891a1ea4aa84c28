/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.duty.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/reasons.md says of every reason what it means, what to do, and which test hits it. */
class ReasonsPageTest {
  private static final Path ROOT = Path.of("..");

  private final List<List<String>> rows;

  ReasonsPageTest() throws IOException {
    rows =
        Files.readAllLines(ROOT.resolve("docs/reasons.md")).stream()
            .filter(line -> line.startsWith("| `"))
            .map(line ->
                Arrays.stream(line.substring(1).split("\\|", -1)).map(String::strip).toList())
            .toList();
  }

  @Test
  void hasOneRowForEveryReasonInTheirOrder() {
    assertThat(rows)
        .extracting(List::getFirst)
        .isEqualTo(Arrays.stream(Reason.values()).map(reason -> "`" + reason + "`").toList());
  }

  @Test
  void namesATestThatHitsTheReason() throws IOException {
    NamedTests tests = new NamedTests(ROOT);
    for (List<String> row : rows) {
      assertThat(row).as("cells of %s", row).hasSize(5).last().isEqualTo("");
      assertThat(tests.source(row.get(3)))
          .as("the test of %s: %s", row.getFirst(), row.get(3))
          .hasValueSatisfying(
              source -> assertThat(source).contains(row.getFirst().replace("`", "")));
    }
  }

  /** What {@code explain} prints is what stands here, but for links and marks. */
  @Test
  void saysWhatTheProgramSays() {
    assertThat(rows)
        .extracting(row -> List.of(plain(row.get(0)), plain(row.get(1)), plain(row.get(2))))
        .isEqualTo(
            Arrays.stream(Reason.values())
                .map(reason -> List.of(reason.name(), reason.meaning(), reason.remedy()))
                .toList());
  }

  private static String plain(String cell) {
    return cell.replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1").replace("`", "");
  }
}
