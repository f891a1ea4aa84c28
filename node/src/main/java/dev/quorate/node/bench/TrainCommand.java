/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import dev.quorate.node.process.CommandFailedException;
import dev.quorate.node.process.PostgresUrl;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code train}: lets an operator do its duties for a while and keeps what its virtual machine
 * learned (classes loaded and linked, profiles of methods: JEP 483, 514, 515), so that later ones
 * are ready sooner and compile what is hot at once.
 */
@Command(
    name = "train",
    description = {
      "Runs four operators against the beacon simulator for some minutes and keeps what the Java"
          + " virtual machine of one learned, so that pods that start later are ready sooner and do"
          + " their first duties faster.",
      "Once per build: the launcher makes use of it until Quorate is built anew."
    },
    footer = {"", "Exit status: 0 if it was kept, 1 if not."},
    sortOptions = false)
public final class TrainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--output",
      paramLabel = "FILE",
      required = true,
      defaultValue = "${env:QUORATE_LEARNED}",
      description =
          "Where to keep it, some 140 MB, with room for twice as much meanwhile; the launcher has a"
              + " place of its own, where it looks for it.")
  private Path output = Path.of("");

  @Option(
      names = "--validators",
      paramLabel = "N",
      description = "How many attest in every slot (default: ${DEFAULT-VALUE}).")
  private int validators = 256;

  @Option(
      names = "--slots",
      paramLabel = "N",
      description = "For how many slots (default: ${DEFAULT-VALUE}).")
  private int slots = 100;

  @Option(
      names = "--slot-seconds",
      paramLabel = "N",
      description = "Length of a slot (default: ${DEFAULT-VALUE}).")
  private int slotSeconds = 3;

  @Option(
      names = "--database",
      paramLabel = "URL",
      converter = PostgresUrl.Converter.class,
      description =
          "A PostgreSQL database (jdbc:postgresql://HOST/NAME?user=USER&password=PASSWORD), if pods"
              + " will use one; for one training or benchmark at a time. Default: an H2 file each.")
  private Optional<PostgresUrl> database = Optional.empty();

  @Option(names = "--keep", description = "Keep the operators' folders and logs, to look at.")
  private boolean keep;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!BenchNetwork.isWithinBounds(validators, slots, slotSeconds)) {
      throw new ParameterException(spec.commandLine(), BenchNetwork.BOUNDS);
    }
    Path kept = output.toAbsolutePath();
    if (kept.getParent() == null || Files.isDirectory(kept)) {
      throw new ParameterException(spec.commandLine(), "--output " + output + " is a folder");
    }
    // Beside it, so that it comes into its place whole; of this training alone.
    Path folder = attempt(() -> Files.createTempDirectory(kept.getParent(), "training"));
    // Also if the training is broken off.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> sweep(folder)));
    try {
      Path learned = folder.resolve("learned");
      learn(learned);
      if (!BenchNetwork.startsTrained(List.of("-XX:AOTCache=" + learned))) {
        throw new CommandFailedException(
            "the virtual machine did not write down what it learned; its log says why: train with"
                + " --keep");
      }
      attempt(() ->
          Files.move(
              learned, kept, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING));
    } finally {
      sweep(folder);
    }
    out().println("trained: pods that the launcher starts from now on begin with " + output);
    return ExitCode.OK;
  }

  private void sweep(Path folder) {
    try {
      if (Files.exists(folder)) {
        BenchFolders.delete(folder);
      }
    } catch (IOException | UncheckedIOException failure) {
      spec.commandLine().getErr().println("left behind: " + folder + ": " + failure);
    }
  }

  private interface FileStep {
    Path take() throws IOException;
  }

  private Path attempt(FileStep step) {
    try {
      return step.take();
    } catch (IOException failure) {
      throw new CommandFailedException(
          output + " cannot be written: " + failure + "; choose another --output");
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private void learn(Path learned) throws IOException, InterruptedException {
    long broadcast =
        new BenchNetwork(
                validators,
                BenchNetwork.Load.ONE_SLOT,
                slotSeconds,
                1,
                new BenchDatabases(database),
                out(),
                BenchNetwork.Afterwards.keepIf(keep))
            .run(List.of("-XX:AOTCacheOutput=" + learned), this::watch);
    if (broadcast == 0) {
      throw new CommandFailedException(
          "no duty was done, so that nothing was learned; see why with --keep");
    }
  }

  private long watch(BenchNetwork.Running network) throws InterruptedException {
    long broadcast = 0;
    long first = network.chain().now() + 1;
    for (long slot = first; slot < first + slots; slot++) {
      network.chain().await(slot + 1);
      // The one that learns must not have ended.
      network.operators().getFirst().sample();
      broadcast = network.simulator().report(first, slot).path("broadcast").longValue();
      out().printf("slot %d of %d: %d duties broadcast%n", slot - first + 1, slots, broadcast);
      out().flush();
    }
    return broadcast;
  }
}
