/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Reason;
import java.util.Optional;

/**
 * Which duties may be spoken of now: none further ahead than {@link DutyType#slotsAhead}, none past
 * its deadline.
 */
@FunctionalInterface
public interface DutyWindow {
  /** Empty, or {@link Reason#TOO_EARLY} or {@link Reason#TOO_LATE}. Called by several threads. */
  Optional<Reason> refusal(DutyId duty);
}
