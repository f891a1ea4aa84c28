/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import dev.quorate.beacon.client.BeaconError.BadAnswer;
import dev.quorate.beacon.client.BeaconError.Call;
import dev.quorate.beacon.client.BeaconError.TimedOut;
import dev.quorate.beacon.client.BeaconError.Unreachable;
import dev.quorate.consensus.Bytes;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.event.Logging;
import org.apache.pekko.event.LoggingAdapter;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.OutgoingConnectionBuilder;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaType;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.Uri;
import org.apache.pekko.http.javadsl.settings.ClientConnectionSettings;
import org.apache.pekko.http.javadsl.settings.ConnectionPoolSettings;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/**
 * One request and its whole response, bounded in time and size, over Pekko's cached pool of
 * connections to the host. Redirections are answers like any other: Pekko's client follows none.
 */
final class HttpExchange {
  private static final int CONNECTIONS_MAX = 8;

  /** Requests that may wait for a connection, a power of two: beyond it they fail at once. */
  private static final int OPEN_REQUESTS_MAX = 256;

  /**
   * Shorter than the five seconds after which Node.js closes an idle connection (as captured from
   * Lodestar: {@code keep-alive: timeout=5}), so that no POST meets a connection that the node is
   * just closing.
   */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(3);

  /** Pekko's default lets a node that came back wait for up to two minutes. */
  private static final Duration BACKOFF_MAX = Duration.ofMillis(500);

  private static final MediaType SSZ = MediaTypes.APPLICATION_OCTET_STREAM;

  private final Http http;
  private final Materializer materializer;
  private final ConnectionPoolSettings settings;
  private final LoggingAdapter log;
  private final long timeoutMillis;

  /**
   * @param timeoutMillis the longest that any exchange may take
   * @param chunkBytesMax of a body that comes in chunks one is held whole before any of it is read;
   *     some servers send all that they say as one
   */
  HttpExchange(ActorSystem<?> system, long timeoutMillis, int chunkBytesMax) {
    Duration timeout = Duration.ofMillis(timeoutMillis);
    this.timeoutMillis = timeoutMillis;
    this.http = Http.get(system);
    this.materializer = Materializer.matFromSystem(system);
    // A connection on which nothing moves for that long has no one left who waits for it.
    ClientConnectionSettings defaults = ClientConnectionSettings.create(system.settings().config());
    ClientConnectionSettings connection =
        defaults
            .withParserSettings(defaults.getParserSettings().withMaxChunkSize(chunkBytesMax))
            .withConnectingTimeout(timeout)
            .withIdleTimeout(timeout);
    this.settings =
        ConnectionPoolSettings.create(system.settings().config())
            .withMaxConnections(CONNECTIONS_MAX)
            .withMaxOpenRequests(OPEN_REQUESTS_MAX)
            // Who asks decides about asking again: another node may be the better one to ask.
            .withMaxRetries(0)
            .withKeepAliveTimeout(KEEP_ALIVE)
            .withMaxConnectionBackoff(BACKOFF_MAX)
            .withConnectionSettings(connection);
    this.log = Logging.getLogger(system.classicSystem(), HttpExchange.class);
  }

  /**
   * @param bodyBytesMax longer bodies are refused, unread
   * @return fails with a {@link BeaconException}
   */
  CompletionStage<Answer> send(
      Call call, HttpRequest request, long bodyBytesMax, Deadline deadline) {
    return http.singleRequest(request, http.defaultClientHttpsContext(), settings, log)
        .thenCompose(response -> receive(call, response, bodyBytesMax, deadline))
        .toCompletableFuture()
        .orTimeout(deadline.leftMillis(), TimeUnit.MILLISECONDS)
        .exceptionallyCompose(failure ->
            CompletableFuture.failedFuture(
                new BeaconException(errorOf(call, failure, bodyBytesMax, deadline))));
  }

  /**
   * Opens a response without end, which is the caller's to read at once or to discard. It has a
   * connection of its own: whoever shuts the pool down need not wait for it.
   *
   * @param silence when nothing comes for that long the body fails
   * @return within the patience of any exchange; fails with a {@link BeaconException}
   */
  CompletionStage<HttpResponse> open(Call call, HttpRequest request, Duration silence) {
    Deadline deadline = Deadline.in(timeoutMillis);
    Uri uri = request.getUri();
    OutgoingConnectionBuilder to =
        http.connectionTo(uri.host().address())
            .toPort(uri.port())
            .withClientConnectionSettings(settings.getConnectionSettings().withIdleTimeout(silence))
            .logTo(log);
    return Source.single(request)
        .via(uri.getScheme().equals("https") ? to.https() : to.http())
        .runWith(Sink.head(), materializer)
        .toCompletableFuture()
        .orTimeout(timeoutMillis, TimeUnit.MILLISECONDS)
        .exceptionallyCompose(failure ->
            CompletableFuture.failedFuture(
                new BeaconException(errorOf(call, failure, 0, deadline))));
  }

  /**
   * The response as it begins, whose body is the caller's to read at once or to discard: until then
   * it has a connection of the pool. When nothing moves for as long as an exchange may take, the
   * body fails.
   *
   * @return fails with a {@link BeaconException}
   */
  CompletionStage<HttpResponse> begin(Call call, HttpRequest request) {
    Deadline deadline = Deadline.in(timeoutMillis);
    return http.singleRequest(request, http.defaultClientHttpsContext(), settings, log)
        .toCompletableFuture()
        .orTimeout(timeoutMillis, TimeUnit.MILLISECONDS)
        .exceptionallyCompose(failure ->
            CompletableFuture.failedFuture(
                new BeaconException(errorOf(call, failure, 0, deadline))));
  }

  /** Cancelling the stream, as the timeout and the size limit do, closes the connection. */
  private CompletionStage<Answer> receive(
      Call call, HttpResponse response, long bodyBytesMax, Deadline deadline) {
    return response
        .entity()
        .withSizeLimit(bodyBytesMax)
        .getDataBytes()
        .completionTimeout(Duration.ofMillis(deadline.leftMillis()))
        .runWith(Sink.fold(ByteString.emptyByteString(), ByteString::concat), materializer)
        .thenApply(body ->
            new Answer(
                call,
                response.status().intValue(),
                headers(response),
                response.entity().getContentType().mediaType().equals(SSZ),
                Bytes.wrap(body.toArray())));
  }

  /** Of headers with one name the last counts. */
  private static Map<String, String> headers(HttpResponse response) {
    Map<String, String> headers = new HashMap<>();
    response.getHeaders().forEach(header -> headers.put(header.lowercaseName(), header.value()));
    return headers;
  }

  private static BeaconError errorOf(
      Call call, Throwable failure, long bodyBytesMax, Deadline deadline) {
    return switch (failure) {
      case CompletionException wrapper when wrapper.getCause() != null ->
          errorOf(call, wrapper.getCause(), bodyBytesMax, deadline);
      case TimeoutException _ -> new TimedOut(call, deadline.timeoutMillis());
      case EntityStreamSizeException _ ->
          new BadAnswer(call, "a body of more than " + bodyBytesMax + " bytes");
      default -> new Unreachable(call, failure.toString());
    };
  }
}
