/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.event;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyEvent;
import java.util.List;

/**
 * What recovery starts from instead of the whole journal.
 *
 * @param lastHash the hash of the last row that the snapshot covers
 * @param recent the events that the state is folded from, in order
 */
public record EntitySnapshot(Bytes32 lastHash, List<DutyEvent> recent) {
  public EntitySnapshot {
    recent = List.copyOf(recent);
  }
}
