/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quorate.node.process.ChildProgram;
import dev.quorate.node.process.CommandFailedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** An operator as it is deployed: {@code run} in a process of its own, with its folder. */
final class OperatorProcess implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration ANSWER_PATIENCE = Duration.ofSeconds(10);

  /** A minute to stop, and another for one that is trained to write down what it learned. */
  private static final Duration STOP_PATIENCE = Duration.ofMinutes(2);

  private static final long POLL_MILLIS = 100;
  private static final String RESIDENT = "VmRSS:";

  private final ProcessBuilder program;
  private final Path log;
  private final URI admin;
  private final HttpClient http = HttpClient.newHttpClient();
  private volatile Process process;

  /**
   * What an operator has used and done since its start.
   *
   * @param cpuNanos of all threads, those of the virtual machine included
   */
  record Sample(long cpuNanos, Scrape figures) {}

  private OperatorProcess(ProcessBuilder program, Path log, URI admin) throws IOException {
    this.program = program;
    this.log = log;
    this.admin = admin;
    this.process = program.start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> process.destroyForcibly()));
  }

  /**
   * Starts a pod with the options that this virtual machine was started with, and more.
   *
   * @param folder the operator's, as {@code cluster create} makes it
   * @param pod its name among the operator's pods
   * @param adminPort free
   * @param settings beside those of the folder, in HOCON
   * @param javaOptions those that are added
   */
  static OperatorProcess start(
      Path folder, String pod, int adminPort, String settings, List<String> javaOptions)
      throws IOException {
    Path conf = folder.resolve(pod + ".conf");
    Files.writeString(
        conf,
        """
        include "operator.conf"
        quorate.pod.name = "%s"
        quorate.admin.bind-address = "127.0.0.1:%d"
        %s\
        """
            .formatted(pod, adminPort, settings));
    Path log = folder.resolve(pod + "-log.txt");
    ProcessBuilder program =
        ChildProgram.of(
                Stream.concat(
                        ManagementFactory.getRuntimeMXBean().getInputArguments().stream(),
                        javaOptions.stream())
                    .toList(),
                ChildProgram.QUORATE,
                List.of("run", "--config=" + conf))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    return new OperatorProcess(program, log, URI.create("http://127.0.0.1:" + adminPort));
  }

  /** SIGKILL: it ends where it is. Returns once it has. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** After its end, as before. */
  void startAgain() throws IOException {
    process = program.start();
  }

  /**
   * Blocks until it can do duties with nothing impaired.
   *
   * @throws CommandFailedException if it ends instead, or takes too long
   */
  void awaitReady(Duration patience) throws InterruptedException {
    long deadlineNanos = System.nanoTime() + patience.toNanos();
    while (!isReady()) {
      if (!process.isAlive()) {
        throw new CommandFailedException("an operator ended: " + lastLine());
      }
      if (System.nanoTime() > deadlineNanos) {
        throw new CommandFailedException(
            "an operator is not ready after " + patience.toSeconds() + " s: " + lastLine());
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }

  private boolean isReady() throws InterruptedException {
    try {
      HttpResponse<String> answer = get("/readyz");
      return answer.statusCode() == 200 && answer.body().contains("\"impairments\":[]");
    } catch (IOException notYet) {
      return false;
    }
  }

  private String lastLine() {
    try (Stream<String> lines = Files.lines(log)) {
      return lines.reduce((_, last) -> last).orElse("it said nothing");
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  Sample sample() throws InterruptedException {
    try {
      return new Sample(cpuNanos(), Scrape.of(get("/metrics").body()));
    } catch (IOException failure) {
      throw new CommandFailedException("an operator does not answer: " + lastLine());
    }
  }

  long cpuNanos() {
    return process
        .info()
        .totalCpuDuration()
        .orElseThrow(() -> new CommandFailedException("an operator ended: " + lastLine()))
        .toNanos();
  }

  /** Memory that it holds now, in bytes; only Linux tells. */
  OptionalLong residentBytes() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
      return lines
          .filter(line -> line.startsWith(RESIDENT))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst();
    } catch (IOException elsewhere) {
      return OptionalLong.empty();
    }
  }

  /** What its admin API answers; empty if it does not, or not with 200. */
  Optional<JsonNode> ask(String path) throws InterruptedException {
    try {
      HttpResponse<String> answer = get(path);
      return answer.statusCode() == 200
          ? Optional.of(JSON.readTree(answer.body()))
          : Optional.empty();
    } catch (IOException notNow) {
      return Optional.empty();
    }
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(admin.resolve(path)).timeout(ANSWER_PATIENCE).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** Tells it to stop. Once only: a second time would end it where it is. */
  void stop() {
    process.destroy();
  }

  /** Waits until it has stopped. */
  @Override
  public void close() {
    try {
      if (!process.waitFor(STOP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    http.close();
  }
}
