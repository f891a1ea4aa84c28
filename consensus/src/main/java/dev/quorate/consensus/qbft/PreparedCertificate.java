/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import dev.quorate.consensus.Value;
import java.util.List;

/**
 * That this operator is prepared, with what proves it in a ROUND-CHANGE.
 *
 * @param prepares a quorum of PREPAREs of {@code round} and {@code value}, from distinct senders
 */
record PreparedCertificate(int round, Value value, List<SignedVote> prepares) {
  PreparedCertificate {
    prepares = List.copyOf(prepares);
  }

  Prepared prepared() {
    return new Prepared(round, value.hash());
  }
}
