/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import java.util.Optional;

/** How a duty ended for this operator. */
public sealed interface DutyOutcome {
  /** The hash of the value that this operator knows to be decided. */
  Optional<Bytes32> decided();

  /**
   * A beacon node has the aggregated signature, or the duty that needs it.
   *
   * @param round the round that decided; 0 where nothing was to be decided, and where that was
   *     before a restart
   * @param latencyMillis from {@link DutyContext#beginMillis} to the answer of the beacon node; 0
   *     if it began so early that the answer came before
   * @param value the hash of what was decided and signed
   */
  record Broadcast(SubmissionOutcome submission, int round, long latencyMillis, Bytes32 value)
      implements DutyOutcome {
    @Override
    public Optional<Bytes32> decided() {
      return Optional.of(value);
    }
  }

  /**
   * The decision is durable, and was all there is to do.
   *
   * @param latencyMillis from {@link DutyContext#beginMillis} to the decision; 0 if that was before
   */
  record Decided(Value value, int round, long latencyMillis) implements DutyOutcome {
    @Override
    public Optional<Bytes32> decided() {
      return Optional.of(value.hash());
    }
  }

  record Missed(Reason reason, Optional<Bytes32> decided) implements DutyOutcome {}
}
