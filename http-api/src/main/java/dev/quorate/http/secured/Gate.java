/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.secured;

import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.quorate.config.ConfigurationFault;
import dev.quorate.config.InvalidConfiguration;
import dev.quorate.config.OperatorSettings;
import dev.quorate.config.SecretFile;
import dev.quorate.config.SignerTls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.ConnectionContext;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.ServerBuilder;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.apache.pekko.http.scaladsl.model.EntityStreamException;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.apache.pekko.util.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where one of the APIs listens that have a token and TLS; who may come in, and how long and large
 * what he brings may be. It lives in the pod's actor system, and until that has begun to stop.
 */
public final class Gate {
  /** A caller has some; more than these wait until one is closed. */
  static final int CONNECTIONS_MAX = 256;

  /**
   * The largest bodies that are read: those of blocks with their blobs, of which 72 are 20 MB of
   * JSON, and of all key stores.
   */
  public static final int BODY_BYTES_MAX = 32 * 1024 * 1024;

  /** All bodies that are read or wait for their answers: beside the largest there is some room. */
  public static final int ROOM_BYTES = 48 * 1024 * 1024;

  /** The largest HTTP chunk of a body, which is held twice before any of it is counted. */
  public static final int CHUNK_BYTES_MAX = 24 * 1024 * 1024;

  /**
   * What bodies take of the heap at most: those that there is room for, what is made of one while
   * it is judged, which is up to twice its size, and the chunk that is read meanwhile.
   */
  public static final int HEAP_BYTES = ROOM_BYTES + 2 * BODY_BYTES_MAX + 2 * CHUNK_BYTES_MAX;

  /** What a part of a body takes beside its bytes. */
  static final int CHUNK_BYTES = 100;

  /**
   * For whoever reads JSON: what is made of {@code [[],[],} is fifteen times as large, and more of
   * what is nested. A block with the largest attester slashing and deposits has 390,000 tokens, 8
   * MiB of attestations 440,000.
   */
  public static final StreamReadConstraints JSON_BOUNDS =
      StreamReadConstraints.builder().maxTokenCount(1 << 19).build();

  /** How long a body may take that is read. */
  public static final Duration BODY_PATIENCE = Duration.ofSeconds(10);

  /** The same of one that others wait for and that is no block. */
  static final Duration TURN_PATIENCE = Duration.ofSeconds(2);

