/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.attestation.SignedAttestation;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.domain.Domains;
import dev.quorate.ethereum.duty.SyncDuty;
import dev.quorate.ethereum.message.AggregateAndProof;
import dev.quorate.ethereum.message.AggregateAttestation;
import dev.quorate.ethereum.message.ContributionAndProof;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.SyncCommitteeContribution;
import dev.quorate.ethereum.message.SyncCommitteeMessage;
import dev.quorate.ethereum.message.ValidatorRegistration;
import dev.quorate.ethereum.message.VoluntaryExit;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.SecretKey;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Validators whose keys are small numbers, and what they sign. */
public final class TestValidators {
  public static final long GENESIS_SECONDS = 1_700_000_000;
  public static final int SLOTS_PER_EPOCH = 8;

  private final List<SecretKey> keys;

  public TestValidators(int count) {
    keys = IntStream.rangeClosed(1, count).mapToObj(TestValidators::key).toList();
  }

  private static SecretKey key(int number) {
    byte[] secret = new byte[SecretKey.BYTES];
    secret[30] = (byte) (number >> 8);
    secret[31] = (byte) number;
    return SecretKey.decode(secret).orElseThrow();
  }

  public List<Bytes> publicKeys() {
    return keys.stream().map(key -> key.publicKey().compressed()).toList();
  }

  /** A chain of these validators with seed 7. */
  public ChainConfig chain(Fork fork) {
    return new ChainConfig(
        7, GENESIS_SECONDS, fork, 12_000, SLOTS_PER_EPOCH, Placement.SPREAD, 256, publicKeys());
  }

  /** What the validator of {@code duty} makes of {@code data}. */
  public SignedAttestation sign(SimulatedChain chain, AttesterDuty duty, AttestationData data) {
    return new SignedAttestation(
        data, duty, signature(chain, duty, data.assigned(duty, chain.config().fork())));
  }

  /** The validator's signature over exactly {@code data}. */
  public Bytes signature(SimulatedChain chain, AttesterDuty duty, AttestationData data) {
    Bytes32 domain =
        new Domains(chain.spec().forks(), chain.genesis())
            .at(DomainType.BEACON_ATTESTER, data.target().epoch());
    return signature(duty, Domains.signingRoot(data.hashTreeRoot(), domain));
  }

  Bytes signature(AttesterDuty duty, Bytes32 signingRoot) {
    return signature(duty.pubkey(), signingRoot);
  }

  /** The validator's signature under exactly this root. */
  public Bytes signatureUnder(Bytes pubkey, Bytes32 signingRoot) {
    return signature(pubkey, signingRoot);
  }

  private Bytes signature(Bytes pubkey, Bytes32 signingRoot) {
    SecretKey key = keys.get(publicKeys().indexOf(pubkey));
    return key.sign(HashedMessage.of(signingRoot)).compressed();
  }

  /** The validator's signature over an object of a slot. */
  public Bytes signature(
      SimulatedChain chain, Bytes pubkey, DomainType type, long slot, Bytes32 root) {
    return signature(pubkey, chain.signingRoot(type, chain.spec().epochOf(slot), root));
  }

  /** The proof of the duty's validator, whether it makes it an aggregator or not. */
  public Bytes selectionProof(SimulatedChain chain, AttesterDuty duty) {
    Bytes32 root = SimulatedChain.rootOf(duty.slot());
    return signature(chain, duty.pubkey(), DomainType.SELECTION_PROOF, duty.slot(), root);
  }

  /** Whether its proof makes the duty's validator an aggregator. */
  public boolean isAggregator(SimulatedChain chain, AttesterDuty duty) {
    return SimulatedChain.isSelected(selectionProof(chain, duty), duty.committeeLength() / 16);
  }

  /** Not the proof, but it would select as well: a signature over something else. */
  public Bytes selectingSignature(SimulatedChain chain, AttesterDuty duty) {
    return LongStream.range(duty.slot() + 1, Long.MAX_VALUE)
        .mapToObj(SimulatedChain::rootOf)
        .map(root -> signature(chain, duty.pubkey(), DomainType.SELECTION_PROOF, duty.slot(), root))
        .filter(signature -> SimulatedChain.isSelected(signature, duty.committeeLength() / 16))
        .findFirst()
        .orElseThrow();
  }

