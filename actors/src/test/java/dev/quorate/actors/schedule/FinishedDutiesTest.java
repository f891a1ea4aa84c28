/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import org.junit.jupiter.api.Test;

class FinishedDutiesTest {
  private static final DutyId DUTY = DutyId.attester(9, 0);
  private static final Scheduler.Finished FINISHED =
      new Scheduler.Finished(DUTY, new Value(Bytes.EMPTY), Bytes.wrap(new byte[96]));

  private final FinishedDuties finished = new FinishedDuties();

  @Test
  void ofSlotsThatAreNotNearNothingIsKept() {
    finished.add(FINISHED);
    finished.onSlot(10);
    assertThat(finished.of(DUTY)).contains(FINISHED);
    finished.onSlot(11);
    assertThat(finished.of(DUTY)).isEmpty();
    // The clock was set back.
    finished.add(FINISHED);
    finished.onSlot(7);
    assertThat(finished.of(DUTY)).isEmpty();
  }

  @Test
  void whatIsDoneAheadIsKeptUntilItsSlotIsOver() {
    DutyId ahead = DutyId.attester(90, 0).sibling(DutyType.PREPARE_AGGREGATOR);
    Scheduler.Finished proven =
        new Scheduler.Finished(ahead, new Value(Bytes.EMPTY), Bytes.wrap(new byte[96]));
    finished.add(proven);
    for (long slot : new long[] {26, 60, 91}) {
      finished.onSlot(slot);
      assertThat(finished.of(ahead)).contains(proven);
    }
    finished.onSlot(92);
    assertThat(finished.of(ahead)).isEmpty();
  }
}
