/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.secured;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.config.Address;
import dev.quorate.config.OperatorSettings;
import dev.quorate.http.secured.Gate.BrokenOffException;
import dev.quorate.http.secured.Gate.FullException;
import dev.quorate.http.secured.Gate.LargeBodyException;
import dev.quorate.http.secured.Gate.SlowBodyException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** With room for ten parts of 100 bytes, of which one body may have nine, in 200 ms. */
class GateTest {
  private static final int ROOM_BYTES = 10 * (100 + Gate.CHUNK_BYTES);
  private static final int BODY_BYTES_MAX = 900;
  private static final Duration PATIENCE = Duration.ofMillis(200);

  /** Loopback, no token. */
  private static final OperatorSettings.SecuredApi OPEN =
      new OperatorSettings.SecuredApi(
          new Address("127.0.0.1", 0), Optional.empty(), Optional.empty());

  private final ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "gate");
  private final Gate gate = new Gate(system, OPEN, PATIENCE, ROOM_BYTES);

  @AfterEach
  void close() {
    system.terminate();
  }

  private static Source<ByteString, ?> chunks(int count) {
    return Source.repeat(ByteString.fromArray(new byte[100])).take(count);
  }

  private CompletableFuture<HttpResponse> ask(
      Source<ByteString, ?> body, CompletionStage<HttpResponse> answer) {
    return ask(body, () -> answer);
  }

  private CompletableFuture<HttpResponse> ask(
      Source<ByteString, ?> body, Supplier<CompletionStage<HttpResponse>> answer) {
    return ask(gate, body, answer);
  }

  private static CompletableFuture<HttpResponse> ask(
      Gate gate, Source<ByteString, ?> body, Supplier<CompletionStage<HttpResponse>> answer) {
    return gate.withBody(
            HttpRequest.POST("/")
                .withEntity(
                    HttpEntities.createChunked(ContentTypes.APPLICATION_OCTET_STREAM, body)),
            BODY_BYTES_MAX,
            _ -> answer.get())
        .toCompletableFuture();
  }

  private void allRoomIsFree() {
    HttpResponse answer = HttpResponse.create();
    CompletableFuture<HttpResponse> most = new CompletableFuture<>();
    CompletableFuture<HttpResponse> first = ask(chunks(9), most);
    assertThat(ask(chunks(1), CompletableFuture.completedStage(answer)))
        .succeedsWithin(Duration.ofSeconds(10));
    most.complete(answer);
    assertThat(first).succeedsWithin(Duration.ofSeconds(10));
  }

  private static void fails(CompletableFuture<HttpResponse> asked, Class<? extends Exception> why) {
    assertThat(asked)
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(why);
  }

  @Test
  void aBodyKeepsItsRoomUntilItIsAnswered() throws Exception {
    CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
    CompletableFuture<Void> judged = new CompletableFuture<>();
    CompletableFuture<HttpResponse> first =
        ask(
            chunks(6),
            () -> {
              judged.complete(null);
              return answer;
            });
    judged.join();

    fails(ask(chunks(5), answer), FullException.class);
    assertThat(ask(chunks(4), CompletableFuture.completedStage(HttpResponse.create())))
        .succeedsWithin(Duration.ofSeconds(10));
    answer.complete(HttpResponse.create());
    assertThat(first).succeedsWithin(Duration.ofSeconds(10));
    allRoomIsFree();
  }

  @Test
  void whatComesInSmallPartsTakesRoomForEach() {
    Source<ByteString, ?> small =
        Source.repeat(ByteString.fromArray(new byte[1])).take(ROOM_BYTES / Gate.CHUNK_BYTES);

    fails(ask(small, new CompletableFuture<>()), FullException.class);
    allRoomIsFree();
  }

  @Test
  void bodiesAreJudgedOneAfterTheOther() {
    AtomicInteger judged = new AtomicInteger();
    CyclicBarrier together = new CyclicBarrier(2);
    Supplier<CompletionStage<HttpResponse>> answer =
        () -> {
          try {
            together.await(200, TimeUnit.MILLISECONDS);
            return CompletableFuture.failedStage(new IllegalStateException("two at once"));
          } catch (InterruptedException | BrokenBarrierException | TimeoutException alone) {
            judged.incrementAndGet();
            return CompletableFuture.completedStage(HttpResponse.create());
          }
        };
    CompletableFuture<HttpResponse> first = ask(chunks(1), answer);
    CompletableFuture<HttpResponse> second = ask(chunks(1), answer);

    assertThat(first).succeedsWithin(Duration.ofSeconds(10));
    assertThat(second).succeedsWithin(Duration.ofSeconds(10));
    assertThat(judged).hasValue(2);
  }

  @Test
  void bodiesInChunksAreReadOneAfterTheOther() {
    Gate patient = new Gate(system, OPEN, Gate.BODY_PATIENCE, ROOM_BYTES);
    AtomicInteger begun = new AtomicInteger();
    CompletableFuture<ByteString> end = new CompletableFuture<>();
    Source<ByteString, ?> body =
        Source.completionStage(end)
            .mapMaterializedValue(own -> {
              begun.incrementAndGet();
              return own;
            });
    CompletionStage<HttpResponse> answer = CompletableFuture.completedStage(HttpResponse.create());
    List<CompletableFuture<HttpResponse>> asked =
        IntStream.range(0, 6).mapToObj(_ -> ask(patient, body, () -> answer)).toList();

    assertThat(begun).hasValue(1);
    end.complete(ByteString.fromArray(new byte[1]));
    asked.forEach(one -> assertThat(one).succeedsWithin(Duration.ofSeconds(10)));
  }

  @Test
  void whoStallsInHisTurnIsGivenUpSoonUnlessHeMaySendABlock() {
    Gate patient = new Gate(system, OPEN, Duration.ofHours(1), ROOM_BYTES);
    CompletionStage<HttpResponse> answer = CompletableFuture.completedStage(HttpResponse.create());
    CompletableFuture<HttpResponse> stalls = ask(patient, Source.maybe(), () -> answer);
    CompletableFuture<HttpResponse> next = ask(patient, chunks(1), () -> answer);
    fails(stalls, SlowBodyException.class);
    assertThat(next).succeedsWithin(Duration.ofSeconds(10));
  }

  @Test
  void whateverBecomesOfABodyItsRoomComesBack() {
    fails(
        ask(chunks(5), CompletableFuture.failedStage(new IllegalStateException("a bug"))),
        IllegalStateException.class);
    allRoomIsFree();
    fails(ask(chunks(10), new CompletableFuture<>()), LargeBodyException.class);
    allRoomIsFree();
    fails(
        ask(chunks(5).concat(Source.failed(new IOException("reset"))), new CompletableFuture<>()),
        BrokenOffException.class);
    allRoomIsFree();
    fails(
        ask(chunks(5).concat(Source.maybe()), new CompletableFuture<>()), SlowBodyException.class);
    allRoomIsFree();
  }
}
