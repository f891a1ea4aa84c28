/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.CoValidator.Input;
import dev.quorate.consensus.duty.CoValidator.Plan;
import dev.quorate.consensus.duty.DutyEvent.Aftermath;
import dev.quorate.consensus.duty.DutyEvent.LatePartial;
import dev.quorate.consensus.duty.DutyEvent.Submission;
import dev.quorate.consensus.duty.DutyNetwork.Node;
import dev.quorate.consensus.qbft.Decision;
import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What became of a duty behind its last row, and the row that tells it in the end. */
class CoValidatorTest {
  private static final Value VALUE = DutyNetwork.value(1);
  private static final Bytes32 ROOT = DutyNetwork.root(VALUE);
  private static final DutyId FIRST = DutyId.attester(8, 0);
  private static final DutyId NEXT = DutyId.attester(40, 0);
  private static final Aftermath OF_FIRST =
      Aftermath.NONE
          .with(new Submission(FIRST, SubmissionOutcome.ACCEPTED, DutyNetwork.BEGIN_MILLIS))
          .with(new LatePartial(FIRST, 3, DutyNetwork.BEGIN_MILLIS));

  private final Node node = new DutyNetwork(4, 1).nodes.getFirst();
  private DutyLedger ledger = DutyLedger.EMPTY;
  private CoValidator.State state = CoValidator.State.INITIAL;

  private List<DutyEvent> on(Input input) {
    return on(DutyNetwork.BEGIN_MILLIS, input).events();
  }

  private Plan on(long nowMillis, Input input) {
    Plan plan = CoValidator.step(state, ledger, nowMillis, input);
    state = plan.state();
    for (DutyEvent event : plan.events()) {
      ledger = ledger.apply(event);
    }
    return plan;
  }

  private List<DutyEvent> on(DutyId duty, DutyInput input) {
    return on(new Input.ForDuty(duty, input));
  }

  private static DutyInput decided(DutyId duty) {
    List<SignedVote> commits =
        IntStream.of(1, 2, 3)
            .mapToObj(sender -> DutyNetwork.signed(new Vote.Commit(duty, sender, 1, VALUE.hash())))
            .toList();
    return new DutyInput.Received(
        new DutyMessage.Agreement(
            new QbftMessage.Decided(duty, 1, new Decision(1, VALUE, commits))));
  }

  private static DutyInput partial(DutyId duty, int sender) {
    return new DutyInput.Received(
        new DutyMessage.Partial(duty, sender, ROOT, DutyNetwork.share(sender, ROOT)));
  }

  private void leaveAnAftermath() {
    on(new Input.Assigned(node.context(FIRST)));
    on(FIRST, decided(FIRST));
    IntStream.of(1, 2).forEach(sender -> on(FIRST, partial(FIRST, sender)));
    on(FIRST, new DutyInput.GuardAnswered(new GuardVerdict.Granted()));
    on(FIRST, new DutyInput.ShareSigned(DutyNetwork.share(0, ROOT)));
    on(FIRST, new DutyInput.Combined(DutyNetwork.group(ROOT), List.of(0, 1, 2), List.of()));
    assertThat(ledger.of(FIRST)).hasSize(3);
    on(FIRST, new DutyInput.Submitted(SubmissionOutcome.ACCEPTED));
    on(FIRST, partial(FIRST, 3));
    assertThat(state.unrecorded()).isEqualTo(OF_FIRST);
    assertThat(ledger.isOver(FIRST)).isFalse();
  }

  private void assertToldOnceBy(List<DutyEvent> events) {
    assertThat(events).singleElement().extracting(DutyEvent::earlier).isEqualTo(OF_FIRST);
    assertThat(state.unrecorded()).isEqualTo(Aftermath.NONE);
    assertThat(ledger.isOver(FIRST)).isTrue();
    assertThat(ledger.of(FIRST)).as("a success costs no row of its own").hasSize(3);
  }

  @Test
  void theNextIntentTellsWhatBecameOfTheDutyBefore() {
    leaveAnAftermath();
    on(new Input.Assigned(node.context(NEXT)));
    on(NEXT, decided(NEXT));
    assertToldOnceBy(on(NEXT, new DutyInput.GuardAnswered(new GuardVerdict.Granted())));
    assertThat(on(NEXT, new DutyInput.ShareSigned(DutyNetwork.share(0, ROOT))))
        .singleElement()
        .isInstanceOf(DutyEvent.Shared.class);
  }

