/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node;

import dev.quorate.node.cluster.ClusterCommand;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The one program. Every command exits 0 on success, 1 on failure and 2 on bad usage, the latter two
 * with one clear line on standard error.
 */
@Command(
    name = "quorate",
    description =
        "Threshold-signing consensus: groups of operators decide together and sign together.",
    subcommands = {ClusterCommand.class},
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Quorate.Version.class)
public final class Quorate {
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The whole command tree, as {@link #main} runs it. */
  static CommandLine commandLine() {
    return new CommandLine(new Quorate())
        .setParameterExceptionHandler(Quorate::reportBadUsage);
  }

  private static int reportBadUsage(CommandLine.ParameterException bad, String[] args) {
    CommandLine command = bad.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(name + ": " + bad.getMessage() + " (see " + name + " --help)");
    return CommandLine.ExitCode.USAGE;
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
