/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.quorate.config.Address;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** A fake pod behind its API, over real HTTP. */
final class Served implements AutoCloseable {
  final FakePod pod;
  final AdminApi api;
  private final ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "api");
  private final HttpClient client = HttpClient.newHttpClient();

  Served(int validators) throws IOException {
    pod = new FakePod(validators);
    api = AdminApi.start(system, pod, new Address("127.0.0.1", 0));
  }

  /** An answer. */
  record Reply(int status, String contentType, String body, HttpResponse<String> response) {
    JsonNode json() throws IOException {
      return new JsonMapper().readTree(body);
    }

    String reason() throws IOException {
      return json().path("error").path("reason").asText();
    }
  }

  ActorSystem<?> system() {
    return system;
  }

  Reply get(String path) throws IOException, InterruptedException {
    return ask("GET", path);
  }

  Reply ask(String method, String path) throws IOException, InterruptedException {
    HttpResponse<String> response =
        client.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + api.address().getPort() + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build(),
            HttpResponse.BodyHandlers.ofString());
    return new Reply(
        response.statusCode(),
        response.headers().firstValue("Content-Type").orElse(""),
        response.body(),
        response);
  }

  @Override
  public void close() {
    client.close();
    system.terminate();
  }
}
