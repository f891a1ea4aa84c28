/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.qbft.VoteKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the journal of a validator holds, two or three rows a duty, and one more only where the
 * signature was made but no beacon node took it. Evidence of how the duty went rides in rows that
 * are written anyway, and no row says again what an earlier one of the same duty said. Times are
 * Unix milliseconds by the operator's own clock.
 */
public sealed interface DutyEvent {
  DutyId duty();

  /** What this row tells of earlier duties. */
  Aftermath earlier();

  /** "I am about to sign this": durable before the share exists. */
  record Intended(DutyId duty, Value value, Signable signable, Trail trail, Aftermath earlier)
      implements DutyEvent {}

  /** The own partial signature (192 bytes, as it travels): durable before it is sent. */
  record Shared(DutyId duty, Bytes signature, long atMillis) implements DutyEvent {
    @Override
    public Aftermath earlier() {
      return Aftermath.NONE;
    }
  }

  /**
   * The aggregated signature (96 bytes, compressed): durable before it is broadcast.
   *
   * @param value what was signed; empty where this duty's intent says it already
   * @param signers operators whose partials it was made of
   * @param culprits operators whose partials did not verify
   * @param partials peers' partials, used or not, in the order of the operators
   */
  record Completed(
      DutyId duty,
      Optional<Value> value,
      Bytes signature,
      List<Integer> signers,
      List<Integer> culprits,
      List<Arrival> partials,
      Trail trail,
      Aftermath earlier,
      long atMillis)
      implements DutyEvent {
    public Completed {
      signers = List.copyOf(signers);
      culprits = List.copyOf(culprits);
      partials = List.copyOf(partials);
    }
  }

  /**
   * The duty ended without a broadcast of this operator's, or without the decision that is all it
   * is about.
   *
   * @param culprits operators whose partials did not verify; empty behind a completion
   * @param partials peers' partials in the order of the operators; empty behind a completion
   */
  record Failed(
      DutyId duty,
      Reason reason,
      List<Integer> culprits,
      List<Arrival> partials,
      Trail trail,
      Aftermath earlier,
      long atMillis)
      implements DutyEvent {
    public Failed {
      culprits = List.copyOf(culprits);
      partials = List.copyOf(partials);
    }
  }

  /** What a quorum decided, in a duty that ends with that. */
  record Decided(DutyId duty, Value value, Trail trail, Aftermath earlier) implements DutyEvent {}

  /**
   * How consensus went, as seen by this operator.
   *
   * @param startedAtMillis when this operator first had data of its own; 0 if never
   * @param proposedAtMillis when it last saw a value proposed that was new to it; 0 if never
   * @param decidedAtMillis 0 if never
   * @param round the decided round, else the last one entered; 0 if voting never began
   * @param leader the operator that proposes in {@code round}; empty if voting never began
   * @param voters operators whose COMMITs decided
   * @param own votes that this operator cast, in order
   * @param evidence one pair of votes for each operator that voted twice
   * @param refusal why this operator did not vote for, or not sign, what was proposed or decided
   */
  record Trail(
      long startedAtMillis,
      long proposedAtMillis,
      long decidedAtMillis,
      int round,
      Optional<Integer> leader,
      List<Integer> voters,
      List<CastVote> own,
      List<DoubleVote> evidence,
      Optional<Reason> refusal) {
    public Trail {
      voters = List.copyOf(voters);
      own = List.copyOf(own);
      evidence = List.copyOf(evidence);
    }

    /** Nothing that an earlier row does not say. */
    public static final Trail NONE = none(List.of());

    static Trail none(List<DoubleVote> evidence) {
      return new Trail(
          0, 0, 0, 0, Optional.empty(), List.of(), List.of(), evidence, Optional.empty());
    }
  }

  /**
   * A vote of this operator's own, shortened for the record.
   *
   * @param value the value's hash; zero for a ROUND-CHANGE that had prepared nothing
   */
  record CastVote(VoteKind kind, int round, Bytes32 value, long atMillis) {}

  /**
   * Two votes of one operator, kind and round that no honest operator casts both.
   *
   * @param first the hash of the value that the first one names
   * @param second that of the other; the same where two ROUND-CHANGEs name different prepared
   *     rounds
   */
  record DoubleVote(int operator, VoteKind kind, int round, Bytes32 first, Bytes32 second) {}

  /** When the first partial signature of an operator came; nothing is said of its worth. */
  record Arrival(int operator, long atMillis) {}

  /** What became known of a duty behind its last row. */
  sealed interface Sequel {
    DutyId duty();

    long atMillis();
  }

  /** What became of one submission. */
  record Submission(DutyId duty, SubmissionOutcome outcome, long atMillis) implements Sequel {}

  /** A partial signature that came when the group's was already durable; it was not verified. */
  record LatePartial(DutyId duty, int operator, long atMillis) implements Sequel {}

  /** What became of duties since the last row that told of any. */
  record Aftermath(List<Submission> submissions, List<LatePartial> partials) {
    /**
     * Of each kind; the oldest give way. More than the selections of two epochs leave where one
     * operator is late, or after a restart.
     */
    static final int UNRECORDED_MAX = 512;

    public static final Aftermath NONE = new Aftermath(List.of(), List.of());

    public Aftermath {
      submissions = List.copyOf(submissions);
      partials = List.copyOf(partials);
    }

    /** An outcome that is still unknown gives way to the next of the same duty. */
    Aftermath with(Sequel sequel) {
      return switch (sequel) {
        case Submission submission ->
            new Aftermath(
                newest(
                    submissions.stream()
                        .filter(one ->
                            one.outcome() != SubmissionOutcome.UNKNOWN
                                || !one.duty().equals(submission.duty()))
                        .toList(),
                    submission),
                partials);
        case LatePartial partial -> new Aftermath(submissions, newest(partials, partial));
      };
    }

    private static <T> List<T> newest(List<T> items, T added) {
      List<T> next = new ArrayList<>(items);
      next.add(added);
      return next.subList(Math.max(0, next.size() - UNRECORDED_MAX), next.size());
    }
  }
}
