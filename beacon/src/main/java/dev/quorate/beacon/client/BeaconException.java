/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import java.util.Optional;
import java.util.concurrent.CompletionException;

/** How a {@link BeaconError} travels in a failed {@code CompletionStage}. */
public final class BeaconException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient BeaconError error;

  public BeaconException(BeaconError error) {
    // Without a stack trace: a node that fails is no fault of the code that asked it.
    super(error.describe(), null, false, false);
    this.error = error;
  }

  public BeaconError error() {
    return error;
  }

  /** The error that a stage failed with; empty if it failed with something else, a bug. */
  public static Optional<BeaconError> errorOf(Throwable failure) {
    return switch (failure) {
      case BeaconException beacon -> Optional.of(beacon.error);
      case CompletionException wrapper when wrapper.getCause() != null ->
          errorOf(wrapper.getCause());
      default -> Optional.empty();
    };
  }
}
