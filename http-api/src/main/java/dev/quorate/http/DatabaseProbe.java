/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Asks whether the database answers, one question at a time and seldom: however often the pod's
 * readiness is asked for, it takes one connection at most from those who sign.
 */
final class DatabaseProbe {
  /** An answer holds for so long. */
  static final Duration FRESH = Duration.ofSeconds(1);

  /** A database that needs longer counts as unreachable. */
  static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Supplier<CompletionStage<Boolean>> question;
  private final LongSupplier nanos;
  private CompletableFuture<Boolean> asked = CompletableFuture.completedFuture(true);
  private long askedAtNanos;
  private volatile boolean reachable = true;

  /**
   * @param nanos a monotonic clock
   */
  DatabaseProbe(Supplier<CompletionStage<Boolean>> question, LongSupplier nanos) {
    this.question = question;
    this.nanos = nanos;
    this.askedAtNanos = nanos.getAsLong() - FRESH.toNanos();
  }

  /** The last answer. */
  boolean wasReachable() {
    return reachable;
  }

  /** The last answer if it is fresh, or a new one. */
  synchronized CompletionStage<Boolean> isReachable() {
    long now = nanos.getAsLong();
    if (asked.isDone() && now - askedAtNanos >= FRESH.toNanos()) {
      askedAtNanos = now;
      asked = question.get().exceptionally(_ -> false).toCompletableFuture();
    }
    return asked
        .copy()
        .completeOnTimeout(false, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
        .thenApply(answer -> {
          reachable = answer;
          return answer;
        });
  }
}
