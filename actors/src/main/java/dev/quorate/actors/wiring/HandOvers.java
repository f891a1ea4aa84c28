/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long validators of the operator were without an entity because it moved to another pod, or
 * started again in its own: from the end of the one, as this pod learnt of it, to the begin of the
 * next, and nothing if it learnt of that first. Every pod sees all moves. For metrics, tests and
 * reports.
 */
public final class HandOvers {
  private static final Logger LOG = LoggerFactory.getLogger(HandOvers.class);

  private final LongAdder moves = new LongAdder();
  private final LongAdder totalNanos = new LongAdder();
  private final LongAccumulator longestNanos = new LongAccumulator(Math::max, 0);

  void ended(int validator, long pauseNanos) {
    moves.increment();
    totalNanos.add(pauseNanos);
    longestNanos.accumulate(pauseNanos);
    LOG.debug("validator {} was away for {} ms", validator, millis(pauseNanos));
  }

  void allUp() {
    LOG.info(
        "all validators are up again; {} moves by now, away for {} ms on average and {} ms at most",
        moves(),
        meanMillis(),
        longestMillis());
  }

  public long moves() {
    return moves.sum();
  }

  public long longestMillis() {
    return millis(longestNanos.get());
  }

  /** 0 without any move. */
  public long meanMillis() {
    return millis(totalNanos.sum() / Math.max(1, moves.sum()));
  }

  private static long millis(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }
}
