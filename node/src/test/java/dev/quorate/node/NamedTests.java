/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The tests of all modules, as pages name them: {@code `ClassTest.method`}. */
final class NamedTests {
  private static final Pattern REFERENCE = Pattern.compile("`(\\w+)\\.(\\w+)`");

  private final Map<String, List<Path>> classes;

  NamedTests(Path root) throws IOException {
    try (Stream<Path> modules = Files.list(root)) {
      classes =
          modules
              .map(module -> module.resolve("src/test/java"))
              .filter(Files::isDirectory)
              .flatMap(NamedTests::files)
              .collect(
                  Collectors.groupingBy(
                      file -> file.getFileName().toString().replace(".java", "")));
    }
  }

  private static Stream<Path> files(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The source of the first test that the text names; empty if there is no such test, or two. */
  Optional<String> source(String text) {
    MatchResult reference = REFERENCE.matcher(text).results().findFirst().orElseThrow();
    return Optional.of(classes.getOrDefault(reference.group(1), List.of()))
        .filter(files -> files.size() == 1)
        .map(files -> read(files.getFirst()))
        .filter(source -> test(reference.group(2)).matcher(source).find());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** A method that the test engine runs: no empty line stands between it and its annotations. */
  private static Pattern test(String method) {
    return Pattern.compile(
        "(?m)^  @(?:Test|ParameterizedTest|TestFactory)\\b.*(?:\\R.+)*?\\R  (?:void|Stream<DynamicTest>) "
            + method
            + "\\(");
  }
}
