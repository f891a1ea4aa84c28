/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DutyLedgerTest {
  private static DutyLedger ofSlots(LongStream slots) {
    return of(slots.mapToObj(slot -> DutyId.attester(slot, 0)));
  }

  private static DutyLedger of(Stream<DutyId> duties) {
    return duties
        .<DutyEvent>map(duty -> new DutyEvent.Shared(duty, Bytes.of(new byte[] {1}), duty.slot()))
        .reduce(DutyLedger.EMPTY, DutyLedger::apply, (_, last) -> last);
  }

  private static LongStream slots(DutyLedger ledger) {
    return ledger.duties().keySet().stream().mapToLong(DutyId::slot);
  }

  @Test
  void ofOneDutyAnEpochItKeepsAFewToLookBackOn() {
    DutyLedger ledger = ofSlots(LongStream.range(0, 100).map(epoch -> 32 * epoch));
    assertThat(slots(ledger)).hasSize(DutyLedger.DUTIES_MIN).endsWith(32L * 99);
  }

  @Test
  void whatMayStillBeWithinItsDeadlineStays() {
    DutyLedger ledger = ofSlots(LongStream.range(0, 100).map(n -> 2 * n));
    assertThat(slots(ledger))
        .containsExactlyElementsOf(
            LongStream.rangeClosed(198 - DutyType.ATTESTER.slotsOpen(), 198)
                .filter(slot -> slot % 2 == 0)
                .boxed()
                .toList());
  }

  @Test
  void whatIsDoneAheadOfTimeMakesNothingOld() {
    DutyId randao = new DutyId(DutyType.RANDAO, 40, 0, 0);
    List<DutyId> others = new ArrayList<>();
    for (long slot = 20; slot < 40; slot++) {
      others.add(DutyId.attester(slot, 0));
    }
    DutyId ahead = new DutyId(DutyType.PREPARE_AGGREGATOR, 103, 0, 0);
    DutyLedger ledger =
        of(Stream.concat(others.stream(), Stream.of(randao, ahead, DutyId.attester(41, 0))));
    assertThat(ledger.duties()).containsKeys(randao, ahead);
  }

  /** One that has seats in all of its parts, and whose client proves two epochs at once. */
  @Test
  void allThatAMemberOfTheSyncCommitteeProvesAheadStays() {
    DutyId attester = DutyId.attester(40, 0);
    List<DutyId> ahead =
        LongStream.range(41, 41 + DutyType.SLOTS_AHEAD_MAX)
            .boxed()
            .flatMap(slot ->
                IntStream.range(0, DutyType.SYNC_SUBCOMMITTEES)
                    .mapToObj(
                        part -> new DutyId(DutyType.PREPARE_SYNC_CONTRIBUTION, slot, 0, part)))
            .toList();
    DutyLedger ledger = of(Stream.concat(Stream.of(attester), ahead.stream()));
    assertThat(ledger.duties()).containsKey(attester).containsKeys(ahead.toArray(DutyId[]::new));
  }

  /** A member of the sync committee has several duties in every slot. */
  @Test
  void whatIsOfUseInItsSlotAloneMakesWayForWhatIsOpenLonger() {
    DutyId attester = DutyId.attester(40, 0);
    DutyLedger ledger =
        of(
            Stream.concat(
                Stream.of(attester),
                LongStream.range(40, 100)
                    .boxed()
                    .flatMap(slot ->
                        Stream.of(
                            new DutyId(DutyType.SYNC_MESSAGE, slot, 0, 0),
                            new DutyId(DutyType.PREPARE_SYNC_CONTRIBUTION, slot, 0, 1),
                            new DutyId(DutyType.SYNC_CONTRIBUTION, slot, 0, 1)))));
    assertThat(ledger.duties()).hasSize(DutyLedger.DUTIES_MIN).containsKey(attester);
  }

  private static DutyEvent decided(long slot) {
    return new DutyEvent.Decided(
        new DutyId(DutyType.INFO_SYNC, slot, 0, 0),
        new Value(Bytes.of(new byte[] {(byte) slot})),
        DutyEvent.Trail.NONE,
        DutyEvent.Aftermath.NONE);
  }

  @Test
  void whatWasDecidedLastStaysUntilTheNextHoweverMuchComesBetween() {
    DutyLedger ledger = DutyLedger.EMPTY.apply(decided(1)).apply(decided(2));
    for (long slot = 100; slot < 1_000; slot++) {
      ledger =
          ledger.apply(
              new DutyEvent.Shared(DutyId.attester(slot, 0), Bytes.of(new byte[] {1}), slot));
    }
    assertThat(ledger.lastDecision()).contains((DutyEvent.Decided) decided(2));
    assertThat(ledger.of(decided(1).duty())).isEmpty();
    DutyLedger again =
        ledger.events().stream().reduce(DutyLedger.EMPTY, DutyLedger::apply, (_, last) -> last);
    assertThat(again).isEqualTo(ledger);
    assertThat(ledger.apply(decided(1_000)).lastDecision())
        .contains((DutyEvent.Decided) decided(1_000));
  }

  @Test
  void aDutyThatEndedWithItsDecisionIsOver() {
    DutyLedger ledger = DutyLedger.EMPTY.apply(decided(1));
    assertThat(ledger.isOver(decided(1).duty())).isTrue();
    assertThat(ledger.unfinished()).isEmpty();
  }

  @Test
  void aSignatureThatAnotherDutyNeedsIsHandedOnAgain() {
    DutyId randao = new DutyId(DutyType.RANDAO, 32, 0, 0);
    DutyEvent.Aftermath taken =
        DutyEvent.Aftermath.NONE.with(
            new DutyEvent.Submission(randao, SubmissionOutcome.ACCEPTED, 33));
    DutyLedger ledger =
        of(Stream.of(randao))
            .apply(
                new DutyEvent.Failed(
                    DutyId.attester(33, 0),
                    Reason.NO_QUORUM,
                    List.of(),
                    List.of(),
                    DutyEvent.Trail.NONE,
                    taken,
                    65));
    assertThat(ledger.isOver(randao)).isFalse();
  }

  @Test
  void aDutyIsOverOnceARowOfALaterOneTellsThatABeaconNodeTookIt() {
    DutyId duty = DutyId.attester(32, 0);
    DutyLedger before = ofSlots(LongStream.of(32));
    assertThat(before.isOver(duty)).isFalse();
    DutyLedger after =
        before.apply(
            new DutyEvent.Failed(
                DutyId.attester(64, 0),
                Reason.NO_QUORUM,
                List.of(),
                List.of(),
                DutyEvent.Trail.NONE,
                DutyEvent.Aftermath.NONE.with(
                    new DutyEvent.Submission(duty, SubmissionOutcome.ACCEPTED, 33)),
                65));
    assertThat(after.isOver(duty)).isTrue();
    assertThat(after.isOver(DutyId.attester(64, 0))).isTrue();
    assertThat(after.isOver(DutyId.attester(96, 0))).isFalse();
  }

  @Test
  void ofADutyInEverySlotItKeepsABoundedNumber() {
    DutyLedger ledger =
        of(
            LongStream.range(0, 1_000)
                .boxed()
                .flatMap(slot ->
                    IntStream.range(0, 8)
                        .mapToObj(part -> new DutyId(DutyType.AGGREGATOR, slot, 0, part))));
    assertThat(slots(ledger)).hasSize(DutyLedger.DUTIES_MAX).endsWith(999L);
  }
}
