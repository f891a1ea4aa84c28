/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.protection;

import dev.quorate.node.process.OwnDatabase;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Whose guard a command is about. */
final class GuardOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      required = true,
      description =
          "The operator's settings. Its beacon nodes must answer; pods on PostgreSQL may run"
              + " meanwhile, one on an H2 file must not.")
  private Path config = Path.of("");

  OwnDatabase owner() throws InterruptedException {
    return OwnDatabase.of(config);
  }
}
