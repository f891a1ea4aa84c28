/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.slashing;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyType;
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

  /** No hash: for asking about a message of which no root is known. */
  public static final Bytes32 NEVER_GRANTED = Bytes32.ZERO;

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
    Optional<Reason> refusal = refusal(kind, signable, currentEpoch, currentSlot);
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
   * Why {@link Quarantine#refusal} or {@link #decide} refuses, in words; empty if both grant.
   *
   * @param signable as for {@code decide}, and so the rest
   */
  public static Optional<String> objection(
      WatermarkKind kind,
      Signable signable,
      Watermarks held,
      Optional<Quarantine> quarantine,
      long currentEpoch,
      long currentSlot) {
    if (refusal(kind, signable, currentEpoch, currentSlot)
        .equals(Optional.of(Reason.BEYOND_CLOCK))) {
      return Optional.of(
          switch (kind) {
            case ATTESTATION -> beyondClock("epoch", currentEpoch);
            case BLOCK -> beyondClock("slot", currentSlot);
          });
    }
    // A block's target is its slot; of an attestation the slot does not matter.
    if (quarantine.isPresent()
        && quarantine.get().refusal(Optional.of(kind), signable.target(), signable).isPresent()) {
      return Optional.of(
          switch (kind) {
            case ATTESTATION ->
                "it may have been forgotten: target epochs up to %d and source epochs before %d are"
                        .formatted(quarantine.get().epoch(), quarantine.get().source())
                    + " in quarantine";
            case BLOCK ->
                "it may have been forgotten: slots up to %d are in quarantine"
                    .formatted(quarantine.get().slot());
          });
    }
    return switch (decide(kind, signable, held, currentEpoch, currentSlot)) {
      case Decision.Granted _ -> Optional.empty();
      case Decision.Refused _ ->
          Optional.of(
              switch (kind) {
                case ATTESTATION -> objection(signable, held.attestation());
                case BLOCK -> objection(signable, held.block());
              });
    };
  }

  private static String beyondClock(String unit, long current) {
    return "it lies beyond the next %s: the clock is at %s %d".formatted(unit, unit, current);
  }

  private static String objection(Signable signable, AttestationWatermark held) {
    if (signable.source() > signable.target()) {
      return "its source epoch is later than its target epoch";
    }
    if (signable.target() <= held.target()) {
      return objection(signable.target(), "target epoch", held.target(), held.root());
    }
    return "source epoch %d was signed: from an earlier one it might surround"
        .formatted(held.source());
  }

  private static String objection(Signable signable, BlockWatermark held) {
    return objection(signable.target(), "slot", held.slot(), held.root());
  }

  private static String objection(long wanted, String unit, long held, Optional<Bytes32> root) {
    if (wanted < held) {
      return "%s %d was signed, which is later".formatted(unit, held);
    }
    return root.map(other -> "%s %d was signed, with the root %s".formatted(unit, held, other))
        .orElseGet(() ->
            "%s %d was signed elsewhere: nobody knows whether it is the same"
                .formatted(unit, held));
  }

  /** Whether what is held would forbid to sign even in the epoch and slot after the clock's. */
  public static boolean reachesBeyondClock(Watermarks held, long currentEpoch, long currentSlot) {
    return Math.max(held.attestation().source(), held.attestation().target())
            > currentEpoch + CLOCK_TOLERANCE
        || held.block().slot() > currentSlot + CLOCK_TOLERANCE;
  }

  /**
   * What is refused whatever the key has signed.
   *
   * @param signable its target is a slot where EIP-3076 does not know the type
   */
  public static Optional<Reason> refusal(
      DutyType type, Signable signable, long currentEpoch, long currentSlot) {
    return WatermarkKind.of(type)
        .map(kind -> refusal(kind, signable, currentEpoch, currentSlot))
        .orElseGet(() -> refusal(signable, currentSlot + type.slotsAhead()));
  }

  private static Optional<Reason> refusal(
      WatermarkKind kind, Signable signable, long currentEpoch, long currentSlot) {
    return refusal(
        signable,
        CLOCK_TOLERANCE
            + switch (kind) {
              case ATTESTATION -> currentEpoch;
              case BLOCK -> currentSlot;
            });
  }

  private static Optional<Reason> refusal(Signable signable, long latest) {
    // An epoch or slot of 2^63 or more reads as negative.
    if (signable.source() < 0 || signable.target() < 0 || signable.target() > latest) {
      return Optional.of(Reason.BEYOND_CLOCK);
    }
    return signable.source() > signable.target() ? Optional.of(Reason.SLASHABLE) : Optional.empty();
  }
}
