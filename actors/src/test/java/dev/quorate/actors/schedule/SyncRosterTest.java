/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.actors.fetch.Question;
import dev.quorate.beacon.client.Submission;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.chain.Preset;
import dev.quorate.ethereum.duty.Selection;
import dev.quorate.ethereum.duty.SyncDuty;
import dev.quorate.ethereum.message.SyncSubscription;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SyncRosterTest {
  private static final long SLOT = 99;
  private static final Bytes32 HEAD = Bytes32.sha256(new byte[] {1});
  private static final Bytes FIRST = key(1);
  private static final Bytes SECOND = key(2);

  /** Three seats in the parts 3, 0 and 3, and one in part 1. */
  private static final SyncRoster ROSTER =
      roster(
          Preset.MAINNET,
          new SyncDuty(FIRST, 70, List.of(511, 0, 384)),
          new SyncDuty(SECOND, 71, List.of(130)),
          new SyncDuty(key(3), 72, List.of(5)));

  private static Bytes key(int number) {
    return Bytes.wrap(ByteBuffer.allocate(48).putInt(number).array());
  }

  private static SyncRoster roster(Preset preset, SyncDuty... duties) {
    return SyncRoster.of(preset, 12, List.of(duties), Map.of(FIRST, 4, SECOND, 6));
  }

  private static DutyId duty(DutyType type, int validator, int part) {
    return new DutyId(type, SLOT, validator, part);
  }

  private static Roster.Entry message(int validator, long index) {
    return new Roster.Entry(
        duty(DutyType.SYNC_MESSAGE, validator, 0),
        new Assignment.SyncMessage(index),
        Optional.of(new Question.ToNameHead(SLOT)));
  }

  private static Roster.Entry selection(int validator, int part) {
    return new Roster.Entry(
        duty(DutyType.PREPARE_SYNC_CONTRIBUTION, validator, part),
        new Assignment.SyncSelection(part),
        Optional.empty());
  }

  @Test
  void inEverySlotMembersNameTheHeadAndProveOnceForEachPartInWhichTheySit() {
    assertThat(ROSTER.at(SLOT))
        .containsExactly(
            message(4, 70), selection(4, 0), selection(4, 3), message(6, 71), selection(6, 1));
  }

  @Test
  void seatsThatTheCommitteeDoesNotHaveAreInNoPart() {
    assertThat(roster(Preset.MINIMAL, new SyncDuty(FIRST, 70, List.of(9, 32, 511))).at(SLOT))
        .containsExactly(message(4, 70), selection(4, 1));
  }

  private static Bytes proof(boolean selects) {
    return IntStream.range(0, 1_000)
        .mapToObj(i -> Bytes.wrap(ByteBuffer.allocate(96).putInt(i).array()))
        .filter(proof -> Selection.isSyncAggregator(Preset.MAINNET, proof) == selects)
        .findFirst()
        .orElseThrow();
  }

  private static Scheduler.Finished selected(int part, boolean selects) {
    return new Scheduler.Finished(
        duty(DutyType.PREPARE_SYNC_CONTRIBUTION, 4, part), new Value(Bytes.EMPTY), proof(selects));
  }

  private static final Scheduler.Finished NAMED =
      new Scheduler.Finished(
          duty(DutyType.SYNC_MESSAGE, 4, 0), new Value(HEAD.toBytes()), Bytes.wrap(new byte[96]));

  private static final Roster.Entry CONTRIBUTION =
      new Roster.Entry(
          duty(DutyType.SYNC_CONTRIBUTION, 4, 3),
          new Assignment.Contribution(70, 3, proof(true), HEAD),
          Optional.of(new Question.ToContribute(SLOT, 3, HEAD)));

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoIsSelectedForAPartContributesOnceTheHeadIsAgreedOn(boolean selectedFirst) {
    FinishedDuties known = new FinishedDuties();
    known.add(selected(0, false));
    assertThat(ROSTER.after(selected(0, false), known)).isEmpty();
    Scheduler.Finished first = selectedFirst ? selected(3, true) : NAMED;
    known.add(first);
    assertThat(ROSTER.after(first, known)).isEmpty();
    Scheduler.Finished second = selectedFirst ? NAMED : selected(3, true);
    known.add(second);
    assertThat(ROSTER.after(second, known)).containsExactly(CONTRIBUTION);
  }

  @Test
  void ofWhoHasNoSeatAndOfOtherDutiesNothingFollows() {
    FinishedDuties known = new FinishedDuties();
    known.add(NAMED);
    known.add(selected(3, true));
    DutyId contribution = duty(DutyType.SYNC_CONTRIBUTION, 4, 3);
    assertThat(
            ROSTER.after(new Scheduler.Finished(contribution, NAMED.value(), proof(true)), known))
        .isEmpty();
    assertThat(roster(Preset.MAINNET).after(NAMED, known)).isEmpty();
  }

  @Test
  void beaconNodesAreToListenUntilTheNextEpochsRosterSaysItAgain() {
    Submission told = ROSTER.announcement(0).orElseThrow();
    assertThat(told.path()).isEqualTo("/eth/v1/validator/sync_committee_subscriptions");
    assertThat(told.items().stream().map(item -> item.json().get()))
        .containsExactly(
            new SyncSubscription(70, List.of(511, 0, 384), 13).toJson(),
            new SyncSubscription(71, List.of(130), 13).toJson());
    assertThat(roster(Preset.MAINNET).announcement(0)).isEmpty();
  }
}
