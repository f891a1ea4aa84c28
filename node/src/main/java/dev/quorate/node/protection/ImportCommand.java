/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.protection;

import dev.quorate.config.Protection;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.node.process.CommandFailedException;
import dev.quorate.node.process.OwnDatabase;
import dev.quorate.persistence.store.DatabaseFailedException;
import java.nio.file.Path;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code protection import}. */
@Command(
    name = "import",
    description = {
      "Raises what the guard knows to what a file says that was signed (EIP-3076 interchange, version 5).",
      "The file names validators by their own keys or by this operator's shares. All of it is taken"
          + " or nothing; nothing is ever lowered. Pods that run sign by it from then on."
    },
    sortOptions = false)
final class ImportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private GuardOptions options = new GuardOptions();

  @Parameters(paramLabel = "FILE", description = "What another client exported.")
  private Path file = Path.of("");

  @Override
  public Integer call() throws InterruptedException {
    Protection history = Protection.load(file);
    OwnDatabase owner = options.owner();
    SortedMap<Bytes, Watermarks> signed =
        history.importable(
            file.toString(),
            owner.cluster(),
            owner.folder().position(),
            owner.genesisValidatorsRoot(),
            owner.clock().currentEpoch(),
            owner.clock().currentSlot());
    Set<Bytes> changed;
    try (OwnGuard own = OwnGuard.openOrMake(owner)) {
      changed = own.raise(signed);
    } catch (DatabaseFailedException failure) {
      throw new CommandFailedException(
          failure.getMessage()
              + "; whether the file was taken is unknown: import it again, which does no harm");
    }
    spec.commandLine()
        .getOut()
        .printf(
            "%d validators in the file: of %d it changes what the guard knows, of %d it says nothing"
                + " new%n",
            signed.size(), changed.size(), signed.size() - changed.size());
    spec.commandLine().getOut().flush();
    return ExitCode.OK;
  }
}
