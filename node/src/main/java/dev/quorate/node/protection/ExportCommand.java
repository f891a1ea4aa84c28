/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.protection;

import dev.quorate.config.Protection;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.node.process.CommandFailedException;
import dev.quorate.node.process.OwnDatabase;
import dev.quorate.signing.OwnerOnlyFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code protection export}. */
@Command(
    name = "export",
    description = {
      "Writes what the guard knows of every validator of the cluster (EIP-3076 interchange, version 5,"
          + " minimal), those among them that signed nothing.",
      "What is in quarantine counts as signed.",
      "It is the whole truth only if nobody signs any more: before keys sign elsewhere, stop every"
          + " pod of every operator, and take the exports of all."
    },
    sortOptions = false)
final class ExportCommand implements Callable<Integer> {
  private enum As {
    GROUP,
    SHARE
  }

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private GuardOptions options = new GuardOptions();

  @Option(
      names = "--as",
      paramLabel = "group|share",
      description =
          "Name validators by their own keys, or by this operator's shares, as its validator client"
              + " does (default: group).")
  private As as = As.GROUP;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "A file that does not exist yet; default: standard output.")
  private Optional<Path> out = Optional.empty();

  @Override
  public Integer call() throws InterruptedException {
    OwnDatabase owner = options.owner();
    try (OwnGuard own = OwnGuard.open(owner)) {
      SortedMap<Bytes, Watermarks> signed = own.watermarks();
      own.quarantine().ifPresent(held -> signed.replaceAll((_, known) -> held.raised(known)));
      Protection history = new Protection(owner.genesisValidatorsRoot(), signed);
      write(
          switch (as) {
            case GROUP -> history;
            case SHARE -> history.underShares(owner.cluster(), owner.folder().position());
          });
    }
    return ExitCode.OK;
  }

  private void write(Protection history) {
    byte[] json = history.toJson();
    if (out.isEmpty()) {
      spec.commandLine().getOut().println(new String(json, StandardCharsets.UTF_8));
      spec.commandLine().getOut().flush();
      return;
    }
    try {
      OwnerOnlyFile.create(out.get(), json);
    } catch (IOException failure) {
      throw new CommandFailedException(
          out.get() + " cannot be written: " + failure + "; choose a file that is not there yet");
    }
  }
}
