/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.quorum.Quorum;

/**
 * What does not change during one instance.
 *
 * @param self position of this operator in the cluster file, from 0
 * @param leaderOffset added to the round to find the leader: the slot for slot-scoped values, plus
 *     the validator's position for validator-scoped ones; the epoch for what there is once in one
 */
public record QbftInstance(
    Quorum quorum,
    int self,
    DutyId duty,
    long leaderOffset,
    RoundTimes times,
    Participation participation) {

  public QbftInstance {
    if (!quorum.has(self)) {
      throw new IllegalArgumentException("operator " + self + " of " + quorum.operators());
    }
  }

  /** The operator that proposes in {@code round}: (offset + type + round) mod n. */
  public int leader(int round) {
    return Math.floorMod(leaderOffset + duty.type().code() + round, quorum.operators());
  }

  /** The longest justification that any message needs: n ROUND-CHANGEs and n PREPAREs. */
  public int justificationMax() {
    return 2 * quorum.operators();
  }

  /** Is {@code vote} of this duty and of an operator of this cluster? */
  boolean concerns(Vote vote) {
    return vote.duty().equals(duty) && quorum.has(vote.sender());
  }
}
