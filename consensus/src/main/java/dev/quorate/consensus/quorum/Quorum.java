/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.quorum;

/**
 * The arithmetic of n operators of which up to f may be Byzantine, and of the signing threshold t.
 *
 * <p>For every n from 1 to 40 (tested exhaustively, and true for any n): two quorums share more
 * than f operators, so at least one honest one ({@code 2q - n > f}); q is the smallest size with
 * that property; a quorum is left when all f are silent ({@code q <= n - f}); and a quorum holds at
 * least f+1 honest operators ({@code q - f >= f + 1}). With n = 3f+1 or 3f+2 exactly f operators
 * may be silent; with n = 3f+3 it is f+1, of which still only f may lie. Below n = 4, f is 0:
 * nobody may lie.
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

  /** Is {@code operator} a position in the cluster file, from 0? */
  public boolean has(int operator) {
    return operator >= 0 && operator < operators;
  }

  /** The signing threshold that a cluster gets unless it asks for another: q, always sound. */
  public int thresholdDefault() {
    return size();
  }

  /**
   * May {@code threshold} partial signatures make a signature?
   *
   * <p>Of two conflicting messages each honest operator signs at most one and each faulty one both:
   * together n + f partials, so both can gather t exactly if {@code 2t <= n + f}. When all f are
   * silent, n - f partials are left to sign with.
   */
  public ThresholdVerdict judgeThreshold(int threshold) {
    if (threshold > operators) {
      return new ThresholdVerdict.Unsafe(
          "threshold "
              + threshold
              + " of "
              + operators
              + " operators: nothing could ever be signed");
    }
    // 2t <= n + f, in a form that no t overflows.
    if (threshold <= (operators + faulty()) / 2) {
      return new ThresholdVerdict.Unsafe(
          "threshold %d of %d operators: %d faulty ones could help two conflicting messages to a signature each; at least %d is needed"
              .formatted(threshold, operators, faulty(), (operators + faulty()) / 2 + 1));
    }
    if (threshold > operators - faulty()) {
      return new ThresholdVerdict.LosesLiveness(
          "threshold %d of %d operators: signing stops when more than %d are silent or lie, while consensus survives %d"
              .formatted(threshold, operators, operators - threshold, faulty()));
    }
    return new ThresholdVerdict.Sound();
  }
}