  private static final Duration STOP_PATIENCE = Duration.ofSeconds(2);
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/=-]{16,512}");
  private static final Logger LOG = LoggerFactory.getLogger(Gate.class);

  private final ActorSystem<?> system;
  private final OperatorSettings.SecuredApi settings;
  private final Duration bodyPatience;
  private final Semaphore room;
  private CompletionStage<Done> inChunks = CompletableFuture.completedStage(Done.getInstance());
  private final ExecutorService judging =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("bodies").factory());
  private final Optional<byte[]> token;

  /**
   * As it serves, with its bounds.
   *
   * @throws InvalidConfiguration if the token's file is missing, broken, or open to others
   */
  public Gate(ActorSystem<?> system, OperatorSettings.SecuredApi settings) {
    this(system, settings, BODY_PATIENCE, ROOM_BYTES);
  }

  /**
   * Reads the token.
   *
   * @param bodyPatience how long a body may take
   * @param roomBytes for all bodies at the same time
   * @throws InvalidConfiguration if its file is missing, broken, or open to others
   */
  public Gate(
      ActorSystem<?> system,
      OperatorSettings.SecuredApi settings,
      Duration bodyPatience,
      int roomBytes) {
    this.system = system;
    this.settings = settings;
    this.bodyPatience = bodyPatience;
    this.room = new Semaphore(roomBytes);
    this.token = settings.tokenFile().map(Gate::token);
    system.getWhenTerminated().whenComplete((_, _) -> judging.shutdown());
  }

  private static byte[] token(Path file) {
    String token = SecretFile.firstLine(file);
    if (!TOKEN.matcher(token).matches()) {
      throw new InvalidConfiguration(
          ConfigurationFault.MALFORMED,
          file.toString(),
          "a token of 16 to 512 letters, digits and -._~+/= is needed");
    }
    return ("Bearer " + token).getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Serves from now on, until the actor system stops. Blocks until it listens.
   *
   * @param name of the API, for the log
   * @throws IOException if nothing can listen there
   * @throws InvalidConfiguration if the key's files are missing, broken, or open to others
   */
  public ServerBinding open(
      String name, Function<HttpRequest, CompletionStage<HttpResponse>> answer) throws IOException {
    ServerBuilder server =
        Http.get(system)
            .newServerAt(settings.bind().host(), settings.bind().port())
            .withSettings(serverSettings());
    ServerBinding binding;
    try {
      binding =
          settings
              .key()
              .map(key -> server.enableHttps(ConnectionContext.httpsServer(SignerTls.serving(key))))
              .orElse(server)
              .bind(answer::apply)
              .toCompletableFuture()
              .join()
              .addToCoordinatedShutdown(STOP_PATIENCE, system);
    } catch (CompletionException failure) {
      throw new IOException("nothing can listen at " + settings.bind(), failure.getCause());
    }
    if (token.isEmpty() && !binding.localAddress().getAddress().isLoopbackAddress()) {
      LOG.warn(
          "the {} asks for no token, and {} is not the loopback address", name, settings.bind());
    }
    return binding;
  }

  private ServerSettings serverSettings() {
    Config own = ConfigFactory.parseResources("dev/quorate/http/secured.conf");
    ServerSettings all = ServerSettings.create(own.withFallback(system.settings().config()));
    return all.withMaxConnections(CONNECTIONS_MAX)
        .withParserSettings(
            all.getParserSettings()
                .withMaxContentLength(BODY_BYTES_MAX)
                .withMaxChunkSize(CHUNK_BYTES_MAX));
  }

  /** Whether the request shows the token, if there is one. */
  public boolean isAuthorized(HttpRequest request) {
    return token
        .map(expected ->
            request
                .getHeader("Authorization")
                .map(HttpHeader::value)
                .map(shown -> shown.getBytes(StandardCharsets.UTF_8))
                .filter(shown -> MessageDigest.isEqual(expected, shown))
                .isPresent())
        .orElse(true);
  }

  /** A caller sends his body more slowly than makes sense. */
  public static final class SlowBodyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    SlowBodyException() {
      super("the body did not come in time", null, false, false);
    }
  }

  /** A body broke off, with its connection. */
  public static final class BrokenOffException extends RuntimeException {
    private static final long serialVersionUID = 1;

    BrokenOffException() {
      super("the body broke off", null, false, false);
    }
  }

  /** A body, or an HTTP chunk of it, is larger than any that is read. */
  public static final class LargeBodyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    LargeBodyException() {
      super("the body is too large", null, false, false);
    }
  }

  /** More bodies are read and judged at the same time than there is room for. */
  public static final class FullException extends RuntimeException {
    private static final long serialVersionUID = 1;

    FullException() {
      super("too much is sent at the same time: ask again", null, false, false);
    }
  }

  /**
   * Answers what comes with a body, once that is whole; a question has none, whatever comes with
   * it. It takes its part of the room for all bodies until it is answered. Fails with {@link
   * SlowBodyException}, {@link BrokenOffException}, {@link LargeBodyException} or {@link
   * FullException}.
   *
   * @param answer begins with one body at a time: what it makes of a body may be large, and must
   *     not be kept
   */
  public CompletionStage<HttpResponse> withBody(
      HttpRequest request,
      int bytesMax,
      Function<ByteString, CompletionStage<HttpResponse>> answer) {
    Part part = new Part();
    HttpEntity body = request.entity();
    CompletionStage<Done> read;
    if (request.method().equals(HttpMethods.GET)) {
      drop(request);
      read = CompletableFuture.completedStage(Done.getInstance());
    } else if (body.isChunked()) {
      read = inTurn(body, bytesMax, part);
    } else {
      read = read(body, bytesMax, bodyPatience, part);
    }
    return judged(read, part, answer);
  }

  /** The same, with what somebody else answered. */
  public CompletionStage<HttpResponse> withBody(
      HttpResponse response,
      int bytesMax,
      Function<ByteString, CompletionStage<HttpResponse>> answer) {
    Part part = new Part();
    return judged(read(response.entity(), bytesMax, bodyPatience, part), part, answer);
  }

  private CompletionStage<HttpResponse> judged(
      CompletionStage<Done> read,
      Part part,
      Function<ByteString, CompletionStage<HttpResponse>> answer) {
    return read.exceptionallyCompose(failure ->
            CompletableFuture.failedFuture(
                switch (cause(failure)) {
                  case TimeoutException _ -> new SlowBodyException();
                  case EntityStreamSizeException _ -> new LargeBodyException();
                  case EntityStreamException chunk when isOfSize(chunk) -> new LargeBodyException();
                  default -> new BrokenOffException();
                }))
        .thenComposeAsync(
            _ ->
                part.whole()
                    .map(answer)
                    .orElseGet(() -> CompletableFuture.failedFuture(new FullException())),
            judging)
        .whenComplete((_, _) -> part.leave());
  }

  /** Pekko tells of a chunk that is too large as of one that is malformed. */
  private static boolean isOfSize(EntityStreamException chunk) {
    String summary = chunk.info().summary();
    return summary.startsWith("HTTP chunk ") && summary.contains(" exceeds ");
  }

  /**
   * Reads what comes in HTTP chunks after all others that do: Pekko holds a chunk whole, twice,
   * before any of it is counted, and some clients, as Lodestar, send a block as one.
   */
  private synchronized CompletionStage<Done> inTurn(HttpEntity body, int bytesMax, Part part) {
    Duration patience =
        bytesMax < BODY_BYTES_MAX && bodyPatience.compareTo(TURN_PATIENCE) > 0
            ? TURN_PATIENCE
            : bodyPatience;
    inChunks =
        inChunks
            .handle((_, _) -> Done.getInstance())
            .thenCompose(_ -> read(body, bytesMax, patience, part));
    return inChunks;
  }

  private CompletionStage<Done> read(HttpEntity body, int bytesMax, Duration patience, Part part) {
    return body.withSizeLimit(bytesMax)
        .getDataBytes()
        .completionTimeout(patience)
        .runForeach(part::take, system);
  }

  /**
   * Leaves out a body that nobody wants. One in chunks is not even read, and the connection ends
   * with the answer.
   */
  public void drop(HttpRequest request) {
    if (!request.entity().isChunked()) {
      request.discardEntityBytes(system);
    }
  }

  /** One body, and what it takes of the room. */
  private final class Part {
    private ByteString gathered = ByteString.emptyByteString();
    private int bytes;
    private boolean isWhole = true;

    /** Reads on where there is no room, and keeps nothing: who still sends does not listen. */
    synchronized void take(ByteString chunk) {
      int takes = chunk.isEmpty() ? 0 : chunk.size() + CHUNK_BYTES;
      isWhole = isWhole && room.tryAcquire(takes);
      if (isWhole) {
        gathered = gathered.concat(chunk);
        bytes += takes;
      } else {
        gathered = ByteString.emptyByteString();
      }
    }

    /** The body in one piece, which is no longer kept here; empty if there was no room for it. */
    synchronized Optional<ByteString> whole() {
      ByteString whole = ByteString.fromArrayUnsafe(gathered.toArrayUnsafe());
      gathered = ByteString.emptyByteString();
      return Optional.of(whole).filter(_ -> isWhole);
    }

    synchronized void leave() {
      isWhole = false;
      gathered = ByteString.emptyByteString();
      room.release(bytes);
      bytes = 0;
    }
  }

  /** What stages wrap. */
  public static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException wrapper && wrapper.getCause() != null
        ? cause(wrapper.getCause())
        : failure;
  }

  public static HttpEntity.Strict json(JsonNode json) {
    return HttpEntities.create(ContentTypes.APPLICATION_JSON, json.toString());
  }

  /** An error, in the form that the Beacon API and the keymanager API have in common. */
  public static HttpResponse error(int status, String message) {
    return HttpResponse.create()
        .withStatus(status)
        .withEntity(
            json(
                JsonNodeFactory.instance.objectNode().put("code", status).put("message", message)));
  }
}
