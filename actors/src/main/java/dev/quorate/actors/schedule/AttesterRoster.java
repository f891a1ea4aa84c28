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
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Who attests when: each proves at the start of its slot whether it aggregates, and does so if it
 * was selected and its operators agreed on what to attest.
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

  /** A part of the map: what a slot costs does not depend on how many validators there are. */
  @Override
  public List<Entry> at(long slot) {
    return duties
        .subMap(DutyId.attester(slot, 0), true, DutyId.attester(slot + 1, 0), false)
        .entrySet()
        .stream()
        .flatMap(duty ->
            Stream.of(
                new Entry(
                    duty.getKey(),
                    new Assignment.Attestation(duty.getValue()),
                    Optional.of(new Question.ToAttest(slot))),
                new Entry(
                    duty.getKey().sibling(DutyType.PREPARE_AGGREGATOR),
                    new Assignment.AggregatorSelection(),
                    Optional.empty())))
        .toList();
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
          RANDAO,
          AGGREGATOR,
          SYNC_MESSAGE,
          PREPARE_SYNC_CONTRIBUTION,
          SYNC_CONTRIBUTION ->
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

  @Override
  public Optional<Submission> subscription() {
    return Optional.empty();
  }
}
