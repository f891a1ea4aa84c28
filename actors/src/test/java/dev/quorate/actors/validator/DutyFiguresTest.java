/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.validator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyOutcome;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.SubmissionOutcome;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Duties of one slot that decided another value than the rest. */
class DutyFiguresTest {
  private static final long SLOT = 320;
  private static final Bytes32 A = Bytes32.sha256(new byte[] {1});
  private static final Bytes32 B = Bytes32.sha256(new byte[] {2});
  private static final Bytes32 C = Bytes32.sha256(new byte[] {3});

  private final DutyFigures figures = new DutyFigures((_, _) -> {});
  private int validator;

  private void decides(long slot, Bytes32... values) {
    for (Bytes32 value : values) {
      ends(DutyId.attester(slot, validator++), value);
    }
  }

  private void ends(DutyId duty, Bytes32 value) {
    figures.ended(duty, new DutyOutcome.Broadcast(SubmissionOutcome.ACCEPTED, 1, 100, value));
  }

  @Test
  void noneDivergesWhereAllDecideOneValue() {
    decides(SLOT, A, A, A);
    decides(SLOT + 1, B);
    assertThat(figures.diverged()).isZero();
  }

  @Test
  void whoDecidesOtherwiseThanMostOfItsSlotHasDiverged() {
    decides(SLOT, B, A, A, C, A);
    assertThat(figures.diverged()).isEqualTo(2);
    decides(SLOT, B, B, B);
    assertThat(figures.diverged()).as("B by now is what most decided").isEqualTo(4);
    decides(SLOT + 1, A, B);
    assertThat(figures.diverged()).as("of two halves one counts").isEqualTo(5);
  }

  @Test
  void aDutyThatWasDecidedAndMissedCountsAndOneThatWasNotDecidedDoesNot() {
    decides(SLOT, A, A);
    figures.ended(
        DutyId.attester(SLOT, 7), new DutyOutcome.Missed(Reason.TOO_FEW_PARTIALS, Optional.of(B)));
    figures.ended(
        DutyId.attester(SLOT, 8), new DutyOutcome.Missed(Reason.NO_QUORUM, Optional.empty()));
    assertThat(figures.diverged()).isEqualTo(1);
  }

  @Test
  void selectionsFarAheadPushOutNothingAndAggregatesOfTwoCommitteesAreNoDivergence() {
    for (int ahead = 1; ahead <= DutyType.SLOTS_AHEAD_MAX; ahead++) {
      ends(new DutyId(DutyType.PREPARE_AGGREGATOR, SLOT + ahead, 0, 0), A);
      ends(new DutyId(DutyType.PREPARE_SYNC_CONTRIBUTION, SLOT + ahead, 0, 3), A);
    }
    decides(SLOT, A, A, B);
    ends(new DutyId(DutyType.AGGREGATOR, SLOT, 0, 0), A);
    ends(new DutyId(DutyType.AGGREGATOR, SLOT, 1, 0), B);
    assertThat(figures.diverged()).isEqualTo(1);
  }

  @Test
  void keepsABoundedNumberOfSlotsAndWhatWasCountedInOlderOnes() {
    for (int slot = 0; slot < DecidedValues.SLOTS_MAX + 10; slot++) {
      decides(SLOT + slot, A, A, B);
    }
    assertThat(figures.diverged()).isEqualTo(DecidedValues.SLOTS_MAX + 10);
    decides(SLOT, B, B, B);
    assertThat(figures.diverged())
        .as("too old to be judged")
        .isEqualTo(DecidedValues.SLOTS_MAX + 10);
    decides(SLOT + DecidedValues.SLOTS_MAX, B);
    assertThat(figures.diverged()).isEqualTo(DecidedValues.SLOTS_MAX + 11);
  }
}
