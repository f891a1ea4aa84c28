/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.quorate.actors.wiring.Operator;
import dev.quorate.config.Address;
import dev.quorate.http.Answer.Refusal;
import dev.quorate.persistence.event.CorruptJournalException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.apache.pekko.http.scaladsl.model.IllegalUriException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP server of one pod: answers {@link Route}s, all but one only to GET and HEAD. It has no
 * authentication and tells no secrets: whoever can connect may read how the operator fares, nobody
 * can change anything but with a statement that the operator's identity key signed. It lives in the
 * pod's actor system, and until that has begun to stop.
 */
public final class AdminApi {
  /** More than these wait until one is closed. {@code admin.conf} holds the other bounds. */
  static final int CONNECTIONS_MAX = 64;

  /** Longer than any entity, database or pod is asked for. */
  private static final Duration TIMEOUT = Duration.ofSeconds(4);

  /** For what is being answered when the pod stops. */
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(2);

  private static final Logger LOG = LoggerFactory.getLogger(AdminApi.class);

  private final ActorSystem<?> system;
  private final Answers answers;
  private final ServerBinding binding;

  /**
   * Serves the pod from now on, until its actor system stops. Blocks until it listens.
   *
   * @throws IOException if nothing can listen there
   */
  public static AdminApi start(Operator operator, Address bind) throws IOException {
    return start(operator.system(), new OperatorPodView(operator), bind);
  }

  static AdminApi start(ActorSystem<?> system, PodView pod, Address bind) throws IOException {
    return new AdminApi(system, pod, bind);
  }

  private AdminApi(ActorSystem<?> system, PodView pod, Address bind) throws IOException {
    this.system = system;
    DatabaseProbe database = new DatabaseProbe(pod::isDatabaseReachable, System::nanoTime);
    DutyRecords records =
        new DutyRecords(pod::nowMillis, pod.facts().times(), pod.facts().atFault());
    Metrics metrics = new Metrics(pod, records, database);
    pod.listen(records);
    pod.listen(metrics);
    this.answers = new Answers(pod, records, database, metrics);
    try {
      this.binding =
          Http.get(system)
              .newServerAt(bind.host(), bind.port())
              .withSettings(settings(system))
              .bind(this::answer)
              .toCompletableFuture()
              .join()
              .addToCoordinatedShutdown(STOP_PATIENCE, system);
    } catch (CompletionException failure) {
      throw new IOException("nothing can listen at " + bind, failure.getCause());
    }
    if (!binding.localAddress().getAddress().isLoopbackAddress()) {
      LOG.warn("the admin API has no authentication, and {} is not the loopback address", bind);
    }
  }

  private static ServerSettings settings(ActorSystem<?> system) {
    Config admin = ConfigFactory.parseResources(AdminApi.class, "admin.conf");
    return ServerSettings.create(admin.withFallback(system.settings().config()))
        .withMaxConnections(CONNECTIONS_MAX);
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return binding.localAddress();
  }

  private CompletionStage<HttpResponse> answer(HttpRequest request) {
    request.discardEntityBytes(system);
    return judge(request)
        .toCompletableFuture()
        .copy()
        .orTimeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(AdminApi::failed)
        .thenApply(AdminApi::response)
        .thenApply(response -> withAllow(request, response));
  }

  private CompletionStage<Answer> judge(HttpRequest request) {
    try {
      Optional<Route.Found> found = Route.of(request.getUri().path());
      if (found.isEmpty()) {
        return refuse(Refusal.UNKNOWN_ROUTE, "there is no such route; /openapi.json lists them");
      }
      Route route = found.get().route();
      if (!isAllowed(route, request)) {
        return refuse(Refusal.METHOD_NOT_ALLOWED, "this route only answers to " + allowed(route));
      }
      Query query = Query.of(request.getUri().query().toList(), route.parameters());
      return answers.to(route, found.get().parameter(), query);
    } catch (Query.BadParameterException bad) {
      return refuse(Refusal.BAD_PARAMETER, Optional.ofNullable(bad.getMessage()).orElse(""));
    } catch (IllegalUriException malformed) {
      return refuse(Refusal.MALFORMED_REQUEST, "the query is malformed");
    } catch (RuntimeException bug) {
      return CompletableFuture.failedStage(bug);
    }
  }

  /** HEAD arrives as GET, and Pekko leaves the body out. */
  private static boolean isAllowed(Route route, HttpRequest request) {
    return request.method().equals(route.isWriting() ? HttpMethods.POST : HttpMethods.GET);
  }

  private static String allowed(Route route) {
    return route.isWriting() ? "POST" : "GET, HEAD";
  }

  private static HttpResponse withAllow(HttpRequest request, HttpResponse response) {
    return Route.of(request.getUri().path())
        .map(Route.Found::route)
        .filter(route -> !isAllowed(route, request))
        .map(route -> response.addHeader(RawHeader.create("Allow", allowed(route))))
        .orElse(response);
  }

  private static CompletionStage<Answer> refuse(Refusal refusal, String message) {
    return CompletableFuture.completedStage(new Answer.Refused(refusal, message));
  }

  private static Answer failed(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException wrapped && wrapped.getCause() != null
            ? wrapped.getCause()
            : failure;
    // Pekko's own for an entity that did not answer is one, too.
    if (cause instanceof TimeoutException) {
      return new Answer.Refused(Refusal.TIMED_OUT, "the pod did not answer in time");
    }
    if (cause instanceof CorruptJournalException damaged) {
      LOG.error("{}", damaged.getMessage());
      return new Answer.Refused(
          Refusal.JOURNAL_DAMAGED, Optional.ofNullable(damaged.getMessage()).orElse(""));
    }
    LOG.error("a request could not be answered", cause);
    return new Answer.Refused(Refusal.INTERNAL_FAILURE, "the pod's log says why");
  }

  static HttpResponse response(Answer answer) {
    return HttpResponse.create()
        .withStatus(answer.status())
        .withEntity(
            switch (answer) {
              case Answer.Found(Object view) -> json(Json.write(view));
              case Answer.Readiness(var view) -> json(Json.write(view));
              case Answer.Refused refused -> json(Json.write(refused.view()));
              case Answer.Document(String type, String content) ->
                  HttpEntities.create(
                      ContentTypes.parse(type), content.getBytes(StandardCharsets.UTF_8));
            })
        .addHeaders(
            List.of(
                RawHeader.create("Cache-Control", "no-store"),
                RawHeader.create("X-Content-Type-Options", "nosniff")));
  }

  private static HttpEntity.Strict json(byte[] content) {
    return HttpEntities.create(ContentTypes.APPLICATION_JSON, content);
  }
}
