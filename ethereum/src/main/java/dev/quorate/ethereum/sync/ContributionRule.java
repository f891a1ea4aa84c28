/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.sync;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyRule;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.Reading;
import dev.quorate.ethereum.message.ContributionAndProof;
import dev.quorate.ethereum.message.SyncCommitteeContribution;
import java.util.List;
import java.util.Optional;

/**
 * What an operator checks before it votes for what a sync subcommittee contributes, and what
 * signing it means (consensus-specs, altair/validator.md, "Sync committee contributions"). A value
 * is {@code SyncCommitteeContribution} in SSZ, one for all validators of a subcommittee in a slot.
 *
 * <p>Any sum of messages over the agreed head may be voted for: a small one costs a reward, and the
 * network refuses one whose signature is wrong; nobody is slashed for either.
 *
 * @param subcommittee the duty's part
 * @param selectionProof 96 bytes, compressed: the group's
 * @param head the agreed block root
 */
public record ContributionRule(
    DutySlot at, long validatorIndex, int subcommittee, Bytes selectionProof, Bytes32 head)
    implements DutyRule {

  /**
   * @throws IllegalArgumentException if there is no such subcommittee, or the proof is no signature
   */
  public ContributionRule {
    if (validatorIndex < 0
        || subcommittee < 0
        || subcommittee >= DutyType.SYNC_SUBCOMMITTEES
        || selectionProof.size() != 96) {
      throw new IllegalArgumentException(
          "validator %s, subcommittee %s, a selection proof of %s bytes"
              .formatted(
                  Long.toUnsignedString(validatorIndex), subcommittee, selectionProof.size()));
    }
  }

  @Override
  public Optional<Value> given() {
    return Optional.empty();
  }

  @Override
  public Verdict judge(Value proposed, List<Value> own) {
    return read(proposed).judge(_ -> new Verdict.Accepted());
  }

  @Override
  public Optional<Signable> signable(Value decided) {
    return message(decided)
        .map(message -> at.signable(DomainType.CONTRIBUTION_AND_PROOF, message.hashTreeRoot()));
  }

  /** What the validator signs; empty if the bytes are no contribution of its subcommittee. */
  public Optional<ContributionAndProof> message(Value decided) {
    return read(decided)
        .understood()
        .map(
            contribution -> new ContributionAndProof(validatorIndex, contribution, selectionProof));
  }

  private Reading<SyncCommitteeContribution> read(Value value) {
    Optional<SyncCommitteeContribution> contribution =
        SyncCommitteeContribution.decode(value.content(), at.spec().preset())
            .filter(some -> some.subcommitteeIndex() == subcommittee && !some.signers().isEmpty());
    if (contribution.isEmpty()) {
      return new Reading.Refused<>(Reason.MALFORMED_VALUE);
    }
    if (contribution.get().slot() != at.slot()) {
      return new Reading.Refused<>(Reason.WRONG_SLOT);
    }
    return contribution.get().beaconBlockRoot().equals(head)
        ? new Reading.Understood<>(contribution.get())
        : new Reading.Refused<>(Reason.NOT_AGREED);
  }
}
