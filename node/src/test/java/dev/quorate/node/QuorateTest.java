/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.config.ClusterFile;
import dev.quorate.config.OperatorFolder;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.keystore.KeystoreWriter;
import dev.quorate.signing.keystore.Password;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class QuorateTest {
  @TempDir private Path temporary = Path.of("");

  private record Outcome(int exitCode, String out, String err) {}

  private static Outcome run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        Quorate.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new Outcome(exitCode, out.toString(), err.toString());
  }

  private static Outcome run(String line, Path out) {
    return run(
        Stream.concat(Stream.of(line.split(" ")), Stream.of("--out", out.toString()))
            .toArray(String[]::new));
  }

  private String given(int keys) throws IOException {
    SecureRandom random = new SecureRandom();
    Path stores = Files.createDirectory(temporary.resolve("stores"));
    Path passwordFile = Files.writeString(temporary.resolve("password.txt"), "pass phrase");
    try (Password password = Password.of("pass phrase".toCharArray());
        KeystoreWriter writer = KeystoreWriter.pbkdf2(password, random)) {
      for (int i = 0; i < keys; i++) {
        try (SecretKey key = SecretKey.generate(random)) {
          writer.write(stores.resolve("keystore-" + i + ".json"), key, "", "");
        }
      }
    }
    return "cluster create --keystores " + stores + " --password-file " + passwordFile;
  }

  static Stream<List<String>> everyCommand() {
    return commands(Quorate.commandLine(), List.of());
  }

  private static Stream<List<String>> commands(CommandLine command, List<String> path) {
    return Stream.concat(
        Stream.of(path),
        command.getSubcommands().entrySet().stream()
            .flatMap(entry ->
                commands(
                    entry.getValue(),
                    Stream.concat(path.stream(), Stream.of(entry.getKey())).toList())));
  }

  @ParameterizedTest
  @MethodSource("everyCommand")
  void everyCommandHasHelp(List<String> command) {
    Outcome outcome =
        run(Stream.concat(command.stream(), Stream.of("--help")).toArray(String[]::new));

    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.out()).startsWith("Usage: quorate");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "frobnicate",
        "--frobnicate",
        "cluster",
        "cluster create",
        "cluster create --validators 2",
        "cluster create --validators two --out x",
        "cluster create --validators 2 --out x --operators 2",
        "cluster create --validators 2 --out x --operators 41",
        "cluster create --validators 2 --out x --threshold 2",
        "cluster create --validators 2 --out x --threshold 4",
        "cluster create --validators 2 --out x --address localhost",
        "cluster create --validators 2 --out x --operators 4 --address localhost:1",
        "cluster create --validators 2 --out x --base-port 65533",
        "cluster create --validators 2 --out x --base-port 1 --address localhost:1",
        "cluster create --validators 2 --out x --keystores y --password-file z --never-validated",
        "cluster create --out x --keystores y --never-validated",
        "cluster create --out x --keystores y --password-file z",
        "cluster create --out x --keystores y --password-file z --never-validated --protection p",
      })
  void badUsageIsOneLineAndExitsWith2(String line) {
    Outcome outcome = run(line.isEmpty() ? new String[0] : line.split(" "));

    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(outcome.err()).startsWith("quorate").contains("--help");
  }

  @Test
  void createsAClusterOfFreshKeys() {
    Path out = temporary.resolve("cluster");

    Outcome outcome = run("cluster create --validators 2 --operators 7 --name seven", out);

    assertThat(outcome.exitCode()).isZero();
    ClusterFile cluster = ClusterFile.load(out.resolve("cluster.json"));
    assertThat(outcome.out()).contains("seven", cluster.hash().toString(), "5 of 7", "2 may lie");
    assertThat(cluster.validators()).hasSize(2);
    try (OperatorFolder operator = OperatorFolder.load(out.resolve("operator-6"))) {
      assertThat(operator.cluster()).isEqualTo(cluster);
    }
  }

  @Test
  void takesTheOperatorsFromTheirAddresses() {
    Path out = temporary.resolve("cluster");

    Outcome outcome =
        run("cluster create --validators 1 --address a:1 --address B:2 --address [::1]:3", out);

    assertThat(outcome.exitCode()).isZero();
    assertThat(ClusterFile.load(out.resolve("cluster.json")).operators())
        .extracting(operator -> operator.address().toString())
        .containsExactly("a:1", "b:2", "[::1]:3");
  }

  @Test
  void splitsGivenKeysThatNeverValidated() throws IOException {
    Path out = temporary.resolve("cluster");

    Outcome outcome = run(given(2) + " --never-validated", out);

    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.out()).contains("slashed");
    assertThat(ClusterFile.load(out.resolve("cluster.json")).validators()).hasSize(2);
    assertThat(out.resolve("operator-0/protection.json")).doesNotExist();
  }

  @Test
  void refusesGivenKeysWithoutTheirHistory() throws IOException {
    Path protection = temporary.resolve("protection.json");
    Files.writeString(
        protection,
        """
        {"metadata": {"interchange_format_version": "5",
                      "genesis_validators_root": "0x%s"}, "data": []}
        """
            .formatted("00".repeat(32)));

    Outcome outcome = run(given(1) + " --protection " + protection, temporary.resolve("cluster"));

    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(outcome.err()).contains("there is no history of the key 0x");
    assertThat(temporary.resolve("cluster")).doesNotExist();
  }

  @Test
  void leavesAFolderAloneInWhichSomethingIs() throws IOException {
    Files.writeString(temporary.resolve("precious"), "");

    Outcome outcome = run("cluster create --validators 1", temporary);

    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(temporary.toFile().list()).containsExactly("precious");
  }
}
