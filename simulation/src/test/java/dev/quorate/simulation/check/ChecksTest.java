/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.consensus.qbft.Vote;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** That the checks bite which no mutant of one guard alone can break. */
class ChecksTest {
  private static final DutyId DUTY = DutyId.attester(41, 0);
  private static final Bytes LIFE = Bytes.wrap(new byte[] {1});
  private static final Bytes NEXT_LIFE = Bytes.wrap(new byte[] {2});
  private static final Value VALUE = new Value(Bytes.wrap(new byte[128]));

  private final Checks checks = new Checks(4, 3, 1, Set.of());

  private static Signable signable(int root) {
    return new Signable(Bytes32.sha256(new byte[] {(byte) root}), 0, 0);
  }

  private static void assertBroken(Invariant invariant, ThrowingCallable what) {
    Broken broken = catchThrowableOfType(Broken.class, what);
    assertThat(broken).isNotNull();
    assertThat(broken.invariant()).isEqualTo(invariant);
  }

  /** Beacon nodes of three operators say it, and as many as {@code operators} send a COMMIT. */
  private void agreeOn(Value value, int operators) {
    for (int operator = 0; operator < 3; operator++) {
      checks.beaconNodeSaid(operator, DUTY, value);
    }
    for (int operator = 0; operator < operators; operator++) {
      checks.voted(operator, new Vote.Commit(DUTY, operator, 1, value.hash()));
    }
  }

  private void getReadyToSign(Signable signable) {
    DutyEvent.Intended intended =
        new DutyEvent.Intended(
            DUTY, VALUE, signable, DutyEvent.Trail.NONE, DutyEvent.Aftermath.NONE);
    checks.decided(0, DUTY, signable);
    checks.granted(0, LIFE, DUTY, signable, 10);
    checks.persists(0, intended);
    checks.durable(0, intended);
  }

  @Test
  void aValueNeedsAQuorumOfCommits() {
    agreeOn(VALUE, 2);
    assertBroken(Invariant.UNDECIDED_UNSIGNED, () -> getReadyToSign(signable(1)));
  }

  @Test
  void aSecondRootInADutyIsNoticed() {
    agreeOn(VALUE, 3);
    getReadyToSign(signable(1));
    checks.signs(0, LIFE, DUTY, signable(1).root());
    checks.signs(0, LIFE, DUTY, signable(1).root());
    assertBroken(Invariant.ONE_SIGNATURE, () -> checks.signs(0, LIFE, DUTY, signable(2).root()));
  }

  @Test
  void eachLifeOfAnEntityNeedsItsOwnGrant() {
    agreeOn(VALUE, 3);
    getReadyToSign(signable(1));
    assertBroken(Invariant.GUARD_FIRST, () -> checks.signs(0, NEXT_LIFE, DUTY, signable(1).root()));
  }

  @Test
  void checkpointsThatTooFewBeaconNodesSaidAreNoticed() {
    for (int operator = 0; operator < 3; operator++) {
      checks.voted(operator, new Vote.Commit(DUTY, operator, 1, VALUE.hash()));
    }
    checks.beaconNodeSaid(0, DUTY, VALUE);
    assertBroken(Invariant.VALIDITY, () -> getReadyToSign(signable(1)));
  }

  @Test
  void aSubmissionWithoutAnAnswerIsNone() {
    DutyEvent.Completed completed =
        new DutyEvent.Completed(
            DUTY,
            Optional.of(VALUE),
            LIFE,
            List.of(0, 1, 2),
            List.of(),
            List.of(),
            DutyEvent.Trail.NONE,
            DutyEvent.Aftermath.NONE,
            1);
    agreeOn(VALUE, 3);
    checks.persists(0, completed);
    checks.durable(0, completed);
    checks.submits(0, DUTY, VALUE, LIFE, true);
    assertBroken(Invariant.BROADCAST, () -> checks.requireSubmission(0, DUTY));
    checks.answered(0, DUTY);
    checks.requireSubmission(0, DUTY);

    checks.durable(0, completed);
    checks.restored(1);
    assertBroken(Invariant.BROADCAST, () -> checks.requireSubmission(0, DUTY));
    checks.restored(0);
    checks.requireSubmission(0, DUTY);
  }
}
