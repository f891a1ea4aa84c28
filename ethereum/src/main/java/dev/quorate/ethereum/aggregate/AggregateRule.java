/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.aggregate;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyRule;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.Reading;
import dev.quorate.ethereum.message.AggregateAndProof;
import dev.quorate.ethereum.message.AggregateAttestation;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What an operator checks before it votes for an aggregate, and what signing it means
 * (consensus-specs, phase0/validator.md, "Attestation aggregation"). A value is the fork's {@code
 * Attestation} in SSZ, one for all validators of a committee in a slot.
 *
 * <p>Any sum of attestations with the agreed data may be voted for: a small one costs a reward, and
 * the network refuses one whose signature is wrong; nobody is slashed for either.
 *
 * @param duty the validator's attestation of the slot
 * @param selectionProof the group's signature, 96 bytes
 * @param dataRoot of the agreed attestation data, as the committee signs it
 */
public record AggregateRule(DutySlot at, AttesterDuty duty, Bytes selectionProof, Bytes32 dataRoot)
    implements DutyRule {

  /**
   * @throws IllegalArgumentException if the duty is of another slot, or the proof no signature
   */
  public AggregateRule {
    if (duty.slot() != at.slot() || selectionProof.size() != 96) {
      throw new IllegalArgumentException(
          "a duty of slot %s in slot %s, a selection proof of %s bytes"
              .formatted(duty.slot(), at.slot(), selectionProof.size()));
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
        .map(message -> at.signable(DomainType.AGGREGATE_AND_PROOF, message.hashTreeRoot()));
  }

  /** What the validator signs; empty if the bytes are no aggregate of its committee. */
  public Optional<AggregateAndProof> message(Value decided) {
    return read(decided)
        .understood()
        .map(aggregate -> new AggregateAndProof(duty.validatorIndex(), aggregate, selectionProof));
  }

  private Reading<AggregateAttestation> read(Value value) {
    Optional<AggregateAttestation> aggregate =
        AggregateAttestation.decode(value.content(), at.fork(), at.spec().preset())
            .filter(this::isOfCommittee);
    if (aggregate.isEmpty()) {
      return new Reading.Refused<>(Reason.MALFORMED_VALUE);
    }
    return aggregate.get().data().hashTreeRoot().equals(dataRoot)
        ? new Reading.Understood<>(aggregate.get())
        : new Reading.Refused<>(Reason.NOT_AGREED);
  }

  private boolean isOfCommittee(AggregateAttestation aggregate) {
    return aggregate.committee().equals(OptionalLong.of(duty.committeeIndex()))
        && aggregate.committeeLength() == duty.committeeLength()
        && !aggregate.attesters().isEmpty();
  }
}
