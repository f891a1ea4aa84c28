/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.chain.Fork;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.ResponseEntity;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** JSON over HTTP for the simulator's nodes and its control: whole requests in, replies out. */
final class SimulatorHttp {
  static final String HOST = "127.0.0.1";

  /** More than {@link ChainConfig#VALIDATORS_MAX} attestations before electra. */
  private static final long BODY_BYTES_MAX = 64L * 1024 * 1024;

  private static final int OK = 200;

  private static final long BODY_TIMEOUT_MILLIS = 10_000;

  /** {@code ?id=} lists of some hundred public keys. */
  private static final int URI_LENGTH_MAX = 64 * 1024;

  static final JsonMapper MAPPER = JsonMapper.builder().build();

  private final ActorSystem<?> system;
  private final Materializer materializer;
  private final Executor executor;

  /**
   * @param executor runs the handlers, which may verify signatures
   */
  SimulatorHttp(ActorSystem<?> system, Executor executor) {
    this.system = system;
    this.materializer = Materializer.matFromSystem(system);
    this.executor = executor;
  }

  /** A request, whole. */
  record Asked(HttpRequest request, ByteString body) {
    String method() {
      return request.method().value();
    }

    String path() {
      return request.getUri().path();
    }

    List<String> parameters(String name) {
      return request.getUri().query().getAll(name);
    }

    OptionalLong number(String parameter) {
      return request
          .getUri()
          .query()
          .get(parameter)
          .map(text -> ApiJson.number(JsonNodeFactory.instance.textNode(text)))
          .orElse(OptionalLong.empty());
    }

    Optional<Bytes32> root(String parameter) {
      return request
          .getUri()
          .query()
          .get(parameter)
          .flatMap(text -> ApiJson.root(JsonNodeFactory.instance.textNode(text)));
    }

    Optional<Bytes> bytes(String parameter, int size) {
      return request
          .getUri()
          .query()
          .get(parameter)
          .flatMap(text -> ApiJson.bytes(JsonNodeFactory.instance.textNode(text), size));
    }

    /** Whether the body is said to be SSZ. */
    boolean isSsz() {
      return request.entity().getContentType().equals(ContentTypes.APPLICATION_OCTET_STREAM);
    }

    /** The body, whatever it is. */
    Bytes content() {
      return Bytes.wrap(body.toArray());
    }

    Optional<String> header(String name) {
      return request.getHeader(name).map(HttpHeader::value);
    }

    /** Empty if the body is no JSON. */
    Optional<JsonNode> json() {
      try {
        return Optional.of(MAPPER.readTree(body.utf8String()));
      } catch (JsonProcessingException malformed) {
        return Optional.empty();
      }
    }
  }

  /** What a request leads to. */
  sealed interface Outcome {}

  /** Server-Sent Events, for as long as somebody reads them. */
  record Events(Source<ByteString, NotUsed> bytes) implements Outcome {}

  /** An answer in SSZ. */
  record SszReply(Bytes body, Map<String, String> headers) implements Outcome {}

  /** An answer. */
  record Reply(int status, JsonNode body, Map<String, String> headers) implements Outcome {
    Reply(int status, JsonNode body) {
      this(status, body, Map.of());
    }

    static Reply ok() {
      return new Reply(200, JsonNodeFactory.instance.objectNode());
    }

    static Reply data(JsonNode data) {
      return data(data, Map.of());
    }

    static Reply data(JsonNode data, Map<String, Bytes32> roots) {
      ObjectNode body =
          JsonNodeFactory.instance
              .objectNode()
              .put("execution_optimistic", false)
              .put("finalized", false);
      roots.forEach((name, root) -> body.put(name, root.toString()));
      body.set("data", data);
      return new Reply(200, body);
    }

    /** The same with the version of what it holds, if it is an answer. */
    Reply of(Fork fork) {
      String version = fork.consensusVersion();
      return status == 200
          ? new Reply(
              status,
              body.<ObjectNode>deepCopy().put("version", version),
              Map.of("Eth-Consensus-Version", version))
          : this;
    }

    /** The same of a head that the execution client has not verified. */
    Reply optimistic() {
      return new Reply(
          status, body.<ObjectNode>deepCopy().put("execution_optimistic", true), headers);
    }

