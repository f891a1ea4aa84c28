/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.status;

import dev.quorate.config.ExitApproval;
import dev.quorate.config.OperatorFolder;
import dev.quorate.consensus.Bytes;
import dev.quorate.http.view.ExitView;
import dev.quorate.node.process.OwnDatabase;
import dev.quorate.signing.identity.IdentityKey;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code exit}: one operator's approval that a validator leaves. */
@Command(
    name = "exit",
    description =
        "Approves, as this operator, that a validator leaves the chain. Once as many operators as"
            + " the threshold have approved in the same period of 256 epochs, about a day, it"
            + " leaves, and there is no way back.",
    footer = {
      "",
      "A running pod of this operator is told (--api); its identity key signs the approval.",
      "Exit status: 0 if the approval is durable, else 1."
    },
    sortOptions = false)
public final class ExitCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--validator",
      paramLabel = "KEY",
      required = true,
      description = "The validator's public key, or this operator's share of it; all of it.")
  private String validator = "";

  @Option(
      names = "--config",
      paramLabel = "FILE",
      required = true,
      description = "The operator's settings. Its beacon nodes must answer.")
  private Path config = Path.of("");

  @Mixin private ApiOptions api = new ApiOptions();

  @Override
  public Integer call() throws InterruptedException {
    OwnDatabase own = OwnDatabase.of(config);
    Bytes key = own.validator(validator, spec).group().compressed();
    long slot = own.clock().times().firstSlotOfPeriod(Math.max(0, own.clock().currentSlot()));
    try (IdentityKey identity = OperatorFolder.identity(own.keys())) {
      ExitApproval approval = ExitApproval.sign(identity, own.cluster().hash(), key, slot);
      api.tell(
          "/v1/exits?slot=%d&validator=0x%s&signature=%s"
              .formatted(slot, key.hex(), approval.signature().hex()),
          ExitView.class,
          ExitCommand::text);
    }
    return ExitCode.OK;
  }

  private static String text(ExitView exit) {
    return """
    This operator approves that validator %d, %s, leaves.
    It leaves with epoch %d once %d operators have approved, until %s: after that each has to approve anew.
    ./quorate explain exit/%d/%d tells how far it is.
    """
        .formatted(
            exit.validator(),
            exit.publicKey(),
            exit.epoch(),
            exit.threshold(),
            Instant.ofEpochMilli(exit.deadlineMillis()).truncatedTo(ChronoUnit.SECONDS),
            exit.slot(),
            exit.validator());
  }
}
