/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.actors.sign.ClientProblem;
import dev.quorate.actors.sign.SignerProblem;
import dev.quorate.beacon.client.BeaconError;
import dev.quorate.beacon.client.Standing;
import dev.quorate.beacon.simulator.Rejection;
import dev.quorate.config.ConfigurationFault;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.persistence.store.DatabaseRefusedException.Problem;
import dev.quorate.signing.keystore.KeystoreProblem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every row of docs/bad-input.md has a test, and every name of a refusal has a row. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputPageTest {
  private static final Path ROOT = Path.of("..");
  private static final String HEADING = "| input | what happens | reason | test |";
  private static final Pattern NAME = Pattern.compile("`([A-Z]\\w+)\\.(\\w+)`");

  /** What sorts refusals is called by one of these words. */
  private static final Pattern REFUSALS =
      Pattern.compile(".*(Reason|Fault|Problem|Refusal|Rejection)");

  private final List<Row> rows;
  private final Set<String> noInput;
  private final NamedTests tests = new NamedTests(ROOT);

  /**
   * A row of the page.
   *
   * @param names of reasons, such as {@code Reason.DUPLICATE}
   */
  record Row(String input, String happens, List<String> names, String test) {
    @Override
    public String toString() {
      return input;
    }
  }

  BadInputPageTest() throws IOException {
    List<String> page = Files.readAllLines(ROOT.resolve("docs/bad-input.md"));
    int end = page.indexOf("## Names that no input has");
    rows = rows(page.subList(0, end));
    noInput = new TreeSet<>(names(String.join("\n", page.subList(end, page.size()))));
  }

  private static List<Row> rows(List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith("| ") && !line.equals(HEADING))
        .map(line -> line.substring(1).split("\\|"))
        .peek(cells -> assertThat(cells).as("%s", List.of(cells)).hasSize(4))
        .map(
            cells -> new Row(cells[0].strip(), cells[1].strip(), names(cells[2]), cells[3].strip()))
        .toList();
  }

  private static List<String> names(String text) {
    return NAME.matcher(text).results().map(name -> name.group(1) + "." + name.group(2)).toList();
  }

  private static Stream<Path> sources(String folder) {
    try (Stream<Path> modules = Files.list(ROOT)) {
      return modules
          .map(module -> module.resolve(folder))
          .filter(Files::isDirectory)
          .toList()
          .stream()
          .flatMap(BadInputPageTest::files);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static Stream<Path> files(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  Stream<Row> rows() {
    return rows.stream();
  }

  @Test
  void thePageHasATableForEverySource() throws IOException {
    assertThat(Files.readString(ROOT.resolve("docs/bad-input.md")))
        .contains(
            "## From a peer",
            "## From a beacon node",
            "## From a remote signer",
            "## From a validator client",
            "## From a file",
            "## From a flag or the environment",
            "## From a caller of the admin API");
    assertThat(rows).hasSizeGreaterThan(150);
    assertThat(rows).extracting(row -> row.input() + row.names()).doesNotHaveDuplicates();
    assertThat(rows).allSatisfy(row -> assertThat(row.happens()).isNotEmpty());
  }

  @ParameterizedTest
  @MethodSource("rows")
  void theRowHasATest(Row row) {
    String source = tests.source(row.test()).orElseThrow(() -> new AssertionError(row.test()));

    assertThat(row.names())
        .as("names that the test lacks")
        .filteredOn(name -> isSpokenOf(name, source) && !source.contains(constant(name)))
        .isEmpty();
  }

  /** A test below, or of the command line, does not know what its refusals are called above. */
  private static boolean isSpokenOf(String name, String source) {
    String type = name.substring(0, name.indexOf('.'));
    return Pattern.compile("\\b" + type + "\\b").matcher(source).find();
  }

  private static String constant(String name) {
    return name.substring(name.indexOf('.') + 1);
  }

  @Test
  void everyNameOfARefusalHasARowOrIsNoInput() throws ReflectiveOperationException {
    Set<String> onRows =
        rows.stream()
            .flatMap(row -> row.names().stream())
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> both = new HashSet<>(onRows);
    both.retainAll(noInput);
    Set<String> named = new TreeSet<>(onRows);
    named.addAll(noInput);

    assertThat(both).as("names that are both").isEmpty();
    assertThat(named).isEqualTo(all());
  }

  private static Set<String> all() throws ReflectiveOperationException {
    Set<String> all = new TreeSet<>();
    for (Class<?> one : refusals()) {
      for (Object constant : one.getEnumConstants()) {
        all.add(one.getSimpleName() + "." + ((Enum<?>) constant).name());
      }
    }
    for (Class<?> error : BeaconError.class.getPermittedSubclasses()) {
      all.add("BeaconError." + error.getSimpleName());
    }
    return all;
  }

  private static List<Class<?>> refusals() throws ClassNotFoundException {
    return List.of(
        Reason.class,
        ConfigurationFault.class,
        KeystoreProblem.class,
        SignerProblem.class,
        ClientProblem.class,
        Problem.class,
        Standing.class,
        Rejection.class,
        // Nothing outside of its package needs it.
        Class.forName("dev.quorate.http.Answer$Refusal"));
  }

  @Test
  void everyEnumOfRefusalsIsAmongThem() throws ClassNotFoundException {
    Pattern declaration = Pattern.compile("(?m)^ *(?:public )?enum (\\w+) ");
    Set<String> declared =
        sources("src/main/java")
            .flatMap(file -> declaration.matcher(read(file)).results())
            .map(found -> found.group(1))
            .filter(name -> REFUSALS.matcher(name).matches())
            .collect(Collectors.toSet());

    assertThat(declared).isNotEmpty();
    assertThat(refusals().stream().map(Class::getSimpleName).toList())
        .containsAll(declared)
        .doesNotHaveDuplicates();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
