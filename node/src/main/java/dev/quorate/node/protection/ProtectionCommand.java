/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.protection;

import picocli.CommandLine.Command;

/** {@code protection}: the slashing protection of an operator. */
@Command(
    name = "protection",
    description = {
      "Moves and asks what an operator's signing guard knows (EIP-3076).",
      "The guard keeps the minimal database: of each validator the latest slot of a block and the"
          + " latest source and target epoch of an attestation. It refuses whatever is not later,"
          + " which is more than the complete rules would, and never less. An import raises what is"
          + " known and lowers nothing.",
      "What led to it stands in the journal of each validator, a chain of hashes, which others can"
          + " verify."
    },
    subcommands = {
      ImportCommand.class,
      ExportCommand.class,
      CheckCommand.class,
      LeaveQuarantineCommand.class,
      ExportHistoryCommand.class,
      VerifyHistoryCommand.class
    },
    synopsisSubcommandLabel = "COMMAND")
public final class ProtectionCommand {}
