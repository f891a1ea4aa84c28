/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.attestation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyRule.Verdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.chain.Chains;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.domain.Domains;
import dev.quorate.ethereum.slashing.AttestationWatermark;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AttestationRuleTest {
  /** In fulu, the fourth slot of its epoch. */
  private static final long EPOCH = 420_000;

  private static final long SLOT = EPOCH * 32 + 3;
  private static final Bytes32 A = Bytes32.sha256(new byte[] {1});
  private static final Bytes32 B = Bytes32.sha256(new byte[] {2});
  private static final Bytes32 C = Bytes32.sha256(new byte[] {3});
  private static final Checkpoint SOURCE = new Checkpoint(EPOCH - 1, A);
  private static final Checkpoint TARGET = new Checkpoint(EPOCH, B);
  private static final AttestationData OWN = new AttestationData(SLOT, 0, C, SOURCE, TARGET);
  private static final AttestationRule RULE = rule(SLOT);

  @Test
  void acceptsWhatAnOwnNodeSays() {
    assertThat(judge(OWN, OWN)).isEqualTo(new Verdict.Accepted());
  }

  @Test
  void leavesTheHeadFree() {
    assertThat(judge(new AttestationData(SLOT, 0, A, SOURCE, TARGET), OWN))
        .isEqualTo(new Verdict.Accepted());
  }

  @Test
  void acceptsWhatAnyOfTheOwnNodesSays() {
    AttestationData lagging = new AttestationData(SLOT, 0, C, new Checkpoint(EPOCH - 2, A), TARGET);
    assertThat(judge(OWN, lagging, OWN)).isEqualTo(new Verdict.Accepted());
  }

  @Test
  void doesNotMixTheSourceOfOneNodeWithTheTargetOfAnother() {
    AttestationData otherTarget = new AttestationData(SLOT, 0, C, SOURCE, new Checkpoint(EPOCH, A));
    AttestationData otherSource =
        new AttestationData(SLOT, 0, C, new Checkpoint(EPOCH - 2, A), TARGET);
    assertThat(judge(OWN, otherTarget, otherSource)).isEqualTo(unconfirmed());
  }

  @Test
  void refusesBytesThatAreNoAttestationData() {
    Value cut = new Value(OWN.encode().slice(0, 127));
    assertRefused(cut, Reason.MALFORMED_VALUE);
    assertRefused(new Value(Bytes.EMPTY), Reason.MALFORMED_VALUE);
    byte[] hostile = OWN.encode().toArray();
    hostile[95] = (byte) 0x80; // the target epoch's highest bit
    assertRefused(new Value(Bytes.wrap(hostile)), Reason.MALFORMED_VALUE);
  }

  @Test
  void refusesAValueThatNamesACommittee() {
    assertRefused(value(new AttestationData(SLOT, 1, C, SOURCE, TARGET)), Reason.MALFORMED_VALUE);
  }

  @ParameterizedTest
  @ValueSource(longs = {SLOT - 1, SLOT + 1, 0, Long.MAX_VALUE})
  void refusesAnotherSlot(long slot) {
    assertRefused(value(new AttestationData(slot, 0, C, SOURCE, TARGET)), Reason.WRONG_SLOT);
  }

  @ParameterizedTest
  @ValueSource(longs = {EPOCH - 1, EPOCH + 1, 0, Long.MAX_VALUE})
  void refusesATargetThatIsNotTheEpochOfTheSlot(long target) {
    assertRefused(
        value(new AttestationData(SLOT, 0, C, SOURCE, new Checkpoint(target, B))),
        Reason.WRONG_TARGET_EPOCH);
  }

  @ParameterizedTest
  @ValueSource(longs = {EPOCH, EPOCH + 1, Long.MAX_VALUE})
  void refusesASourceThatIsNotBelowTheTarget(long source) {
    assertRefused(
        value(new AttestationData(SLOT, 0, C, new Checkpoint(source, A), TARGET)),
        Reason.SOURCE_NOT_BELOW_TARGET);
  }

  @Test
  void doesNotConfirmCheckpointsThatNoOwnNodeSays() {
    for (AttestationData proposed :
        List.of(
            new AttestationData(SLOT, 0, C, new Checkpoint(EPOCH - 2, A), TARGET),
            new AttestationData(SLOT, 0, C, new Checkpoint(EPOCH - 1, B), TARGET),
            new AttestationData(SLOT, 0, C, SOURCE, new Checkpoint(EPOCH, A)))) {
      assertThat(judge(proposed, OWN)).isEqualTo(unconfirmed());
    }
  }

  @Test
  void confirmsNothingWithoutDataOfItsOwn() {
    assertThat(judge(OWN)).isEqualTo(new Verdict.Unconfirmed(Reason.NO_OWN_DATA));
    assertThat(RULE.judge(value(OWN), List.of(new Value(Bytes.EMPTY))))
        .isEqualTo(new Verdict.Unconfirmed(Reason.NO_OWN_DATA));
  }

  @Test
  void signsNothingThatItWouldRefuse() {
    assertThat(RULE.signable(new Value(Bytes.EMPTY))).isEmpty();
    assertThat(RULE.signable(value(new AttestationData(SLOT + 1, 0, C, SOURCE, TARGET)))).isEmpty();
  }

  @Test
  void signsWithoutTheCommitteeSinceElectra() {
    assertThat(RULE.signable(value(OWN)))
        .contains(new Signable(signingRoot(OWN, EPOCH), EPOCH - 1, EPOCH));
  }

  @ParameterizedTest
  @CsvSource({"10, 6", "269567, 6", "269568, 6", "364031, 6", "364032, 0", "411392, 0"})
  void signsTheCommitteeOfTheDutyBeforeElectra(long epoch, long index) {
    long slot = epoch * 32;
    Checkpoint source = new Checkpoint(epoch - 1, A);
    Checkpoint target = new Checkpoint(epoch, B);
    assertThat(rule(slot).signable(value(new AttestationData(slot, 0, C, source, target))))
        .contains(
            new Signable(
                signingRoot(new AttestationData(slot, index, C, source, target), epoch),
                epoch - 1,
                epoch));
  }

  /** Nothing is justified in epoch 0: source (0, zero), target (0, genesis block). */
  @Test
  void attestsInEpochZeroOnceAndUnslashably() {
    AttestationRule genesis = rule(3);
    AttestationData data =
        new AttestationData(3, 0, C, new Checkpoint(0, Bytes32.ZERO), new Checkpoint(0, B));
    assertThat(genesis.judge(value(data), List.of(value(data)))).isEqualTo(new Verdict.Accepted());
    Signable first = genesis.signable(value(data)).orElseThrow();
    AttestationData otherHead =
        new AttestationData(3, 0, A, new Checkpoint(0, Bytes32.ZERO), new Checkpoint(0, B));
    Signable second = genesis.signable(value(otherHead)).orElseThrow();

    AttestationWatermark granted =
        AttestationWatermark.NONE
            .approve(first.source(), first.target(), first.root())
            .orElseThrow();
    assertThat(granted.approve(first.source(), first.target(), first.root())).isPresent();
    assertThat(granted.approve(second.source(), second.target(), second.root())).isEmpty();

    AttestationData above =
        new AttestationData(3, 0, C, new Checkpoint(1, A), new Checkpoint(0, B));
    assertThat(genesis.judge(value(above), List.of(value(above))))
        .isEqualTo(new Verdict.Refused(Reason.SOURCE_NOT_BELOW_TARGET));
  }

  private static AttestationRule rule(long slot) {
    return new AttestationRule(
        Chains.mainnet(),
        Chains.MAINNET_GENESIS,
        new AttesterDuty(Bytes.wrap(new byte[48]), 77, 6, 128, 64, 9, slot));
  }

  private static Bytes32 signingRoot(AttestationData data, long epoch) {
    Domains domains = new Domains(Chains.mainnet().forks(), Chains.MAINNET_GENESIS);
    return Domains.signingRoot(data.hashTreeRoot(), domains.at(DomainType.BEACON_ATTESTER, epoch));
  }

  private static void assertRefused(Value proposed, Reason reason) {
    // Refused for good, whether the own nodes say the same or nothing.
    assertThat(RULE.judge(proposed, List.of(proposed))).isEqualTo(new Verdict.Refused(reason));
    assertThat(RULE.judge(proposed, List.of())).isEqualTo(new Verdict.Refused(reason));
    assertThat(RULE.signable(proposed)).isEmpty();
  }

  private static Verdict judge(AttestationData proposed, AttestationData... own) {
    return RULE.judge(value(proposed), List.of(own).stream().map(data -> value(data)).toList());
  }

  private static Verdict unconfirmed() {
    return new Verdict.Unconfirmed(Reason.CHECKPOINTS_DIFFER);
  }

  private static Value value(AttestationData data) {
    return new Value(data.encode());
  }
}
