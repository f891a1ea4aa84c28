/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import dev.quorate.ethereum.inclusion.Inclusion;
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

  /** Whether the chain has its exit. */
  public Inclusion exit() {
    return switch (this) {
      case PENDING_INITIALIZED, PENDING_QUEUED, ACTIVE_ONGOING -> Inclusion.NOT_INCLUDED;
      case ACTIVE_EXITING,
          ACTIVE_SLASHED,
          EXITED_UNSLASHED,
          EXITED_SLASHED,
          WITHDRAWAL_POSSIBLE,
          WITHDRAWAL_DONE ->
          Inclusion.INCLUDED;
    };
  }

  static Optional<ValidatorStatus> ofName(String name) {
    return Arrays.stream(values())
        .filter(status -> status.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst();
  }
}
