/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.sign;

import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How often each problem came up. The log hears of each once in ten seconds: the same may happen
 * for every validator of a slot.
 */
final class ProblemCounts<P extends Enum<P>> {
  static final long BETWEEN_LINES_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final LongSupplier nanoTime;
  private final Map<P, Long> counts;
  private final Map<P, Long> toldNanos;

  ProblemCounts(Class<P> problems) {
    this(problems, System::nanoTime);
  }

  ProblemCounts(Class<P> problems, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.counts = new EnumMap<>(problems);
    this.toldNanos = new EnumMap<>(problems);
  }

  synchronized void count(P problem) {
    counts.merge(problem, 1L, Long::sum);
  }

  /** How often it came up so far, if that is due to be told. */
  synchronized OptionalLong countForTheLog(P problem) {
    count(problem);
    long now = nanoTime.getAsLong();
    if (now - toldNanos.getOrDefault(problem, now - BETWEEN_LINES_NANOS) < BETWEEN_LINES_NANOS) {
      return OptionalLong.empty();
    }
    toldNanos.put(problem, now);
    return OptionalLong.of(counts.getOrDefault(problem, 0L));
  }

  synchronized Map<P, Long> all() {
    return Map.copyOf(counts);
  }
}
