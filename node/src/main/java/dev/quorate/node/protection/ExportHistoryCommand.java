/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.protection;

import dev.quorate.config.OperatorFolder;
import dev.quorate.node.process.CommandFailedException;
import dev.quorate.node.process.OwnDatabase;
import dev.quorate.persistence.event.CorruptJournalException;
import dev.quorate.persistence.history.HistoryFile;
import dev.quorate.persistence.history.SigningHistory;
import dev.quorate.signing.OwnerOnlyFile;
import dev.quorate.signing.identity.IdentityKey;
import dev.quorate.signing.threshold.SharedKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code protection export-history}. */
@Command(
    name = "export-history",
    description = {
      "Writes the journal of a validator as it stands, for others to check with verify-history:"
          + " what was authorised to be signed, and what was signed, as a chain of hashes.",
      "The file is signed with this operator's identity key. It names the beacon nodes' view of"
          + " duties and when peers' signatures came; it holds nothing secret."
    },
    sortOptions = false)
final class ExportHistoryCommand implements Callable<Integer> {
  private static final String ALL = "all";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private GuardOptions options = new GuardOptions();

  @Option(
      names = "--validator",
      paramLabel = "KEY|all",
      required = true,
      description = "The validator's public key, or this operator's share of it; or all of them.")
  private String validator = "";

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description =
          "A file that does not exist yet; for all validators a folder that does not, in which each"
              + " one's file is called by its public key.")
  private Path out = Path.of("");

  @Override
  public Integer call() throws InterruptedException {
    OwnDatabase owner = options.owner();
    boolean isAll = validator.equalsIgnoreCase(ALL);
    List<SharedKey> validators =
        isAll ? owner.cluster().validators() : List.of(owner.validator(validator, spec));
    try (OwnGuard own = OwnGuard.open(owner);
        IdentityKey identity = OperatorFolder.identity(owner.keys())) {
      if (isAll) {
        Files.createDirectory(out);
      }
      long events = 0;
      for (SharedKey key : validators) {
        SigningHistory history = own.history(key);
        OwnerOnlyFile.create(
            isAll ? out.resolve("0x" + key.group().compressed().hex() + ".jsonl") : out,
            HistoryFile.write(
                history, hash -> identity.sign(HistoryFile.DOMAIN_TAG, hash.toArray())));
        events += history.rows().size();
      }
      spec.commandLine().getOut().printf("%d validators, %d events%n", validators.size(), events);
      spec.commandLine().getOut().flush();
      return ExitCode.OK;
    } catch (IOException failure) {
      throw new CommandFailedException(
          out + " cannot be written: " + failure + "; choose one that is not there yet");
    } catch (CorruptJournalException corrupt) {
      throw new CommandFailedException(
          "the journal is damaged where the history would begin: "
              + corrupt.getMessage()
              + "; this validator's entity does nothing either: see its log");
    }
  }
}
