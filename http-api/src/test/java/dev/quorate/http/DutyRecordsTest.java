/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.inclusion.Inclusion;
import dev.quorate.http.view.DutiesView;
import dev.quorate.http.view.PeersView.Participation;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class DutyRecordsTest {
  private static final long START = 1_700_000_000_000L;

  private static final SlotTimes TIMES = FakePod.times();

  private final DutyRecords records = new DutyRecords(() -> START, TIMES, new AtFault(4, 1));

  private void end(int duties) {
    for (int i = 0; i < duties; i++) {
      records.ended(DutyId.attester(i, 0), FakePod.broadcast(1));
    }
  }

  @Test
  void forgetsTheOldestAndSaysSo() {
    end(DutyRecords.ENDED_MAX + 10);

    DutiesView all = records.duties(OptionalLong.of(0), Integer.MAX_VALUE);
    assertThat(all.duties()).hasSize(DutyRecords.ENDED_MAX);
    assertThat(all.oldest()).hasValue(START + 10);
    assertThat(all.duties().getFirst().id()).isEqualTo(START + 10);
  }

  @Test
  void losesNothingForWhoFollows() {
    end(1_000);
    long after = 0;
    int seen = 0;
    DutiesView next = records.duties(OptionalLong.of(after), 200);
    while (!next.duties().isEmpty()) {
      for (DutiesView.Duty duty : next.duties()) {
        assertThat(duty.slot()).isEqualTo(seen++);
        after = duty.id();
      }
      next = records.duties(OptionalLong.of(after), 200);
    }

    assertThat(seen).isEqualTo(1_000);
  }

  @Test
  void goesOnCountingAfterARestart() {
    end(100);
    DutyRecords later = new DutyRecords(() -> START + 1_000, TIMES, new AtFault(4, 1));
    later.ended(DutyId.attester(0, 0), FakePod.broadcast(1));

    assertThat(later.duties(OptionalLong.empty(), 1).oldest().getAsLong())
        .isGreaterThan(records.duties(OptionalLong.empty(), 1).duties().getFirst().id());
  }

  @Test
  void saysWhetherTheChainHasADutyOnceThatIsKnown() {
    end(3);
    assertThat(records.duties(OptionalLong.empty(), 3).duties())
        .extracting(DutiesView.Duty::inclusion)
        .containsOnly(Optional.empty());
    records.tracked(DutyId.attester(0, 0), Optional.of(Inclusion.INCLUDED));
    records.tracked(DutyId.attester(1, 0), Optional.of(Inclusion.NOT_INCLUDED));
    records.tracked(DutyId.attester(2, 0), Optional.empty());

    assertThat(records.duties(OptionalLong.empty(), 3).duties())
        .extracting(DutiesView.Duty::inclusion)
        .containsExactly(Optional.of("INCLUDED"), Optional.of("NOT_INCLUDED"), Optional.empty());
    assertThat(records.inclusion(DutyId.attester(1, 0))).contains(Inclusion.NOT_INCLUDED);
  }

  @Test
  void remembersOfTheLatestDutiesAloneWhetherTheChainHasThem() {
    for (int slot = 0; slot <= DutyRecords.KNOWN_MAX; slot++) {
      records.tracked(DutyId.attester(slot, 0), Optional.of(Inclusion.INCLUDED));
    }
    assertThat(records.inclusion(DutyId.attester(0, 0))).isEmpty();
    assertThat(records.inclusion(DutyId.attester(1, 0))).isPresent();
  }

  @Test
  void namesWhomAMissedDutyLacked() {
    DutyId missed = DutyId.attester(9, 0);
    records.recorded(
        new DutyEvent.Failed(
            missed,
            Reason.TOO_FEW_PARTIALS,
            List.of(),
            List.of(new DutyEvent.Arrival(2, 1)),
            DutyEvent.Trail.NONE,
            DutyEvent.Aftermath.NONE,
            1));
    records.ended(missed, FakePod.missed(Reason.TOO_FEW_PARTIALS));
    records.ended(DutyId.attester(10, 0), FakePod.broadcast(1));

    assertThat(records.duties(OptionalLong.empty(), 2).duties())
        .extracting(DutiesView.Duty::atFault)
        .containsExactly(List.of(0, 3), List.of());
  }

  private static Participation came(int duties, int partials) {
    return new Participation(duties, partials, 0, OptionalLong.empty());
  }

  private void complete(long slot, List<Integer> signers) {
    records.recorded(FakePod.completed(DutyId.attester(slot, 0), signers));
  }

  @Test
  void saysWhoTookPart() {
    complete(1, List.of(0, 1));
    assertThat(records.participation(1)).as("not known yet").isEqualTo(came(0, 0));
    complete(2, List.of(1, 3));
    complete(3, List.of());

    assertThat(records.participation(0)).isEqualTo(came(2, 1));
    assertThat(records.participation(1)).isEqualTo(came(2, 2));
    assertThat(records.participation(2))
        .as("came, but was not used")
        .isEqualTo(new Participation(2, 2, 0, OptionalLong.of(0)));
  }

  @Test
  void selectionsThatOthersMayProveMuchLaterTellOfNobody() {
    for (int slot = 1; slot <= 3; slot++) {
      records.recorded(
          FakePod.completed(new DutyId(DutyType.PREPARE_AGGREGATOR, slot, 0, 0), List.of(0, 1)));
    }
    assertThat(records.participation(0)).isEqualTo(came(0, 0));
  }

  @Test
  void whoComesLateTookPart() {
    DutyId late = DutyId.attester(1, 0);
    complete(1, List.of(0, 1));
    records.recorded(
        new DutyEvent.Failed(
            DutyId.attester(2, 0),
            Reason.NO_QUORUM,
            List.of(),
            List.of(),
            DutyEvent.Trail.NONE,
            new DutyEvent.Aftermath(List.of(), List.of(new DutyEvent.LatePartial(late, 3, 1))),
            1));

    assertThat(records.participation(3)).isEqualTo(new Participation(1, 1, 1, OptionalLong.of(0)));
  }

  private void arrive(long slot, long delayMillis, List<DutyEvent.LatePartial> late) {
    records.recorded(
        new DutyEvent.Completed(
            DutyId.attester(slot, 0),
            Optional.empty(),
            Bytes.wrap(new byte[96]),
            List.of(0, 1, 2),
            List.of(),
            List.of(new DutyEvent.Arrival(2, TIMES.attestationDueMillis(slot) + delayMillis)),
            DutyEvent.Trail.NONE,
            new DutyEvent.Aftermath(List.of(), late),
            1));
  }

  @Test
  void saysHowLongAfterTheyWereDuePartialsCameLateOnesToo() {
    arrive(1, -500, List.of());
    arrive(2, 300, List.of());
    arrive(
        3,
        200,
        List.of(
            new DutyEvent.LatePartial(
                DutyId.attester(2, 0), 3, TIMES.attestationDueMillis(2) + 9_000)));
    arrive(4, 700, List.of());

    assertThat(records.participation(2))
        .as("0, 200 and 300 ms")
        .isEqualTo(new Participation(3, 3, 0, OptionalLong.of(200)));
    assertThat(records.participation(3))
        .isEqualTo(new Participation(3, 1, 1, OptionalLong.of(9_000)));
  }

  @Test
  void measuresParticipationInTheLatestDutiesAlone() {
    for (int slot = 0; slot < DutyRecords.COMPLETED_MAX; slot++) {
      complete(slot, List.of(0, 1));
    }
    complete(99_998, List.of(1, 3));
    complete(99_999, List.of());

    assertThat(records.participation(0))
        .isEqualTo(came(DutyRecords.COMPLETED_MAX, DutyRecords.COMPLETED_MAX - 1));
  }
}
