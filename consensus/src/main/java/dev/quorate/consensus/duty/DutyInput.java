/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import java.util.List;

/** What can happen to a duty. */
public sealed interface DutyInput {
  /** The answer to {@link DutyOutput.ClaimFence}. */
  record FenceAnswered(FenceVerdict verdict) implements DutyInput {}

  /**
   * What the own beacon nodes would have this operator sign, and what it may sign on the word of
   * enough others, best first; the latest list counts.
   */
  record OwnValues(List<Value> values) implements DutyInput {
    public OwnValues {
      values = List.copyOf(values);
    }
  }

  /**
   * What the duty waits for is there before its time, as a slot's block: voting begins now. Rounds
   * are counted from {@link DutyContext#beginMillis} all the same.
   */
  record BeginEarly() implements DutyInput {}

  /** A message of a peer, or an own vote on its way back with its proof. */
  record Received(DutyMessage message) implements DutyInput {}

  /**
   * The own share is held elsewhere and has signed already, before anything was agreed.
   *
   * @param root the signing root
   */
  record SignedFirst(Bytes32 root) implements DutyInput {}

  /** The answer to {@link DutyOutput.AskGuard}. */
  record GuardAnswered(GuardVerdict verdict) implements DutyInput {}

  /** The answer to {@link DutyOutput.SignShare}: 192 bytes, uncompressed. */
  record ShareSigned(Bytes signature) implements DutyInput {}

  /** An answer to {@link DutyOutput.Combine}: 96 bytes, verified under the group key. */
  record Combined(Bytes signature, List<Integer> signers, List<Integer> culprits)
      implements DutyInput {}

  /** The other answer: without the culprits' partials there are too few. */
  record CombineFailed(List<Integer> culprits) implements DutyInput {}

  /** The answer to {@link DutyOutput.Submit}. */
  record Submitted(SubmissionOutcome outcome) implements DutyInput {}

  /** A link to an operator came up: frames sent before may have been lost. */
  record PeerConnected(int operator) implements DutyInput {}

  record TimerExpired(DutyTimer timer) implements DutyInput {}

  /**
   * The answer to {@link DutyOutput.LookForMail}: what waited then has been taken in.
   *
   * @param askedMillis when, Unix milliseconds
   */
  record MailSeen(DutyTimer timer, long askedMillis) implements DutyInput {}

  /** The beacon chain no longer assigns this duty. */
  record Reassigned() implements DutyInput {}

  /** A service of this operator did not answer; what it was asked is asked again. */
  record ServiceFailed(DutyOutput request) implements DutyInput {}
}
