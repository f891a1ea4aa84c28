/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.Materializer;

/** A server that answers as a test wants it to, for nodes older or worse than the simulator's. */
final class FakeNode {
  private final List<Received> received = new CopyOnWriteArrayList<>();
  private final ServerBinding binding;

  /** A request, whole. */
  record Received(HttpRequest request, String body) {
    String route() {
      return request.method().value() + " " + request.getUri().path();
    }
  }

  private FakeNode(ActorSystem<?> system, Function<Received, HttpResponse> handler) {
    org.apache.pekko.japi.function.Function<HttpRequest, CompletionStage<HttpResponse>> answer =
        request ->
            request
                .entity()
                .toStrict(5_000, Materializer.matFromSystem(system))
                .thenApply(entity -> {
                  Received whole = new Received(request, entity.getData().utf8String());
                  received.add(whole);
                  return handler.apply(whole);
                });
    binding =
        Http.get(system).newServerAt("127.0.0.1", 0).bind(answer).toCompletableFuture().join();
  }

  static FakeNode start(ActorSystem<?> system, Function<Received, HttpResponse> handler) {
    return new FakeNode(system, handler);
  }

  static HttpResponse json(int status, String body) {
    return HttpResponse.create().withStatus(status).withEntity(ContentTypes.APPLICATION_JSON, body);
  }

  String authority() {
    return "127.0.0.1:" + binding.localAddress().getPort();
  }

  BeaconUrl url() {
    return BeaconUrl.of("http://" + authority());
  }

  List<String> routes() {
    return received.stream().map(Received::route).toList();
  }

  List<Received> received() {
    return received;
  }
}
