/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import dev.quorate.consensus.duty.SubmissionOutcome;
import java.util.List;
import java.util.Optional;

/**
 * What beacon nodes mean by the words they refuse an attestation with. The Beacon API has no codes
 * for them, so this is a table of fragments. Teku and Prysm answer 200 to a duplicate and have no
 * line.
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
          // Lighthouse (sigp/lighthouse#2930, #3266).
          new Line("PriorAttestationKnown", SubmissionOutcome.ALREADY_KNOWN),
          // Nimbus, attestation gossip validation.
          new Line("Validator has already voted in epoch", SubmissionOutcome.ALREADY_KNOWN),
          // The node lacks the attested block as yet: another operator's node was faster, and a
          // second attempt may well succeed. Lodestar (#5152), Lighthouse.
          new Line("UNKNOWN_OR_PREFINALIZED_BEACON_BLOCK_ROOT", SubmissionOutcome.UNKNOWN),
          new Line("UnknownHeadBlock", SubmissionOutcome.UNKNOWN),
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
