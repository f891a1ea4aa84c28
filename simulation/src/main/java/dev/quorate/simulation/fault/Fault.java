/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation.fault;

import java.util.List;

/**
 * One thing that goes wrong. Times are milliseconds from the beginning of a run; links are sets of
 * operators as bits.
 */
public sealed interface Fault {
  FaultKind kind();

  /** What is wrong with all messages for a while, in percent of them. */
  record Weather(FaultKind kind, long fromMillis, long untilMillis, int percent) implements Fault {}

  /**
   * For a while no message gets through some links.
   *
   * @param deaf by operator: those that it does not hear, operator i as bit i
   */
  record Cut(FaultKind kind, long fromMillis, long untilMillis, List<Long> deaf) implements Fault {
    public Cut {
      deaf = List.copyOf(deaf);
    }
  }

  /** Where a crash happens, seen from the persist or send. */
  enum Side {
    BEFORE,
    AFTER
  }

  /**
   * @param point which one of the operator's writes and sends in this run, from 0
   */
  record Crash(int operator, int point, Side side, long downMillis) implements Fault {
    @Override
    public FaultKind kind() {
      return FaultKind.CRASH;
    }
  }

  record PowerCut(int operator, long atMillis, long downMillis) implements Fault {
    @Override
    public FaultKind kind() {
      return FaultKind.POWER;
    }
  }

  /** What became of a write of which nobody was told that it failed. */
  enum Write {
    HAPPENED,
    LOST
  }

  /**
   * @param write which one of the operator's writes in this run, from 0
   */
  record DiskError(int operator, int write, Write what) implements Fault {
    @Override
    public FaultKind kind() {
      return FaultKind.DISK;
    }
  }

  record Twins(int operator, long fromMillis, long untilMillis) implements Fault {
    @Override
    public FaultKind kind() {
      return FaultKind.TWINS;
    }
  }

  /**
   * @param patienceMillis for which the old entity may go on with what it has begun
   */
  record HandOver(int operator, long atMillis, long patienceMillis, long gapMillis)
      implements Fault {
    @Override
    public FaultKind kind() {
      return FaultKind.HAND_OVER;
    }
  }

  record Restore(int operator, long backupMillis, long atMillis, long downMillis) implements Fault {
    @Override
    public FaultKind kind() {
      return FaultKind.RESTORE;
    }
  }

  /** A clock that is off by some, and runs too fast by some parts of a million. */
  record Drift(int operator, long offMillis, long fastPpm) implements Fault {
    @Override
    public FaultKind kind() {
      return FaultKind.CLOCK;
    }
  }

  /**
   * A clock that is set wrong, and right again.
   *
   * @param restartAfterMillis when the operator's pods restart meanwhile; beyond {@code
   *     untilMillis} for not at all
   */
  record Leap(int operator, long atMillis, long byMillis, long untilMillis, long restartAfterMillis)
      implements Fault {
    @Override
    public FaultKind kind() {
      return FaultKind.CLOCK;
    }
  }

  /** What the operator's own beacon nodes say of one epoch. */
  enum Tale {
    ANOTHER_HEAD,
    ANOTHER_TARGET,
    ANOTHER_SOURCE,
    FUTURE_TARGET,
    RAISED_SOURCE,
    NOTHING
  }

  /**
   * @param untilMillis from when on they tell the truth
   */
  record Rumour(int operator, long epoch, Tale tale, long lateMillis, long untilMillis)
      implements Fault {
    @Override
    public FaultKind kind() {
      return FaultKind.BEACON;
    }
  }

  /** The chain moves a duty within its epoch; each operator hears of it in its own time. */
  record Reorganisation(long epoch, int slotsLater, List<Long> heardMillis) implements Fault {
    public Reorganisation {
      heardMillis = List.copyOf(heardMillis);
    }

    @Override
    public FaultKind kind() {
      return FaultKind.BEACON;
    }
  }

  /** For a while beacon nodes do not answer to submissions, or refuse them. */
  record Refusal(int operator, long fromMillis, long untilMillis, int unknownPercent)
      implements Fault {
    @Override
    public FaultKind kind() {
      return FaultKind.BEACON;
    }
  }

  /** For a while so many of an operator's own services' answers fail, are lost, or are slow. */
  record Sickness(int operator, long fromMillis, long untilMillis, int percent) implements Fault {
    @Override
    public FaultKind kind() {
      return FaultKind.SERVICE;
    }
  }

  /** An operator lies in this way, all along. */
  record Treason(int operator, Habit habit) implements Fault {
    @Override
    public FaultKind kind() {
      return FaultKind.TREASON;
    }
  }
}
