/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.slashing;

import static dev.quorate.ethereum.slashing.WatermarkKind.ATTESTATION;
import static dev.quorate.ethereum.slashing.WatermarkKind.BLOCK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.slashing.SigningRule.Decision;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SigningRuleTest {
  private static final long EPOCH = 100;
  private static final long SLOT = 3_200;
  private static final Bytes32 ROOT = Bytes32.sha256(new byte[] {1});
  private static final Bytes32 OTHER = Bytes32.sha256(new byte[] {2});
  private static final Decision SLASHABLE = new Decision.Refused(Reason.SLASHABLE);
  private static final Decision BEYOND_CLOCK = new Decision.Refused(Reason.BEYOND_CLOCK);
  private static final Watermarks HELD =
      new Watermarks(
          new AttestationWatermark(97, 98, Optional.of(ROOT)),
          new BlockWatermark(3_190, Optional.of(ROOT)));
  private static final Watermarks IMPORTED = HELD.raisedTo(HELD);

  @Test
  void raisesTheWatermarkOfItsKindAndLeavesTheOther() {
    assertThat(attest(98, 99, OTHER))
        .isEqualTo(
            new Decision.Granted(
                new Watermarks(
                    new AttestationWatermark(98, 99, Optional.of(OTHER)), HELD.block())));
    assertThat(propose(3_191, OTHER))
        .isEqualTo(
            new Decision.Granted(
                new Watermarks(HELD.attestation(), new BlockWatermark(3_191, Optional.of(OTHER)))));
  }

  @Test
  void namesAnObjectionExactlyIfItRefuses() {
    for (WatermarkKind kind : WatermarkKind.values()) {
      for (long source : new long[] {-1, 0, 96, 97, 98, 102}) {
        for (long target : new long[] {-1, 0, 97, 98, 99, 101, 102, 3_189, 3_190, 3_191, 3_202}) {
          for (Bytes32 root : List.of(ROOT, OTHER)) {
            for (Watermarks held : List.of(HELD, Watermarks.NONE)) {
              Signable signable = new Signable(root, source, target);
              assertThat(
                      SigningRule.objection(kind, signable, held, Optional.empty(), EPOCH, SLOT)
                          .isEmpty())
                  .as("%s %s", kind, signable)
                  .isEqualTo(
                      SigningRule.decide(kind, signable, held, EPOCH, SLOT)
                          instanceof Decision.Granted);
            }
          }
        }
      }
    }
  }

  @Test
  void saysInWordsWhyItRefuses() {
    assertThat(objection(ATTESTATION, 97, 97, HELD))
        .isEqualTo("target epoch 98 was signed, which is later");
    assertThat(objection(ATTESTATION, 97, 98, HELD))
        .isEqualTo("target epoch 98 was signed, with the root " + ROOT);
    assertThat(objection(ATTESTATION, 97, 98, IMPORTED))
        .isEqualTo("target epoch 98 was signed elsewhere: nobody knows whether it is the same");
    assertThat(objection(ATTESTATION, 96, 99, HELD))
        .isEqualTo("source epoch 97 was signed: from an earlier one it might surround");
    assertThat(objection(ATTESTATION, 100, 99, HELD))
        .isEqualTo("its source epoch is later than its target epoch");
    assertThat(objection(ATTESTATION, 98, 102, HELD))
        .isEqualTo("it lies beyond the next epoch: the clock is at epoch 100");
    assertThat(objection(BLOCK, 0, 3_189, HELD)).isEqualTo("slot 3190 was signed, which is later");
    assertThat(objection(BLOCK, 0, 3_190, HELD))
        .isEqualTo("slot 3190 was signed, with the root " + ROOT);
    assertThat(objection(BLOCK, 0, 3_190, IMPORTED))
        .isEqualTo("slot 3190 was signed elsewhere: nobody knows whether it is the same");
    assertThat(objection(BLOCK, 0, 3_202, HELD))
        .isEqualTo("it lies beyond the next slot: the clock is at slot 3200");
  }

  private static String objection(WatermarkKind kind, long source, long target, Watermarks held) {
    return SigningRule.objection(
            kind, new Signable(OTHER, source, target), held, Optional.empty(), EPOCH, SLOT)
        .orElseThrow();
  }

  @Test
  void tellsWhatWouldSilenceAKeyBeyondTheNextEpochOrSlot() {
    assertThat(reachesBeyondClock(100, 101, 3_201)).isFalse();
    assertThat(reachesBeyondClock(100, 102, 3_201)).isTrue();
    assertThat(reachesBeyondClock(102, 101, 3_201)).isTrue();
    assertThat(reachesBeyondClock(100, 101, 3_202)).isTrue();
    assertThat(reachesBeyondClock(0, Long.MAX_VALUE, 0)).isTrue();
    assertThat(SigningRule.reachesBeyondClock(Watermarks.NONE, 0, 0)).isFalse();
  }

  private static boolean reachesBeyondClock(long source, long target, long slot) {
    return SigningRule.reachesBeyondClock(
        new Watermarks(
            new AttestationWatermark(source, target, Optional.empty()),
            new BlockWatermark(slot, Optional.empty())),
        EPOCH,
        SLOT);
  }

  @Test
  void grantsAGrantedRootAgainAndRefusesAnotherInItsPlace() {
    assertThat(attest(97, 98, ROOT)).isEqualTo(new Decision.Granted(HELD));
    assertThat(attest(97, 98, OTHER)).isEqualTo(SLASHABLE);
    assertThat(propose(3_190, ROOT)).isEqualTo(new Decision.Granted(HELD));
    assertThat(propose(3_190, OTHER)).isEqualTo(SLASHABLE);
  }

  @Test
  void refusesWhatSurroundsOrFallsBehindWhatWasSigned() {
    assertThat(attest(96, 99, OTHER)).isEqualTo(SLASHABLE);
    assertThat(attest(97, 97, OTHER)).isEqualTo(SLASHABLE);
    assertThat(propose(3_189, OTHER)).isEqualTo(SLASHABLE);
  }

  @Test
  void refusesASourceAboveItsTargetThoughNothingWasSigned() {
    assertThat(decide(ATTESTATION, Watermarks.NONE, 99, 98, ROOT)).isEqualTo(SLASHABLE);
    assertThat(decide(ATTESTATION, Watermarks.NONE, 98, 98, ROOT))
        .isInstanceOf(Decision.Granted.class);
  }

  @Test
  void lagsBehindThePeersClocksByOneEpochOrSlotAtMost() {
    assertThat(attest(97, 101, ROOT)).isInstanceOf(Decision.Granted.class);
    assertThat(attest(97, 102, ROOT)).isEqualTo(BEYOND_CLOCK);
    assertThat(propose(3_201, ROOT)).isInstanceOf(Decision.Granted.class);
    assertThat(propose(3_202, ROOT)).isEqualTo(BEYOND_CLOCK);
  }

  /** FAR_FUTURE_EPOCH, 2^64 - 1, reads as -1. */
  @Test
  void takesNumbersBeyond63BitsForTheFarFuture() {
    assertThat(attest(97, -1, ROOT)).isEqualTo(BEYOND_CLOCK);
    assertThat(attest(-1, 99, ROOT)).isEqualTo(BEYOND_CLOCK);
    assertThat(attest(Long.MIN_VALUE, Long.MIN_VALUE, ROOT)).isEqualTo(BEYOND_CLOCK);
    assertThat(attest(97, Long.MAX_VALUE, ROOT)).isEqualTo(BEYOND_CLOCK);
    assertThat(propose(-1, ROOT)).isEqualTo(BEYOND_CLOCK);
  }

  @Test
  void holdsADutyTypeThatEip3076DoesNotKnowToTheClockOfSlots() {
    assertThat(ofType(DutyType.RANDAO, 3_201)).isEmpty();
    assertThat(ofType(DutyType.RANDAO, 3_202)).contains(Reason.BEYOND_CLOCK);
    assertThat(ofType(DutyType.RANDAO, -1)).contains(Reason.BEYOND_CLOCK);
  }

  @Test
  void letsSelectionsOfTwoEpochsBeProvenAndNoLaterOnes() {
    assertThat(ofType(DutyType.PREPARE_AGGREGATOR, 3_264)).isEmpty();
    assertThat(ofType(DutyType.PREPARE_AGGREGATOR, 3_265)).contains(Reason.BEYOND_CLOCK);
    assertThat(ofType(DutyType.PREPARE_AGGREGATOR, -1)).contains(Reason.BEYOND_CLOCK);
  }

  @Test
  void knowsTheAttestersKind() {
    assertThat(WatermarkKind.of(DutyType.ATTESTER)).contains(ATTESTATION);
  }

  private static Optional<Reason> ofType(DutyType type, long slot) {
    return SigningRule.refusal(type, new Signable(ROOT, 0, slot), EPOCH, SLOT);
  }

  private static Decision attest(long source, long target, Bytes32 root) {
    return decide(ATTESTATION, HELD, source, target, root);
  }

  private static Decision propose(long slot, Bytes32 root) {
    return decide(BLOCK, HELD, 0, slot, root);
  }

  private static Decision decide(
      WatermarkKind kind, Watermarks held, long source, long target, Bytes32 root) {
    return SigningRule.decide(kind, new Signable(root, source, target), held, EPOCH, SLOT);
  }
}
