/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.validator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.FenceVerdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.chain.SlotTimes;
import org.junit.jupiter.api.Test;

class RivalsTest {
  private static final FenceVerdict FENCED = new FenceVerdict.Foreign(Reason.FENCED);

  private final SlotTimes times;
  private final Rivals rivals;

  RivalsTest() throws Exception {
    times =
        new SlotTimes(
            ChainSpec.ofJson(
                new JsonMapper()
                    .readTree(
                        """
                        {"SECONDS_PER_SLOT":"12","SLOTS_PER_EPOCH":"32","GENESIS_FORK_VERSION":"0x00000000"}
                        """)),
            new Genesis(1_000, Bytes32.ZERO, Bytes.fromHex("00000000")));
    rivals = new Rivals(times);
  }

  @Test
  void whoOwnsALaterDutyOfARunningEntityIsARival() {
    rivals.answered(12, times.startMillis(10), FENCED);

    assertThat(rivals.recentSlot(times.startMillis(12))).hasValue(12);
    assertThat(rivals.recentSlot(times.startMillis(44))).hasValue(12);
    assertThat(rivals.recentSlot(times.startMillis(45))).isEmpty();
  }

  @Test
  void theLifeBeforeIsNone() {
    rivals.answered(11, times.startMillis(10), FENCED);
    assertThat(rivals.recentSlot(times.startMillis(11))).isEmpty();
  }

  @Test
  void otherVerdictsTellOfNobody() {
    rivals.answered(12, times.startMillis(10), new FenceVerdict.Owned());
    rivals.answered(12, times.startMillis(10), new FenceVerdict.Foreign(Reason.TOO_LATE));
    rivals.answered(12, times.startMillis(10), new FenceVerdict.Foreign(Reason.QUARANTINED));
    assertThat(rivals.recentSlot(times.startMillis(12))).isEmpty();
  }
}
