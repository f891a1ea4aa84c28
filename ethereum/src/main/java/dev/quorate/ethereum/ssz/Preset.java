/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.ssz;

/**
 * The figures that shape types and differ between the consensus specs' presets. Development
 * networks may run the minimal one; it is PRESET_BASE in a chain's configuration.
 */
public enum Preset {
  MAINNET(64, 512, 16),
  MINIMAL(4, 32, 4);

  final int committeesPerSlot;
  final int syncCommitteeSize;
  final int withdrawalsPerPayload;

  Preset(int committeesPerSlot, int syncCommitteeSize, int withdrawalsPerPayload) {
    this.committeesPerSlot = committeesPerSlot;
    this.syncCommitteeSize = syncCommitteeSize;
    this.withdrawalsPerPayload = withdrawalsPerPayload;
  }
}
