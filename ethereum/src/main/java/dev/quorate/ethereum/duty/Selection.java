/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.duty;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.chain.Preset;
import dev.quorate.ethereum.ssz.LittleEndian;

/** Whether a selection proof, the group's signature of 96 bytes, makes a validator aggregate. */
public final class Selection {
  /** TARGET_AGGREGATORS_PER_COMMITTEE, and ..._PER_SYNC_SUBCOMMITTEE. */
  private static final int AGGREGATORS = 16;

  private Selection() {}

  /** consensus-specs, phase0/validator.md, {@code is_aggregator}. */
  public static boolean isAggregator(int committeeLength, Bytes selectionProof) {
    return selects(selectionProof, committeeLength);
  }

  /** consensus-specs, altair/validator.md, {@code is_sync_committee_aggregator}. */
  public static boolean isSyncAggregator(Preset preset, Bytes selectionProof) {
    return selects(selectionProof, preset.syncCommitteeSize() / DutyType.SYNC_SUBCOMMITTEES);
  }

  private static boolean selects(Bytes selectionProof, int members) {
    long lot = LittleEndian.get(Bytes32.sha256(selectionProof.toArray()).toArray(), 0);
    return Long.remainderUnsigned(lot, Math.max(1, members / AGGREGATORS)) == 0;
  }
}
