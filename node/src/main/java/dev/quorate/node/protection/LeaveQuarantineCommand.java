/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.protection;

import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.node.process.CommandFailedException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code protection leave-quarantine}. */
@Command(
    name = "leave-quarantine",
    description = {
      "Lets an operator that lost track of what it signed attest from an earlier source epoch on.",
      "Quarantine ends by itself when the next epoch begins, if the chain finalises. If it does not, every"
          + " attestation has a source from before the quarantine, and might surround one that was"
          + " forgotten. Whoever runs this command answers for it that no validator of the operator"
          + " ever attested from a later source than the one given."
    },
    sortOptions = false)
final class LeaveQuarantineCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private GuardOptions options = new GuardOptions();

  @Option(
      names = "--latest-source",
      paramLabel = "EPOCH",
      required = true,
      description = "The latest source epoch that any of the operator's validators ever attested.")
  private long latestSource;

  @Override
  public Integer call() throws InterruptedException {
    if (latestSource < 0) {
      throw new ParameterException(spec.commandLine(), "--latest-source is at least 0");
    }
    try (OwnGuard own = OwnGuard.open(options.owner())) {
      Quarantine before =
          own.quarantine()
              .orElseThrow(() -> new CommandFailedException("there is no quarantine to leave"));
      own.allowSource(latestSource);
      Quarantine after = own.quarantine().orElse(before);
      spec.commandLine()
          .getOut()
          .printf(
              "attestations are refused up to target epoch %d and from before source epoch %d (was"
                  + " %d)%n",
              after.epoch(), after.source(), before.source());
      spec.commandLine().getOut().flush();
    }
    return ExitCode.OK;
  }
}
