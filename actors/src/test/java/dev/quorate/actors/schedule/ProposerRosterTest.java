/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.actors.fetch.Question;
import dev.quorate.actors.fixture.Chains;
import dev.quorate.beacon.client.ProposerDuties;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.ProposerDuty;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProposerRosterTest {
  private static final SimulatedChain CHAIN =
      new SimulatedChain(Chains.of(Fork.ELECTRA, List.of(Bytes.wrap(new byte[48]))));
  private static final Bytes OURS = Bytes.fromHex("01".repeat(48));
  private static final Bytes PAID = Bytes.fromHex("ab".repeat(20));
  private static final Bytes REVEAL = Bytes.fromHex("cd".repeat(96));
  private static final Bytes32 ROOT = Bytes32.sha256(new byte[] {1});
  private static final long EPOCH = 3;
  private static final long SLOT = EPOCH * Chains.SLOTS_PER_EPOCH + 2;
  private static final ProposerDuty DUTY = new ProposerDuty(OURS, 70, SLOT);
  private static final DutyId RANDAO = new DutyId(DutyType.RANDAO, SLOT, 4, 0);

  private static ProposerRoster roster(long decidedBefore) {
    return ProposerRoster.of(
        slot -> new DutySlot(CHAIN.spec(), CHAIN.genesis(), slot),
        new ProposerDuties(
            ROOT,
            decidedBefore,
            List.of(DUTY, new ProposerDuty(Bytes.wrap(new byte[48]), 71, SLOT + 1))),
        EPOCH,
        Map.of(OURS, 4),
        PAID);
  }

  private static Scheduler.Finished done(DutyId duty) {
    return new Scheduler.Finished(duty, new Value(Bytes.wrap(new byte[8])), REVEAL);
  }

  @Test
  void aProposerSignsTheEpochASlotAhead() {
    assertThat(roster(EPOCH).ahead(SLOT)).map(Roster.Entry::duty).containsExactly(RANDAO);
    assertThat(roster(EPOCH).at(SLOT)).isEqualTo(roster(EPOCH).ahead(SLOT));
  }

  @Test
  void nobodyOfTheClusterProposesElsewhere() {
    for (long slot : List.of(SLOT - 1, SLOT + 1)) {
      assertThat(roster(EPOCH).ahead(slot)).isEmpty();
    }
  }

  @Test
  void theBlockIsAskedForWithTheRevealOfItsProposer() {
    List<Roster.Entry> given = roster(EPOCH).after(done(RANDAO), new FinishedDuties());
    assertThat(given).hasSize(1);
    Roster.Entry proposal = given.getFirst();
    assertThat(proposal.duty()).isEqualTo(RANDAO.sibling(DutyType.PROPOSER));
    assertThat(proposal.assignment()).isEqualTo(new Assignment.BlockProposal(DUTY, REVEAL, PAID));
    assertThat(((Question.ToPropose) proposal.question().orElseThrow()).request().randaoReveal())
        .isEqualTo(REVEAL);
    assertThat(proposal.isOfHead()).isFalse();
  }

  @Test
  void nothingFollowsFromARevealOfAnotherOrFromOtherDuties() {
    for (DutyId other :
        List.of(
            new DutyId(DutyType.RANDAO, SLOT, 5, 0),
            new DutyId(DutyType.RANDAO, SLOT + 1, 4, 0),
            RANDAO.sibling(DutyType.PROPOSER))) {
      assertThat(roster(EPOCH).after(done(other), new FinishedDuties())).isEmpty();
    }
  }

  @Test
  void dependsOnTheRootThatHeadsNameIfTheRouteTellsOfThatOne() {
    assertThat(roster(EPOCH).dependentRoot()).contains(ROOT);
    assertThat(roster(EPOCH - 1).dependentRoot()).isEmpty();
  }
}
