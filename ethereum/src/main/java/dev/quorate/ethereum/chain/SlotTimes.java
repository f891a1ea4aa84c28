/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.chain;

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

  /** When attestations of {@code slot} are made and sent, unless its block came earlier. */
  public long attestationDueMillis(long slot) {
    return ChainSpec.saturatedSum(startMillis(slot), spec.attestationDueMillis(spec.epochOf(slot)));
  }

  /** When the last slot ends whose block may include an attestation of {@code slot}. */
  public long inclusionDeadlineMillis(long slot) {
    return ChainSpec.saturatedSum(startMillis(spec.lastInclusionSlot(slot)), spec.slotMillis());
  }
}
