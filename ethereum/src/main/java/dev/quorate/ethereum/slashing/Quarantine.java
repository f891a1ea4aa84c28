/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.slashing;

import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.chain.SlotTimes;
import java.util.Optional;

/**
 * What an operator refuses for good once it does not know any more what it voted for and signed:
 * everything that it may have before. It leaves by the clock alone, since whoever testified that
 * nothing had been signed might lie, and it need not know what was forgotten:
 *
 * <ul>
 *   <li>Nothing was ever signed or voted for that was further ahead of the clock than the next
 *       slot, selection proofs aside, of which there is but one for each slot and part. What is
 *       later shares no slot and no target epoch with it.
 *   <li>So no forgotten attestation had a later target than {@code epoch}, nor a later source than
 *       the epoch before. With a later target and a source no earlier than that, a new one neither
 *       surrounds it nor is surrounded.
 * </ul>
 *
 * @param slot in it and before no vote and no block
 * @param epoch with it as target and before no attestation
 * @param source no attestation with an earlier source epoch. An operator may lower it where the
 *     chain does not finalise, and answers for it
 */
public record Quarantine(long slot, long epoch, long source) {
  /**
   * Of an operator that has lost track now.
   *
   * @param nowMillis Unix milliseconds, no earlier than by any clock that it signed by
   */
  public static Quarantine since(SlotTimes times, long nowMillis) {
    long slot = Math.max(0, times.slotAt(nowMillis)) + SigningRule.CLOCK_TOLERANCE;
    long epoch = times.spec().epochOf(slot);
    return new Quarantine(slot, epoch, Math.max(0, epoch - 1));
  }

  /** Both. Within an epoch in quarantine nothing new was attested, so its source stays. */
  public Quarantine and(Quarantine later) {
    return new Quarantine(
        Math.max(slot, later.slot),
        Math.max(epoch, later.epoch),
        epoch < later.epoch ? Math.max(source, later.source) : source);
  }

  /** What it makes of watermarks for somebody who knows nothing of it, such as another client. */
  public Watermarks raised(Watermarks held) {
    return held.raisedTo(
        new Watermarks(
            new AttestationWatermark(source, epoch, Optional.empty()),
            new BlockWatermark(slot, Optional.empty())));
  }

  /**
   * @param kind empty for a duty type that EIP-3076 does not know
   * @param slot the duty's
   */
  public Optional<Reason> refusal(Optional<WatermarkKind> kind, long slot, Signable signable) {
    boolean isAttestation = kind.equals(Optional.of(WatermarkKind.ATTESTATION));
    boolean mayBeForgotten =
        isAttestation
            ? signable.target() <= epoch || signable.source() < source
            : slot <= this.slot;
    return mayBeForgotten ? Optional.of(Reason.QUARANTINED) : Optional.empty();
  }

  /** Whether a vote in the slot may have been forgotten. */
  public boolean forbidsVotes(long slot) {
    return slot <= this.slot;
  }

  /** Whether an attestation of the current epoch is still refused, whatever it says. */
  public boolean isCurrent(long currentEpoch) {
    return currentEpoch <= epoch;
  }
}
