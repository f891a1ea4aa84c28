/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.chain;

import dev.quorate.consensus.duty.DutyType;

/**
 * Where slots lie on the wall clock. Instants are Unix milliseconds; one too far away to be counted
 * is {@link Long#MAX_VALUE}, which never comes.
 */
public record SlotTimes(ChainSpec spec, Genesis genesis) {
  /** The part of a slot that passes before what the next one needs is signed. */
  private static final int AHEAD_PART = 12;

  /** When {@code slot} begins; those before genesis are negative. */
  public long startMillis(long slot) {
    return ChainSpec.saturatedSum(
        genesis.timeSeconds() * 1000, ChainSpec.saturatedProduct(slot, spec.slotMillis()));
  }

  /** The slot that is running at {@code unixMillis}; negative before genesis. */
  public long slotAt(long unixMillis) {
    return Math.floorDiv(unixMillis - genesis.timeSeconds() * 1000, spec.slotMillis());
  }

  /**
   * When a duty of {@code slot} is begun, unless what it needs is there earlier. Who aggregates
   * attestations is drawn in the slot before, for nodes have to listen to the committee in time,
   * and so are randao reveals, which blocks wait for; not at its very begin, when an operator whose
   * clock is a little behind would not hear of it.
   */
  public long dueMillis(DutyType type, long slot) {
    return type == DutyType.PREPARE_AGGREGATOR || type == DutyType.RANDAO
        ? ChainSpec.saturatedSum(startMillis(slot - 1), spec.slotMillis() / AHEAD_PART)
        : ChainSpec.saturatedSum(startMillis(slot), spec.dueMillis(type, spec.epochOf(slot)));
  }

  /** The first slot of the period of {@code slot}, which exits and registrations belong to. */
  public long firstSlotOfPeriod(long slot) {
    return slot
        - slot % ChainSpec.saturatedProduct(DutyType.EPOCHS_PER_PERIOD, spec.slotsPerEpoch());
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
      // The next epoch goes by what was agreed on in the last slot of this one.
      case INFO_SYNC -> endMillis(slot);
      // The next proposer builds on a block that came in time.
      case PROPOSER -> endMillis(slot);
      // It is for a block of this slot alone.
      case RANDAO -> endMillis(slot);
      // Then the next one's are signed.
      case EXIT, BUILDER_REGISTRATION ->
          startMillis(
              ChainSpec.saturatedSum(
                  slot,
                  ChainSpec.saturatedProduct(DutyType.EPOCHS_PER_PERIOD, spec.slotsPerEpoch())));
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
