/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import dev.quorate.beacon.client.HeadEvent;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import java.util.Optional;

/** What beacon nodes are asked for each epoch. */
enum RosterKind {
  ATTESTERS("attesters"),
  PROPOSERS("proposers"),
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
      case ATTESTERS, PROPOSERS -> spec.epochOf(slot);
      case SYNC_COMMITTEE -> spec.epochOf(slot + 1);
    };
  }

  /**
   * Of whoever proves selections: attesters those for aggregates, members of the sync committee.
   */
  static RosterKind ofSelection(DutyType selection) {
    return selection == DutyType.PREPARE_AGGREGATOR ? ATTESTERS : SYNC_COMMITTEE;
  }

  /**
   * Whether nodes tell of an epoch before it begins; who proposes they do since fulu, but for its
   * first epoch, when they begin to look ahead (EIP-7917).
   */
  boolean isKnownAhead(long epoch, ChainSpec spec) {
    return this != PROPOSERS || spec.forks().forkAt(Math.max(0, epoch - 1)).isAtLeast(Fork.FULU);
  }

  /** See {@link Roster#dependentRoot}; empty also if the head does not tell of {@code epoch}. */
  Optional<Bytes32> dependentRoot(HeadEvent head, long epoch, ChainSpec spec) {
    return switch (this) {
      case ATTESTERS -> head.attesterDependentRoot(epoch, spec);
      case PROPOSERS ->
          head.attesterDependentRoot(isKnownAhead(epoch, spec) ? epoch : epoch + 1, spec);
      case SYNC_COMMITTEE -> Optional.empty();
    };
  }
}
