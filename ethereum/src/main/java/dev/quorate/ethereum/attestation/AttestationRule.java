/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.attestation;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyRule;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.domain.Domains;
import dev.quorate.ethereum.duty.Reading;
import java.util.List;
import java.util.Optional;

/**
 * What an operator checks before it votes for attestation data, and what signing it means. A value
 * is {@link AttestationData} in SSZ with index 0, one for all validators of a slot.
 *
 * <p>The head may be any: wrong heads cost a reward, never a slashing. Source and target must be
 * what an own beacon node says, root and epoch, so that no leader raises a watermark with
 * checkpoints that do not exist.
 *
 * <p>The source is below the target except in epoch 0, where nothing is justified yet and both are
 * epoch 0 (consensus-specs, phase0/validator.md, "Attestation data"). Such an attestation neither
 * surrounds nor is surrounded, and a second one is a double vote that the guard refuses.
 */
public record AttestationRule(ChainSpec spec, Genesis genesis, AttesterDuty duty)
    implements DutyRule {

  @Override
  public Optional<Value> given() {
    return Optional.empty();
  }

  @Override
  public Verdict judge(Value proposed, List<Value> own) {
    return read(proposed).judge(data -> compare(data, own));
  }

  @Override
  public Optional<Signable> signable(Value decided) {
    return read(decided).understood().map(this::signable);
  }

  private Reading<AttestationData> read(Value value) {
    Optional<AttestationData> decoded =
        AttestationData.decode(value.content()).filter(data -> data.index() == 0);
    if (decoded.isEmpty()) {
      return new Reading.Refused<>(Reason.MALFORMED_VALUE);
    }
    AttestationData data = decoded.get();
    long source = data.source().epoch();
    long target = data.target().epoch();
    if (data.slot() != duty.slot()) {
      return new Reading.Refused<>(Reason.WRONG_SLOT);
    }
    if (target != spec.epochOf(data.slot())) {
      return new Reading.Refused<>(Reason.WRONG_TARGET_EPOCH);
    }
    boolean genesis = source == 0 && target == 0;
    if (source >= target && !genesis) {
      return new Reading.Refused<>(Reason.SOURCE_NOT_BELOW_TARGET);
    }
    return new Reading.Understood<>(data);
  }

  private static Verdict compare(AttestationData proposed, List<Value> own) {
    List<AttestationData> known =
        own.stream().flatMap(value -> AttestationData.decode(value.content()).stream()).toList();
    if (known.isEmpty()) {
      return new Verdict.Unconfirmed(Reason.NO_OWN_DATA);
    }
    return known.stream()
            .anyMatch(data ->
                data.source().equals(proposed.source()) && data.target().equals(proposed.target()))
        ? new Verdict.Accepted()
        : new Verdict.Unconfirmed(Reason.CHECKPOINTS_DIFFER);
  }

  private Signable signable(AttestationData data) {
    long source = data.source().epoch();
    long target = data.target().epoch();
    Bytes32 domain = new Domains(spec.forks(), genesis).at(DomainType.BEACON_ATTESTER, target);
    AttestationData assigned = data.assigned(duty, spec.forks().forkAt(target));
    return new Signable(Domains.signingRoot(assigned.hashTreeRoot(), domain), source, target);
  }
}
