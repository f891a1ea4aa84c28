/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.actors.fixture.Chains;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.SlotTimes;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WindowTest {
  private static final long SLOT = 40;
  private static final SlotTimes TIMES =
      new SimulatedChain(Chains.of(Fork.FULU, List.of(Bytes.wrap(new byte[48])))).times();

  private static Optional<Reason> refusal(long slot, long nowMillis) {
    return Operator.window(TIMES, nowMillis, DutyId.attester(slot, 0));
  }

  @Test
  void nobodySpeaksOfDutiesBehindTheNextSlot() {
    long now = TIMES.startMillis(SLOT);

    assertThat(refusal(SLOT + 1, now)).isEmpty();
    assertThat(refusal(SLOT + 2, now)).contains(Reason.TOO_EARLY);
    assertThat(refusal(SLOT + 2, now - 1)).contains(Reason.TOO_EARLY);
    assertThat(refusal(Long.MAX_VALUE, now)).contains(Reason.TOO_EARLY);
  }

  @Test
  void selectionsAreProvenForTwoEpochsAtOnce() {
    long now = TIMES.startMillis(SLOT);

    for (DutyType type : List.of(DutyType.PREPARE_AGGREGATOR, DutyType.PREPARE_SYNC_CONTRIBUTION)) {
      assertThat(selectionRefusal(type, SLOT + 64, now)).isEmpty();
      assertThat(selectionRefusal(type, SLOT + 65, now)).contains(Reason.TOO_EARLY);
      assertThat(selectionRefusal(type, SLOT, TIMES.startMillis(SLOT + 1) + 1))
          .contains(Reason.TOO_LATE);
    }
  }

  private static Optional<Reason> selectionRefusal(DutyType type, long slot, long nowMillis) {
    return Operator.window(TIMES, nowMillis, new DutyId(type, slot, 0, 0));
  }

  @Test
  void anExitIsSpokenOfInItsPeriodAndInNoOther() {
    long slots = (long) DutyType.EPOCHS_PER_PERIOD * Chains.SLOTS_PER_EPOCH;
    for (long now : List.of(slots, slots + 1, 2 * slots - 2)) {
      assertThat(exitRefusal(slots, TIMES.startMillis(now))).isEmpty();
      assertThat(exitRefusal(2 * slots, TIMES.startMillis(now))).contains(Reason.TOO_EARLY);
      assertThat(exitRefusal(0, TIMES.startMillis(now) + 1)).contains(Reason.TOO_LATE);
    }
  }

  private static Optional<Reason> exitRefusal(long period, long nowMillis) {
    return Operator.window(TIMES, nowMillis, new DutyId(DutyType.EXIT, period, 0, 0));
  }

  @Test
  void nobodySpeaksOfDutiesPastTheirDeadline() {
    long deadline = TIMES.inclusionDeadlineMillis(SLOT);

    assertThat(refusal(SLOT, deadline)).isEmpty();
    assertThat(refusal(SLOT, deadline + 1)).contains(Reason.TOO_LATE);
    assertThat(refusal(0, Long.MAX_VALUE)).contains(Reason.TOO_LATE);
  }
}
