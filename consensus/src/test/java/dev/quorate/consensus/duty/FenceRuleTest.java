/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FenceRuleTest {
  private static final FenceVerdict OWNED = new FenceVerdict.Owned();
  private static final FenceVerdict FENCED = new FenceVerdict.Foreign(Reason.FENCED);
  private static final FenceVerdict TOO_LATE = new FenceVerdict.Foreign(Reason.TOO_LATE);
  private static final Bytes MINE = Bytes.of(new byte[] {1});
  private static final Bytes THEIRS = Bytes.of(new byte[] {2});

  @Test
  void givesADutyToWhoAsksFirstAndToNobodyElse() {
    assertThat(FenceRule.judge(0, -1, Optional.empty(), MINE)).isEqualTo(OWNED);
    assertThat(FenceRule.judge(0, -1, Optional.of(MINE), MINE)).isEqualTo(OWNED);
    assertThat(FenceRule.judge(0, -1, Optional.of(THEIRS), MINE)).isEqualTo(FENCED);
  }

  @Test
  void givesNothingAtOrBelowTheFloorNotEvenToItsOwner() {
    assertThat(FenceRule.judge(10, 9, Optional.empty(), MINE)).isEqualTo(OWNED);
    assertThat(FenceRule.judge(9, 9, Optional.empty(), MINE)).isEqualTo(TOO_LATE);
    assertThat(FenceRule.judge(9, 9, Optional.of(MINE), MINE)).isEqualTo(TOO_LATE);
    assertThat(FenceRule.judge(8, 9, Optional.of(THEIRS), MINE)).isEqualTo(TOO_LATE);
  }
}
