/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import java.util.PriorityQueue;

/** What is going to happen, in virtual time; of one moment in the order in which it was planned. */
public final class Agenda {
  /** Far more than any run takes. */
  private static final long STEPS_MAX = 2_000_000;

  private record Moment(long atMillis, long order, Runnable what) implements Comparable<Moment> {
    @Override
    public int compareTo(Moment other) {
      int byTime = Long.compare(atMillis, other.atMillis);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  private final PriorityQueue<Moment> moments = new PriorityQueue<>(256);
  private long nowMillis;
  private long planned;
  private long steps;

  Agenda(long nowMillis) {
    this.nowMillis = nowMillis;
  }

  /** Unix milliseconds, of the simulated world and nobody's clock. */
  public long nowMillis() {
    return nowMillis;
  }

  /** How many things have happened. */
  long steps() {
    return steps;
  }

  public void after(long millis, Runnable what) {
    moments.add(new Moment(nowMillis + Math.max(0, millis), planned++, what));
  }

  public void at(long unixMillis, Runnable what) {
    after(unixMillis - nowMillis, what);
  }

  void runUntil(long unixMillis) {
    for (Moment next = moments.peek();
        next != null && next.atMillis() <= unixMillis;
        next = moments.peek()) {
      moments.poll();
      nowMillis = next.atMillis();
      if (++steps > STEPS_MAX) {
        throw new IllegalStateException("there is no end to what happens");
      }
      next.what().run();
    }
    nowMillis = unixMillis;
  }
}
