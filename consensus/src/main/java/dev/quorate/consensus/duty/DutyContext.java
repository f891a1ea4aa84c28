/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import dev.quorate.consensus.qbft.Participation;
import dev.quorate.consensus.qbft.QbftInstance;
import dev.quorate.consensus.qbft.RoundTimes;
import dev.quorate.consensus.quorum.Quorum;

/**
 * What does not change during one duty.
 *
 * @param self position of this operator in the cluster file, from 0
 * @param threshold t: partial signatures that make a signature
 * @param leaderOffset see {@link QbftInstance}
 * @param beginMillis when voting begins at the latest, and what all operators count rounds from,
 *     Unix milliseconds
 * @param deadlineMillis when the duty is worth nothing any more, Unix milliseconds
 */
public record DutyContext(
    DutyId id,
    Quorum quorum,
    int threshold,
    int self,
    long leaderOffset,
    RoundTimes times,
    DutyRule rule,
    long beginMillis,
    long deadlineMillis) {

  QbftInstance instance(Participation participation) {
    return new QbftInstance(quorum, self, id, leaderOffset, times, participation);
  }

  int leader(int round) {
    return instance(Participation.OBSERVES).leader(round);
  }
}
