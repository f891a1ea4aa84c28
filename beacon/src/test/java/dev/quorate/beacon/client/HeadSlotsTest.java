/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes32;
import org.junit.jupiter.api.Test;

class HeadSlotsTest {
  private static Bytes32 root(int number) {
    return Bytes32.sha256(new byte[] {(byte) number});
  }

  private static HeadEvent head(long slot, int number) {
    return new HeadEvent(slot, root(number), Bytes32.ZERO, Bytes32.ZERO, false);
  }

  @Test
  void theFirstWhoTellsOfAHeadIsBelieved() {
    HeadSlots slots = new HeadSlots();
    assertThat(slots.of(root(1))).isEmpty();
    slots.put(head(7, 1));
    slots.put(head(9, 1));
    assertThat(slots.of(root(1))).contains(7L);
  }

  @Test
  void theOldestIsForgottenBeyondTheBound() {
    HeadSlots slots = new HeadSlots();
    for (int number = 0; number <= HeadSlots.KEPT; number++) {
      slots.put(head(number, number));
    }
    assertThat(slots.of(root(0))).isEmpty();
    for (int number = 1; number <= HeadSlots.KEPT; number++) {
      assertThat(slots.of(root(number))).contains((long) number);
    }
  }
}
