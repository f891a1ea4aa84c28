/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** What went between Lodestar 1.5.1's validator client and its node on a development chain. */
public final class Captures {
  private static final String FOLDER = "clients/captures/npm-1.5.1-capella-json";

  private Captures() {}

  /** One request with its response; aborts the test loudly if it is absent. */
  public static JsonNode capture(String name) {
    return capture(FOLDER, name);
  }

  /** The same of another node, by the folder of its captures. */
  public static JsonNode capture(String folder, String name) {
    Path file = Path.of(System.getProperty("quorate.shared", ""), folder, name + ".json");
    if (!Files.exists(file)) {
      String message = "SKIPPED: no captures of a real node at " + file;
      System.err.println(message);
      Assumptions.abort(message);
    }
    try {
      return SimulatorHttp.MAPPER.readTree(file.toFile());
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The body of the response. */
  static JsonNode answered(String name) {
    return parsed(capture(name).at("/response/body"));
  }

  /** The body of the request. */
  static JsonNode sent(String name) {
    return parsed(capture(name).at("/request/body"));
  }

  static JsonNode parsed(JsonNode body) {
    try {
      return SimulatorHttp.MAPPER.readTree(body.asText());
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
