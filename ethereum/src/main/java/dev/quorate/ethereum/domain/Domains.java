/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.domain;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.ForkSchedule;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.ssz.Merkle;
import java.nio.ByteBuffer;

/**
 * The domains of one chain. A signature under the wrong one is worthless, or worth something
 * elsewhere; so the rule of each type stands here and nowhere else.
 */
public record Domains(ForkSchedule forks, Genesis genesis) {

  /**
   * The domain of a message of {@code epoch}: for an attestation its target's, for everything else
   * the epoch of its slot.
   *
   * @throws IllegalArgumentException for the types that no single epoch decides; they have methods
   *     of their own
   */
  public Bytes32 at(DomainType type, long epoch) {
    return switch (type) {
      case BEACON_PROPOSER,
          BEACON_ATTESTER,
          RANDAO,
          SELECTION_PROOF,
          AGGREGATE_AND_PROOF,
          SYNC_COMMITTEE,
          SYNC_COMMITTEE_SELECTION_PROOF,
          CONTRIBUTION_AND_PROOF ->
          compute(type, forks.at(epoch).version(), genesis.validatorsRoot());
      case DEPOSIT, VOLUNTARY_EXIT, APPLICATION_BUILDER ->
          throw new IllegalArgumentException(type + " does not depend on one epoch");
    };
  }

  /**
   * The domain of a voluntary exit: the version of the exit's own epoch, but capella's for every
   * exit once the chain is in deneb, so that an exit signed ahead stays valid (EIP-7044).
   *
   * @param exitEpoch the one in the message
   * @param currentEpoch the chain's, which decides how the exit will be verified
   */
  public Bytes32 voluntaryExit(long exitEpoch, long currentEpoch) {
    Bytes version =
        forks.forkAt(currentEpoch).isAtLeast(Fork.DENEB)
            ? forks.versionOf(Fork.CAPELLA).orElseThrow()
            : forks.at(exitEpoch).version();
    return compute(DomainType.VOLUNTARY_EXIT, version, genesis.validatorsRoot());
  }

  /** Deposits are made before the chain knows the validator, even before genesis. */
  public Bytes32 deposit() {
    return compute(DomainType.DEPOSIT, genesis.forkVersion(), Bytes32.ZERO);
  }

  /** The domain of a registration with a builder (builder-specs, bellatrix/builder.md). */
  public Bytes32 builderRegistration() {
    return compute(DomainType.APPLICATION_BUILDER, genesis.forkVersion(), Bytes32.ZERO);
  }

  /**
   * consensus-specs, {@code compute_domain}: the type and 28 bytes of the fork data's root.
   *
   * @param forkVersion 4 bytes
   */
  public static Bytes32 compute(DomainType type, Bytes forkVersion, Bytes32 genesisValidatorsRoot) {
    byte[] forkData = new byte[64];
    forkVersion.copyTo(forkData, 0);
    genesisValidatorsRoot.copyTo(forkData, 32);
    return Bytes32.of(
        ByteBuffer.allocate(32)
            .putInt(type.bytes)
            .put(Merkle.root(forkData, 2).toArray(), 0, 28)
            .array());
  }

  /** consensus-specs, {@code compute_signing_root}: the hash tree root of SigningData. */
  public static Bytes32 signingRoot(Bytes32 objectRoot, Bytes32 domain) {
    return Merkle.parent(objectRoot, domain);
  }
}
