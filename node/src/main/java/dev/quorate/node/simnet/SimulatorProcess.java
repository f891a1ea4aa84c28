/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simnet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quorate.beacon.simulator.BeaconSimulatorMain;
import dev.quorate.beacon.simulator.SimulatorSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The beacon simulator in a process of its own, so that its CPU time is not the operators'. */
final class SimulatorProcess implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Process process;
  private final Path settingsFile;
  private final HttpClient http = HttpClient.newHttpClient();
  private final String controlUrl;
  private final List<String> nodeUrls;

  private SimulatorProcess(Process process, Path settingsFile, JsonNode ready) {
    this.process = process;
    this.settingsFile = settingsFile;
    this.controlUrl = ready.path("control").textValue();
    List<String> urls = new ArrayList<>();
    ready.path("nodes").forEach(node -> urls.add(node.textValue()));
    this.nodeUrls = List.copyOf(urls);
  }

  /** Returns once every node answers. */
  static SimulatorProcess start(SimulatorSettings settings) {
    try {
      Path file = Files.createTempFile("quorate-simulator", ".json");
      Files.writeString(file, settings.toJson());
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "--enable-native-access=ALL-UNNAMED",
                  "--sun-misc-unsafe-memory-access=allow",
                  "-Xmx512m",
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  BeaconSimulatorMain.class.getName(),
                  file.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      BufferedReader output =
          new BufferedReader(
              new java.io.InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      String ready =
          Optional.ofNullable(output.readLine())
              .orElseThrow(() -> new IOException("the beacon simulator did not start"));
      return new SimulatorProcess(process, file, JSON.readTree(ready));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** One Beacon API each. */
  List<String> nodeUrls() {
    return nodeUrls;
  }

  /** What became of the duties from one slot to another, both included. */
  JsonNode report(long fromSlot, long toSlot) throws InterruptedException {
    URI uri = URI.create(controlUrl + "/simulator/report?from=" + fromSlot + "&to=" + toSlot);
    try {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(uri).timeout(PATIENCE).build(),
              HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new IOException("the beacon simulator answered " + answer.statusCode());
      }
      return JSON.readTree(answer.body());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** It ends when its standard input does. */
  @Override
  public void close() {
    try {
      process.getOutputStream().close();
      if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
      Files.deleteIfExists(settingsFile);
    } catch (IOException failure) {
      process.destroyForcibly();
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    http.close();
  }
}
