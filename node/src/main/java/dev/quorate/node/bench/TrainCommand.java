/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import dev.quorate.config.ClusterFile;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.node.process.CommandFailedException;
import dev.quorate.node.process.PostgresUrl;
import java.io.IOException;
import java.io.PrintWriter;
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
    footer = {"", "Exit status: 0 if it was written, 1 if not."},
    sortOptions = false)
public final class TrainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--output",
      paramLabel = "FILE",
      required = true,
      description = "Where to keep it, some 130 MB; the launcher chooses a place by itself.")
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
  private int slots = 40;

  @Option(
      names = "--slot-seconds",
      paramLabel = "N",
      description = "Length of a slot (default: ${DEFAULT-VALUE}).")
  private int slotSeconds = 4;

  @Option(
      names = "--database",
      paramLabel = "URL",
      converter = PostgresUrl.Converter.class,
      description =
          "A PostgreSQL database (jdbc:postgresql://HOST/NAME?user=USER&password=PASSWORD), if pods"
              + " will use one; default an H2 file each.")
  private Optional<PostgresUrl> database = Optional.empty();

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (validators < 1
        || validators > ClusterFile.VALIDATORS_MAX
        || slots < 1
        || slotSeconds < 1
        || slotSeconds * 1000L > ChainSpec.SLOT_MILLIS_MAX) {
      throw new ParameterException(
          spec.commandLine(),
          "1 to %d --validators, 1 or more --slots, --slot-seconds from 1 to %d"
              .formatted(ClusterFile.VALIDATORS_MAX, ChainSpec.SLOT_MILLIS_MAX / 1000));
    }
    PrintWriter out = spec.commandLine().getOut();
    // A cache that is half written must not be taken for one.
    Path unfinished = output.resolveSibling(output.getFileName() + ".new");
    if (!Files.isWritable(output.toAbsolutePath().getParent())) {
      throw new CommandFailedException(
          output + " cannot be written; choose a folder that is there and yours");
    }
    Files.deleteIfExists(unfinished);
    new BenchNetwork(
            validators,
            BenchNetwork.Load.ONE_SLOT,
            slotSeconds,
            new BenchDatabases(database),
            out,
            false)
        .run(List.of("-XX:AOTCacheOutput=" + unfinished), network -> train(network, out));
    if (!Files.exists(unfinished)) {
      throw new CommandFailedException(
          output + " was not written: there may be too little space beside it");
    }
    Files.move(unfinished, output, StandardCopyOption.REPLACE_EXISTING);
    out.println("trained: pods that the launcher starts from now on use " + output);
    return ExitCode.OK;
  }

  private Integer train(BenchNetwork.Running network, PrintWriter out) throws InterruptedException {
    long first = network.chain().now() + 1;
    for (long slot = first; slot < first + slots; slot++) {
      network.chain().await(slot + 1);
      out.printf(
          "slot %d of %d: %d duties broadcast%n",
          slot - first + 1,
          slots,
          network.simulator().report(first, slot).path("broadcast").longValue());
      out.flush();
    }
    return slots;
  }
}