  @Test
  void soDoesACompletionWithoutAnIntent() {
    leaveAnAftermath();
    on(new Input.Assigned(node.context(NEXT)));
    on(NEXT, decided(NEXT));
    IntStream.of(1, 2, 3).forEach(sender -> on(NEXT, partial(NEXT, sender)));
    assertToldOnceBy(
        on(NEXT, new DutyInput.Combined(DutyNetwork.group(ROOT), List.of(1, 2, 3), List.of())));
  }

  @Test
  void soDoesAFailure() {
    leaveAnAftermath();
    on(new Input.Assigned(node.context(NEXT)));
    assertToldOnceBy(on(NEXT, new DutyInput.Reassigned()));
  }

  @Test
  void aShareLeavesItToTheRowsAroundIt() {
    on(new Input.Assigned(node.context(NEXT)));
    on(NEXT, decided(NEXT));
    on(NEXT, new DutyInput.GuardAnswered(new GuardVerdict.Granted()));
    leaveAnAftermath();
    on(NEXT, new DutyInput.ShareSigned(DutyNetwork.share(0, ROOT)));
    assertThat(state.unrecorded()).isEqualTo(OF_FIRST);
    IntStream.of(1, 2).forEach(sender -> on(NEXT, partial(NEXT, sender)));
    assertToldOnceBy(
        on(NEXT, new DutyInput.Combined(DutyNetwork.group(ROOT), List.of(0, 1, 2), List.of())));
  }

  @Test
  void aPeerThatFloodsLatePartialsIsToldOfOnce() {
    leaveAnAftermath();
    for (int i = 0; i < 100; i++) {
      on(FIRST, partial(FIRST, 3));
      on(FIRST, partial(FIRST, 1));
      on(
          FIRST,
          new DutyInput.Received(
              new DutyMessage.Partial(
                  FIRST, 3, Bytes32.sha256(new byte[] {(byte) i}), Bytes.EMPTY)));
    }
    assertThat(state.unrecorded()).isEqualTo(OF_FIRST);
  }

  @Test
  void whatIsToldIsBoundedAndTheOldestGiveWay() {
    Aftermath aftermath = Aftermath.NONE;
    List<Submission> submissions = new ArrayList<>();
    List<LatePartial> partials = new ArrayList<>();
    for (int slot = 0; slot < Aftermath.UNRECORDED_MAX + 10; slot++) {
      DutyId duty = DutyId.attester(slot, 0);
      submissions.add(new Submission(duty, SubmissionOutcome.REJECTED, slot));
      partials.add(new LatePartial(duty, 1, slot));
      aftermath = aftermath.with(submissions.getLast()).with(partials.getLast());
    }
    assertThat(aftermath.submissions())
        .isEqualTo(submissions.subList(10, submissions.size()))
        .hasSize(Aftermath.UNRECORDED_MAX);
    assertThat(aftermath.partials())
        .isEqualTo(partials.subList(10, partials.size()))
        .hasSize(Aftermath.UNRECORDED_MAX);
  }

  @Test
  void aDutyThatIsSubmittedManyTimesTakesOnePlace() {
    Aftermath aftermath = Aftermath.NONE;
    for (int i = 0; i < 500; i++) {
      aftermath = aftermath.with(new Submission(FIRST, SubmissionOutcome.UNKNOWN, i));
    }
    aftermath =
        aftermath
            .with(new Submission(NEXT, SubmissionOutcome.UNKNOWN, 500))
            .with(new Submission(FIRST, SubmissionOutcome.ACCEPTED, 501))
            .with(new Submission(FIRST, SubmissionOutcome.UNKNOWN, 502));
    assertThat(aftermath.submissions())
        .containsExactly(
            new Submission(NEXT, SubmissionOutcome.UNKNOWN, 500),
            new Submission(FIRST, SubmissionOutcome.ACCEPTED, 501),
            new Submission(FIRST, SubmissionOutcome.UNKNOWN, 502));
  }

  // ---- what is opened again

  @Test
  void aDutyThatIsKnownToBeWithABeaconNodeIsNotOpenedAgain() {
    leaveAnAftermath();
    on(new Input.Assigned(node.context(NEXT)));
    on(NEXT, new DutyInput.Reassigned());
    state = CoValidator.State.INITIAL;
    assertThat(ledger.unfinished()).isEmpty();
    on(new Input.Assigned(node.context(FIRST)));
    assertThat(state.open()).isEmpty();
  }

