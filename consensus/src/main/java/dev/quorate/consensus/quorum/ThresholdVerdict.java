/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.quorum;

/** What {@link Quorum#judgeThreshold} says of a signing threshold. */
public sealed interface ThresholdVerdict {
  /**
   * No two conflicting messages can both be signed, and all f faulty operators can be done without.
   */
  record Sound() implements ThresholdVerdict {}

  /**
   * Safe, but fewer than f absent operators stop signing: acceptable once the operator confirmed
   * it.
   *
   * @param figures what is lost, in one sentence with its numbers
   */
  record LosesLiveness(String figures) implements ThresholdVerdict {}

  /**
   * Never acceptable.
   *
   * @param figures why, in one sentence with its numbers
   */
  record Unsafe(String figures) implements ThresholdVerdict {}
}
