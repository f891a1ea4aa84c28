/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import java.util.List;
import java.util.Optional;

/** What an entity gives to the peer links. Links batch, sign once, and send once. */
public sealed interface Outgoing {
  /** A vote for every operator: signed with its batch, and handed back with its proof. */
  record Cast(Vote vote, List<SignedVote> justification, Optional<Value> value)
      implements Outgoing {
    public Cast {
      justification = List.copyOf(justification);
    }
  }

  /** A message that needs no signature of the batch, for every other operator. */
  record Broadcast(DutyMessage message) implements Outgoing {}

  /** The same for one operator. */
  record Unicast(int operator, DutyMessage message) implements Outgoing {}
}
