/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** What a duty asks its driver to do, in this order. */
public sealed interface DutyOutput {
  /** Own the right to vote in this duty; answered by {@link DutyInput.FenceAnswered}. */
  record ClaimFence() implements DutyOutput {}

  /** Ask the own beacon nodes again; answered by {@link DutyInput.OwnValues}, or not at all. */
  record RefreshOwnValues() implements DutyOutput {}

  /** To every operator; it comes back with its proof. */
  record SendVote(Vote vote, List<SignedVote> justification, Optional<Value> value)
      implements DutyOutput {}

  record SendToAll(DutyMessage message) implements DutyOutput {}

  record SendTo(int operator, DutyMessage message) implements DutyOutput {}

  record StartTimer(DutyTimer timer, long millis) implements DutyOutput {}

  /**
   * Go the way of the mail, behind all that waits there; answered by {@link DutyInput.MailSeen}.
   *
   * @param timer it expired, and counts once no mail waits
   * @param askedMillis now, Unix milliseconds
   */
  record LookForMail(DutyTimer timer, long askedMillis) implements DutyOutput {}

  /** May this be signed? Answered by {@link DutyInput.GuardAnswered}. */
  record AskGuard(Signable signable) implements DutyOutput {}

  /**
   * Persist before send: {@code then} happens once the event is durable, and not before. No input
   * is taken in between. If persisting fails, the entity stops and recovers.
   */
  record Persist(DutyEvent event, List<DutyOutput> then) implements DutyOutput {
    public Persist {
      then = List.copyOf(then);
    }
  }

  /**
   * Only ever behind a durable {@link DutyEvent.Intended}; answered by {@link
   * DutyInput.ShareSigned}.
   *
   * @param value what was decided
   * @param signable what signing it means
   */
  record SignShare(Value value, Signable signable) implements DutyOutput {}

  /**
   * Recombine and verify; answered by {@link DutyInput.Combined} or {@link
   * DutyInput.CombineFailed}.
   *
   * @param partials operator to partial signature, at least t of them
   */
  record Combine(Bytes32 root, SortedMap<Integer, Bytes> partials) implements DutyOutput {}

  /**
   * To beacon nodes, or to the duty that {@linkplain DutyType#isPublished needs it}. Only ever
   * behind a durable {@link DutyEvent.Completed}; answered by {@link DutyInput.Submitted}.
   */
  record Submit(Value value, Bytes signature) implements DutyOutput {}

  /** To be told by the next row that is written anyway; lost if this operator stops before. */
  record Note(DutyEvent.Sequel sequel) implements DutyOutput {}

  /** Counted, never fatal. */
  record Discard(int sender, Reason reason) implements DutyOutput {}

  /** Two signed votes that no honest operator casts both. */
  record Accuse(SignedVote first, SignedVote second) implements DutyOutput {}

  /** How it ended; emitted once. The duty goes on answering laggards until it is closed. */
  record Report(DutyOutcome outcome) implements DutyOutput {}

  /** The deadline has passed: nothing more will come. */
  record Close() implements DutyOutput {}
}
