/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import dev.quorate.actors.fetch.Question;
import dev.quorate.beacon.client.BlockRequest;
import dev.quorate.beacon.client.ProposerDuties;
import dev.quorate.beacon.client.Submission;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.ProposerDuty;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongFunction;

/**
 * Who proposes when: each signs the epoch a slot ahead, so that its block can be asked for as soon
 * as its slot begins.
 *
 * @param dependentRoot empty where heads do not name it
 * @param duties by their slots, those of the cluster's validators
 * @param feeRecipient 20 bytes
 */
record ProposerRoster(
    LongFunction<DutySlot> slots,
    Optional<Bytes32> dependentRoot,
    Map<Long, Proposer> duties,
    Bytes feeRecipient)
    implements Roster {
  /** Blocks say nothing. */
  private static final Bytes32 GRAFFITI = Bytes32.ZERO;

  /** A builder's block only where there is no other. */
  private static final long BUILDER_BOOST_FACTOR = 0;

  /**
   * @param validator its position in the cluster file
   */
  record Proposer(int validator, ProposerDuty duty) {}

  /**
   * @param decidedBefore the epoch before whose first slot lies the block that heads name
   * @param positions in the cluster file, by group key; who is not there is left out
   */
  static ProposerRoster of(
      LongFunction<DutySlot> slots,
      ProposerDuties found,
      long decidedBefore,
      Map<Bytes, Integer> positions,
      Bytes feeRecipient) {
    Map<Long, Proposer> duties = new TreeMap<>();
    for (ProposerDuty duty : found.duties()) {
      Integer position = positions.get(duty.pubkey());
      if (position != null) {
        duties.put(duty.slot(), new Proposer(position, duty));
      }
    }
    return new ProposerRoster(
        slots,
        Optional.of(found.dependentRoot()).filter(_ -> found.decidedBefore() == decidedBefore),
        duties,
        feeRecipient);
  }

  @Override
  public List<Entry> at(long slot) {
    return ahead(slot);
  }

  @Override
  public List<Entry> ahead(long slot) {
    List<Entry> entries = new ArrayList<>();
    Optional.ofNullable(duties.get(slot))
        .ifPresent(proposer ->
            entries.add(
                new Entry(
                    new DutyId(DutyType.RANDAO, slot, proposer.validator(), 0),
                    new Assignment.Randao(),
                    Optional.empty())));
    return entries;
  }

  @Override
  public List<Entry> after(Scheduler.Finished finished, FinishedDuties known) {
    DutyId duty = finished.duty();
    return duty.type() == DutyType.RANDAO
        ? Optional.ofNullable(duties.get(duty.slot()))
            .filter(proposer -> proposer.validator() == duty.validator())
            .map(proposer -> proposal(proposer, duty, finished.signature()))
            .stream()
            .toList()
        : List.of();
  }

  private Entry proposal(Proposer proposer, DutyId randao, Bytes reveal) {
    return new Entry(
        randao.sibling(DutyType.PROPOSER),
        new Assignment.BlockProposal(proposer.duty(), reveal, feeRecipient),
        Optional.of(
            new Question.ToPropose(
                slots.apply(randao.slot()),
                new BlockRequest(reveal, GRAFFITI, BUILDER_BOOST_FACTOR))));
  }

  /** Whom to pay is told for all validators, proposers or not. */
  @Override
  public Optional<Submission> announcement(long fromSlot) {
    return Optional.empty();
  }

  @Override
  public Optional<Submission> announcement(Scheduler.Finished finished) {
    return Optional.empty();
  }
}
