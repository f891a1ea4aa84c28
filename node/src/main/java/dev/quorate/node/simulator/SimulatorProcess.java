/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quorate.config.ClusterFile;
import dev.quorate.node.process.ChildProgram;
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
import java.util.concurrent.TimeUnit;

/** The beacon simulator in a process of its own, so that its CPU time is not the operators'. */
public final class SimulatorProcess implements AutoCloseable {
  static final String UNTIL_INPUT_ENDS = "--until-input-ends";

  private static final List<String> JAVA_OPTIONS = List.of("-Xmx512m", "-XX:TieredStopAtLevel=1");

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Process process;
  private final Path clusterFile;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<String> nodeUrls = new ArrayList<>();
  private String controlUrl = "";

  private SimulatorProcess(Process process, Path clusterFile) {
    this.process = process;
    this.clusterFile = clusterFile;
  }

  /**
   * Returns once every node answers.
   *
   * @param options of the command, without the cluster file
   */
  public static SimulatorProcess start(ClusterFile cluster, List<String> options) {
    try {
      Path file = Files.createTempFile("quorate-simulator", ".json");
      Files.write(file, cluster.toJson());
      List<String> arguments =
          new ArrayList<>(
              List.of(BeaconSimulatorCommand.NAME, UNTIL_INPUT_ENDS, "--cluster=" + file));
      arguments.addAll(options);
      Process process =
          ChildProgram.of(JAVA_OPTIONS, ChildProgram.QUORATE, arguments)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      SimulatorProcess simulator = new SimulatorProcess(process, file);
      simulator.awaitReady();
      return simulator;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void awaitReady() throws IOException {
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(BeaconSimulatorCommand.NODE)) {
        nodeUrls.add(line.substring(BeaconSimulatorCommand.NODE.length()));
      } else if (line.startsWith(BeaconSimulatorCommand.CONTROL)) {
        controlUrl = line.substring(BeaconSimulatorCommand.CONTROL.length());
      } else if (line.equals(BeaconSimulatorCommand.READY)) {
        // What it says about slots must not fill the pipe.
        Thread.ofPlatform().daemon().start(() -> output.lines().forEach(_ -> {}));
        return;
      }
    }
    close();
    throw new IOException("the beacon simulator did not start");
  }

  /** One Beacon API each. */
  public List<String> nodeUrls() {
    return List.copyOf(nodeUrls);
  }

  /** What became of the duties from one slot to another, both included. */
  public JsonNode report(long fromSlot, long toSlot) throws InterruptedException {
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
      Files.deleteIfExists(clusterFile);
    } catch (IOException failure) {
      process.destroyForcibly();
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    http.close();
  }
}
