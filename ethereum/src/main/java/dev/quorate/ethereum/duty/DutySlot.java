/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.duty;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.domain.Domains;
import dev.quorate.ethereum.ssz.BeaconTypes;

/** One slot of a chain, and what decides how its duties sign. */
public record DutySlot(ChainSpec spec, Genesis genesis, long slot) {
  public long epoch() {
    return spec.epochOf(slot);
  }

  public Fork fork() {
    return spec.forks().forkAt(epoch());
  }

  /** The containers of the slot's fork. */
  public BeaconTypes types() {
    return new BeaconTypes(fork(), spec.preset());
  }

  public Domains domains() {
    return new Domains(spec.forks(), genesis);
  }

  /** Under the domain of the slot's epoch: so signs all that belongs to a slot but attestations. */
  public Signable signable(DomainType type, Bytes32 objectRoot) {
    Bytes32 domain = domains().at(type, epoch());
    return new Signable(Domains.signingRoot(objectRoot, domain), 0, slot);
  }
}
