/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.chain;

import dev.quorate.consensus.duty.DutyType;
import java.util.stream.IntStream;

/**
 * The figures that shape types and differ between the consensus specs' presets, or between their
 * versions: one that is wrong makes another root of every block. Development networks may run the
 * minimal one.
 *
 * @param blobCommitmentsPerBlock what a list may hold, not what a block may
 */
public record Preset(
    int committeesPerSlot,
    int syncCommitteeSize,
    int withdrawalsPerPayload,
    int blobCommitmentsPerBlock,
    int depositRequestsPerPayload,
    int withdrawalRequestsPerPayload,
    int consolidationRequestsPerPayload) {
  public static final Preset MAINNET = new Preset(64, 512, 16, 4096, 8192, 16, 2);
  public static final Preset MINIMAL = new Preset(4, 32, 4, 4096, 8192, 16, 2);

  /** No preset has a figure above it. */
  private static final int FIGURE_MAX = 1 << 16;

  /**
   * @throws IllegalArgumentException if no type could have the shape
   */
  public Preset {
    IntStream.of(
            committeesPerSlot,
            syncCommitteeSize,
            withdrawalsPerPayload,
            blobCommitmentsPerBlock,
            depositRequestsPerPayload,
            withdrawalRequestsPerPayload,
            consolidationRequestsPerPayload)
        .filter(figure -> figure < 1 || figure > FIGURE_MAX)
        .findFirst()
        .ifPresent(figure -> {
          throw new IllegalArgumentException("a preset with a figure of " + figure);
        });
    if (syncCommitteeSize % DutyType.SYNC_SUBCOMMITTEES != 0) {
      throw new IllegalArgumentException("a sync committee of " + syncCommitteeSize);
    }
  }
}