    static Reply error(int status, String message) {
      return new Reply(
          status,
          JsonNodeFactory.instance.objectNode().put("code", status).put("message", message));
    }

    static Reply failures(List<ObjectNode> failures) {
      ObjectNode body =
          JsonNodeFactory.instance
              .objectNode()
              .put("code", 400)
              .put("message", "some items failed");
      body.putArray("failures").addAll(failures);
      return new Reply(400, body);
    }
  }

  /**
   * Serves on the loopback interface.
   *
   * @param port 0 for any
   * @param faults looked up when a request comes in, and again never
   */
  CompletionStage<ServerBinding> serve(
      int port, Function<Asked, ? extends Outcome> handler, Supplier<List<Fault>> faults) {
    org.apache.pekko.japi.function.Function<HttpRequest, CompletionStage<HttpResponse>> answer =
        request -> handle(request, handler, faults.get());
    return Http.get(system)
        .newServerAt(HOST, port)
        .adaptSettings(settings ->
            settings.withParserSettings(
                settings.getParserSettings().withMaxUriLength(URI_LENGTH_MAX)))
        .bind(answer);
  }

  private CompletionStage<HttpResponse> handle(
      HttpRequest request, Function<Asked, ? extends Outcome> handler, List<Fault> faults) {
    for (Fault fault : faults) {
      if (fault instanceof Fault.Fail fail) {
        request.discardEntityBytes(materializer);
        return CompletableFuture.completedFuture(
            response(
                fail.status(),
                Map.of(),
                ContentTypes.APPLICATION_JSON,
                ByteString.fromString(Reply.error(fail.status(), "told to fail").body().toString()),
                faults));
      }
    }
    return request
        .entity()
        .withSizeLimit(BODY_BYTES_MAX)
        .toStrict(BODY_TIMEOUT_MILLIS, materializer)
        .thenApplyAsync(entity -> handler.apply(new Asked(request, entity.getData())), executor)
        .thenApply(outcome ->
            switch (outcome) {
              case Reply(int status, JsonNode body, var headers) ->
                  response(
                      status,
                      headers,
                      ContentTypes.APPLICATION_JSON,
                      ByteString.fromString(body.toString()),
                      faults);
              case SszReply(Bytes body, var headers) ->
                  response(
                      OK,
                      headers,
                      ContentTypes.APPLICATION_OCTET_STREAM,
                      ByteString.fromArrayUnsafe(body.toArray()),
                      faults);
              case Events(Source<ByteString, NotUsed> bytes) -> stream(bytes, faults);
            });
  }

  /** One that stalls opens the stream and never says a word. */
  private static HttpResponse stream(Source<ByteString, NotUsed> bytes, List<Fault> faults) {
    boolean isSilent =
        faults.stream()
            .anyMatch(fault -> fault instanceof Fault.Stall || fault instanceof Fault.StallForever);
    return HttpResponse.create()
        .withEntity(
            HttpEntities.createChunked(
                MediaTypes.TEXT_EVENT_STREAM.toContentType(),
                isSilent ? bytes.filter(_ -> false) : bytes));
  }

  private static HttpResponse response(
      int status,
      Map<String, String> headers,
      ContentType type,
      ByteString body,
      List<Fault> faults) {
    return HttpResponse.create()
        .withStatus(status)
        .withHeaders(
            headers.entrySet().stream()
                .<HttpHeader>map(header -> RawHeader.create(header.getKey(), header.getValue()))
                .toList())
        .withEntity(entity(type, body, faults));
  }

  private static ResponseEntity entity(ContentType type, ByteString body, List<Fault> faults) {
    Source<ByteString, NotUsed> first = Source.single(body.take(body.size() / 2));
    Source<ByteString, NotUsed> second = Source.single(body.drop(body.size() / 2));
    for (Fault fault : faults) {
      if (fault instanceof Fault.Stall stall) {
        return delayed(
            type, body, first.concat(second.initialDelay(Duration.ofMillis(stall.millis()))));
      }
      if (fault instanceof Fault.StallForever) {
        return delayed(type, body, first.concat(Source.never()));
      }
    }
    return HttpEntities.create(type, body);
  }

  private static ResponseEntity delayed(
      ContentType type, ByteString body, Source<ByteString, NotUsed> halves) {
    return HttpEntities.create(type, body.size(), halves);
  }
}
