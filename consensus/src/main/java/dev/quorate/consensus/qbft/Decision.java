/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import dev.quorate.consensus.Value;
import java.util.List;

/**
 * A decided value and its certificate.
 *
 * @param round the round that the COMMITs are of
 * @param commits a quorum of COMMITs of that round and value, from distinct senders
 */
public record Decision(int round, Value value, List<SignedVote> commits) {
  public Decision {
    commits = List.copyOf(commits);
  }
}
