/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import static dev.quorate.beacon.client.SimulatorFixture.VALIDATORS;
import static dev.quorate.beacon.client.SimulatorFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.beacon.simulator.Rejection;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.beacon.simulator.SimulatorReport.DutyCount;
import dev.quorate.beacon.simulator.TestValidators;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.message.ProposerPreparation;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.SyncSubscription;
import dev.quorate.ethereum.message.ValidatorRegistration;
import dev.quorate.ethereum.message.VoluntaryExit;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What validators tell nodes apart from duties: who listens, who is paid, who leaves. */
class AnnouncementsTest {
  private static final long SLOT = 43;
  private static final Bytes RECIPIENT = Bytes.fromHex("0x" + "fe".repeat(20));
  private static final Bytes KEY = VALIDATORS.publicKeys().getFirst();
  private static final Bytes OTHER_KEY = VALIDATORS.publicKeys().getLast();
  private static final long INDEX = SimulatedChain.validatorIndex(0);

  private SimulatorFixture fixture = new SimulatorFixture(Fork.FULU);

  @BeforeEach
  void setClock() {
    fixture.setSlot(SLOT);
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  private List<SubmissionOutcome> submit(Submission submission) {
    return await(fixture.nodes().submit(submission));
  }

  private SimulatedChain chain() {
    return fixture.simulator.chain();
  }

  private DutyCount count(String type) {
    return Objects.requireNonNull(fixture.simulator.report(0, SLOT).others().get(type));
  }

  private long nowSeconds() {
    return fixture.clock.millis() / 1000;
  }

  @Test
  void subscriptionsToSyncCommitteesThatAreOverAreRefused() {
    assertThat(
            submit(
                Submission.syncSubscriptions(
                    List.of(
                        new SyncSubscription(INDEX, List.of(3, 511), 256),
                        new SyncSubscription(INDEX, List.of(3), 5)))))
        .containsExactly(SubmissionOutcome.ACCEPTED, SubmissionOutcome.REJECTED);
    assertThat(
            submit(
                Submission.syncSubscriptions(
                    List.of(new SyncSubscription(INDEX, List.of(512), 256)))))
        .containsExactly(SubmissionOutcome.REJECTED);
  }

  @Test
  void feeRecipientsAreRememberedAndStrangersAreNoError() {
    assertThat(
            submit(
                Submission.preparations(
                    List.of(
                        new ProposerPreparation(INDEX, RECIPIENT),
                        new ProposerPreparation(3, RECIPIENT)))))
        .containsOnly(SubmissionOutcome.ACCEPTED);
    assertThat(fixture.simulator.feeRecipientOf(INDEX)).contains(RECIPIENT);
    assertThat(fixture.simulator.feeRecipientOf(3)).isEmpty();
    assertThat(fixture.simulator.report(0, SLOT).others()).isEmpty();
  }

  private Signed<ValidatorRegistration> registration(Bytes pubkey, Bytes signer, long timestamp) {
    return VALIDATORS.sign(
        chain(), signer, new ValidatorRegistration(RECIPIENT, 60_000_000, timestamp, pubkey));
  }

  @Test
  void eachRegistrationStandsForItself() {
    List<Signed<ValidatorRegistration>> registrations =
        List.of(
            registration(KEY, KEY, nowSeconds()),
            registration(OTHER_KEY, KEY, nowSeconds()),
            registration(OTHER_KEY, OTHER_KEY, nowSeconds() + 11),
            registration(OTHER_KEY, OTHER_KEY, nowSeconds() + 10));
    assertThat(submit(Submission.registrations(registrations)))
        .containsExactly(
            SubmissionOutcome.ACCEPTED,
            SubmissionOutcome.REJECTED,
            SubmissionOutcome.REJECTED,
            SubmissionOutcome.ACCEPTED);
    assertThat(count("builder_registration").broadcast()).isEqualTo(2);
    assertThat(count("builder_registration").rejected())
        .containsOnlyKeys(Rejection.BAD_SIGNATURE, Rejection.FUTURE_TIMESTAMP);
    assertThat(submit(Submission.registrations(registrations.subList(0, 1))))
        .as("nodes are told again and again")
        .containsExactly(SubmissionOutcome.ACCEPTED);
    assertThat(count("builder_registration").broadcast()).isEqualTo(2);
  }

  @Test
  void registrationsOfStrangersAreKeptBack() {
    Bytes stranger = new TestValidators(17).publicKeys().getLast();
    assertThat(submit(Submission.registrations(List.of(registration(stranger, KEY, nowSeconds())))))
        .containsExactly(SubmissionOutcome.ACCEPTED);
    assertThat(count("builder_registration").broadcast()).isZero();
    assertThat(count("builder_registration").invalid()).isZero();
  }

  @Test
  void twoRegistrationsOfOneTimeAreCountedAsConflicting() {
    submit(Submission.registrations(List.of(registration(KEY, KEY, nowSeconds()))));
    ValidatorRegistration other =
        new ValidatorRegistration(RECIPIENT, 30_000_000, nowSeconds(), KEY);
    submit(Submission.registrations(List.of(VALIDATORS.sign(chain(), KEY, other))));
    assertThat(count("builder_registration").conflicting()).isEqualTo(1);
  }

  private SubmissionOutcome exit(long index, Bytes signer, long epoch, Fork version) {
    return submit(
            Submission.exit(
                VALIDATORS.sign(chain(), signer, new VoluntaryExit(epoch, index), version)))
        .getFirst();
  }

  @ParameterizedTest
  @EnumSource(names = {"CAPELLA", "DENEB", "ELECTRA", "FULU"})
  void anExitIsTakenOnceAndChangesTheStatus(Fork fork) {
    fixture.close();
    fixture = new SimulatorFixture(fork);
    fixture.setSlot(SLOT);
    // EIP-7044: capella's domain for good.
    assertThat(exit(INDEX, KEY, 5, Fork.CAPELLA)).isEqualTo(SubmissionOutcome.ACCEPTED);
    assertThat(exit(INDEX, KEY, 5, Fork.CAPELLA)).isEqualTo(SubmissionOutcome.ALREADY_KNOWN);
    assertThat(await(fixture.node().validators(List.of(KEY, OTHER_KEY))))
        .containsEntry(KEY, new IndexedValidator(INDEX, ValidatorStatus.ACTIVE_EXITING))
        .containsEntry(
            OTHER_KEY,
            new IndexedValidator(
                SimulatedChain.validatorIndex(15), ValidatorStatus.ACTIVE_ONGOING));
    assertThat(count("exit").broadcast()).isEqualTo(1);
    assertThat(count("exit").duplicates()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "1000, 5, FULU, BAD_SIGNATURE",
    "1007, 5, CAPELLA, BAD_SIGNATURE",
    "1000, 6, CAPELLA, FUTURE_EPOCH",
    "3, 5, CAPELLA, UNKNOWN_VALIDATOR"
  })
  void rejectsAnExitThatIsWrongInOneThing(
      long index, long epoch, Fork version, Rejection expected) {
    assertThat(exit(index, KEY, epoch, version)).isEqualTo(SubmissionOutcome.REJECTED);
    assertThat(count("exit").rejected()).containsOnlyKeys(expected);
    assertThat(await(fixture.node().validators(List.of(KEY))))
        .containsEntry(KEY, new IndexedValidator(INDEX, ValidatorStatus.ACTIVE_ONGOING));
  }

  @Test
  void nobodyLeavesInTheFirstEpoch() {
    fixture.setSlot(7);
    assertThat(exit(INDEX, KEY, 0, Fork.CAPELLA)).isEqualTo(SubmissionOutcome.REJECTED);
    assertThat(count("exit").rejected()).containsOnlyKeys(Rejection.TOO_YOUNG);
    fixture.setSlot(8);
    assertThat(exit(INDEX, KEY, 0, Fork.CAPELLA)).isEqualTo(SubmissionOutcome.ACCEPTED);
  }
}
