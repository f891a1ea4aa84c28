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
    assertThat(ofUnknownType(3_201)).isEmpty();
    assertThat(ofUnknownType(3_202)).contains(Reason.BEYOND_CLOCK);
    assertThat(ofUnknownType(-1)).contains(Reason.BEYOND_CLOCK);
  }

  @Test
  void knowsTheAttestersKind() {
    assertThat(WatermarkKind.of(DutyType.ATTESTER)).contains(ATTESTATION);
  }

  private static Optional<Reason> ofUnknownType(long slot) {
    return SigningRule.refusal(Optional.empty(), new Signable(ROOT, 0, slot), EPOCH, SLOT);
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
