/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** A validator's place in its life, as the Beacon API names it: {@code active_ongoing}. */
public enum ValidatorStatus {
  PENDING_INITIALIZED,
  PENDING_QUEUED,
  ACTIVE_ONGOING,
  ACTIVE_EXITING,
  ACTIVE_SLASHED,
  EXITED_UNSLASHED,
  EXITED_SLASHED,
  WITHDRAWAL_POSSIBLE,
  WITHDRAWAL_DONE;

  /** Whether it has attester duties. */
  public boolean isActive() {
    return this == ACTIVE_ONGOING || this == ACTIVE_EXITING || this == ACTIVE_SLASHED;
  }

  static Optional<ValidatorStatus> ofName(String name) {
    return Arrays.stream(values())
        .filter(status -> status.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst();
  }
}
