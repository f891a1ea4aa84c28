/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

/** How a duty ended for this operator. */
public sealed interface DutyOutcome {
  /**
   * A beacon node has the aggregated signature.
   *
   * @param round the round that decided
   * @param latencyMillis from the duty's begin to the answer of the beacon node
   */
  record Broadcast(SubmissionOutcome submission, int round, long latencyMillis)
      implements DutyOutcome {}

  record Missed(Reason reason) implements DutyOutcome {}
}
