/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import dev.quorate.consensus.duty.SubmissionOutcome;
import java.util.List;
import java.util.Optional;

/**
 * What beacon nodes mean by the words they refuse an attestation or another item with. The Beacon
 * API has no codes for them, so this is a table of fragments. Words in no line are judged by their
 * status alone: 400 rejects, anything else is unknown and tried again, which is harmless.
 *
 * <p>To a duplicate Teku, Prysm and Grandine answer 200, and so do Lighthouse since 5.0 and
 * Lodestar since 1.15: they have lines only for what else they say.
 */
final class SubmissionTexts {
  /** A refusal that holds {@code fragment} is not one, but {@code meaning}. */
  private record Line(String fragment, SubmissionOutcome meaning) {}

  private static final List<Line> TABLE =
      List.of(
          // Lodestar up to 1.14 throws on duplicates (ChainSafe/lodestar#6021, #6321), and so does
          // its gossip publication (#5098).
          new Line("ATTESTATION_ALREADY_KNOWN", SubmissionOutcome.ALREADY_KNOWN),
          new Line("PublishError.Duplicate", SubmissionOutcome.ALREADY_KNOWN),
          // Lighthouse before 5.0 (sigp/lighthouse#2930, #3266).
          new Line("PriorAttestationKnown", SubmissionOutcome.ALREADY_KNOWN),
          // Lodestar of aggregates and sync committees: ATTESTATION_ERROR_AGGREGATOR_ALREADY_KNOWN,
          // …_ATTESTERS_ALREADY_KNOWN, SYNC_COMMITTEE_ERROR_….
          new Line("AGGREGATOR_ALREADY_KNOWN", SubmissionOutcome.ALREADY_KNOWN),
          new Line("ATTESTERS_ALREADY_KNOWN", SubmissionOutcome.ALREADY_KNOWN),
          new Line("PARTICIPANTS_ALREADY_KNOWN", SubmissionOutcome.ALREADY_KNOWN),
          new Line("SYNC_COMMITTEE_MESSAGE_KNOWN", SubmissionOutcome.ALREADY_KNOWN),
          new Line("BLOCK_ERROR_ALREADY_KNOWN", SubmissionOutcome.ALREADY_KNOWN),
          new Line("VOLUNTARY_EXIT_ERROR_ALREADY_EXISTS", SubmissionOutcome.ALREADY_KNOWN),
          // Lighthouse, sync_committee_verification.rs and attestation_verification.rs.
          new Line("AggregatorAlreadyKnown", SubmissionOutcome.ALREADY_KNOWN),
          new Line("SupersetKnown", SubmissionOutcome.ALREADY_KNOWN),
          new Line("PriorSyncCommitteeMessageKnown", SubmissionOutcome.ALREADY_KNOWN),
          // Lighthouse, block_processing/errors.rs: it is on its way out.
          new Line("AlreadyExited", SubmissionOutcome.ALREADY_KNOWN),
          // Nimbus, gossip_validation.nim.
          new Line("SyncCommitteeMessage: duplicate message", SubmissionOutcome.ALREADY_KNOWN),
          // Nimbus, gossip_validation.nim: "Attestation: …" and "SingleAttestation: …".
          new Line("Validator has already voted in epoch", SubmissionOutcome.ALREADY_KNOWN),

          // The node lacks the attested block or target as yet: another operator's node was faster,
          // and a second attempt may well succeed.
          // Lodestar (ChainSafe/lodestar#5152).
          new Line("UNKNOWN_OR_PREFINALIZED_BEACON_BLOCK_ROOT", SubmissionOutcome.UNKNOWN),
          // Lighthouse before 5.0 (sigp/lighthouse#4699); since then it waits, and says which wait
          // was in vain (#5010, publish_attestations.rs).
          new Line("UnknownHeadBlock", SubmissionOutcome.UNKNOWN),
          new Line("ReprocessDisabled", SubmissionOutcome.UNKNOWN),
          new Line("ReprocessFull", SubmissionOutcome.UNKNOWN),
          new Line("ReprocessTimeout", SubmissionOutcome.UNKNOWN),
          // Nimbus, gossip_validation.nim.
          new Line("Attestation block unknown", SubmissionOutcome.UNKNOWN),
          // Prysm, handlers_pool.go: of the whole request.
          new Line("could not get target state for attestation", SubmissionOutcome.UNKNOWN),
          // Grandine, http_api/src/error.rs.
          new Line("matching head block for attestation is not found", SubmissionOutcome.UNKNOWN),
          new Line("target state not found", SubmissionOutcome.UNKNOWN),

          // What else Lodestar throws of an attestation comes with status 500, but is about it.
          new Line("ATTESTATION_ERROR_", SubmissionOutcome.REJECTED));

  private SubmissionTexts() {}

  /** Empty if the words are in no line; the first line wins. */
  static Optional<SubmissionOutcome> meaningOf(String refusal) {
    return TABLE.stream()
        .filter(line -> refusal.contains(line.fragment()))
        .map(Line::meaning)
        .findFirst();
  }
}
