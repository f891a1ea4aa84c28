/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.validator;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How many bytes of large values this pod keeps of each operator, for all validators together: one
 * that pushes without end takes no room from the others. Safe for use by many threads.
 */
public final class DepotBudget {
  /** Four of the largest values. */
  public static final long BYTES_PER_OPERATOR_MAX = 64L * 1024 * 1024;

  private final AtomicLongArray taken;

  /**
   * @param operators how many the cluster has
   */
  public DepotBudget(int operators) {
    taken = new AtomicLongArray(operators);
  }

  /**
   * @return whether there was room for so many bytes
   */
  boolean take(int operator, long bytes) {
    if (charge(operator, bytes) <= BYTES_PER_OPERATOR_MAX) {
      return true;
    }
    free(operator, bytes);
    return false;
  }

  /** Of the own values, which are few and needed: they have room in any case. */
  long charge(int operator, long bytes) {
    return taken.addAndGet(operator, bytes);
  }

  void free(int operator, long bytes) {
    taken.addAndGet(operator, -bytes);
  }

  /** Bytes that are kept now, of all operators. */
  public long bytes() {
    long sum = 0;
    for (int operator = 0; operator < taken.length(); operator++) {
      sum += taken.get(operator);
    }
    return sum;
  }
}
