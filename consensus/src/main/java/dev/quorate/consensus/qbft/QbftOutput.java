/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.Reason;
import java.util.List;
import java.util.Optional;

/** What an instance asks its driver to do. */
public sealed interface QbftOutput {
  /** Sign and send to every operator, this one included. */
  record SendVote(Vote vote, List<SignedVote> justification, Optional<Value> value)
      implements QbftOutput {
    public SendVote {
      justification = List.copyOf(justification);
    }
  }

  /** Send the decision to one laggard. */
  record SendDecided(int operator, Decision decision) implements QbftOutput {}

  /** Replaces the running timer, if any. */
  record StartRoundTimer(int round, long millis) implements QbftOutput {}

  /**
   * Would this operator sign the value? Asked once per value, the own proposal included; answered
   * by {@link QbftInput.ValueAccepted}, or not at all.
   */
  record JudgeValue(Value value) implements QbftOutput {}

  /** Emitted once. */
  record Decide(Decision decision) implements QbftOutput {}

  /** Two different votes of one sender in the same round and of the same kind; the first counts. */
  record Accuse(SignedVote first, SignedVote second) implements QbftOutput {}

  /** A message, or part of one, was not believed; counted, never fatal. */
  record Discard(int sender, Reason reason) implements QbftOutput {}
}
