/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.secured;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.config.Address;
import dev.quorate.config.OperatorSettings;
import dev.quorate.http.secured.Gate.FullException;
import dev.quorate.http.secured.Gate.SlowBodyException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** With room for 1,000 bytes, of which one body may take 900, in 200 ms. */
class GateTest {
  private static final int ROOM_BYTES = 1_000;
  private static final int BODY_BYTES_MAX = 900;
  private static final Duration PATIENCE = Duration.ofMillis(200);

  private final ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "gate");
  private final Gate gate =
      new Gate(
          system,
          new OperatorSettings.SecuredApi(
              new Address("127.0.0.1", 0), Optional.empty(), Optional.empty()),
          PATIENCE,
          ROOM_BYTES);

  @AfterEach
  void close() {
    system.terminate();
  }

  private static Source<ByteString, ?> chunks(int count) {
    return Source.repeat(ByteString.fromArray(new byte[100])).take(count);
  }

  private CompletableFuture<HttpResponse> ask(
      Source<ByteString, ?> body, CompletionStage<HttpResponse> answer) {
    return gate.withBody(
            HttpRequest.POST("/")
                .withEntity(
                    HttpEntities.createChunked(ContentTypes.APPLICATION_OCTET_STREAM, body)),
            BODY_BYTES_MAX,
            _ -> answer)
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
        gate.withBody(
                HttpRequest.POST("/").withEntity(new byte[600]),
                BODY_BYTES_MAX,
                _ -> {
                  judged.complete(null);
                  return answer;
                })
            .toCompletableFuture();
    judged.join();

    fails(ask(chunks(5), answer), FullException.class);
    assertThat(ask(chunks(4), CompletableFuture.completedStage(HttpResponse.create())))
        .succeedsWithin(Duration.ofSeconds(10));
    answer.complete(HttpResponse.create());
    assertThat(first).succeedsWithin(Duration.ofSeconds(10));
    allRoomIsFree();
  }

  @Test
  void whateverBecomesOfABodyItsRoomComesBack() {
    fails(
        ask(chunks(5), CompletableFuture.failedStage(new IllegalStateException("a bug"))),
        IllegalStateException.class);
    allRoomIsFree();
    fails(ask(chunks(10), new CompletableFuture<>()), EntityStreamSizeException.class);
    allRoomIsFree();
    fails(
        ask(chunks(5).concat(Source.maybe()), new CompletableFuture<>()), SlowBodyException.class);
    allRoomIsFree();
  }
}
