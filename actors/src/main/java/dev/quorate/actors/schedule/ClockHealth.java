/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import java.util.OptionalLong;

/**
 * Whether the pod's wall clock can be relied on. The scheduler writes it; whoever judges the pod's
 * health may read it, on any thread.
 */
public final class ClockHealth {
  /** A clock that was set is trusted again after so many slots in which it was not. */
  public static final int SLOTS_UNTIL_TRUSTED = 32;

  private volatile State state = new State(0, OptionalLong.empty(), 0);

  private record State(long steps, OptionalLong recentStepMillis, long trustedFromSlot) {}

  /**
   * @param slot by the clock as it is now
   */
  void onStep(long stepMillis, long slot) {
    state = new State(state.steps() + 1, OptionalLong.of(stepMillis), slot + SLOTS_UNTIL_TRUSTED);
  }

  void onSlot(long slot) {
    if (slot >= state.trustedFromSlot()) {
      state = new State(state.steps(), OptionalLong.empty(), 0);
    }
  }

  /** How often the clock was set since the pod started. */
  public long steps() {
    return state.steps();
  }

  /** By how much the clock was last set, negative if back; empty once it is trusted again. */
  public OptionalLong recentStepMillis() {
    return state.recentStepMillis();
  }

  public boolean isSteady() {
    return recentStepMillis().isEmpty();
  }
}