  @Test
  void aDutyWhoseSubmissionNoRowTellsIsOpenedAgain() {
    leaveAnAftermath();
    state = CoValidator.State.INITIAL;
    assertThat(ledger.unfinished()).containsExactly(FIRST);
    on(new Input.Assigned(node.context(FIRST)));
    assertThat(state.open()).containsKey(FIRST);
  }

  @Test
  void aDutyThatWasTakenAwayIsUnfinishedOnlyOnceItWasBegunAgain() {
    on(new Input.Assigned(node.context(FIRST)));
    on(FIRST, new DutyInput.Reassigned());
    assertThat(ledger.unfinished()).isEmpty();
    assertThat(ledger.isOver(FIRST)).isFalse();

    on(new Input.Assigned(node.context(FIRST)));
    on(FIRST, decided(FIRST));
    on(FIRST, new DutyInput.GuardAnswered(new GuardVerdict.Granted()));
    assertThat(ledger.of(FIRST)).hasSize(2);
    assertThat(ledger.unfinished()).containsExactly(FIRST);
  }

  // ---- what nobody took up again in time

  private void intend(DutyId duty) {
    on(new Input.Assigned(node.context(duty)));
    on(duty, decided(duty));
    on(duty, new DutyInput.GuardAnswered(new GuardVerdict.Granted()));
  }

  /** Who learns of the deadline first: the scheduler that knows of it, or the duty given late. */
  private Stream<Input> ends() {
    return Stream.of(new Input.Expired(FIRST), new Input.Assigned(node.context(FIRST)));
  }

  @Test
  void aDutyThatNobodyTookUpAgainInTimeEndsWithThatReason() {
    long deadline = node.context(FIRST).deadlineMillis();
    for (Input end : ends().toList()) {
      for (boolean isShared : List.of(false, true)) {
        ledger = DutyLedger.EMPTY;
        state = CoValidator.State.INITIAL;
        intend(FIRST);
        if (isShared) {
          on(FIRST, new DutyInput.ShareSigned(DutyNetwork.share(0, ROOT)));
        }
        state = CoValidator.State.INITIAL;

        Plan plan = on(deadline, end);

        assertThat(plan.events())
            .containsExactly(
                new DutyEvent.Failed(
                    FIRST,
                    Reason.INTERRUPTED,
                    List.of(),
                    List.of(),
                    DutyEvent.Trail.NONE,
                    Aftermath.NONE,
                    deadline));
        assertThat(plan.now()).as("nothing is told before it is durable").isEmpty();
        assertThat(plan.onceDurable())
            .containsExactly(
                new CoValidator.Request(
                    FIRST,
                    new DutyOutput.Report(
                        new DutyOutcome.Missed(Reason.INTERRUPTED, Optional.of(VALUE.hash())))));
        assertThat(ledger.isOver(FIRST)).isTrue();
        assertThat(ledger.unfinished()).isEmpty();
        assertThat(on(deadline, end).events()).as("it ends once").isEmpty();
      }
    }
  }

  @Test
  void whatIsCompleteMayHaveBeenBroadcastAndStandsAsItIs() {
    leaveAnAftermath();
    state = CoValidator.State.INITIAL;
    ends()
        .forEach(
            end -> assertThat(on(node.context(FIRST).deadlineMillis(), end).events()).isEmpty());
  }

  /**
   * As at the slowest operator: the others' partial signatures are enough before its own is made.
   */
  @Test
  void soDoesWhatWasCompleteBeforeTheOwnShareWasDurable() {
    on(new Input.Assigned(node.context(FIRST)));
    on(FIRST, decided(FIRST));
    IntStream.of(1, 2, 3).forEach(sender -> on(FIRST, partial(FIRST, sender)));
    on(FIRST, new DutyInput.Combined(DutyNetwork.group(ROOT), List.of(1, 2, 3), List.of()));
    on(FIRST, new DutyInput.GuardAnswered(new GuardVerdict.Granted()));
    on(FIRST, new DutyInput.ShareSigned(DutyNetwork.share(0, ROOT)));
    assertThat(ledger.of(FIRST).getLast()).isInstanceOf(DutyEvent.Shared.class);
    state = CoValidator.State.INITIAL;
    ends()
        .forEach(
            end -> assertThat(on(node.context(FIRST).deadlineMillis(), end).events()).isEmpty());
  }

