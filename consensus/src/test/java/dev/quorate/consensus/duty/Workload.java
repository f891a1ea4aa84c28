/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/** What one operator has to do for all of its validators: one thing after the other. */
final class Workload {
  private final Agenda agenda;
  private final LongSupplier millisPerTask;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private long busyMillis;
  private int tasks;

  Workload(Agenda agenda, LongSupplier millisPerTask) {
    this.agenda = agenda;
    this.millisPerTask = millisPerTask;
  }

  void add(Runnable task) {
    waiting.add(task);
    if (waiting.size() == 1) {
      takeNext();
    }
  }

  private void takeNext() {
    long millis = millisPerTask.getAsLong();
    busyMillis += millis;
    tasks++;
    agenda.later(
        millis,
        () -> {
          waiting.getFirst().run();
          waiting.removeFirst();
          if (!waiting.isEmpty()) {
            takeNext();
          }
        });
  }

  int tasks() {
    return tasks;
  }

  /** How long they took. */
  long busyMillis() {
    return busyMillis;
  }
}
