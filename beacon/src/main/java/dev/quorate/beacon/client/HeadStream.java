/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import dev.quorate.beacon.client.BeaconError.BadStatus;
import dev.quorate.beacon.client.BeaconError.Unreachable;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.event.Logging;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.sse.ServerSentEvent;
import org.apache.pekko.http.javadsl.unmarshalling.Unmarshaller;
import org.apache.pekko.http.javadsl.unmarshalling.sse.EventStreamUnmarshalling;
import org.apache.pekko.http.scaladsl.settings.ServerSentEventSettings;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.RestartSettings;
import org.apache.pekko.stream.javadsl.Framing;
import org.apache.pekko.stream.javadsl.FramingTruncation;
import org.apache.pekko.stream.javadsl.RestartSource;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node's head events (Server-Sent Events), for as long as someone listens: whatever ends the
 * stream, it is opened again after a pause that grows. A node may lack the endpoint; it is then
 * asked in vain, ever more seldom.
 *
 * <p>What a node can make us hold or do is bounded: the line, the event, and how many events of a
 * second are handed on; of more the latest count.
 */
final class HeadStream {
  /** A longer line ends the connection; a head event has some 500 bytes. */
  static final int LINE_BYTES_MAX = 4 * 1024;

  /** All lines of an event together. */
  static final int EVENT_BYTES_MAX = 8 * 1024;

  /** A chain has one head in a slot, and another one after a reorganisation. */
  static final int EVENTS_PER_SECOND_MAX = 4;

  static final Duration PAUSE_FIRST = Duration.ofMillis(500);

  /** Also how long a stream must have lasted for the next pause to be the first again. */
  static final Duration PAUSE_MAX = Duration.ofSeconds(30);

  /** So that the pods of many operators do not come back to a node all at once. */
  private static final double PAUSE_JITTER = 0.3;

  private static final int OK = 200;
  private static final ByteString LINE_END = ByteString.fromString("\n");
  private static final Query QUERY = Query.get("/eth/v1/events", "topics=head", 1);
  private static final Logger LOG = LoggerFactory.getLogger(HeadStream.class);

  private final BeaconUrl url;
  private final HttpExchange http;
  private final Materializer materializer;
  private final Unmarshaller<HttpEntity, Source<ServerSentEvent, NotUsed>> format;
  private final LongAdder events = new LongAdder();
  private final LongAdder malformed = new LongAdder();
  private final LongAdder connections = new LongAdder();
  private final AtomicBoolean isOpen = new AtomicBoolean();
  private final AtomicBoolean isKnownToBeLost = new AtomicBoolean();

  HeadStream(ActorSystem<?> system, BeaconUrl url, HttpExchange http) {
    this.url = url;
    this.http = http;
    this.materializer = Materializer.matFromSystem(system);
    this.format =
        EventStreamUnmarshalling.fromEventsStream(
            ServerSentEventSettings.apply(system.settings().config())
                .withLineLength(LINE_BYTES_MAX + 1)
                .withMaxEventSize(EVENT_BYTES_MAX));
  }

  HeadFigures figures() {
    return new HeadFigures(events.sum(), malformed.sum(), connections.sum(), isOpen.get());
  }

  /**
   * Never fails and never ends by itself.
   *
   * @param silence a stream on which nothing comes for that long, not even a comment, is taken for
   *     dead
   */
  Source<HeadEvent, NotUsed> events(Duration silence) {
    RestartSettings pauses =
        RestartSettings.create(PAUSE_FIRST, PAUSE_MAX, PAUSE_JITTER)
            .withMaxRestarts(Integer.MAX_VALUE, PAUSE_MAX)
            .withLogSettings(RestartSettings.createLogSettings(Logging.DebugLevel()));
    return RestartSource.withBackoff(pauses, () -> connection(silence))
        .conflate((_, latest) -> latest)
        .throttle(EVENTS_PER_SECOND_MAX, Duration.ofSeconds(1));
  }

  private Source<HeadEvent, NotUsed> connection(Duration silence) {
    return Source.completionStageSource(open(silence))
        .mapMaterializedValue(_ -> NotUsed.getInstance())
        .mapConcat(event -> read(event).stream().toList())
        // So that without a failure it only ends when nobody listens any more.
        .concatLazy(Source.lazySource(this::ended))
        .watchTermination((notUsed, end) -> {
          end.whenComplete((_, failure) -> onEnd(Optional.ofNullable(failure)));
          return notUsed;
        });
  }

  private Source<HeadEvent, NotUsed> ended() {
    return Source.failed(new BeaconException(new Unreachable(QUERY.call(url), "the stream ended")));
  }

  private CompletionStage<Source<ServerSentEvent, NotUsed>> open(Duration silence) {
    return http.open(QUERY.call(url), QUERY.request(url, "text/event-stream"), silence)
        .thenCompose(this::receive);
  }

  private CompletionStage<Source<ServerSentEvent, NotUsed>> receive(HttpResponse response) {
    if (response.status().intValue() != OK) {
      response.discardEntityBytes(materializer);
      return CompletableFuture.failedFuture(
          new BeaconException(new BadStatus(QUERY.call(url), response.status().intValue(), "")));
    }
    // The format's own bound is looked at only once a line has ended.
    Source<ByteString, ?> lines =
        response
            .entity()
            .withoutSizeLimit()
            .getDataBytes()
            .via(Framing.delimiter(LINE_END, LINE_BYTES_MAX, FramingTruncation.ALLOW))
            .map(line -> line.concat(LINE_END));
    return format
        .unmarshal(
            HttpEntities.create(response.entity().getContentType(), lines),
            materializer.executionContext(),
            materializer)
        .whenComplete((_, failure) -> {
          if (failure == null) {
            onOpen();
          }
        });
  }

  private Optional<HeadEvent> read(ServerSentEvent event) {
    Optional<HeadEvent> head =
        Optional.of(event)
            .filter(some -> some.getEventType().filter("head"::equals).isPresent())
            .flatMap(some -> Answer.object(some.getData()))
            .flatMap(HeadEvent::ofJson);
    (head.isPresent() ? events : malformed).increment();
    return head;
  }

  private void onOpen() {
    connections.increment();
    isKnownToBeLost.set(false);
    LOG.info("{} tells of its heads", url);
    // Last: who sees it has the rest behind it.
    isOpen.set(true);
  }

  private void onEnd(Optional<Throwable> failure) {
    isOpen.set(false);
    if (failure.isPresent() && isKnownToBeLost.compareAndSet(false, true)) {
      LOG.warn("{} does not tell of its heads: {}", url, BoundedText.of(failure.get().toString()));
    }
  }
}
