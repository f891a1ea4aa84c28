/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands where it is put. */
public final class ManualClock implements InstantSource {
  private volatile long nowMillis;

  public void set(long unixMillis) {
    nowMillis = unixMillis;
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(nowMillis);
  }
}
