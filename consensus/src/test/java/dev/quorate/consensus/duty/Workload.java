/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/** What one operator has to do for all of its validators: one thing after the other. */
final class Workload {
  private record Task(boolean isFree, Runnable what) {}

  private final Agenda agenda;
  private final LongSupplier millisPerTask;
  private final Deque<Task> waiting = new ArrayDeque<>();
  private long busyMillis;
  private int tasks;

  Workload(Agenda agenda, LongSupplier millisPerTask) {
    this.agenda = agenda;
    this.millisPerTask = millisPerTask;
  }

  /** One that is free takes its turn, but no time. */
  void add(boolean isFree, Runnable what) {
    waiting.add(new Task(isFree, what));
    if (waiting.size() == 1) {
      takeNext();
    }
  }

  private void takeNext() {
    long millis = waiting.getFirst().isFree() ? 0 : millisPerTask.getAsLong();
    busyMillis += millis;
    tasks += waiting.getFirst().isFree() ? 0 : 1;
    agenda.later(
        millis,
        () -> {
          waiting.getFirst().what().run();
          waiting.removeFirst();
          if (!waiting.isEmpty()) {
            takeNext();
          }
        });
  }

  /** How many it did that were not free. */
  int tasks() {
    return tasks;
  }

  /** How long they took. */
  long busyMillis() {
    return busyMillis;
  }
}
