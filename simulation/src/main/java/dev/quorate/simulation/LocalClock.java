/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

/**
 * An operator's own clocks: a wall clock that may be off and may be set, and a steady one that only
 * runs at another speed.
 */
final class LocalClock {
  private static final long MILLION = 1_000_000;

  private final Agenda agenda;
  private long setAtMillis;
  private long wallThenMillis;
  private long fastPpm;

  LocalClock(Agenda agenda) {
    this.agenda = agenda;
    setAtMillis = agenda.nowMillis();
    wallThenMillis = setAtMillis;
  }

  /** Unix milliseconds, as this operator believes. */
  long wallMillis() {
    long passed = agenda.nowMillis() - setAtMillis;
    return wallThenMillis + (fastPpm == 0 ? passed : passed + passed * fastPpm / MILLION);
  }

  /** How long the world takes while this operator counts {@code millis}. */
  long worldMillis(long millis) {
    return fastPpm == 0 ? millis : millis * MILLION / (MILLION + fastPpm);
  }

  void step(long millis) {
    rebase(wallMillis() + millis, fastPpm);
  }

  /**
   * @param ppm parts per million that it runs too fast
   */
  void run(long ppm) {
    rebase(wallMillis(), ppm);
  }

  /** Right, and at the right speed. */
  void heal() {
    rebase(agenda.nowMillis(), 0);
  }

  private void rebase(long wallMillis, long ppm) {
    setAtMillis = agenda.nowMillis();
    wallThenMillis = wallMillis;
    fastPpm = ppm;
  }
}
