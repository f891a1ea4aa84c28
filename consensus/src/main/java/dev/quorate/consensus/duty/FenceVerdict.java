/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

/** Who may vote in a duty: decided by one row that only one activation can insert. */
public sealed interface FenceVerdict {
  /** The row is this activation's and on disk. */
  record Owned() implements FenceVerdict {}

  /** The row is another activation's, or the slot is at or below the floor: follow, do not vote. */
  record Foreign(Reason reason) implements FenceVerdict {}
}
