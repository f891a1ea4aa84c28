/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

/**
 * Timers of a duty. Starting one replaces a running one in the same {@link Lane}; one that expires
 * after its moment has passed is ignored.
 */
public sealed interface DutyTimer {
  Lane lane();

  enum Lane {
    BEGIN,
    ROUND,
    NUDGE,
    /** What asks a service of this operator again. */
    RETRY,
    DEADLINE
  }

  /** Voting begins, unless it has begun early. */
  record Begin() implements DutyTimer {
    @Override
    public Lane lane() {
      return Lane.BEGIN;
    }
  }

  record Round(int round) implements DutyTimer {
    @Override
    public Lane lane() {
      return Lane.ROUND;
    }
  }

  /** Time to tell the peers what is still lacking. */
  record Nudge(int count) implements DutyTimer {
    @Override
    public Lane lane() {
      return Lane.NUDGE;
    }
  }

  /** Time to ask the services again that did not answer. */
  record Retry(int count) implements DutyTimer {
    @Override
    public Lane lane() {
      return Lane.RETRY;
    }
  }

  record Deadline() implements DutyTimer {
    @Override
    public Lane lane() {
      return Lane.DEADLINE;
    }
  }
}
