/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.node.process.ChildProgram;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A class of this project as a process of its own, and all that it says. It ends with the process
 * that started it, see {@link Leash}.
 */
public final class QuorateProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Process process;
  private final Lines out;
  private final Lines err;

  /** One of its streams, read until it ends. */
  private static final class Lines {
    private final List<String> lines = new ArrayList<>();
    private final Thread reader;

    Lines(BufferedReader stream) {
      reader =
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                try (stream) {
                  for (String line = stream.readLine(); line != null; line = stream.readLine()) {
                    add(line);
                  }
                } catch (IOException failure) {
                  throw new UncheckedIOException(failure);
                }
              });
    }

    private synchronized void add(String line) {
      lines.add(line);
      notifyAll();
    }

    synchronized List<String> soFar() {
      return List.copyOf(lines);
    }

    List<String> whole() throws InterruptedException {
      reader.join(PATIENCE);
      return soFar();
    }

    synchronized Optional<String> await(Predicate<String> wanted) throws InterruptedException {
      long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
      while (lines.stream().noneMatch(wanted) && reader.isAlive()) {
        long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
        if (leftMillis <= 0) {
          break;
        }
        wait(Math.min(leftMillis, 1000));
      }
      return lines.stream().filter(wanted).findFirst();
    }
  }

  private QuorateProcess(Process process) {
    this.process = process;
    out = new Lines(process.inputReader());
    err = new Lines(process.errorReader());
  }

  /**
   * What a process runs on, beside what all of them have.
   *
   * @param javaOptions of its virtual machine
   * @param environment variables by name
   */
  public record Ground(List<String> javaOptions, Map<String, String> environment) {
    public static final Ground PLAIN = new Ground(List.of(), Map.of());

    public Ground {
      javaOptions = List.copyOf(javaOptions);
      environment = Map.copyOf(environment);
    }
  }

  /** The program, as the launcher runs it. */
  public static QuorateProcess start(Object... arguments) throws IOException {
    return startMain(ChildProgram.QUORATE, arguments);
  }

  /** Any class with a main method. */
  public static QuorateProcess startMain(String mainClass, Object... arguments) throws IOException {
    return startMain(Ground.PLAIN, mainClass, arguments);
  }

  static QuorateProcess startMain(Ground ground, String mainClass, Object... arguments)
      throws IOException {
    List<String> options = new ArrayList<>(ground.javaOptions());
    options.add("-Xmx300m");
    options.add("-XX:TieredStopAtLevel=1");
    // Not what a test of some other module wants to see.
    options.add("-Dlogback.configurationFile=logback.xml");
    List<String> leashed =
        Stream.concat(Stream.of(mainClass), Stream.of(arguments).map(Object::toString)).toList();
    ProcessBuilder builder = ChildProgram.of(options, Leash.class.getName(), leashed);
    builder.environment().putAll(ground.environment());
    return new QuorateProcess(builder.start());
  }

  /** The first line on standard output that contains {@code text}. */
  public String awaitLine(String text) throws InterruptedException {
    return out.await(line -> line.contains(text))
        .orElseThrow(() -> new AssertionError("no line with \"" + text + "\" in\n" + this));
  }

  public List<String> out() {
    return out.soFar();
  }

  /** SIGTERM; the process's own method would close its streams as well. */
  public void terminate() {
    process.toHandle().destroy();
  }

  /** SIGKILL: it ends where it is. */
  public void kill() throws InterruptedException {
    process.toHandle().destroyForcibly();
    awaitExit();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public int awaitExit() throws InterruptedException {
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
        .as("ended:\n%s", this)
        .isTrue();
    out.whole();
    err.whole();
    return process.exitValue();
  }

  public List<String> err() {
    return err.soFar();
  }

  /** Asks it to stop and expects that it does, as a service manager would. */
  public void stop() throws InterruptedException {
    terminate();
    assertThat(awaitExit()).as("exit status of\n%s", this).isZero();
    assertThat(err()).isEmpty();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  @Override
  public String toString() {
    return String.join("\n", out.soFar()) + "\n" + String.join("\n", err.soFar());
  }
}
