/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation.check;

import java.util.Locale;

/** What must never be broken. docs/safety.md names each, with the reason why it holds. */
public enum Invariant {
  AGREEMENT("Honest operators decide the same value in a duty."),
  VALIDITY("Beacon nodes of a quorum, less the liars, said the checkpoints that are decided."),
  ONE_VOTE("No honest operator votes twice in a round, whatever pods and crashes it has."),
  ONE_SIGNATURE("No honest operator signs two messages in one duty."),
  EIP_3076("No honest operator signs two attestations that are slashable together."),
  GROUP_UNSLASHABLE("No two slashable attestations can both come to a signature of the group."),
  UNDECIDED_UNSIGNED("Nothing can come to a signature of the group that was not decided."),
  INTENT_FIRST("A durable intent stands before a share signs."),
  SHARE_FIRST("A durable share stands before it is sent."),
  COMPLETION_FIRST("A durable signature stands before it is submitted."),
  GUARD_FIRST("The guard granted a root, and kept it durably, before a share signs."),
  WATERMARK_NOT_BEYOND(
      "No watermark rises beyond the next epoch, nor above a source that is known."),
  VERIFIED_ONLY("What is submitted is the group's signature over what was decided."),
  BROADCAST("What was completed is submitted until a beacon node answers."),
  NO_FALSE_BLAME("No honest operator is named as a culprit, or as one that voted twice."),
  NOTHING_FORGED(
      "No vote is believed that an honest operator did not cast in this cluster and duty."),
  BOUNDED_MEMORY("What an operator holds of a duty is bounded, whatever peers send."),
  LIVENESS("Once the faults are over, every duty is broadcast by all within f+2 rounds."),
  NO_EXCEPTION("No input makes a core throw.");

  private final String sentence;

  Invariant(String sentence) {
    this.sentence = sentence;
  }

  public String sentence() {
    return sentence;
  }

  /** {@code one-vote}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
