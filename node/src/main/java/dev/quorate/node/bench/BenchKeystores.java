/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import dev.quorate.config.ClusterFile;
import dev.quorate.config.KeyStores;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.keystore.KeystoreWriter;
import dev.quorate.signing.keystore.Password;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench keystores}: how long a pod that starts reads key stores. */
@Command(
    name = "keystores",
    description =
        "Measures how long a pod that starts reads its key stores: those of cluster create, which"
            + " share a salt, and foreign ones, each with its own.",
    sortOptions = false)
public final class BenchKeystores implements Callable<Integer> {
  private static final String PASSWORD = "of a benchmark";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--validators",
      paramLabel = "N",
      description = "How many key stores (default: ${DEFAULT-VALUE}).")
  private int validators = 1000;

  @Override
  public Integer call() throws IOException {
    if (validators < 1 || validators > ClusterFile.VALIDATORS_MAX) {
      throw new ParameterException(
          spec.commandLine(), "1 to " + ClusterFile.VALIDATORS_MAX + " --validators");
    }
    Path folder = Files.createTempDirectory("quorate-bench");
    try {
      Path passwordFile = Files.writeString(folder.resolve("password.txt"), PASSWORD);
      Files.setPosixFilePermissions(passwordFile, PosixFilePermissions.fromString("rw-------"));
      Path own = Files.createDirectory(folder.resolve("own"));
      try (KeystoreWriter writer = writer()) {
        IntStream.range(0, validators).forEach(number -> write(writer, own, number));
      }
      report("of cluster create", own, passwordFile);
      Path foreign = Files.createDirectory(folder.resolve("foreign"));
      IntStream.range(0, validators)
          .parallel()
          .forEach(number -> {
            try (KeystoreWriter writer = writer()) {
              write(writer, foreign, number);
            }
          });
      report("foreign", foreign, passwordFile);
    } finally {
      BenchFolders.delete(folder);
    }
    return ExitCode.OK;
  }

  private static KeystoreWriter writer() {
    try (Password password = Password.of(PASSWORD.toCharArray())) {
      return KeystoreWriter.pbkdf2(password, new SecureRandom());
    }
  }

  private static void write(KeystoreWriter writer, Path folder, int number) {
    try (SecretKey key = SecretKey.generate(new SecureRandom())) {
      writer.write(folder.resolve("keystore-" + number + ".json"), key, "", "");
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void report(String whose, Path folder, Path passwordFile) {
    long startNanos = System.nanoTime();
    List<SecretKey> keys = KeyStores.load(folder, passwordFile, _ -> {});
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    keys.forEach(SecretKey::close);
    PrintWriter out = spec.commandLine().getOut();
    out.printf("%d key stores %s: %.1f s%n", keys.size(), whose, seconds);
    out.flush();
  }
}
