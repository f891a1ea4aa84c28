/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.Checkpoint;
import org.junit.jupiter.api.Test;

class AwaitedTest {
  private static final DutyId DUTY = new DutyId(DutyType.AGGREGATOR, 9, 0, 0);
  private static final Bytes PROOF = Bytes.wrap(new byte[96]);
  private static final Checkpoint GENESIS = new Checkpoint(0, Bytes32.ZERO);
  private static final AttestationData DATA =
      new AttestationData(9, 0, Bytes32.ZERO, GENESIS, GENESIS);

  private final Awaited awaited = new Awaited();

  @Test
  void aDutyIsReadyOnceBothAreThereInAnyOrder() {
    assertThat(awaited.selected(DUTY, PROOF)).isEmpty();
    assertThat(awaited.agreed(DUTY, DATA)).contains(new Awaited.Ready(DUTY, PROOF, DATA));

    DutyId another = new DutyId(DutyType.AGGREGATOR, 9, 1, 0);
    assertThat(awaited.agreed(another, DATA)).isEmpty();
    assertThat(awaited.selected(another, PROOF)).contains(new Awaited.Ready(another, PROOF, DATA));
  }

  @Test
  void ofSlotsThatAreNotNearNothingIsKept() {
    awaited.selected(DUTY, PROOF);
    awaited.onSlot(10);
    assertThat(awaited.agreed(DUTY, DATA)).isPresent();
    awaited.onSlot(11);
    assertThat(awaited.agreed(DUTY, DATA)).isEmpty();
    // The clock was set back.
    awaited.onSlot(7);
    assertThat(awaited.selected(DUTY, PROOF)).isEmpty();
  }
}
