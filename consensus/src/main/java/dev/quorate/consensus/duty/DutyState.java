/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyEvent.CastVote;
import dev.quorate.consensus.duty.DutyEvent.DoubleVote;
import dev.quorate.consensus.qbft.QbftState;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * Where one duty stands. Three strands run side by side: agreement ({@code qbft}), the own share
 * ({@code share}) and the signature of the group ({@code aggregate}).
 *
 * @param own what the own beacon nodes would have this operator sign, and other known heads
 * @param unconfirmed proposed values that newer own data may confirm
 * @param agreed the decided value and what it asks to sign, or what enough operators signed
 * @param signedFirst the signing root that the own share signed before anything was decided
 * @param mine what the own share is over, once it is settled
 * @param partials by operator, the first that each one sent; never a culprit's
 * @param arrivals by peer, when its first partial came, Unix milliseconds; a culprit's too
 * @param culprits operators whose partials did not verify
 * @param accused operators that voted twice
 * @param evidence of that, as far as no row holds it
 * @param overdue timers that expired while mail may have been waiting, by lane
 * @param recoveredRound the decided round of an intent from before a restart; 0 without
 * @param proposedAtMillis when a value was last proposed that was new to this operator
 * @param votes that this operator cast, in order
 * @param refusal why the last proposal or the decided value was not followed
 * @param answers to statuses, by operator
 * @param stalled requests that a service did not answer
 */
public record DutyState(
    Phase phase,
    Fence fence,
    QbftState qbft,
    List<Value> own,
    SortedMap<Bytes32, Value> unconfirmed,
    int refreshes,
    Optional<Agreed> agreed,
    Optional<Bytes32> signedFirst,
    Optional<Agreed> mine,
    Share share,
    SortedMap<Integer, DutyMessage.Partial> partials,
    SortedMap<Integer, Long> arrivals,
    SortedSet<Integer> culprits,
    SortedSet<Integer> accused,
    List<DoubleVote> evidence,
    SortedMap<DutyTimer.Lane, Overdue> overdue,
    int recoveredRound,
    Aggregate aggregate,
    long startedAtMillis,
    long proposedAtMillis,
    long decidedAtMillis,
    List<CastVote> votes,
    Optional<Reason> refusal,
    SortedMap<Integer, Integer> answers,
    List<DutyOutput> stalled,
    int retries) {

  /** The duty as a whole. */
  public enum Phase {
    /** Its begin is still to come: it listens, and keeps what it hears. */
    SCHEDULED,
    BEGUN,
    /** The outcome is known and reported; laggards are still answered. */
    REPORTED,
    CLOSED
  }

  /** The right to vote. */
  public enum Fence {
    ASKED,
    OWNED,
    FOREIGN,
    /** Nothing is voted on: what is to be signed is given. */
    NEEDLESS
  }

  /**
   * A timer that counts once no mail waits.
   *
   * @param askedMillis when the way of the mail was gone last, Unix milliseconds
   * @param heldUntilMillis the way is not gone again after that, Unix milliseconds
   */
  record Overdue(DutyTimer timer, long askedMillis, long heldUntilMillis) {}

  record Agreed(Value value, Signable signable) {}

  /** What is to be signed, once that is known. */
  public Optional<Value> agreedValue() {
    return agreed.map(Agreed::value);
  }

  /** The own share of the signature. */
  sealed interface Share {
    /** Nothing is decided. */
    record Undecided() implements Share {}

    /** Decided; the guard was asked. */
    record AtGuard() implements Share {}

    /** Recovered with a durable intent; the guard was asked once more. */
    record Resuming() implements Share {}

    /** The intent is durable; the signer was asked. */
    record Signing() implements Share {}

    /** The share is durable. */
    record Shared(Bytes signature) implements Share {}

    /** This operator will not sign in this duty. */
    record Withheld() implements Share {}
  }

  /** The signature of the group. */
  sealed interface Aggregate {
    record Collecting() implements Aggregate {}

    record Combining(Agreed target) implements Aggregate {}

    /** It verifies and is durable. */
    record Complete(Bytes signature) implements Aggregate {}
  }
}
