/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.chain;

import dev.quorate.consensus.duty.DutyType;

/**
 * Where slots lie on the wall clock. Instants are Unix milliseconds; one too far away to be counted
 * is {@link Long#MAX_VALUE}, which never comes.
 */
public record SlotTimes(ChainSpec spec, Genesis genesis) {

  /** When {@code slot} begins; those before genesis are negative. */
  public long startMillis(long slot) {
    return ChainSpec.saturatedSum(
        genesis.timeSeconds() * 1000, ChainSpec.saturatedProduct(slot, spec.slotMillis()));
  }

  /** The slot that is running at {@code unixMillis}; negative before genesis. */
  public long slotAt(long unixMillis) {
    return Math.floorDiv(unixMillis - genesis.timeSeconds() * 1000, spec.slotMillis());
  }

  /** When a duty of {@code slot} is begun, unless what it needs is there earlier. */
  public long dueMillis(DutyType type, long slot) {
    return ChainSpec.saturatedSum(startMillis(slot), spec.dueMillis(type, spec.epochOf(slot)));
  }

  /** When attestations of {@code slot} are made and sent, unless its block came earlier. */
  public long attestationDueMillis(long slot) {
    return dueMillis(DutyType.ATTESTER, slot);
  }

  /** When a duty of {@code slot} is worth nothing any more. */
  public long deadlineMillis(DutyType type, long slot) {
    return switch (type) {
      // Blocks include it that late.
      case ATTESTER, AGGREGATOR -> inclusionDeadlineMillis(slot);
      // The next proposer builds on a block that came in time.
      case PROPOSER -> endMillis(slot);
      // It is for a block of this slot alone.
      case RANDAO -> endMillis(slot);
      // Only the next slot's block includes what the committee signed.
      case SYNC_MESSAGE, SYNC_CONTRIBUTION -> endMillis(slot);
      // Aggregates of this slot are due within it.
      case PREPARE_AGGREGATOR, PREPARE_SYNC_CONTRIBUTION -> endMillis(slot);
    };
  }

  /** When the last slot ends whose block may include an attestation of {@code slot}. */
  public long inclusionDeadlineMillis(long slot) {
    return endMillis(spec.lastInclusionSlot(slot));
  }

  private long endMillis(long slot) {
    return ChainSpec.saturatedSum(startMillis(slot), spec.slotMillis());
  }
}
