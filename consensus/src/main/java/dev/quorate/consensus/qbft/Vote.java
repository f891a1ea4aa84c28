/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import java.util.Optional;

/**
 * What one operator says in one round of one duty. Votes are what gets signed and what may be shown
 * to third parties as a justification; values are named by hash.
 */
public sealed interface Vote {
  DutyId duty();

  /** Position of the sender in the cluster file, from 0. */
  int sender();

  /** From 1. */
  int round();

  /** The value that the vote names: of a ROUND-CHANGE the prepared one, or zero. */
  Bytes32 value();

  VoteKind kind();

  /** The leader's proposal. */
  record PrePrepare(DutyId duty, int sender, int round, Bytes32 value) implements Vote {
    @Override
    public VoteKind kind() {
      return VoteKind.PRE_PREPARE;
    }
  }

  /** "I hold this value, checked it myself, and saw it proposed." */
  record Prepare(DutyId duty, int sender, int round, Bytes32 value) implements Vote {
    @Override
    public VoteKind kind() {
      return VoteKind.PREPARE;
    }
  }

  /** "A quorum prepared this value in this round." */
  record Commit(DutyId duty, int sender, int round, Bytes32 value) implements Vote {
    @Override
    public VoteKind kind() {
      return VoteKind.COMMIT;
    }
  }

  /** "I gave up the rounds below this one; this is what I had prepared." */
  record RoundChange(DutyId duty, int sender, int round, Optional<Prepared> prepared)
      implements Vote {
    @Override
    public VoteKind kind() {
      return VoteKind.ROUND_CHANGE;
    }

    @Override
    public Bytes32 value() {
      return prepared.map(Prepared::value).orElse(Bytes32.ZERO);
    }
  }
}
