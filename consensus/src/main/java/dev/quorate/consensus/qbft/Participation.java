/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

/** What an operator's instance does in a duty; settled before {@link QbftInput.Start}. */
public enum Participation {
  /** Proposes, votes and changes rounds. */
  VOTES,
  /**
   * Casts no vote and runs no timer, because another activation owns the right to vote; a quorum of
   * COMMITs or a proven decision still decides.
   */
  OBSERVES
}
