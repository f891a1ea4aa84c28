/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DatabaseProbeTest {
  private final AtomicInteger questions = new AtomicInteger();
  private final AtomicLong nanos = new AtomicLong();
  private CompletableFuture<Boolean> answer = CompletableFuture.completedFuture(true);
  private final DatabaseProbe probe =
      new DatabaseProbe(
          () -> {
            questions.incrementAndGet();
            return answer;
          },
          nanos::get);

  private boolean ask() {
    return probe.isReachable().toCompletableFuture().join();
  }

  @Test
  void asksOnceWhileTheAnswerIsFresh() {
    assertThat(ask()).isTrue();
    assertThat(ask()).isTrue();
    assertThat(questions).hasValue(1);

    nanos.addAndGet(DatabaseProbe.FRESH.toNanos());
    answer = CompletableFuture.completedFuture(false);
    assertThat(ask()).isFalse();
    assertThat(questions).hasValue(2);
  }

  @Test
  void neverAsksTwiceAtOnce() {
    answer = new CompletableFuture<>();
    CompletableFuture<Boolean> first = probe.isReachable().toCompletableFuture();
    nanos.addAndGet(10 * DatabaseProbe.FRESH.toNanos());
    CompletableFuture<Boolean> second = probe.isReachable().toCompletableFuture();
    assertThat(questions).hasValue(1);

    answer.complete(true);
    assertThat(first.join()).isTrue();
    assertThat(second.join()).isTrue();
  }

  @Test
  void callsADatabaseThatHangsOrFailsUnreachable() {
    answer = new CompletableFuture<>();
    assertThat(ask()).isFalse();
    assertThat(probe.wasReachable()).isFalse();

    answer.completeExceptionally(new IllegalStateException("no connection"));
    nanos.addAndGet(DatabaseProbe.FRESH.toNanos());
    assertThat(ask()).isFalse();
  }
}
