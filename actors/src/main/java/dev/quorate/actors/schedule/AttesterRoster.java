/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import dev.quorate.actors.fetch.Question;
import dev.quorate.beacon.client.AttesterDuties;
import dev.quorate.beacon.client.Submission;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.duty.Selection;
import dev.quorate.ethereum.message.CommitteeSubscription;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Who attests when: each proves a slot ahead whether it aggregates, and does so if it was selected
 * and its operators agreed on what to attest.
 *
 * @param root the block that the duties depend on
 */
record AttesterRoster(ChainSpec spec, Bytes32 root, NavigableMap<DutyId, AttesterDuty> duties)
    implements Roster {
  /**
   * @param positions in the cluster file, by group key; what is of nobody there, or of another
   *     epoch, is left out
   */
  static AttesterRoster of(
      ChainSpec spec, long epoch, AttesterDuties found, Map<Bytes, Integer> positions) {
    NavigableMap<DutyId, AttesterDuty> duties = new TreeMap<>();
    for (AttesterDuty duty : found.duties()) {
      Integer position = positions.get(duty.pubkey());
      if (position != null && spec.epochOf(duty.slot()) == epoch) {
        duties.put(DutyId.attester(duty.slot(), position), duty);
      }
    }
    return new AttesterRoster(spec, found.dependentRoot(), duties);
  }

  @Override
  public Optional<Bytes32> dependentRoot() {
    return Optional.of(root);
  }

  @Override
  public List<Entry> at(long slot) {
    return Stream.concat(
            of(slot).entrySet().stream()
                .map(duty ->
                    new Entry(
                        duty.getKey(),
                        new Assignment.Attestation(duty.getValue()),
                        Optional.of(new Question.ToAttest(slot)))),
            ahead(slot).stream())
        .toList();
  }

  /** Who aggregates is drawn in the slot before: nodes have to listen to the committee in time. */
  @Override
  public List<Entry> ahead(long slot) {
    return of(slot).keySet().stream()
        .map(attester -> selection(attester.sibling(DutyType.PREPARE_AGGREGATOR)))
        .toList();
  }

  @Override
  public Optional<Entry> ahead(DutyId duty) {
    return Optional.of(duty)
        .filter(selection -> duties.containsKey(selection.sibling(DutyType.ATTESTER)))
        .map(AttesterRoster::selection);
  }

  private static Entry selection(DutyId duty) {
    return new Entry(duty, new Assignment.AggregatorSelection(), Optional.empty());
  }

  /** A part of the map: what a slot costs does not depend on how many validators there are. */
  private NavigableMap<DutyId, AttesterDuty> of(long slot) {
    return duties.subMap(DutyId.attester(slot, 0), true, DutyId.attester(slot + 1, 0), false);
  }

  @Override
  public List<Entry> after(Scheduler.Finished finished, FinishedDuties known) {
    return switch (finished.duty().type()) {
      case ATTESTER, PREPARE_AGGREGATOR -> {
        DutyId attester = finished.duty().sibling(DutyType.ATTESTER);
        yield Optional.ofNullable(duties.get(attester)).stream()
            .flatMap(definition -> aggregation(attester, definition, known).stream())
            .toList();
      }
      case PROPOSER,
          EXIT,
          BUILDER_REGISTRATION,
          RANDAO,
          AGGREGATOR,
          SYNC_MESSAGE,
          PREPARE_SYNC_CONTRIBUTION,
          SYNC_CONTRIBUTION,
          INFO_SYNC ->
          List.of();
    };
  }

  private Optional<Entry> aggregation(
      DutyId attester, AttesterDuty definition, FinishedDuties known) {
    return known
        .of(attester.sibling(DutyType.PREPARE_AGGREGATOR))
        .map(Scheduler.Finished::signature)
        .filter(proof -> Selection.isAggregator(definition.committeeLength(), proof))
        .flatMap(
            proof -> known.of(attester).map(attested -> aggregation(attested, definition, proof)));
  }

  private Entry aggregation(Scheduler.Finished attested, AttesterDuty definition, Bytes proof) {
    Fork fork = spec.forkAtSlot(definition.slot());
    AttestationData signed =
        AttestationData.decode(attested.value().content()).orElseThrow().assigned(definition, fork);
    return new Entry(
        attested.duty().sibling(DutyType.AGGREGATOR),
        new Assignment.Aggregation(definition, proof, signed.hashTreeRoot()),
        Optional.of(new Question.ToAggregate(fork, signed, definition.committeeIndex())));
  }

  /** Nodes look for peers in these committees; who aggregates is told once it is drawn. */
  @Override
  public Optional<Submission> announcement(long fromSlot) {
    return Optional.of(
        subscriptions(duties.tailMap(DutyId.attester(fromSlot, 0), true).values(), false));
  }

  @Override
  public Optional<Submission> announcement(Scheduler.Finished finished) {
    return finished.duty().type() == DutyType.PREPARE_AGGREGATOR
        ? Optional.ofNullable(duties.get(finished.duty().sibling(DutyType.ATTESTER)))
            .filter(duty -> Selection.isAggregator(duty.committeeLength(), finished.signature()))
            .map(duty -> subscriptions(List.of(duty), true))
        : Optional.empty();
  }

  private static Submission subscriptions(Collection<AttesterDuty> duties, boolean isAggregator) {
    return Submission.committeeSubscriptions(
        duties.stream()
            .map(duty ->
                new CommitteeSubscription(
                    duty.validatorIndex(),
                    duty.committeeIndex(),
                    duty.committeesAtSlot(),
                    duty.slot(),
                    isAggregator))
            .toList());
  }
}
