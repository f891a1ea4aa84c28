/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import dev.quorate.consensus.Bytes;
import java.util.Optional;

/**
 * Who may vote in a duty, as a function. It guards that of all activations of an entity, past and
 * present, at most one ever votes in a duty: a restarted one cannot contradict a vote that it no
 * longer remembers. It does so as long as owners are kept durably and forgotten only at or below a
 * floor that never sinks.
 */
public final class FenceRule {
  private FenceRule() {}

  /**
   * May {@code activation} vote in a duty? Whoever asks makes it the owner if it may and there is
   * none, before anybody else can ask.
   *
   * @param slot the duty's
   * @param floor owners of this slot and lower ones may be forgotten; -1 for none
   * @param owner the activation that asked first
   * @return {@link Reason#TOO_LATE} at or below the floor, {@link Reason#FENCED} if another owns it
   */
  public static FenceVerdict judge(long slot, long floor, Optional<Bytes> owner, Bytes activation) {
    if (slot <= floor) {
      return new FenceVerdict.Foreign(Reason.TOO_LATE);
    }
    return owner.isEmpty() || owner.get().equals(activation)
        ? new FenceVerdict.Owned()
        : new FenceVerdict.Foreign(Reason.FENCED);
  }
}
