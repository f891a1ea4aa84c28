/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.qbft.VoteKind;
import java.util.List;
import java.util.Optional;

/**
 * What the journal of a validator holds, two or three rows a duty. Evidence of how the duty went
 * rides in rows that are written anyway. Times are Unix milliseconds by the operator's own clock.
 */
public sealed interface DutyEvent {
  DutyId duty();

  /**
   * "I am about to sign this": durable before the share exists.
   *
   * @param earlier what became of earlier duties' submissions since the last row
   */
  record Intended(
      DutyId duty, Value value, Signable signable, Trail trail, List<Submission> earlier)
      implements DutyEvent {
    public Intended {
      earlier = List.copyOf(earlier);
    }
  }

  /** The own partial signature (192 bytes, as it travels): durable before it is sent. */
  record Shared(DutyId duty, Bytes signature, long atMillis) implements DutyEvent {}

  /**
   * The aggregated signature (96 bytes, compressed): durable before it is broadcast.
   *
   * @param value what was signed; empty where this duty's intent says it already
   * @param signers operators whose partials it was made of
   * @param culprits operators whose partials did not verify
   */
  record Completed(
      DutyId duty,
      Optional<Value> value,
      Bytes signature,
      List<Integer> signers,
      List<Integer> culprits,
      Trail trail,
      long atMillis)
      implements DutyEvent {
    public Completed {
      signers = List.copyOf(signers);
      culprits = List.copyOf(culprits);
    }
  }

  /** The duty ended without a broadcast of this operator's. */
  record Failed(DutyId duty, Reason reason, Trail trail, long atMillis) implements DutyEvent {}

  /**
   * How consensus went, as seen by this operator.
   *
   * @param startedAtMillis when this operator first had data of its own; 0 if never
   * @param decidedAtMillis 0 if never
   * @param round the decided round, else the last one entered; 0 if voting never began
   * @param voters operators whose COMMITs decided
   * @param own votes that this operator cast, in order
   * @param refusal why this operator did not vote for, or not sign, what was proposed or decided
   */
  record Trail(
      long startedAtMillis,
      long decidedAtMillis,
      int round,
      List<Integer> voters,
      List<CastVote> own,
      Optional<Reason> refusal) {
    public Trail {
      voters = List.copyOf(voters);
      own = List.copyOf(own);
    }

    public static final Trail NONE = new Trail(0, 0, 0, List.of(), List.of(), Optional.empty());
  }

  /**
   * A vote of this operator's own, shortened for the record.
   *
   * @param value the value's hash; zero for a ROUND-CHANGE that had prepared nothing
   */
  record CastVote(VoteKind kind, int round, Bytes32 value) {}

  /** What became of one submission. */
  record Submission(DutyId duty, SubmissionOutcome outcome, long atMillis) {}
}
