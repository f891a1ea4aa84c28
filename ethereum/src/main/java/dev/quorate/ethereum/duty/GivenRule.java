/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.duty;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyRule;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.domain.Domains;
import dev.quorate.ethereum.message.ValidatorRegistration;
import dev.quorate.ethereum.message.VoluntaryExit;
import dev.quorate.ethereum.ssz.LittleEndian;
import dev.quorate.ethereum.ssz.Merkle;
import java.util.List;
import java.util.Optional;

/**
 * The rule of a duty in which there is nothing to choose: its slot says what to sign, or what all
 * operators were configured with. A value is the SSZ of the signed object, one for all operators,
 * and nothing else is voted for or signed.
 *
 * @param meaning what signing {@code value} means
 */
public record GivenRule(Value value, Signable meaning) implements DutyRule {

  /** The epoch of a proposal (consensus-specs, phase0/validator.md, "Randao reveal"): 8 bytes. */
  public static GivenRule randao(DutySlot at) {
    return of(at, DomainType.RANDAO, at.epoch());
  }

  /** The slot (consensus-specs, phase0/validator.md, {@code get_slot_signature}): 8 bytes. */
  public static GivenRule aggregatorSelection(DutySlot at) {
    return of(at, DomainType.SELECTION_PROOF, at.slot());
  }

  /**
   * {@code SyncAggregatorSelectionData} (consensus-specs, altair/validator.md, {@code
   * get_sync_committee_selection_proof}): 16 bytes.
   */
  public static GivenRule syncSelection(DutySlot at, int subcommittee) {
    return of(at, DomainType.SYNC_COMMITTEE_SELECTION_PROOF, at.slot(), subcommittee);
  }

  /**
   * {@code VoluntaryExit} (consensus-specs, phase0/beacon-chain.md), under the domain of its epoch,
   * which is capella's since deneb (EIP-7044): 16 bytes.
   *
   * @param at the first slot of a period: the exit is of its epoch, whoever approves of it when
   */
  public static GivenRule exit(DutySlot at, long validatorIndex) {
    VoluntaryExit exit = new VoluntaryExit(at.epoch(), validatorIndex);
    return of(
        at, exit.encode(), exit.hashTreeRoot(), at.domains().voluntaryExit(at.epoch(), at.epoch()));
  }

  /** {@code ValidatorRegistrationV1} (builder-specs), in no fork's domain: 84 bytes. */
  public static GivenRule registration(DutySlot at, ValidatorRegistration registration) {
    return of(
        at, registration.encode(), registration.hashTreeRoot(), at.domains().builderRegistration());
  }

  private static GivenRule of(DutySlot at, Bytes encoded, Bytes32 root, Bytes32 domain) {
    return new GivenRule(
        new Value(encoded), new Signable(Domains.signingRoot(root, domain), 0, at.slot()));
  }

  /** A number is its own object, several are the fields of a container. */
  private static GivenRule of(DutySlot at, DomainType type, long... numbers) {
    byte[] encoded = new byte[8 * numbers.length];
    byte[] chunks = new byte[32 * numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      LittleEndian.put(encoded, 8 * i, numbers[i]);
      LittleEndian.put(chunks, 32 * i, numbers[i]);
    }
    return new GivenRule(
        new Value(Bytes.wrap(encoded)), at.signable(type, Merkle.root(chunks, numbers.length)));
  }

  @Override
  public Optional<Value> given() {
    return Optional.of(value);
  }

  @Override
  public Verdict judge(Value proposed, List<Value> own) {
    return proposed.equals(value)
        ? new Verdict.Accepted()
        : new Verdict.Refused(Reason.MALFORMED_VALUE);
  }

  @Override
  public Optional<Signable> signable(Value decided) {
    return decided.equals(value) ? Optional.of(meaning) : Optional.empty();
  }
}
