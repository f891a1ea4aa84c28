/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import dev.quorate.actors.fetch.Question;
import dev.quorate.beacon.client.Submission;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.chain.Preset;
import dev.quorate.ethereum.duty.Selection;
import dev.quorate.ethereum.duty.SyncDuty;
import dev.quorate.ethereum.message.SyncSubscription;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Who sits in the sync committee: in each slot all of them sign the head, and prove for each
 * subcommittee in which they have seats whether they aggregate its messages. Who was selected does
 * so, once the head is agreed on.
 *
 * @param members by their positions in the cluster file
 */
record SyncRoster(Preset preset, long epoch, SortedMap<Integer, SyncDuty> members)
    implements Roster {
  /**
   * @param positions in the cluster file, by group key; who is not there is left out
   */
  static SyncRoster of(
      Preset preset, long epoch, List<SyncDuty> found, Map<Bytes, Integer> positions) {
    SortedMap<Integer, SyncDuty> members = new TreeMap<>();
    for (SyncDuty duty : found) {
      Integer position = positions.get(duty.pubkey());
      if (position != null) {
        members.put(position, duty);
      }
    }
    return new SyncRoster(preset, epoch, members);
  }

  @Override
  public Optional<Bytes32> dependentRoot() {
    return Optional.empty();
  }

  @Override
  public List<Entry> at(long slot) {
    List<Entry> entries = new ArrayList<>();
    members.forEach((position, duty) -> {
      DutyId message = new DutyId(DutyType.SYNC_MESSAGE, slot, position, 0);
      entries.add(
          new Entry(
              message,
              new Assignment.SyncMessage(duty.validatorIndex()),
              Optional.of(new Question.ToNameHead(slot))));
      subcommittees(duty)
          .forEach(part ->
              entries.add(selection(message.sibling(DutyType.PREPARE_SYNC_CONTRIBUTION, part))));
    });
    return entries;
  }

  @Override
  public List<Entry> ahead(long slot) {
    return List.of();
  }

  @Override
  public Optional<Entry> ahead(DutyId duty) {
    return Optional.ofNullable(members.get(duty.validator()))
        .filter(member -> subcommittees(member).anyMatch(part -> part == duty.part()))
        .map(_ -> selection(duty));
  }

  private static Entry selection(DutyId duty) {
    return new Entry(duty, new Assignment.SyncSelection(duty.part()), Optional.empty());
  }

  /** Seats that the preset's committee does not have are in none. */
  private IntStream subcommittees(SyncDuty duty) {
    int seats = preset.syncCommitteeSize();
    return duty.positions().stream()
        .filter(seat -> seat < seats)
        .mapToInt(seat -> seat / (seats / DutyType.SYNC_SUBCOMMITTEES))
        .distinct()
        .sorted();
  }

  @Override
  public List<Entry> after(Scheduler.Finished finished, FinishedDuties known) {
    DutyId duty = finished.duty();
    SyncDuty member = members.get(duty.validator());
    if (member == null) {
      return List.of();
    }
    return switch (duty.type()) {
      case SYNC_MESSAGE ->
          subcommittees(member)
              .mapToObj(part -> contribution(member, duty, part, known))
              .flatMap(Optional::stream)
              .toList();
      case PREPARE_SYNC_CONTRIBUTION ->
          contribution(member, duty, duty.part(), known).stream().toList();
      case PROPOSER,
          ATTESTER,
          EXIT,
          BUILDER_REGISTRATION,
          RANDAO,
          PREPARE_AGGREGATOR,
          AGGREGATOR,
          SYNC_CONTRIBUTION,
          INFO_SYNC ->
          List.of();
    };
  }

  /**
   * @param duty any of the validator in the slot
   */
  private Optional<Entry> contribution(
      SyncDuty member, DutyId duty, int subcommittee, FinishedDuties known) {
    return known
        .of(duty.sibling(DutyType.PREPARE_SYNC_CONTRIBUTION, subcommittee))
        .map(Scheduler.Finished::signature)
        .filter(proof -> Selection.isSyncAggregator(preset, proof))
        .flatMap(proof ->
            known
                .of(duty.sibling(DutyType.SYNC_MESSAGE))
                .map(agreed -> Bytes32.of(agreed.value().content().toArray()))
                .map(head ->
                    new Entry(
                        duty.sibling(DutyType.SYNC_CONTRIBUTION, subcommittee),
                        new Assignment.Contribution(
                            member.validatorIndex(), subcommittee, proof, head),
                        Optional.of(new Question.ToContribute(duty.slot(), subcommittee, head)))));
  }

  /** Until the next epoch's roster says it again. */
  @Override
  public Optional<Submission> announcement(long fromSlot) {
    return members.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Submission.syncSubscriptions(
                members.values().stream()
                    .map(duty ->
                        new SyncSubscription(duty.validatorIndex(), duty.positions(), epoch + 1))
                    .toList()));
  }

  @Override
  public Optional<Submission> announcement(Scheduler.Finished finished) {
    return Optional.empty();
  }
}
