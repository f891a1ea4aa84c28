/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.quorum;

/**
 * The arithmetic of n operators of which up to f may be Byzantine.
 *
 * @param operators n, from 1 to {@link #OPERATORS_MAX}
 */
public record Quorum(int operators) {
  public static final int OPERATORS_MAX = 40;

  public Quorum {
    if (operators < 1 || operators > OPERATORS_MAX) {
      throw new IllegalArgumentException(
          operators + " operators, allowed are 1 to " + OPERATORS_MAX);
    }
  }

  /** f = floor((n-1)/3): how many may lie. */
  public int faulty() {
    return (operators - 1) / 3;
  }

  /** q = ceil(2n/3): any two sets of q share an honest operator. */
  public int size() {
    return (2 * operators + 2) / 3;
  }

  /** f+1: any set of this size holds an honest operator. */
  public int honest() {
    return faulty() + 1;
  }
}
