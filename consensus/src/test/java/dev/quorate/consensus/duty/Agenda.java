/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import java.util.Comparator;
import java.util.PriorityQueue;

/** What is going to happen, in virtual time; of one moment in the order in which it was planned. */
final class Agenda {
  private record Moment(long atMillis, long order, Runnable what) {}

  private final PriorityQueue<Moment> moments =
      new PriorityQueue<>(Comparator.comparingLong(Moment::atMillis).thenComparing(Moment::order));
  private long nowMillis;
  private long order;

  Agenda(long nowMillis) {
    this.nowMillis = nowMillis;
  }

  long nowMillis() {
    return nowMillis;
  }

  void later(long millis, Runnable what) {
    moments.add(new Moment(nowMillis + millis, order++, what));
  }

  /** The next thing that happens; false if nothing will. */
  boolean advance() {
    Moment next = moments.poll();
    if (next == null) {
      return false;
    }
    nowMillis = Math.max(nowMillis, next.atMillis());
    next.what().run();
    return true;
  }

  void runUntil(long millis) {
    while (!moments.isEmpty() && moments.peek().atMillis() <= millis) {
      advance();
    }
    nowMillis = millis;
  }
}
