/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.beacon.simulator.MessagePool.Place;
import dev.quorate.beacon.simulator.SignatureChecks.Claim;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.message.ContributionAndProof;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.SyncCommitteeContribution;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * When a contribution to the sync committee is taken (consensus-specs, altair/p2p-interface.md,
 * {@code sync_committee_contribution_and_proof}).
 */
record ContributionRules(SimulatedChain chain)
    implements MessagePool.Rules<Signed<ContributionAndProof>> {
  @Override
  public Optional<Signed<ContributionAndProof>> read(JsonNode item) {
    return Signed.ofJson(item, ContributionAndProof::ofJson)
        .filter(signed -> {
          SyncCommitteeContribution contribution = signed.message().contribution();
          return contribution.slot() < SubmittedAttestation.SLOT_MAX
              && contribution.aggregationBits().size() == SyncCommittee.SUBCOMMITTEE_SIZE / 8;
        });
  }

  @Override
  public Place place(Signed<ContributionAndProof> signed) {
    SyncCommitteeContribution contribution = signed.message().contribution();
    return new Place(
        contribution.slot(), signed.message().aggregatorIndex(), contribution.subcommitteeIndex());
  }

  @Override
  public Bytes32 root(Signed<ContributionAndProof> signed) {
    return signed.message().hashTreeRoot();
  }

  @Override
  public List<Claim> claims(Signed<ContributionAndProof> signed) {
    ContributionAndProof message = signed.message();
    SyncCommitteeContribution contribution = message.contribution();
    Optional<Bytes> aggregator = chain.keyOf(message.aggregatorIndex());
    Optional<List<Bytes>> signers = signers(contribution);
    if (aggregator.isEmpty() || signers.isEmpty()) {
      return List.of();
    }
    long epoch = chain.spec().epochOf(contribution.slot());
    return List.of(
        Claim.of(
            aggregator.get(),
            chain.signingRoot(
                DomainType.SYNC_COMMITTEE_SELECTION_PROOF,
                epoch,
                ContributionAndProof.selectionRoot(
                    contribution.slot(), contribution.subcommitteeIndex())),
            message.selectionProof()),
        Claim.of(
            aggregator.get(),
            chain.signingRoot(DomainType.CONTRIBUTION_AND_PROOF, epoch, message.hashTreeRoot()),
            signed.signature()),
        new Claim(
            signers.get(),
            chain.syncSigningRoot(contribution.slot(), contribution.beaconBlockRoot()),
            contribution.signature()));
  }

  @Override
  public Optional<Rejection> misfit(Signed<ContributionAndProof> signed, long nowMillis) {
    ContributionAndProof message = signed.message();
    SyncCommitteeContribution contribution = message.contribution();
    if (contribution.subcommitteeIndex() >= SyncCommittee.SUBCOMMITTEES) {
      return Optional.of(Rejection.WRONG_COMMITTEE);
    }
    if (chain.keyOf(message.aggregatorIndex()).isEmpty()) {
      return Optional.of(Rejection.UNKNOWN_VALIDATOR);
    }
    if (!chain
        .syncCommitteeAt(contribution.slot())
        .isIn(message.aggregatorIndex(), contribution.subcommitteeIndex())) {
      return Optional.of(Rejection.NO_DUTY);
    }
    if (signers(contribution).isEmpty()) {
      return Optional.of(Rejection.WRONG_BITS);
    }
    return SimulatedChain.isSelected(
            message.selectionProof(),
            SyncCommittee.SUBCOMMITTEE_SIZE / SyncCommittee.TARGET_AGGREGATORS_PER_SUBCOMMITTEE)
        ? chain.syncMisfit(contribution.slot(), contribution.beaconBlockRoot(), nowMillis)
        : Optional.of(Rejection.NOT_AGGREGATOR);
  }

  @Override
  public Rejection known() {
    return Rejection.AGGREGATOR_KNOWN;
  }

  /** Only selection proofs tell who aggregates. */
  @Override
  public OptionalLong expected(long slot) {
    return OptionalLong.empty();
  }

  /** Empty if there are none, or one of them is a stranger. */
  private Optional<List<Bytes>> signers(SyncCommitteeContribution contribution) {
    SyncCommittee committee = chain.syncCommitteeAt(contribution.slot());
    List<Optional<Bytes>> seats =
        contribution.signers().stream()
            .mapToObj(place -> committee.keyAt(contribution.subcommitteeIndex(), place))
            .toList();
    return seats.isEmpty() || seats.stream().anyMatch(Optional::isEmpty)
        ? Optional.empty()
        : Optional.of(seats.stream().flatMap(Optional::stream).toList());
  }
}