  /** What the duty's validator publishes of {@code aggregate}. */
  public Signed<AggregateAndProof> aggregate(
      SimulatedChain chain, AttesterDuty duty, AggregateAttestation aggregate) {
    return sign(
        chain,
        duty,
        new AggregateAndProof(duty.validatorIndex(), aggregate, selectionProof(chain, duty)));
  }

  /** The duty's validator's signature under exactly {@code message}. */
  public Signed<AggregateAndProof> sign(
      SimulatedChain chain, AttesterDuty duty, AggregateAndProof message) {
    return new Signed<>(
        message,
        signature(
            chain,
            duty.pubkey(),
            DomainType.AGGREGATE_AND_PROOF,
            message.aggregate().data().slot(),
            message.hashTreeRoot()));
  }

  /** The form of the chain's fork, with exactly this data. */
  ObjectNode json(SimulatedChain chain, AttesterDuty duty, AttestationData data) {
    Bytes signature = signature(chain, duty, data);
    ObjectNode json = new SignedAttestation(data, duty, signature).toJson(chain.config().fork());
    json.set("data", data.toJson());
    return json;
  }

  /** What a member of the sync committee takes for the head. */
  public SyncCommitteeMessage syncMessage(
      SimulatedChain chain, SyncDuty duty, long slot, Bytes32 head) {
    return new SyncCommitteeMessage(
        slot,
        head,
        duty.validatorIndex(),
        signature(chain, duty.pubkey(), DomainType.SYNC_COMMITTEE, slot, head));
  }

  /** The member's proof, whether it makes it an aggregator or not. */
  public Bytes selectionProof(SimulatedChain chain, SyncDuty duty, long slot, int subcommittee) {
    return signature(
        chain,
        duty.pubkey(),
        DomainType.SYNC_COMMITTEE_SELECTION_PROOF,
        slot,
        ContributionAndProof.selectionRoot(slot, subcommittee));
  }

  /** Whether a proof makes a member of the sync committee an aggregator. */
  public static boolean isSyncAggregator(Bytes selectionProof) {
    return SimulatedChain.isSelected(selectionProof, 128 / 16);
  }

  /** What the member publishes of {@code contribution}. */
  public Signed<ContributionAndProof> contribution(
      SimulatedChain chain, SyncDuty duty, SyncCommitteeContribution contribution) {
    return sign(
        chain,
        duty,
        new ContributionAndProof(
            duty.validatorIndex(),
            contribution,
            selectionProof(chain, duty, contribution.slot(), contribution.subcommitteeIndex())));
  }

  /** The member's signature under exactly {@code message}. */
  public Signed<ContributionAndProof> sign(
      SimulatedChain chain, SyncDuty duty, ContributionAndProof message) {
    return new Signed<>(
        message,
        signature(
            chain,
            duty.pubkey(),
            DomainType.CONTRIBUTION_AND_PROOF,
            message.contribution().slot(),
            message.hashTreeRoot()));
  }

  /** What the validator of a key wants of builders. */
  public Signed<ValidatorRegistration> sign(
      SimulatedChain chain, Bytes signer, ValidatorRegistration registration) {
    Bytes32 domain = new Domains(chain.spec().forks(), chain.genesis()).builderRegistration();
    return new Signed<>(
        registration, signature(signer, Domains.signingRoot(registration.hashTreeRoot(), domain)));
  }

  /**
   * The exit of a validator.
   *
   * @param version of which fork the domain is
   */
  public Signed<VoluntaryExit> sign(
      SimulatedChain chain, Bytes signer, VoluntaryExit exit, Fork version) {
    Bytes32 domain =
        Domains.compute(
            DomainType.VOLUNTARY_EXIT,
            chain.spec().forks().versionOf(version).orElseThrow(),
            chain.genesis().validatorsRoot());
    return new Signed<>(exit, signature(signer, Domains.signingRoot(exit.hashTreeRoot(), domain)));
  }
}
