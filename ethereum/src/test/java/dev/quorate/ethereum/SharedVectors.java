/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Third-party vectors beside the checkout. Where they are absent, what needs them says so. */
public final class SharedVectors {
  private static final ObjectMapper JSON = JsonMapper.builder().build();

  private SharedVectors() {}

  /** The folder or file {@code name} among the vectors; aborts the test loudly if it is absent. */
  public static Path at(String name) {
    return shared("vectors/" + name);
  }

  /** The same of anything else beside the checkout, such as the contracts of APIs. */
  public static Path shared(String name) {
    Path path = Path.of(System.getProperty("quorate.shared", "../../shared"), name);
    if (!Files.exists(path)) {
      String message = "SKIPPED: no third-party vectors at " + path;
      System.err.println(message);
      Assumptions.abort(message);
    }
    return path;
  }

  /** The JSON files of a folder, sorted. */
  public static List<Path> filesOf(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  public static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  public static JsonNode json(Path file) {
    return json(text(file));
  }

  public static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
