/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class WantedDutiesTest {
  private final WantedDuties wanted = new WantedDuties();

  private static DutyId selection(long slot, int validator) {
    return new DutyId(DutyType.PREPARE_AGGREGATOR, slot, validator, 0);
  }

  @Test
  void whatIsNearestComesFirstAndOnce() {
    wanted.add(selection(40, 0));
    assertThat(wanted.add(selection(9, 1))).isTrue();
    assertThat(wanted.add(selection(9, 1))).isFalse();
    assertThat(wanted.take(_ -> true)).containsExactly(selection(9, 1), selection(40, 0));
    assertThat(wanted.take(_ -> true)).isEmpty();
  }

  @Test
  void whatCannotBeginYetWaitsAndHoldsUpNothing() {
    wanted.add(selection(9, 1));
    wanted.add(selection(40, 0));
    assertThat(wanted.take(duty -> duty.slot() == 40)).containsExactly(selection(40, 0));
    assertThat(wanted.keys(duty -> new Rosters.Key(RosterKind.ATTESTERS, duty.slot())))
        .isEqualTo(Set.of(new Rosters.Key(RosterKind.ATTESTERS, 9)));
    wanted.forget(duty -> duty.slot() == 9);
    assertThat(wanted.take(_ -> true)).isEmpty();
  }

  @Test
  void noMoreAreTakenAtOnceThanOthersCanWaitFor() {
    LongStream.range(0, WantedDuties.AT_ONCE + 1).forEach(slot -> wanted.add(selection(slot, 0)));
    assertThat(wanted.take(_ -> true)).hasSize(WantedDuties.AT_ONCE);
    assertThat(wanted.take(_ -> true)).isEqualTo(List.of(selection(WantedDuties.AT_ONCE, 0)));
  }

  @Test
  void beyondTheBoundWhatIsFurthestGivesWay() {
    LongStream.range(1, WantedDuties.WANTED_MAX + 1)
        .forEach(slot -> wanted.add(selection(slot, 0)));
    assertThat(wanted.add(selection(0, 0))).isTrue();
    assertThat(wanted.add(selection(WantedDuties.WANTED_MAX + 1, 0))).isFalse();
    assertThat(wanted.take(duty -> duty.slot() == 0)).hasSize(1);
    assertThat(wanted.take(duty -> duty.slot() >= WantedDuties.WANTED_MAX)).isEmpty();
    assertThat(wanted.take(duty -> duty.slot() == WantedDuties.WANTED_MAX - 1)).hasSize(1);
  }
}
