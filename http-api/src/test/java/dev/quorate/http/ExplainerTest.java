/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyEvent.Aftermath;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.JournalExcerpt;
import dev.quorate.consensus.duty.JournalExcerpt.Place;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.inclusion.Inclusion;
import dev.quorate.http.view.ExplanationView;
import dev.quorate.http.view.ExplanationView.Why;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExplainerTest {
  private static final SlotTimes TIMES = FakePod.times();
  private static final DutyId BROADCAST = DutyId.attester(FakePod.SLOT, 0);
  private static final DutyId MISSED = DutyId.attester(FakePod.SLOT + 64, 0);
  private static final long LATER = TIMES.startMillis(FakePod.SLOT + 1_000);

  private final Explainer explainer =
      new Explainer(
          List.of("alpha", "beta", "gamma", "delta"),
          1,
          new Validators(List.of(Bytes.wrap(new byte[48]))),
          TIMES);

  private ExplanationView explain(DutyId duty, List<DutyEvent> journal) {
    return explainer.explain(FakePod.excerpt(duty, journal), Optional.empty(), LATER).orElseThrow();
  }

  private ExplanationView explain(DutyId duty) {
    return explain(duty, FakePod.ledger().events());
  }

  private static DutyEvent.Failed failed(Reason reason) {
    return new DutyEvent.Failed(
        MISSED, reason, List.of(), List.of(), DutyEvent.Trail.NONE, Aftermath.NONE, LATER);
  }

  @Test
  void tellsWhatTheRowsOfTheDutyAndLaterOnesKnow() {
    ExplanationView told = explain(BROADCAST);

    assertThat(told.duty()).isEqualTo(JournalTale.of(FakePod.ledger()).getLast());
    assertThat(told.duty().progress()).isEqualTo("BROADCAST");
    assertThat(told.value()).isPresent();
    assertThat(told.signed()).contains(new ExplanationView.Signed(FakePod.ROOT.toString(), 2, 3));
    assertThat(told.startMillis()).isEqualTo(TIMES.startMillis(FakePod.SLOT));
    assertThat(told.dueMillis()).isEqualTo(TIMES.attestationDueMillis(FakePod.SLOT));
    assertThat(told.deadlineMillis()).isEqualTo(TIMES.inclusionDeadlineMillis(FakePod.SLOT));
    assertThat(told.deletedBeforeMillis()).isEmpty();
    assertThat(told.operators().get(told.operator())).isEqualTo("beta");
  }

  @Test
  void namesWhoseNeverCameOnceTheSignatureIsComplete() {
    assertThat(explain(BROADCAST).silent()).isEmpty();
    List<DutyEvent> alone =
        List.of(FakePod.completed(MISSED, List.of(0)), failed(Reason.NOT_SUBMITTED));
    // This operator's own did not either.
    assertThat(explain(MISSED, alone).silent()).containsExactly(1, 3);
    assertThat(explain(MISSED, List.of(failed(Reason.TOO_FEW_PARTIALS))).silent())
        .containsExactly(0, 1, 2, 3);
    assertThat(explain(MISSED, List.of(failed(Reason.NO_QUORUM))).silent())
        .as("nobody had anything to sign")
        .isEmpty();
  }

  @Test
  void namesWhomAMissedDutyLackedAndWhatThePodKnowsOfTheChain() {
    assertThat(explain(MISSED, List.of(failed(Reason.TOO_FEW_PARTIALS))).atFault())
        .containsExactly(0, 2, 3);
    assertThat(explain(BROADCAST).atFault()).isEmpty();
    assertThat(explain(BROADCAST).inclusion()).isEmpty();
    assertThat(
            explainer
                .explain(
                    FakePod.excerpt(BROADCAST, FakePod.ledger().events()),
                    Optional.of(Inclusion.NOT_INCLUDED),
                    LATER)
                .orElseThrow()
                .inclusion())
        .contains("NOT_INCLUDED");
  }

  @ParameterizedTest
  @EnumSource
  void saysOfEveryReasonWhatItMeansAndWhatToDo(Reason reason) {
    assertThat(explain(MISSED, List.of(failed(reason))).why())
        .contains(new Why(reason.name(), reason.meaning(), reason.remedy()));
    assertThat(reason.meaning()).isNotBlank();
    assertThat(reason.remedy()).isNotBlank();
  }

  @Test
  void aRefusalStandsForItselfOnlyBesideAnotherReason() {
    assertThat(explain(MISSED).why().map(Why::reason)).contains("NO_QUORUM");
    assertThat(explain(MISSED).refusal().map(Why::reason)).contains("CHECKPOINTS_DIFFER");
    assertThat(explain(BROADCAST).why().map(Why::reason)).contains("CHECKPOINTS_DIFFER");
    assertThat(explain(BROADCAST).refusal()).isEmpty();
  }

  @Test
  void aSequelOutlivesTheRowsOfItsDuty() {
    List<DutyEvent> sequel = FakePod.ledger().events().subList(3, 4);
    JournalExcerpt excerpt =
        new JournalExcerpt(
            BROADCAST,
            sequel,
            Optional.of(new Place(4, MISSED, LATER - 5)),
            Optional.empty(),
            Optional.empty());
    ExplanationView told = explainer.explain(excerpt, Optional.empty(), LATER).orElseThrow();

    assertThat(told.duty().progress()).isEqualTo("BROADCAST");
    assertThat(told.deletedBeforeMillis()).hasValue(LATER - 5);
    DutyEvent late =
        new DutyEvent.Failed(
            MISSED,
            Reason.NO_QUORUM,
            List.of(),
            List.of(),
            DutyEvent.Trail.NONE,
            new Aftermath(List.of(), List.of(new DutyEvent.LatePartial(BROADCAST, 3, 9))),
            LATER);
    assertThat(explain(BROADCAST, List.of(late)).duty().progress()).isEqualTo("COMPLETED");
  }

  // ---- nothing is told

  private String whyNothing(long slot, List<DutyEvent> journal, long nowMillis) {
    JournalExcerpt excerpt = FakePod.excerpt(DutyId.attester(slot, 0), journal);
    assertThat(explainer.explain(excerpt, Optional.empty(), nowMillis)).isEmpty();
    return explainer.whyNothing(excerpt, nowMillis);
  }

  private String whyNothing(long slot, long nowMillis) {
    return whyNothing(slot, FakePod.ledger().events(), nowMillis);
  }

  private static DutyEvent failedIn(long slot) {
    return new DutyEvent.Failed(
        DutyId.attester(slot, 0),
        Reason.NO_QUORUM,
        List.of(),
        List.of(),
        DutyEvent.Trail.NONE,
        Aftermath.NONE,
        LATER);
  }

  @Test
  void saysThatTheValidatorAttestedInAnotherSlotOfTheEpoch() {
    for (long slot : List.of(FakePod.SLOT - 1, FakePod.SLOT + 1)) {
      assertThat(whyNothing(slot, LATER))
          .contains("tells nothing of attester/" + slot + "/0")
          .contains("attests once an epoch, and in this one it was attester/100/0")
          .contains("its oldest row is of attester/100/0, written " + utc(FakePod.SLOT));
    }
  }

  @Test
  void saysThatTheValidatorAggregatedInAnotherSlotOfTheEpochButNotThatItProposed() {
    assertThat(whyNothing(DutyType.AGGREGATOR))
        .contains("attests once an epoch, and in this one it was aggregator/100/0");
    assertThat(whyNothing(DutyType.SYNC_MESSAGE)).doesNotContain("once an epoch");
    assertThat(whyNothing(DutyType.PROPOSER)).doesNotContain("once an epoch");
  }

  /** Of the slot behind one in which the validator had a duty of the same type. */
  private String whyNothing(DutyType type) {
    DutyEvent other =
        new DutyEvent.Failed(
            new DutyId(type, FakePod.SLOT, 0, 0),
            Reason.NO_QUORUM,
            List.of(),
            List.of(),
            DutyEvent.Trail.NONE,
            Aftermath.NONE,
            LATER);
    DutyId duty = new DutyId(type, FakePod.SLOT + 1, 0, 0);
    return explainer.whyNothing(FakePod.excerpt(duty, List.of(other)), LATER);
  }

  @Test
  void knowsEveryTypeOfDutyByItsName() {
    assertThat(Explainer.types().split(", ", -1))
        .hasSize(DutyType.values().length)
        .contains("attester", "sync_message")
        .allSatisfy(name -> assertThat(Explainer.type(name)).isPresent());
    assertThat(Explainer.type("ATTESTER")).isEmpty();
  }

  @Test
  void saysWhatStandsAroundAGap() {
    List<DutyEvent> journal = List.of(failedIn(10), failedIn(1_000));
    assertThat(whyNothing(500, journal, TIMES.startMillis(2_000)))
        .contains("had no such duty in this slot, or this operator was not running")
        .contains("the last before the slot of attester/10/0, written " + utc(10))
        .contains("the first since then of attester/1000/0, written " + utc(1_000));
  }

  @Test
  void saysThatTheRowsMayBeDeleted() {
    JournalExcerpt excerpt =
        new JournalExcerpt(
            DutyId.attester(5, 0),
            List.of(),
            Optional.of(new Place(17, BROADCAST, TIMES.startMillis(FakePod.SLOT))),
            Optional.empty(),
            Optional.of(new Place(17, BROADCAST, TIMES.startMillis(FakePod.SLOT))));
    assertThat(explainer.whyNothing(excerpt, LATER))
        .contains("rows so old are deleted (quorate.database.events-kept)", utc(FakePod.SLOT));
    assertThat(whyNothing(5, LATER)).contains("the journal begins later");
    assertThat(whyNothing(5, List.of(), LATER)).contains("it has no row of this validator");
  }

  @Test
  void saysThatItIsTooEarlyToAsk() {
    long slot = FakePod.SLOT + 500;
    assertThat(whyNothing(slot, TIMES.startMillis(slot) - 1))
        .contains("its slot begins at " + utc(slot));
    assertThat(whyNothing(slot, TIMES.startMillis(slot)))
        .contains("or else at its deadline, ")
        .contains(Explainer.utc(TIMES.inclusionDeadlineMillis(slot)));
  }

  private static String utc(long slot) {
    return Explainer.utc(TIMES.startMillis(slot));
  }

  @Test
  void aTypeThatTheFieldGaveUpIsSaidToBeOne() {
    assertThat(Explainer.type("builder_proposer")).isEmpty();
    assertThat(Explainer.whyNoType("builder_proposer"))
        .isEqualTo("builder_proposer is deprecated: builder blocks are proposer duties");
    assertThat(Explainer.whyNoType("prosper")).isEqualTo(Explainer.types());
  }
}
