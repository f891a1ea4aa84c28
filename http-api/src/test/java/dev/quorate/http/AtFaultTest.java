/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyEvent.Aftermath;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.Reason;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Of four operators this one is the second. */
class AtFaultTest {
  private static final AtFault AT_FAULT = new AtFault(4, 1);

  private static DutyEvent.Failed failed(
      Reason reason, List<Integer> culprits, List<Integer> came, DutyEvent.Trail trail) {
    return new DutyEvent.Failed(
        DutyId.attester(7, 0),
        reason,
        culprits,
        came.stream().map(operator -> new DutyEvent.Arrival(operator, 1_000)).toList(),
        trail,
        Aftermath.NONE,
        9_000);
  }

  /**
   * @param leader of the last round that was entered
   */
  private static DutyEvent.Trail trail(
      long proposedAtMillis, int round, int leader, Optional<Reason> refusal) {
    return new DutyEvent.Trail(
        0,
        proposedAtMillis,
        0,
        round,
        Optional.of(leader).filter(_ -> round > 0),
        List.of(),
        List.of(),
        List.of(),
        refusal);
  }

  private static DutyEvent.Trail rounds(int round, int leader) {
    return trail(0, round, leader, Optional.empty());
  }

  @Test
  void whosePartialsDidNotComeOrWereWrongAreAtFaultForTooFew() {
    assertThat(
            AT_FAULT.of(
                failed(Reason.TOO_FEW_PARTIALS, List.of(2), List.of(2, 3), DutyEvent.Trail.NONE)))
        .containsExactly(0, 2);
  }

  @Test
  void whoDidNotSignItselfIsAtFaultToo() {
    assertThat(
            AT_FAULT.of(failed(Reason.NO_OWN_SHARE, List.of(), List.of(0), DutyEvent.Trail.NONE)))
        .containsExactly(1, 2, 3);
    assertThat(
            AT_FAULT.of(
                failed(
                    Reason.TOO_FEW_PARTIALS,
                    List.of(),
                    List.of(0),
                    trail(1, 1, 0, Optional.of(Reason.SLASHABLE)))))
        .containsExactly(1, 2, 3);
  }

  @Test
  void theLeadersOfAllRoundsAreAtFaultForNoProposal() {
    assertThat(AT_FAULT.of(failed(Reason.NO_PROPOSAL, List.of(), List.of(), rounds(1, 3))))
        .containsExactly(3);
    assertThat(AT_FAULT.of(failed(Reason.NO_PROPOSAL, List.of(), List.of(), rounds(3, 1))))
        .containsExactly(0, 1, 3);
    assertThat(AT_FAULT.of(failed(Reason.NO_PROPOSAL, List.of(), List.of(), rounds(9, 1))))
        .containsExactly(0, 1, 2, 3);
    assertThat(AT_FAULT.of(failed(Reason.NO_PROPOSAL, List.of(), List.of(), rounds(0, 0))))
        .as("voting never began")
        .isEmpty();
  }

  @Test
  void otherLeadersAreAtFaultForNoQuorumIfNobodyProposed() {
    assertThat(AT_FAULT.of(failed(Reason.NO_QUORUM, List.of(), List.of(), rounds(2, 2))))
        .as("this operator led the first round and had data")
        .containsExactly(2);
    assertThat(
            AT_FAULT.of(
                failed(Reason.NO_QUORUM, List.of(), List.of(), trail(5, 2, 2, Optional.empty()))))
        .isEmpty();
  }

  @Test
  void ofAnyOtherReasonNobodyIsAtFault() {
    assertThat(
            Stream.of(Reason.values())
                .filter(reason ->
                    !EnumSet.of(
                            Reason.NO_OWN_SHARE,
                            Reason.TOO_FEW_PARTIALS,
                            Reason.NO_PROPOSAL,
                            Reason.NO_QUORUM)
                        .contains(reason))
                .map(reason -> AT_FAULT.of(failed(reason, List.of(2), List.of(), rounds(2, 2)))))
        .isNotEmpty()
        .containsOnly(List.of());
  }
}
