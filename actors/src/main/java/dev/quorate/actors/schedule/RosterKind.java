/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import dev.quorate.beacon.client.HeadEvent;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.chain.ChainSpec;
import java.util.Optional;

/** What beacon nodes are asked for each epoch. */
enum RosterKind {
  ATTESTERS("attesters"),
  SYNC_COMMITTEE("the sync committee");

  final String title;

  RosterKind(String title) {
    this.title = title;
  }

  /**
   * The epoch whose roster has a slot. What the sync committee signs is for the block of the next
   * slot, so it is that slot's committee that does (consensus-specs, altair/validator.md).
   */
  long epochOf(long slot, ChainSpec spec) {
    return switch (this) {
      case ATTESTERS -> spec.epochOf(slot);
      case SYNC_COMMITTEE -> spec.epochOf(slot + 1);
    };
  }

  /** See {@link Roster#dependentRoot}; empty also if the head does not tell of {@code epoch}. */
  Optional<Bytes32> dependentRoot(HeadEvent head, long epoch, ChainSpec spec) {
    return switch (this) {
      case ATTESTERS -> head.attesterDependentRoot(epoch, spec);
      case SYNC_COMMITTEE -> Optional.empty();
    };
  }
}
