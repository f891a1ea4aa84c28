/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import dev.quorate.consensus.Bytes32;

/**
 * Which block an operator's own beacon nodes would have the sync committee sign in a slot.
 *
 * @param slot the duties', not the block's: what is stuck says an old root of a new slot
 */
public record HeadView(long slot, Bytes32 root) {
  /** Whether it may be spoken of is judged as of a duty. */
  public DutyId duty() {
    return new DutyId(DutyType.SYNC_MESSAGE, slot, 0, 0);
  }
}
