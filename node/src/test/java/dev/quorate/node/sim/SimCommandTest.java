/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.node.Quorate;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class SimCommandTest {
  private record Outcome(int status, List<String> out, String err) {}

  private static Outcome sim(String... options) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Quorate.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    String[] line = new String[options.length + 1];
    line[0] = "sim";
    System.arraycopy(options, 0, line, 1, options.length);
    int status = command.execute(line);
    return new Outcome(status, out.toString().lines().toList(), err.toString());
  }

  @Test
  void manyRunsEndWithOneHashOfThemAll() {
    Outcome first = sim("--runs=70", "--seed=10", "--faults=loss,crash,twins", "--nodes=4");

    assertThat(first.status()).isZero();
    assertThat(first.out().getFirst())
        .startsWith("70 runs from seed 10 on, 350 duties, in ")
        .endsWith(": nothing is broken");
    assertThat(first.out().getLast()).matches("trace hash [0-9a-f]{16}");
    assertThat(
            sim("--runs=70", "--seed=10", "--faults=loss,crash,twins", "--nodes=4").out().getLast())
        .isEqualTo(first.out().getLast());
  }

  @Test
  void oneSeedNamesItsFaultsAndGoesTheSameWayAgain() {
    Outcome first = sim("--seed=4242");

    assertThat(first.status()).isZero();
    assertThat(first.out().getFirst()).startsWith("seed 4242: ");
    assertThat(first.out().get(1)).startsWith("    0  ");
    assertThat(sim("--seed", "4242").out()).isEqualTo(first.out());
  }

  @Test
  void someOfItsFaultsAloneMakeAnotherRun() {
    Outcome some = sim("--seed=4242", "--only=2,0");

    assertThat(some.status()).isZero();
    assertThat(some.out()).hasSize(4);
    assertThat(some.out().getLast()).isNotEqualTo(sim("--seed=4242").out().getLast());
  }

  @Test
  void writesDownWhatHappens(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("trace.txt");

    assertThat(sim("--seed=7", "--faults=none", "--nodes=4", "--trace=" + file).status()).isZero();

    assertThat(Files.readAllLines(file))
        .anyMatch(line -> line.contains("vote") && line.contains("PrePrepare"))
        .anyMatch(line -> line.contains("report") && line.contains("Broadcast"));
  }

  @Test
  void goesOnUntilTheTimeIsUp() {
    Outcome outcome = sim("--until-seconds=1", "--faults=none", "--nodes=4");

    assertThat(outcome.status()).isZero();
    assertThat(outcome.out()).hasSize(2);
  }

  @Test
  void namesTheKindsOfFaultWhereOneIsUnknown() {
    Outcome outcome = sim("--faults=rain");

    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err()).contains("no fault \"rain\"; there are loss, ", ", treason");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--runs=0",
        "--until-seconds=0",
        "--runs=5 --until-seconds=5",
        "--nodes=3",
        "--nodes=14",
        "--trace=x",
        "--runs=3 --seed=1 --trace=x",
        "--seed=4242 --only=99",
        "--seed=4242 --only=-1",
        "--seed=word"
      })
  void refusesNonsenseInOneLine(String options) {
    Outcome outcome = sim(options.split(" ", -1));

    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err().lines()).hasSize(1);
  }

  @Test
  void saysInOneLineThatItCannotWrite(@TempDir Path folder) {
    Outcome outcome = sim("--seed=1", "--trace=" + folder.resolve("no/such/folder"));

    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(outcome.err()).startsWith("quorate sim: cannot write ");
  }
}
