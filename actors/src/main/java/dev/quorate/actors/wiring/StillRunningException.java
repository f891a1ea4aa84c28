/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import java.time.Duration;

/**
 * A pod was told to stop and did not in time. Whoever hears of it ends the process, which is what a
 * crash would be: what is durable is complete at any moment.
 */
public final class StillRunningException extends RuntimeException {
  private static final long serialVersionUID = 1;

  StillRunningException(Duration patience, Throwable cause) {
    super(
        "the pod did not stop within "
            + patience.toSeconds()
            + " s and is ended where it is; the log says more",
        cause);
  }
}
