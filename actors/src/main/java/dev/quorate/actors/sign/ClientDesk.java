/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.sign;

import dev.quorate.actors.sign.ShareSource.Request;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

/**
 * What a validator client that holds this operator's key shares is told to sign, and where it hands
 * in what it signed. Nothing is told that the guard did not grant.
 */
public interface ClientDesk {
  /**
   * What the client signed.
   *
   * @param root what was signed
   * @param signature 96 bytes, compressed, as it came
   */
  record Handed(DutyId duty, Bytes32 root, Bytes signature) {}

  /**
   * The first that is to be signed in duties of this type and slot, and is wanted; empty if there
   * is none in time.
   *
   * @param untilMillis Unix milliseconds
   */
  CompletionStage<Optional<Request>> granted(
      DutyType type, long slot, Predicate<Request> wanted, long untilMillis);

  /**
   * The group's signature of a duty whose signature no beacon node takes, 96 bytes; empty if there
   * is none in time.
   *
   * @param untilMillis Unix milliseconds
   */
  CompletionStage<Optional<Bytes>> completed(DutyId duty, long untilMillis);

  /** Takes each by itself; answers in their order, with nothing for what was taken. */
  CompletionStage<List<Optional<ClientProblem>>> take(List<Handed> handed);

  /** Whether the client handed in anything of these duties, before this pod started or since. */
  boolean hasHanded(DutyType type, long slot);

  /** Counts what was refused before it got here. */
  void refused(ClientProblem problem);

  /** What was not taken or answered since the start. */
  Map<ClientProblem, Long> refusals();
}
