/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node;

import dev.quorate.actors.wiring.StillRunningException;
import dev.quorate.config.InvalidConfiguration;
import dev.quorate.node.bench.BenchCommand;
import dev.quorate.node.bench.TrainCommand;
import dev.quorate.node.cluster.ClusterCommand;
import dev.quorate.node.process.CommandFailedException;
import dev.quorate.node.protection.ProtectionCommand;
import dev.quorate.node.run.RunCommand;
import dev.quorate.node.sim.SimCommand;
import dev.quorate.node.simnet.SimnetCommand;
import dev.quorate.node.simulator.BeaconSimulatorCommand;
import dev.quorate.node.status.DutiesCommand;
import dev.quorate.node.status.ExitCommand;
import dev.quorate.node.status.ExplainCommand;
import dev.quorate.node.status.PeersCommand;
import dev.quorate.node.status.StatusCommand;
import dev.quorate.node.status.ValidatorsCommand;
import dev.quorate.persistence.event.CorruptJournalException;
import dev.quorate.persistence.store.DatabaseFailedException;
import dev.quorate.persistence.store.DatabaseRefusedException;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The one program. Every command exits 0 on success, 1 on failure and 2 on bad usage, the latter
 * two with one clear line on standard error.
 */
@Command(
    name = "quorate",
    description =
        "Threshold-signing consensus: groups of operators decide together and sign together.",
    subcommands = {
      RunCommand.class,
      StatusCommand.class,
      PeersCommand.class,
      ValidatorsCommand.class,
      DutiesCommand.class,
      ExplainCommand.class,
      ExitCommand.class,
      ClusterCommand.class,
      ProtectionCommand.class,
      SimnetCommand.class,
      BeaconSimulatorCommand.class,
      SimCommand.class,
      BenchCommand.class,
      TrainCommand.class
    },
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Quorate.Version.class,
    scope = CommandLine.ScopeType.INHERIT)
public final class Quorate {
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The whole command tree, as {@link #main} runs it. */
  public static CommandLine commandLine() {
    return new CommandLine(new Quorate())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Quorate::reportBadUsage)
        .setExecutionExceptionHandler(Quorate::reportFailure);
  }

  private static int reportBadUsage(CommandLine.ParameterException bad, String[] args) {
    CommandLine command = bad.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(name + ": " + bad.getMessage() + " (see " + name + " --help)");
    return CommandLine.ExitCode.USAGE;
  }

  /** What the operator can see to needs a line; anything else is a bug, whose trace is needed. */
  private static int reportFailure(
      Exception failure, CommandLine command, CommandLine.ParseResult parsed) throws Exception {
    if (failure instanceof InvalidConfiguration
        || failure instanceof DatabaseRefusedException
        || failure instanceof DatabaseFailedException
        || failure instanceof CorruptJournalException
        || failure instanceof StillRunningException
        || failure instanceof CommandFailedException) {
      String name = command.getCommandSpec().qualifiedName();
      command.getErr().println(name + ": " + failure.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
    throw failure;
  }

  /** The version that the build wrote into the jar's manifest. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Quorate.class.getPackage().getImplementationVersion();
      return new String[] {
        "quorate " + Objects.requireNonNullElse(version, "(not packaged)"),
        "Java " + Runtime.version()
      };
    }
  }
}
