/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.status;

import dev.quorate.config.Address;
import dev.quorate.http.Json;
import dev.quorate.http.view.ErrorView;
import dev.quorate.node.process.CommandFailedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where the pod is that a command asks, and how its answer is shown. */
final class ApiOptions {
  static final String DEFAULT_URL = "http://127.0.0.1:3650";

  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int BAD_REQUEST = 400;

  /** No answer of a pod comes near it. */
  static final int ANSWER_BYTES_MAX = 16 * 1024 * 1024;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  private String url = DEFAULT_URL;

  @Option(names = "--json", description = "Print what the pod answers as it is.")
  private boolean json;

  @Option(
      names = "--api",
      paramLabel = "URL",
      description = "Where the pod's admin API listens; default ${DEFAULT-VALUE}.",
      defaultValue = DEFAULT_URL)
  void url(String text) {
    if (!isUrl(text)) {
      // It is not repeated: it may hold a password.
      throw badUsage("--api is http://host[:port][/path], without login, query or fragment");
    }
    url = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
  }

  private static boolean isUrl(String text) {
    try {
      URI given = URI.create(text);
      return "http".equals(given.getScheme())
          && given.getHost() != null
          && given.getPort() <= Address.PORT_MAX
          && given.getRawUserInfo() == null
          && given.getRawQuery() == null
          && given.getRawFragment() == null;
    } catch (IllegalArgumentException malformed) {
      return false;
    }
  }

  boolean isJson() {
    return json;
  }

  PrintWriter out() {
    return command.commandLine().getOut();
  }

  CommandLine.ParameterException badUsage(String message) {
    return new CommandLine.ParameterException(command.commandLine(), message);
  }

  /** Asks once and prints the answer. */
  <T> T show(String path, Class<T> view, Function<T, String> text) throws InterruptedException {
    return print(ask(path), view, text);
  }

  /** Tells the pod once and prints the answer. */
  <T> T tell(String path, Class<T> view, Function<T, String> text) throws InterruptedException {
    return print(send("POST", path), view, text);
  }

  private <T> T print(byte[] answer, Class<T> view, Function<T, String> text) {
    T read = read(answer, view);
    out().print(json ? new String(answer, StandardCharsets.UTF_8) + "\n" : text.apply(read));
    out().flush();
    return read;
  }

  /** Prints what a pod would answer. */
  <T> void show(T view, Function<T, String> text) {
    out()
        .print(
            json ? new String(Json.write(view), StandardCharsets.UTF_8) + "\n" : text.apply(view));
    out().flush();
  }

  /** Asks once. */
  <T> T ask(String path, Class<T> view) throws InterruptedException {
    return read(ask(path), view);
  }

  private byte[] ask(String path) throws InterruptedException {
    return send("GET", path);
  }

  private byte[] send(String method, String path) throws InterruptedException {
    HttpResponse<byte[]> response;
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
      response =
          client.send(
              HttpRequest.newBuilder(URI.create(url + path))
                  .method(method, HttpRequest.BodyPublishers.noBody())
                  .timeout(TIMEOUT)
                  .build(),
              HttpResponse.BodyHandlers.limiting(
                  HttpResponse.BodyHandlers.ofByteArray(), ANSWER_BYTES_MAX));
    } catch (IOException unreachable) {
      String why =
          Optional.ofNullable(unreachable.getMessage()).map(text -> ": " + text).orElse("");
      throw new CommandFailedException("no pod answers at " + url + why);
    }
    if (response.statusCode() == 200) {
      return response.body();
    }
    String message = message(response);
    // The pod knows best what its parameters may be.
    throw response.statusCode() == BAD_REQUEST
        ? badUsage(message)
        : new CommandFailedException(message);
  }

  private String message(HttpResponse<byte[]> response) {
    try {
      return Json.read(response.body(), ErrorView.class).error().message();
    } catch (IOException | RuntimeException notThisApi) {
      return url + " answers with status " + response.statusCode() + ": not an admin API";
    }
  }

  private <T> T read(byte[] answer, Class<T> view) {
    try {
      return Json.read(answer, view);
    } catch (IOException notThisApi) {
      throw new CommandFailedException(url + " does not answer like an admin API");
    }
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
