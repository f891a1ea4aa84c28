/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.node.process.CommandFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where a benchmark writes its figures besides printing them. */
final class JsonOption {
  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the figures to this file, too.")
  private Optional<Path> json = Optional.empty();

  /** Instead of what was written before; nothing if there is no file. */
  void write(JsonNode figures) {
    if (json.isPresent()) {
      try {
        Files.writeString(json.get(), figures.toPrettyString() + System.lineSeparator());
      } catch (IOException failure) {
        throw new CommandFailedException(
            json.get() + " cannot be written: " + failure.getMessage() + "; choose another --json");
      }
    }
  }
}
