/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.validator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.actors.fixture.Chains;
import dev.quorate.actors.fixture.Group;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.SlotTimes;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuietTimeTest {
  private static final SlotTimes TIMES =
      new SimulatedChain(Chains.of(Fork.FULU, List.of(Group.generate().publicKey()))).times();

  @ParameterizedTest
  @CsvSource({"0, 8000", "1, 7999", "7999, 1", "8000, 0", "11999, 0", "12000, 8000"})
  void isTheLastThirdOfASlot(long intoSlotMillis, long untilMillis) {
    QuietTime quiet = new QuietTime(TIMES, () -> TIMES.startMillis(5) + intoSlotMillis);
    assertThat(quiet.millisUntil()).isEqualTo(untilMillis);
  }
}
