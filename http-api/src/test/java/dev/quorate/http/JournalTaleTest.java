/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyLedger;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.feature.Features;
import dev.quorate.http.view.ValidatorView.DoubleVote;
import dev.quorate.http.view.ValidatorView.Duty;
import dev.quorate.http.view.ValidatorView.Partial;
import dev.quorate.http.view.ValidatorView.Submission;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JournalTaleTest {
  private final List<Duty> duties = JournalTale.of(FakePod.ledger());

  @Test
  void tellsHowFarEachDutyCameTheLatestFirst() {
    assertThat(duties)
        .extracting(Duty::progress)
        .containsExactly("INTENDED", "MISSED", "COMPLETED", "BROADCAST");
  }

  @Test
  void tellsWhatARowOfALaterDutyKnowsOfAnEarlierOne() {
    assertThat(duties.getLast().submission()).contains(new Submission("ACCEPTED", 5_000));
  }

  @Test
  void tellsWhoTookPartAndWhen() {
    Duty broadcast = duties.getLast();

    assertThat(broadcast.round()).hasValue(2);
    assertThat(broadcast.voters()).containsExactly(0, 1, 2);
    assertThat(broadcast.leader()).hasValue(3);
    assertThat(broadcast.ownVotes()).hasSize(2);
    assertThat(broadcast.doubleVotes()).extracting(DoubleVote::operator).containsExactly(3);
    assertThat(broadcast.partials())
        .containsExactly(new Partial(2, 3_500, false), new Partial(3, 4_500, true));
    assertThat(broadcast.signers()).containsExactly(0, 1, 2);
    assertThat(broadcast.culprits()).containsExactly(3);
    assertThat(broadcast.startedAtMillis()).hasValue(1_000);
    assertThat(broadcast.proposedAtMillis()).hasValue(1_500);
    assertThat(broadcast.decidedAtMillis()).hasValue(2_000);
    assertThat(broadcast.sharedAtMillis()).hasValue(3_000);
    assertThat(broadcast.completedAtMillis()).hasValue(4_000);
    assertThat(broadcast.missedAtMillis()).isEmpty();
  }

  @Test
  void tellsWhyADutyWasMissed() {
    assertThat(duties.get(1).reason()).contains("NO_QUORUM");
    assertThat(duties.get(1).refusal()).contains("CHECKPOINTS_DIFFER");
    assertThat(duties.get(1).missedAtMillis()).hasValue(6_000);
  }

  @Test
  void whatEndsWithItsDecisionSaysWhenAndByWhom() {
    DutyId duty = new DutyId(DutyType.INFO_SYNC, FakePod.SLOT, 0, 0);
    DutyEvent.Trail trail =
        new DutyEvent.Trail(
            1_000,
            1_500,
            2_000,
            1,
            Optional.of(3),
            List.of(0, 1, 2),
            List.of(),
            List.of(),
            Optional.empty());
    Duty told =
        JournalTale.of(
                DutyLedger.EMPTY.apply(
                    new DutyEvent.Decided(
                        duty, Features.OWN.value(), trail, DutyEvent.Aftermath.NONE)))
            .getFirst();
    assertThat(told.progress()).isEqualTo("DECIDED");
    assertThat(told.round()).hasValue(1);
    assertThat(told.voters()).containsExactly(0, 1, 2);
    assertThat(told.decidedAtMillis()).hasValue(2_000);
    assertThat(told.completedAtMillis()).isEmpty();
  }

  @Test
  void aDutyThatWasTakenAwayAndGivenBackIsNotMissed() {
    DutyId duty = DutyId.attester(FakePod.SLOT, 0);
    DutyLedger ledger =
        DutyLedger.EMPTY.apply(
            new DutyEvent.Failed(
                duty,
                Reason.REASSIGNED,
                List.of(),
                List.of(),
                DutyEvent.Trail.NONE,
                DutyEvent.Aftermath.NONE,
                1));
    assertThat(JournalTale.of(ledger)).extracting(Duty::progress).containsExactly("MISSED");
    for (DutyEvent row : FakePod.ledger().of(duty)) {
      ledger = ledger.apply(row);
      Duty told = JournalTale.of(ledger).getFirst();
      assertThat(told.progress()).isNotEqualTo("MISSED");
      assertThat(told.reason()).isEmpty();
    }
  }

  @Test
  void hasNothingToTellOfAnEmptyJournal() {
    assertThat(JournalTale.of(DutyLedger.EMPTY)).isEmpty();
  }
}
