/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.beacon.simulator.MessagePool.Place;
import dev.quorate.beacon.simulator.SignatureChecks.Claim;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.message.AggregateAndProof;
import dev.quorate.ethereum.message.AggregateAttestation;
import dev.quorate.ethereum.message.Signed;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * When an aggregate of attestations is taken (consensus-specs, phase0/p2p-interface.md, {@code
 * beacon_aggregate_and_proof}; electra's for the committee).
 */
record AggregateRules(SimulatedChain chain, AttestationPool attestations, Subscriptions subscribed)
    implements MessagePool.Rules<Signed<AggregateAndProof>> {

  @Override
  public Optional<Signed<AggregateAndProof>> read(JsonNode item) {
    return Signed.ofJson(item, json -> AggregateAndProof.ofJson(json, chain.config().fork()))
        .filter(signed -> data(signed).slot() < SubmittedAttestation.SLOT_MAX);
  }

  @Override
  public Place place(Signed<AggregateAndProof> signed) {
    return new Place(data(signed).slot(), signed.message().aggregatorIndex(), 0);
  }

  @Override
  public Bytes32 root(Signed<AggregateAndProof> signed) {
    return signed.message().hashTreeRoot();
  }

  @Override
  public List<Claim> claims(Signed<AggregateAndProof> signed) {
    AggregateAndProof message = signed.message();
    AttestationData data = data(signed);
    Optional<Bytes> aggregator =
        duty(message.aggregatorIndex(), data.slot()).map(AttesterDuty::pubkey);
    Optional<List<Bytes>> attesters = attesters(message.aggregate());
    if (aggregator.isEmpty() || attesters.isEmpty()) {
      return List.of();
    }
    long epoch = chain.spec().epochOf(data.slot());
    return List.of(
        Claim.of(
            aggregator.get(),
            chain.signingRoot(
                DomainType.SELECTION_PROOF, epoch, SimulatedChain.rootOf(data.slot())),
            message.selectionProof()),
        Claim.of(
            aggregator.get(),
            chain.signingRoot(DomainType.AGGREGATE_AND_PROOF, epoch, message.hashTreeRoot()),
            signed.signature()),
        new Claim(
            attesters.get(), attestations.signingRoot(data), message.aggregate().signature()));
  }

  @Override
  public Optional<Rejection> misfit(Signed<AggregateAndProof> signed, long nowMillis) {
    AggregateAndProof message = signed.message();
    AggregateAttestation aggregate = message.aggregate();
    AttestationData data = data(signed);
    Optional<AttesterDuty> duty = duty(message.aggregatorIndex(), data.slot());
    OptionalLong committee = aggregate.committee();
    if (duty.isEmpty()) {
      return Optional.of(Rejection.UNKNOWN_VALIDATOR);
    }
    if (committee.isEmpty()
        || (chain.config().fork().isAtLeast(Fork.ELECTRA) && data.index() != 0)) {
      return Optional.of(Rejection.WRONG_COMMITTEE);
    }
    if (duty.get().slot() != data.slot() || duty.get().committeeIndex() != committee.getAsLong()) {
      return Optional.of(Rejection.NO_DUTY);
    }
    if (aggregate.committeeLength() != chain.committeeLength() || attesters(aggregate).isEmpty()) {
      return Optional.of(Rejection.WRONG_BITS);
    }
    if (!SimulatedChain.isSelected(
        message.selectionProof(),
        chain.committeeLength() / SimulatedChain.TARGET_AGGREGATORS_PER_COMMITTEE)) {
      return Optional.of(Rejection.NOT_AGGREGATOR);
    }
    return attestations.misfit(data, nowMillis);
  }

  @Override
  public Rejection known() {
    return Rejection.AGGREGATOR_KNOWN;
  }

  /** Those that subscribed as aggregators. */
  @Override
  public OptionalLong expected(long slot) {
    return OptionalLong.of(subscribed.aggregatorsAt(slot));
  }

  private static AttestationData data(Signed<AggregateAndProof> signed) {
    return signed.message().aggregate().data();
  }

  private Optional<AttesterDuty> duty(long validatorIndex, long slot) {
    return chain.dutyOf(validatorIndex, chain.spec().epochOf(slot));
  }

  /** Empty if there are none, or one of them is a stranger. */
  private Optional<List<Bytes>> attesters(AggregateAttestation aggregate) {
    List<Optional<AttesterDuty>> seats =
        aggregate.attesters().stream()
            .mapToObj(place ->
                chain.dutyAt(aggregate.data().slot(), aggregate.committee().orElse(-1), place))
            .toList();
    return seats.isEmpty() || seats.stream().anyMatch(Optional::isEmpty)
        ? Optional.empty()
        : Optional.of(seats.stream().flatMap(Optional::stream).map(AttesterDuty::pubkey).toList());
  }
}
