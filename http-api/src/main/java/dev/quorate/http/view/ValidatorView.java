/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.view;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * {@code GET /v1/validators/KEY}: what this operator's database holds of one validator.
 *
 * @param watermarks of the signing guard; one of each kind at most
 * @param duties of the journal, the latest first
 */
public record ValidatorView(
    int position,
    String publicKey,
    boolean up,
    Optional<DutiesView.Duty> lastDuty,
    List<Watermark> watermarks,
    List<Duty> duties) {

  /**
   * Nothing at or below it is signed any more.
   *
   * @param kind ATTESTATION or BLOCK
   * @param source the highest source epoch of an attestation; absent for blocks
   * @param target the highest target epoch of an attestation, the highest slot of a block
   * @param root what was signed there; absent if it is not known
   */
  public record Watermark(String kind, OptionalLong source, long target, Optional<String> root) {}

  /**
   * One duty, as the journal tells it. Times are Unix milliseconds by the operator's clock; absent
   * is what did not happen.
   *
   * @param progress how far it has come: INTENDED, to be signed; COMPLETED, with a durable
   *     signature, of which the validator's next row tells what became; BROADCAST; DECIDED, where
   *     nothing is signed; MISSED
   * @param reason why it was missed
   * @param refusal why this operator did not vote for, or not sign, what was proposed or decided
   * @param round that decided, else the last one that was entered
   * @param leader of that round
   * @param voters operators whose COMMITs decided
   * @param ownVotes this operator's, in order
   * @param doubleVotes of operators that voted twice
   * @param signers operators whose partial signatures made the group's
   * @param culprits operators whose partial signatures did not verify
   * @param partials the other operators' that came, used or not
   * @param startedAtMillis when this operator had data of its own
   * @param proposedAtMillis when it last saw a value proposed that was new to it
   */
  public record Duty(
      String duty,
      String type,
      long slot,
      String progress,
      Optional<String> reason,
      Optional<String> refusal,
      OptionalInt round,
      OptionalInt leader,
      List<Integer> voters,
      List<Vote> ownVotes,
      List<DoubleVote> doubleVotes,
      List<Integer> signers,
      List<Integer> culprits,
      List<Partial> partials,
      OptionalLong startedAtMillis,
      OptionalLong proposedAtMillis,
      OptionalLong decidedAtMillis,
      OptionalLong sharedAtMillis,
      OptionalLong completedAtMillis,
      OptionalLong missedAtMillis,
      Optional<Submission> submission) {}

  /**
   * @param value the hash of the value it names; zero for a ROUND-CHANGE that had prepared nothing
   */
  public record Vote(String kind, int round, String value, long atMillis) {}

  /**
   * Two votes that no honest operator casts both.
   *
   * @param first hash of the value that the one names
   * @param second hash of the value that the other names
   */
  public record DoubleVote(int operator, String kind, int round, String first, String second) {}

  /**
   * @param late whether the group's signature was durable before it came
   */
  public record Partial(int operator, long atMillis, boolean late) {}

  public record Submission(String outcome, long atMillis) {}
}
