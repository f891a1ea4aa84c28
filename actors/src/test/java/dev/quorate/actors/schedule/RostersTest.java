/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.actors.fixture.Chains;
import dev.quorate.beacon.client.AttesterDuties;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import dev.quorate.ethereum.duty.SyncDuty;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RostersTest {
  private static final Bytes KEY = Bytes.wrap(new byte[48]);
  private static final Bytes STRANGER = Bytes.fromHex("0x" + "01".repeat(48));
  private static final Map<Bytes, Integer> POSITIONS = Map.of(KEY, 5);
  private static final ChainSpec SPEC =
      new SimulatedChain(Chains.of(Fork.FULU, List.of(KEY))).spec();
  private static final long EPOCH = 3;
  private static final long LAST_SLOT = (EPOCH + 1) * Chains.SLOTS_PER_EPOCH - 1;

  private final Rosters rosters = new Rosters(SPEC);

  /** The validator has a duty in {@code slot}, a stranger too. */
  private static AttesterRoster attesters(long epoch, long slot) {
    return AttesterRoster.of(
        SPEC,
        epoch,
        new AttesterDuties(
            Bytes32.ZERO,
            List.of(
                new AttesterDuty(KEY, 7, 1, 128, 4, 5, slot),
                new AttesterDuty(STRANGER, 8, 1, 128, 4, 6, slot))),
        POSITIONS);
  }

  private void put(RosterKind kind, long epoch, Roster roster) {
    rosters.put(new Rosters.Key(kind, epoch), roster);
  }

  private void putSyncCommittee(long epoch, int seat) {
    put(
        RosterKind.SYNC_COMMITTEE,
        epoch,
        SyncRoster.of(
            Preset.MAINNET, epoch, List.of(new SyncDuty(KEY, 7, List.of(seat))), POSITIONS));
  }

  private List<DutyId> dutiesAt(long slot) {
    return rosters.at(slot).stream().map(Roster.Entry::duty).toList();
  }

  @Test
  void aSlotHasTheDutiesOfAllKindsOfOurValidators() {
    put(RosterKind.ATTESTERS, EPOCH, attesters(EPOCH, LAST_SLOT - 1));
    putSyncCommittee(EPOCH, 200);
    assertThat(dutiesAt(LAST_SLOT - 1))
        .containsExactly(
            DutyId.attester(LAST_SLOT - 1, 5),
            new DutyId(DutyType.PREPARE_AGGREGATOR, LAST_SLOT - 1, 5, 0),
            new DutyId(DutyType.SYNC_MESSAGE, LAST_SLOT - 1, 5, 0),
            new DutyId(DutyType.PREPARE_SYNC_CONTRIBUTION, LAST_SLOT - 1, 5, 1));
    assertThat(dutiesAt(-1)).isEmpty();
  }

  @Test
  void dutiesOfAnotherEpochThanWasAskedForAreLeftOut() {
    assertThat(attesters(EPOCH, LAST_SLOT + 1).duties()).isEmpty();
  }

  @Test
  void inTheLastSlotOfAnEpochTheNextOnesSyncCommitteeNamesTheHead() {
    putSyncCommittee(EPOCH, 200);
    putSyncCommittee(EPOCH + 1, 300);
    assertThat(dutiesAt(LAST_SLOT - 1).getLast().part()).isEqualTo(1);
    assertThat(dutiesAt(LAST_SLOT).getLast().part()).isEqualTo(2);
  }

  @Test
  void ofEpochsThatAreNotNearNothingIsKept() {
    LongStream.rangeClosed(EPOCH - 2, EPOCH + 2).forEach(epoch -> putSyncCommittee(epoch, 200));
    rosters.onEpoch(EPOCH);
    assertThat(LongStream.rangeClosed(EPOCH - 3, EPOCH + 3))
        .filteredOn(
            epoch -> rosters.of(new Rosters.Key(RosterKind.SYNC_COMMITTEE, epoch)).isPresent())
        .containsExactly(EPOCH - 1, EPOCH, EPOCH + 1);
  }
}
