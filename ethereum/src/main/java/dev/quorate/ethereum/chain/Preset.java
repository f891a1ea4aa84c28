/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.chain;

import dev.quorate.consensus.duty.DutyType;

/**
 * The figures that shape types and differ between the consensus specs' presets. Development
 * networks may run the minimal one.
 */
public record Preset(int committeesPerSlot, int syncCommitteeSize, int withdrawalsPerPayload) {
  public static final Preset MAINNET = new Preset(64, 512, 16);
  public static final Preset MINIMAL = new Preset(4, 32, 4);

  /** No preset has a figure above it. */
  private static final int FIGURE_MAX = 1 << 16;

  /**
   * @throws IllegalArgumentException if no type could have the shape
   */
  public Preset {
    for (int figure : new int[] {committeesPerSlot, syncCommitteeSize, withdrawalsPerPayload}) {
      if (figure < 1 || figure > FIGURE_MAX) {
        throw new IllegalArgumentException("a preset with a figure of " + figure);
      }
    }
    if (syncCommitteeSize % DutyType.SYNC_SUBCOMMITTEES != 0) {
      throw new IllegalArgumentException("a sync committee of " + syncCommitteeSize);
    }
  }
}