  @Test
  void aDutyThatWasNeverBegunOrIsUnderWayIsNotEnded() {
    long deadline = node.context(FIRST).deadlineMillis();
    ends().forEach(end -> assertThat(on(deadline, end).events()).isEmpty());
    intend(FIRST);
    ends().forEach(end -> assertThat(on(deadline, end).events()).isEmpty());
    assertThat(state.open()).as("its own timer ends it").containsKey(FIRST);
  }

  @Test
  void aDutyThatWasTakenAwayEndsOnlyIfItWasBegunAgain() {
    long deadline = node.context(FIRST).deadlineMillis();
    on(new Input.Assigned(node.context(FIRST)));
    on(FIRST, new DutyInput.Reassigned());
    assertThat(on(deadline, new Input.Expired(FIRST)).events()).isEmpty();
    intend(FIRST);
    state = CoValidator.State.INITIAL;
    assertThat(on(deadline, new Input.Expired(FIRST)).events()).hasSize(1);
    assertThat(ledger.isOver(FIRST)).isTrue();
  }

  @Test
  void ofADutyThatIsNotAssignedOnlyAPeersLatestStatusIsKept() {
    for (int round = 0; round < 10 * CoValidator.EARLY_PER_PEER_MAX; round++) {
      DutyMessage.Status status = new DutyMessage.Status(NEXT, 1, round, Optional.empty(), 2);
      on(new Input.Mail(List.of(status)));
      assertThat(state.early().get(1)).containsExactly(status);
    }
  }

  private Plan hear(DutyId duty) {
    return on(DutyNetwork.BEGIN_MILLIS, new Input.Mail(List.of(partialOf(duty))));
  }

  private static DutyMessage.Partial partialOf(DutyId duty) {
    return new DutyMessage.Partial(duty, 1, ROOT, DutyNetwork.share(1, ROOT));
  }

  @Test
  void whatIsDoneFarAheadPushesOutNothingThatIsNearAndIsNoFlood() {
    hear(NEXT);
    for (int ahead = 1; ahead <= DutyType.SLOTS_AHEAD_MAX; ahead++) {
      DutyId selection = new DutyId(DutyType.PREPARE_AGGREGATOR, NEXT.slot() + ahead, 0, 0);
      assertThat(hear(selection).now()).isEmpty();
    }
    assertThat(state.early().get(1))
        .hasSize(CoValidator.EARLY_PER_PEER_MAX)
        .contains(partialOf(NEXT));
  }

  @Test
  void whatIsOverIsNotKept() {
    DutyId current = DutyId.attester(NEXT.slot() + 1_000, 0);
    for (int slot = 0; slot < CoValidator.EARLY_PER_PEER_MAX; slot++) {
      hear(DutyId.attester(NEXT.slot() + slot, 0));
    }
    DutyId exit = new DutyId(DutyType.EXIT, NEXT.slot(), 0, 0);
    hear(exit);
    on(
        new Input.Assigned(
            node.context(new DutyId(DutyType.PREPARE_AGGREGATOR, current.slot(), 0, 0))));
    assertThat(state.early().get(1)).as("what is ahead tells nothing of what is over").hasSize(24);
    on(new Input.Assigned(node.context(current)));
    assertThat(state.early().get(1)).containsExactly(partialOf(exit));

    DutyId next = DutyId.attester(current.slot() + 1, 0);
    assertThat(hear(next).now()).isEmpty();
    assertThat(state.early().get(1)).containsExactly(partialOf(exit), partialOf(next));
  }

  @Test
  void whoSaysMoreThanIsKeptOfWhatIsNotDoneAheadFloods() {
    for (int slot = 1; slot < CoValidator.EARLY_PER_PEER_MAX; slot++) {
      assertThat(hear(DutyId.attester(NEXT.slot() + slot, 0)).now()).isEmpty();
    }
    hear(NEXT);
    assertThat(hear(FIRST).now())
        .singleElement()
        .satisfies(request ->
            assertThat(request.output()).isEqualTo(new DutyOutput.Discard(1, Reason.BUFFER_FULL)));
  }
}
