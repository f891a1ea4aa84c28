/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.slashing;

import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import java.util.Optional;

/**
 * Whether a key share may sign, as a function of what its group key has signed and of the own
 * clock. It guards that no two signatures of a key are slashable (EIP-3076, minimal database), and
 * that none runs ahead of time: one for a far epoch would silence the key until then.
 */
public final class SigningRule {
  /** How far ahead of the own clock an epoch or slot may be. */
  static final long CLOCK_TOLERANCE = 1;

  private SigningRule() {}

  /** The answer of {@link #decide}. */
  public sealed interface Decision {
    /**
     * @param next to be remembered durably before the signature exists
     */
    record Granted(Watermarks next) implements Decision {}

    record Refused(Reason reason) implements Decision {}
  }

  /**
   * May the key sign? A granted root is granted again as long as its watermark stands.
   *
   * @param held what the key has signed on this chain
   * @param currentEpoch by the own clock, as {@code currentSlot}
   * @return refused with {@link Reason#SLASHABLE} or {@link Reason#BEYOND_CLOCK}
   */
  public static Decision decide(
      WatermarkKind kind, Signable signable, Watermarks held, long currentEpoch, long currentSlot) {
    Optional<Reason> refusal = refusal(Optional.of(kind), signable, currentEpoch, currentSlot);
    if (refusal.isPresent()) {
      return new Decision.Refused(refusal.get());
    }
    Optional<Watermarks> next =
        switch (kind) {
          case ATTESTATION ->
              held.attestation()
                  .approve(signable.source(), signable.target(), signable.root())
                  .map(raised -> new Watermarks(raised, held.block()));
          case BLOCK ->
              held.block()
                  .approve(signable.target(), signable.root())
                  .map(raised -> new Watermarks(held.attestation(), raised));
        };
    return next.<Decision>map(Decision.Granted::new)
        .orElseGet(() -> new Decision.Refused(Reason.SLASHABLE));
  }

  /**
   * What is refused whatever the key has signed.
   *
   * @param kind empty for a duty type that EIP-3076 does not know: its target is a slot
   */
  public static Optional<Reason> refusal(
      Optional<WatermarkKind> kind, Signable signable, long currentEpoch, long currentSlot) {
    // An epoch or slot of 2^63 or more reads as negative.
    if (signable.source() < 0 || signable.target() < 0) {
      return Optional.of(Reason.BEYOND_CLOCK);
    }
    boolean countsEpochs = kind.equals(Optional.of(WatermarkKind.ATTESTATION));
    long now = countsEpochs ? currentEpoch : currentSlot;
    if (signable.target() > now + CLOCK_TOLERANCE) {
      return Optional.of(Reason.BEYOND_CLOCK);
    }
    return signable.source() > signable.target() ? Optional.of(Reason.SLASHABLE) : Optional.empty();
  }
}
