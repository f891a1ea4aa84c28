/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.ethereum.chain.Fork;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SimulatedChainTest {
  private static final TestValidators VALIDATORS = new TestValidators(16);

  private static ChainConfig config(long seed, int validators, int slotsPerEpoch, Placement how) {
    List<Bytes> keys =
        IntStream.range(0, validators)
            .mapToObj(i -> {
              byte[] key = new byte[48];
              key[0] = (byte) (i >> 8);
              key[1] = (byte) i;
              return Bytes.wrap(key);
            })
            .toList();
    return new ChainConfig(seed, 0, Fork.FULU, 12_000, slotsPerEpoch, how, 256, keys);
  }

  @Test
  void spreadsSixtyFourValidatorsEvenlyOverThirtyTwoSlotsOnceEachEveryEpoch() {
    SimulatedChain chain = new SimulatedChain(config(1, 64, 32, Placement.SPREAD));
    for (long epoch = 0; epoch < 5; epoch++) {
      List<AttesterDuty> duties = chain.duties(epoch);
      Map<Long, Long> perSlot =
          duties.stream().collect(Collectors.groupingBy(AttesterDuty::slot, Collectors.counting()));
      assertThat(perSlot).hasSize(32).allSatisfy((_, count) -> assertThat(count).isEqualTo(2));
      assertThat(perSlot.keySet())
          .allMatch(slot -> chain.spec().epochOf(slot) == duties.getFirst().slot() / 32);
      assertThat(duties).extracting(AttesterDuty::validatorIndex).doesNotHaveDuplicates();
    }
    assertThat(chain.duties(0))
        .extracting(AttesterDuty::slot)
        .isNotEqualTo(chain.duties(1).stream().map(duty -> duty.slot() - 32).toList());
  }

  @Test
  void seatsThemInSeveralCommitteesWithoutSharingASeat() {
    SimulatedChain chain = new SimulatedChain(config(1, 5_000, 1, Placement.FIRST_SLOT));
    List<AttesterDuty> duties = chain.dutiesAt(3);
    assertThat(duties).hasSize(5_000).allMatch(duty -> duty.committeeLength() > 1_000);
    assertThat(duties.stream().map(AttesterDuty::committeeIndex).distinct()).hasSizeGreaterThan(3);
    assertThat(
            duties.stream()
                .map(duty -> List.of(duty.committeeIndex(), duty.validatorCommitteeIndex()))
                .distinct())
        .hasSize(5_000);
    assertThat(duties)
        .allSatisfy(duty ->
            assertThat(chain.dutyAt(3, duty.committeeIndex(), duty.validatorCommitteeIndex()))
                .contains(duty));
  }

  @Test
  void letsEveryoneAttestInTheFirstSlotOfAnEpoch() {
    SimulatedChain chain = new SimulatedChain(config(1, 40, 4, Placement.FIRST_SLOT));
    assertThat(chain.dutiesAt(8)).hasSize(40);
    assertThat(chain.dutiesAt(9)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Placement.class)
  void countsTheDutiesOfASlotWithoutDrawingThem(Placement placement) {
    SimulatedChain chain = new SimulatedChain(config(1, 21, 8, placement));
    for (long slot = 0; slot < 24; slot++) {
      assertThat(chain.dutyCountAt(slot)).isEqualTo(chain.dutiesAt(slot).size());
    }
  }

  @Test
  void dependsOnItsConfigurationAlone() {
    SimulatedChain one = new SimulatedChain(config(1, 64, 32, Placement.SPREAD));
    SimulatedChain same = new SimulatedChain(config(1, 64, 32, Placement.SPREAD));
    SimulatedChain other = new SimulatedChain(config(2, 64, 32, Placement.SPREAD));
    same.duties(9);
    assertThat(same.duties(3)).isEqualTo(one.duties(3)).isNotEqualTo(other.duties(3));
    assertThat(same.attestationData(77)).isEqualTo(one.attestationData(77));
    assertThat(other.blockRoot(77)).isNotEqualTo(one.blockRoot(77));
    assertThat(other.genesis().validatorsRoot()).isNotEqualTo(one.genesis().validatorsRoot());
  }

  @Test
  void justifiesAndFinalisesAsARealChainDoes() {
    SimulatedChain chain = new SimulatedChain(config(1, 64, 32, Placement.SPREAD));
    Checkpoint none = new Checkpoint(0, Bytes32.ZERO);
    assertThat(chain.justified(2)).isEqualTo(none);
    assertThat(chain.justified(3)).isEqualTo(new Checkpoint(2, chain.blockRoot(64)));
    assertThat(chain.finalised(3)).isEqualTo(none);
    assertThat(chain.finalised(4)).isEqualTo(new Checkpoint(2, chain.blockRoot(64)));
    assertThat(chain.justified(100).epoch()).isEqualTo(99);
    assertThat(chain.finalised(100).epoch()).isEqualTo(98);
  }

  @Test
  void derivesDutiesFromTheBlockBeforeTheLastEpoch() {
    SimulatedChain chain = new SimulatedChain(config(1, 64, 32, Placement.SPREAD));
    assertThat(chain.dependentRoot(0)).isEqualTo(chain.blockRoot(0));
    assertThat(chain.dependentRoot(1)).isEqualTo(chain.blockRoot(0));
    assertThat(chain.dependentRoot(2)).isEqualTo(chain.blockRoot(31));
    assertThat(chain.dependentRoot(3)).isEqualTo(chain.blockRoot(63));
  }

  @ParameterizedTest
  @EnumSource(names = {"CAPELLA", "DENEB", "ELECTRA", "FULU"})
  void isInItsForkFromTheFirstEpochOn(Fork fork) {
    SimulatedChain chain = new SimulatedChain(VALIDATORS.chain(fork));
    assertThat(chain.spec().forkAtSlot(0)).isEqualTo(fork);
    assertThat(chain.spec().forkAtSlot(1_000_000)).isEqualTo(fork);
    assertThat(chain.spec().slotMillis()).isEqualTo(12_000);
  }

  @Test
  void takesSlotsOfLessThanASecond() {
    SimulatedChain chain =
        new SimulatedChain(
            new ChainConfig(
                1, 0, Fork.DENEB, 250, 8, Placement.SPREAD, 256, VALIDATORS.publicKeys()));
    assertThat(chain.spec().slotMillis()).isEqualTo(250);
    assertThat(chain.spec().dueMillis(DutyType.ATTESTER, 0)).isEqualTo(83);
  }

  @Test
  void refusesChainsThatCannotBe() {
    assertThatThrownBy(() -> VALIDATORS.chain(Fork.BELLATRIX))
        .isInstanceOf(IllegalArgumentException.class);
    Bytes key = VALIDATORS.publicKeys().getFirst();
    assertThatThrownBy(() ->
            new ChainConfig(1, 0, Fork.FULU, 12_000, 8, Placement.SPREAD, 256, List.of(key, key)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
