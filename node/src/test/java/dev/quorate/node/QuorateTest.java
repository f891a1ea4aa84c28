/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.config.Address;
import dev.quorate.config.ClusterFile;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.signing.OwnerOnlyFile;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.derivation.Mnemonic;
import dev.quorate.signing.derivation.Seed;
import dev.quorate.signing.keystore.KeystoreWriter;
import dev.quorate.signing.keystore.Password;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class QuorateTest {
  @TempDir private Path temporary = Path.of("");

  private static CommandRun run(String... arguments) {
    return CommandRun.of(arguments);
  }

  private static CommandRun run(String line, Path out) {
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
    CommandRun outcome =
        run(Stream.concat(command.stream(), Stream.of("--help")).toArray(String[]::new));

    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.out()).startsWith("Usage: quorate");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bench duties --validators 0",
        "bench duties --validators 10001",
        "bench duties --slots 0",
        "bench duties --slot-seconds 3601",
        "bench duties --warm-up-slots -1",
        "bench duties --spread",
        "bench duties --database jdbc:h2:file:state",
        "bench duties --database jdbc:postgresql://me:hunter2@localhost/x?user=me",
        "bench keystores --validators 0",
        "bench safety --part speed",
        "bench validator-api --validators 0",
        "bench validator-api --slots 0",
        "bench safety --database jdbc:h2:file:state",
        "protection",
        "protection import",
        "protection check --config x --validator 0x00",
        "protection check --config x --validator 0x00 --attestation 5",
        "protection check --config x --validator 0x00 --attestation 1:9999999999999999999",
        "protection check --config x --validator 0x00 --block -1",
        "protection check --config x --validator 0x00 --block 1 --root 0x00",
        "protection check --config x --validator 0x00 --block 1 --attestation 4:5",
        "protection leave-quarantine --config x",
        "protection leave-quarantine --config x --latest-source -1",
        "protection leave-quarantine --config x --latest-source soon",
        "train",
        "train --output x --validators 0",
        "train --output x --slots 0",
        "train --output x --slot-seconds 3601",
        "train --output /",
        "train --output .",
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
        "cluster create --out x --keystores y --password-file z --never-validated --validators 2",
        "cluster create --out x --mnemonic-file m --never-validated",
        "cluster create --out x --mnemonic-file m --validators 2",
        "cluster create --out x --mnemonic-file m --keystores y --password-file z --never-validated",
        "cluster create --out x --mnemonic-file m --first-index -1 --validators 2 --never-validated",
        "cluster create --out x --mnemonic-file m --first-index 4294967295 --validators 2"
            + " --never-validated",
        "cluster create --validators 2 --out x --beacon-node localhost",
        "cluster create --validators 2 --out x --beacon-node http://a --beacon-node http://b",
        "run",
        "run --config x --log-level loud",
        "run --config x y",
        "status surplus",
        "duties --limit many",
        "beacon-simulator",
        "beacon-simulator --cluster x --slot-seconds 3601",
        "beacon-simulator --cluster x --genesis-time 9223372036854775807",
        "beacon-simulator --cluster x --nodes 0",
        "beacon-simulator --cluster x --port 65535 --nodes 2",
        "beacon-simulator --cluster x --port 2147483647 --nodes 2",
        "beacon-simulator --cluster x --slots-per-epoch 1048577",
        "beacon-simulator --cluster x --sync-seats 513",
        "beacon-simulator --cluster x --fork phase0",
        "beacon-simulator --cluster x --fork unheard",
      })
  void badUsageIsOneLineAndExitsWith2(String line) {
    CommandRun outcome = run(line.isEmpty() ? new String[0] : line.split(" "));

    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(outcome.err()).startsWith("quorate").contains("--help").doesNotContain("hunter2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bench duties --validators 1", "bench safety"})
  void refusesADatabaseThatIsNotThere(String command) {
    CommandRun outcome =
        run((command + " --database jdbc:postgresql://127.0.0.1:1/absent?user=me").split(" "));

    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(outcome.err()).contains("no connection to jdbc:postgresql://127.0.0.1:1/absent");
  }

  @Test
  void trainsOnlyWhereItCanWriteDownWhatItLearned() {
    CommandRun outcome =
        run("train", "--output", temporary.resolve("absent").resolve("quorate.aot").toString());

    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(outcome.err()).contains("quorate.aot cannot be written");
  }

  @Test
  void createsAClusterOfFreshKeys() {
    Path out = temporary.resolve("cluster");

    CommandRun outcome = run("cluster create --validators 2 --operators 7 --name seven", out);

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

    CommandRun outcome =
        run("cluster create --validators 1 --address a:1 --address B:2 --address [::1]:3", out);

    assertThat(outcome.exitCode()).isZero();
    assertThat(ClusterFile.load(out.resolve("cluster.json")).operators())
        .extracting(operator -> operator.address().toString())
        .containsExactly("a:1", "b:2", "[::1]:3");
  }

  @Test
  void splitsGivenKeysThatNeverValidated() throws IOException {
    Path out = temporary.resolve("cluster");

    CommandRun outcome = run(given(2) + " --never-validated", out);

    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.out()).contains("slashed");
    assertThat(ClusterFile.load(out.resolve("cluster.json")).validators()).hasSize(2);
    assertThat(out.resolve("operator-0/protection.json")).doesNotExist();
  }

  @Test
  void splitsTheKeysOfAMnemonicWithAPassphrase() throws IOException {
    String words = "test ".repeat(11) + "waste";
    Path mnemonic = temporary.resolve("mnemonic.txt");
    OwnerOnlyFile.create(mnemonic, words.getBytes(StandardCharsets.UTF_8));
    Path passphrase = temporary.resolve("passphrase.txt");
    OwnerOnlyFile.create(passphrase, "pass phråse\n".getBytes(StandardCharsets.UTF_8));
    String derive =
        "cluster create --never-validated --mnemonic-file "
            + mnemonic
            + " --mnemonic-passphrase-file "
            + passphrase;

    CommandRun outcome = run(derive + " --validators 1", temporary.resolve("cluster"));

    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
    try (Mnemonic known = Mnemonic.of(words.toCharArray()).orElseThrow();
        Seed seed = known.seed("pass phråse".toCharArray());
        SecretKey key = seed.signingKeys(0, 1, _ -> {}).getFirst()) {
      assertThat(outcome.out()).contains("key 0 is " + key.publicKey());
    }
    Files.setPosixFilePermissions(passphrase, PosixFilePermissions.fromString("rw-r--r--"));
    assertRefuses(derive, "passphrase.txt: others than its owner have access");
    Files.delete(passphrase);
    assertRefuses(derive, "passphrase.txt", "check the path");
  }

  @Test
  void splitsTheKeysOfAMnemonic() throws IOException {
    Path mnemonic = temporary.resolve("mnemonic.txt");
    OwnerOnlyFile.create(
        mnemonic, ("test ".repeat(11) + "waste\nnever read").getBytes(StandardCharsets.UTF_8));
    String derive = "cluster create --mnemonic-file " + mnemonic + " --never-validated";

    CommandRun outcome =
        run(derive + " --validators 2 --first-index 99", temporary.resolve("cluster"));

    assertThat(outcome.exitCode()).isZero();
    // As the deposit tool of the network's clients derived it.
    String first =
        "0xa57a4ed429e415b862cc758e75c93936e3f6339640d0763b969ba133a82c03717827fbdd8ec42fc862ed50e3b5b528dc";
    assertThat(outcome.out()).contains("key 99 is " + first, "key 100 is 0x", "slashed");
    ClusterFile cluster = ClusterFile.load(temporary.resolve("cluster/cluster.json"));
    assertThat(cluster.validators()).hasSize(2);
    assertThat(cluster.validators().getFirst().group().toString()).isEqualTo(first);

    Files.setPosixFilePermissions(mnemonic, PosixFilePermissions.fromString("rw-r--r--"));
    assertRefuses(derive, "mnemonic.txt: others than its owner have access");
    Files.delete(mnemonic);
    assertRefuses(derive, "mnemonic.txt", "check the path");
    OwnerOnlyFile.create(mnemonic, "test ".repeat(11).getBytes(StandardCharsets.UTF_8));
    assertRefuses(derive, "mnemonic.txt: its first line is not 12");
  }

  private void assertRefuses(String derive, String... parts) {
    CommandRun outcome = run(derive + " --validators 1", temporary.resolve("refused"));
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err()).startsWith("quorate cluster create: ").contains(parts);
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(outcome.err()).doesNotContain("test test");
    assertThat(temporary.resolve("refused")).doesNotExist();
  }

  @Test
  void writesSettingsToBeginWith() {
    Path out = temporary.resolve("cluster");

    CommandRun outcome =
        run(
            "cluster create --validators 1 --address a.example:1 --address 127.0.0.1:2 --address [::1]:3"
                + " --beacon-node http://x:1 --beacon-node http://u:p@y/k --beacon-node http://z",
            out);

    assertThat(outcome.exitCode()).isZero();
    assertThat(IntStream.range(0, 3).mapToObj(i -> settings(out, i).peers().bind().toString()))
        .containsExactly("0.0.0.0:1", "127.0.0.1:2", "[::1]:3");
    assertThat(IntStream.range(0, 3).mapToObj(i -> settings(out, i).admin().bind().orElseThrow()))
        .extracting(Address::toString)
        .containsExactly("127.0.0.1:3650", "127.0.0.1:42", "127.0.0.1:43");
    assertThat(IntStream.range(0, 3).mapToObj(i -> settings(out, i).beaconNodes().urls()))
        .containsExactly(
            List.of(URI.create("http://x:1")),
            List.of(URI.create("http://u:p@y/k")),
            List.of(URI.create("http://z")));
    OperatorSettings.Files files = settings(out, 1).files();
    try (OperatorFolder folder = OperatorFolder.load(files.cluster(), files.keys())) {
      assertThat(folder.position()).isEqualTo(1);
    }
  }

  private static OperatorSettings settings(Path out, int operator) {
    return OperatorSettings.load(out.resolve("operator-" + operator).resolve("operator.conf"));
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

    CommandRun outcome =
        run(given(1) + " --protection " + protection, temporary.resolve("cluster"));

    assertThat(outcome.exitCode()).isEqualTo(1);
    // On a busy machine it says how far it has got.
    assertThat(outcome.err().lines().filter(line -> !line.startsWith("keys read: ")))
        .singleElement()
        .asString()
        .contains("there is no history of the key 0x");
    assertThat(temporary.resolve("cluster")).doesNotExist();
  }

  @Test
  void leavesAFolderAloneInWhichSomethingIs() throws IOException {
    Files.writeString(temporary.resolve("precious"), "");

    CommandRun outcome = run("cluster create --validators 1", temporary);

    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(temporary.toFile().list()).containsExactly("precious");
  }
}
