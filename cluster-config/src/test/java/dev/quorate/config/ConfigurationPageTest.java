/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Keeps docs/configuration.md and the bounds it names true to {@code reference.conf} and the code.
 * With {@code -Dquorate.write-docs=true} it writes the page's table anew.
 */
class ConfigurationPageTest {
  private static final Path PAGE = Path.of("..", "docs", "configuration.md");
  private static final String BEGIN = "<!-- settings: written by ConfigurationPageTest -->\n";
  private static final String END = "<!-- end of settings -->";
  private static final String UNIT = "Unit: ";
  private static final Pattern BOUNDS = Pattern.compile("(\\d+) to (\\d+)");

  private static final Config DEFAULTS = OperatorSettings.DEFAULTS;

  /** A key with its value and the comment over it. */
  private record Setting(String key, ConfigValue value) {
    String meaning() {
      return comment(value).filter(line -> !line.startsWith(UNIT)).collect(Collectors.joining(" "));
    }

    String unit() {
      return comment(value)
          .filter(line -> line.startsWith(UNIT))
          .map(line -> line.substring(UNIT.length()))
          .collect(Collectors.joining("; "));
    }
  }

  private static Stream<String> comment(ConfigValue value) {
    return value.origin().comments().stream().map(String::strip);
  }

  private static List<Map.Entry<String, ConfigValue>> inOrder(ConfigObject object) {
    return object.entrySet().stream()
        .sorted(Comparator.comparingInt(entry -> entry.getValue().origin().lineNumber()))
        .toList();
  }

  private static List<Setting> settings(String prefix, ConfigObject object) {
    List<Setting> settings = new ArrayList<>();
    for (Map.Entry<String, ConfigValue> entry : inOrder(object)) {
      String key = prefix + entry.getKey();
      if (entry.getValue() instanceof ConfigObject section) {
        settings.addAll(settings(key + ".", section));
      } else {
        settings.add(new Setting(key, entry.getValue()));
      }
    }
    return settings;
  }

  private static List<Setting> all() {
    return settings("quorate.", DEFAULTS.getObject("quorate"));
  }

  private static String table() {
    StringBuilder table = new StringBuilder();
    for (Map.Entry<String, ConfigValue> entry : inOrder(DEFAULTS.getObject("quorate"))) {
      table
          .append("\n### ")
          .append(entry.getKey())
          .append('\n')
          .append(comment(entry.getValue()).collect(Collectors.joining(" ")))
          .append("\n\n| key | default | unit | meaning |\n|---|---|---|---|\n");
      for (Setting setting :
          settings("quorate." + entry.getKey() + ".", (ConfigObject) entry.getValue())) {
        table.append(
            "| `%s` | `%s` | %s | %s |\n"
                .formatted(
                    setting.key(),
                    setting.value().render(ConfigRenderOptions.concise()),
                    setting.unit(),
                    setting.meaning()));
      }
    }
    return table.append('\n').toString();
  }

  @Test
  void thePageNamesEveryKeyWithItsDefaultAndUnit() throws IOException {
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf(END);
    if (Boolean.getBoolean("quorate.write-docs")) {
      Files.writeString(PAGE, page.substring(0, begin) + table() + page.substring(end));
    } else {
      assertThat(page.substring(begin, end))
          .as("docs/configuration.md; -Dquorate.write-docs=true brings it up to date")
          .isEqualTo(table());
    }
  }

  @TestFactory
  Stream<DynamicTest> everyKeySaysWhatItCountsInAndKeepsItsBounds() {
    return all().stream()
        .map(setting ->
            DynamicTest.dynamicTest(
                setting.key(),
                () -> {
                  assertThat(setting.unit()).as("a line \"# Unit: ...\"").isNotEmpty();
                  assertThat(setting.meaning()).isNotEmpty();
                  if (setting.value().unwrapped() instanceof Number) {
                    assertKeepsBounds(setting);
                  }
                }));
  }

  private static void assertKeepsBounds(Setting setting) {
    Matcher bounds = BOUNDS.matcher(setting.unit());
    assertThat(bounds.find()).as("bounds in \"%s\"", setting.unit()).isTrue();
    long min = Long.parseLong(bounds.group(1));
    long max = Long.parseLong(bounds.group(2));
    for (long allowed : new long[] {min, max}) {
      assertThatCode(() -> load(setting.key(), allowed)).doesNotThrowAnyException();
    }
    for (long refused : new long[] {min - 1, max + 1}) {
      assertThat(
              Clusters.refusal(ConfigurationFault.BAD_SETTING, () -> load(setting.key(), refused)))
          .startsWith(setting.key() + ": ");
    }
  }

  private static OperatorSettings load(String key, long value) {
    return OperatorSettings.of(
        DEFAULTS
            .withValue(
                "quorate.beacon-nodes.urls",
                ConfigValueFactory.fromIterable(List.of("http://localhost")))
            // Each is a bound of the other.
            .withValue("quorate.consensus.first-round-millis", ConfigValueFactory.fromAnyRef(10))
            .withValue("quorate.consensus.max-round-millis", ConfigValueFactory.fromAnyRef(60_000))
            .withValue(key, ConfigValueFactory.fromAnyRef(value)),
        Path.of(""));
  }
}
