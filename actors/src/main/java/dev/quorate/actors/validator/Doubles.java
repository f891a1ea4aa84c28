/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.validator;

import dev.quorate.consensus.duty.DutyMessage.Status;
import dev.quorate.ethereum.chain.ChainSpec;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells that another process signs with this operator's shares, on another database: a peer holds a
 * partial signature of this operator that its own journal does not. One peer's word is enough, for
 * a client that waits in vain is better than a share that signs in two places; the log names the
 * peer. One number a validator is kept.
 */
public final class Doubles {
  /** What a peer says whose signature is complete: it lacks nothing, whoever made it. */
  private static final long LACKS_NOTHING = -1;

  private static final Logger LOG = LoggerFactory.getLogger(Doubles.class);

  private final ChainSpec spec;
  private final int self;
  private final Map<Integer, Long> lastEpoch = new ConcurrentHashMap<>();
  private long toldEpoch = -1;

  /**
   * @param self this operator's position in the cluster file
   */
  public Doubles(ChainSpec spec, int self) {
    this.spec = spec;
    this.self = self;
  }

  /** Whether a status speaks of a partial signature of this operator. */
  boolean isOfOwn(Status status) {
    return status.sender() != self
        && status.partials() != LACKS_NOTHING
        && status.holdsPartialOf(self);
  }

  /** A peer holds a partial signature of this operator that this operator did not make. */
  public synchronized void heard(Status status) {
    long epoch = spec.epochOf(status.duty().slot());
    lastEpoch.merge(status.duty().validator(), epoch, Math::max);
    if (epoch > toldEpoch) {
      toldEpoch = epoch;
      LOG.warn(
          "operator {} holds a partial signature of this operator in {}, and none was made here: another"
              + " process signs with this operator's shares, or that operator is wrong",
          status.sender(),
          status.duty());
    }
  }

  /** Whether a peer held such a partial signature of the epoch, or of a later one. */
  public boolean isLive(int validator, long epoch) {
    return lastEpoch.getOrDefault(validator, -1L) >= epoch;
  }
}
