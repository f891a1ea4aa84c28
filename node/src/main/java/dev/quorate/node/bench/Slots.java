/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import java.util.concurrent.TimeUnit;

/** The simulated chain's time. */
record Slots(long genesisSeconds, int slotSeconds) {
  long now() {
    return (System.currentTimeMillis() / 1000 - genesisSeconds) / slotSeconds;
  }

  void await(long slot) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(
        (genesisSeconds + slot * slotSeconds) * 1000 - System.currentTimeMillis());
  }
}
