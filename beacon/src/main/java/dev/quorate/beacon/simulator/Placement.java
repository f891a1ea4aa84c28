/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

/**
 * Where in an epoch the validators attest; once each, since two votes for one target are slashed.
 */
public enum Placement {
  /** Evenly over all slots, in another order each epoch, as on a real chain. */
  SPREAD,
  /**
   * All in the epoch's first slot. With one slot per epoch that is every validator in every slot.
   */
  FIRST_SLOT
}
