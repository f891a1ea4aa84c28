/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;

/** What can happen to an instance. */
public sealed interface QbftInput {
  /**
   * Enters round 1; a second one is ignored. Messages received before are kept within their bounds.
   */
  record Start() implements QbftInput {}

  /** The value that this operator proposes when it leads an unprepared round; the latest counts. */
  record OwnValue(Value value) implements QbftInput {}

  /** An authenticated message, of this operator too: own votes count once they come back. */
  record Received(QbftMessage message) implements QbftInput {}

  /**
   * The answer to {@link QbftOutput.JudgeValue}, at once or rounds later: this operator checked the
   * value and would sign it. Ignored for values it was not asked about.
   */
  record ValueAccepted(Bytes32 hash) implements QbftInput {}

  /** The timer of {@code round} ran out; timers of earlier rounds are ignored. */
  record RoundExpired(int round) implements QbftInput {}
}
