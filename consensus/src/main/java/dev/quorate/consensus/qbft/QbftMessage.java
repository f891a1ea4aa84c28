/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import java.util.List;
import java.util.Optional;

/**
 * What operators send one another about one duty. Every nested vote is of the same duty and cluster
 * and was verified before the message reached the core.
 */
public sealed interface QbftMessage {
  DutyId duty();

  /** The operator that the message came from, as the link authenticated it. */
  int sender();

  /**
   * A vote with what justifies it. A PRE-PREPARE carries its value and, beyond round 1, a quorum of
   * ROUND-CHANGEs and the PREPAREs of the highest prepared one; a prepared ROUND-CHANGE carries its
   * value and the quorum of PREPAREs; PREPARE and COMMIT carry neither, except that one sent again
   * brings the value it names, since who lost the proposal cannot act without.
   */
  record Cast(SignedVote signed, List<SignedVote> justification, Optional<Value> value)
      implements QbftMessage {
    public Cast {
      justification = List.copyOf(justification);
    }

    @Override
    public DutyId duty() {
      return signed.vote().duty();
    }

    @Override
    public int sender() {
      return signed.vote().sender();
    }
  }

  /** A decision on its way to a laggard: it proves itself by a quorum of COMMITs of one round. */
  record Decided(DutyId duty, int sender, Decision decision) implements QbftMessage {}
}
