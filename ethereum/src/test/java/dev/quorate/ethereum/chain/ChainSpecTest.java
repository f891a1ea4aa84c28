/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.SharedVectors;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChainSpecTest {
  private static final ChainSpec MAINNET = Chains.mainnet();
  private static final SlotTimes TIMES = new SlotTimes(MAINNET, Chains.MAINNET_GENESIS);
  private static final long GENESIS_MILLIS = 1_606_824_023_000L;

  @Test
  void readsTheConfigurationThatABeaconNodeServes() {
    ChainSpec served =
        ChainSpec.ofJson(
            SharedVectors.json(
                SharedVectors.at(
                    "beacon-api-samples/teku/data/beaconrestapi/handlers/v1/config/mainnetConfig.json")));
    assertThat(served).isEqualTo(MAINNET);
  }

  @ParameterizedTest
  @CsvSource({
    "0, PHASE0, 00000000",
    "74239, PHASE0, 00000000",
    "74240, ALTAIR, 01000000",
    "144896, BELLATRIX, 02000000",
    "194048, CAPELLA, 03000000",
    "269567, CAPELLA, 03000000",
    "269568, DENEB, 04000000",
    "364032, ELECTRA, 05000000",
    "411392, FULU, 06000000",
    "9223372036854775807, FULU, 06000000"
  })
  void knowsTheForkOfAnEpoch(long epoch, Fork fork, String version) {
    assertThat(MAINNET.forks().forkAt(epoch)).isEqualTo(fork);
    assertThat(MAINNET.forks().at(epoch).version().hex()).isEqualTo(version);
  }

  @Test
  void takesTheLastOfForksThatShareAnEpoch() {
    ObjectNode spec = Chains.mainnetSpec();
    for (Fork fork : Fork.values()) {
      spec.put(fork + "_FORK_EPOCH", fork.isAtLeast(Fork.FULU) ? "18446744073709551615" : "0");
    }
    ForkSchedule forks = ChainSpec.ofJson(spec).forks();
    assertThat(forks.forkAt(0)).isEqualTo(Fork.ELECTRA);
    assertThat(forks.forkAt(Long.MAX_VALUE)).isEqualTo(Fork.ELECTRA);
    assertThat(forks.versionOf(Fork.FULU)).contains(Bytes.fromHex("06000000"));
  }

  @Test
  void worksWithANodeThatIsOlderThanTheLatestForks() {
    ObjectNode spec = Chains.mainnetSpec();
    spec.remove(
        List.of(
            "FULU_FORK_EPOCH", "FULU_FORK_VERSION", "ELECTRA_FORK_EPOCH", "ELECTRA_FORK_VERSION"));
    ForkSchedule forks = ChainSpec.ofJson(spec).forks();
    assertThat(forks.forkAt(500_000)).isEqualTo(Fork.DENEB);
    assertThat(forks.versionOf(Fork.ELECTRA)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SLOTS_PER_EPOCH",
        "GENESIS_FORK_VERSION",
        "ALTAIR_FORK_EPOCH",
        "DENEB_FORK_VERSION",
        "FULU_FORK_VERSION",
        "FULU_FORK_EPOCH"
      })
  void namesTheKeyThatIsMissingOrMalformed(String key) {
    ObjectNode lacking = Chains.mainnetSpec();
    lacking.remove(key);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ChainSpec.ofJson(lacking))
        .withMessage("the chain's configuration lacks " + key);
    ObjectNode malformed = Chains.mainnetSpec().put(key, "twelve");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ChainSpec.ofJson(malformed))
        .withMessage("the chain's configuration has a malformed " + key);
  }

  @Test
  void takesTheLengthOfASlotFromEitherKeyButNotFromAContradiction() {
    ObjectNode seconds = Chains.mainnetSpec();
    seconds.remove("SLOT_DURATION_MS");
    assertThat(ChainSpec.ofJson(seconds)).isEqualTo(MAINNET);
    ObjectNode millis = Chains.mainnetSpec().put("SLOT_DURATION_MS", "500");
    millis.remove("SECONDS_PER_SLOT");
    assertThat(ChainSpec.ofJson(millis).slotMillis()).isEqualTo(500);
    millis.remove("SLOT_DURATION_MS");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ChainSpec.ofJson(millis))
        .withMessageContaining("lacks SECONDS_PER_SLOT");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ChainSpec.ofJson(Chains.mainnetSpec().put("SECONDS_PER_SLOT", "6")))
        .withMessageContaining("contradicts itself");
  }

  @Test
  void takesTheDueTimeOfAttestationsFromWhatIsConfigured() {
    assertThat(MAINNET.dueMillis(DutyType.ATTESTER, 0)).isEqualTo(3_999);
    ObjectNode thirds = Chains.mainnetSpec();
    thirds.remove("ATTESTATION_DUE_BPS");
    assertThat(ChainSpec.ofJson(thirds).dueMillis(DutyType.ATTESTER, 7)).isEqualTo(4_000);
    thirds.put("INTERVALS_PER_SLOT", "4");
    assertThat(ChainSpec.ofJson(thirds).dueMillis(DutyType.ATTESTER, 7)).isEqualTo(3_000);
  }

  @Test
  void aForkMovesTheDueTimeOfAttestationsFromItsEpochOn() {
    ObjectNode spec =
        Chains.mainnetSpec()
            .put("ATTESTATION_DUE_BPS_GLOAS", "2500")
            .put("GLOAS_FORK_EPOCH", "500000");
    SlotTimes times = new SlotTimes(ChainSpec.ofJson(spec), Chains.MAINNET_GENESIS);
    long first = 500_000 * 32;
    assertThat(times.attestationDueMillis(first - 1) - times.startMillis(first - 1))
        .isEqualTo(3_999);
    assertThat(times.attestationDueMillis(first) - times.startMillis(first)).isEqualTo(3_000);
    assertThat(times.attestationDueMillis(-1) - times.startMillis(-1)).isEqualTo(3_999);

    spec.put("GLOAS_FORK_EPOCH", "18446744073709551615");
    assertThat(ChainSpec.ofJson(spec).dueMillis(DutyType.ATTESTER, Long.MAX_VALUE))
        .isEqualTo(3_999);
    spec.put("GLOAS_FORK_EPOCH", "0");
    assertThat(ChainSpec.ofJson(spec).dueMillis(DutyType.ATTESTER, 0)).isEqualTo(3_000);
    ObjectNode thirds = spec.deepCopy().put("GLOAS_FORK_EPOCH", "9");
    thirds.remove("ATTESTATION_DUE_BPS");
    assertThat(ChainSpec.ofJson(thirds).dueMillis(DutyType.ATTESTER, 8)).isEqualTo(4_000);
    assertThat(ChainSpec.ofJson(thirds).dueMillis(DutyType.ATTESTER, 9)).isEqualTo(3_000);
    ObjectNode beyond = spec.deepCopy().put("ATTESTATION_DUE_BPS_GLOAS", "10000");
    assertThatIllegalArgumentException().isThrownBy(() -> ChainSpec.ofJson(beyond));
  }

  @Test
  void everyTypeOfDutyHasItsOwnKeyAndElseItsThirdOfTheSlot() {
    ObjectNode keys =
        Chains.mainnetSpec()
            .put("ATTESTATION_DUE_BPS", "1000")
            .put("AGGREGATE_DUE_BPS", "2000")
            .put("SYNC_MESSAGE_DUE_BPS", "3000")
            .put("CONTRIBUTION_DUE_BPS", "4000");
    assertThat(dueMillis(keys, 0))
        .isEqualTo(
            Map.ofEntries(
                entry(DutyType.PROPOSER, 0L),
                entry(DutyType.EXIT, 0L),
                entry(DutyType.INFO_SYNC, 0L),
                entry(DutyType.BUILDER_REGISTRATION, 0L),
                // In the slot before.
                entry(DutyType.RANDAO, -11_000L),
                entry(DutyType.PREPARE_AGGREGATOR, -11_000L),
                entry(DutyType.PREPARE_SYNC_CONTRIBUTION, 0L),
                entry(DutyType.ATTESTER, 1_200L),
                entry(DutyType.AGGREGATOR, 2_400L),
                entry(DutyType.SYNC_MESSAGE, 3_600L),
                entry(DutyType.SYNC_CONTRIBUTION, 4_800L)));
    ObjectNode thirds = Chains.mainnetSpec();
    thirds.remove(
        List.of(
            "ATTESTATION_DUE_BPS",
            "AGGREGATE_DUE_BPS",
            "SYNC_MESSAGE_DUE_BPS",
            "CONTRIBUTION_DUE_BPS"));
    assertThat(dueMillis(thirds, 0))
        .containsEntry(DutyType.ATTESTER, 4_000L)
        .containsEntry(DutyType.AGGREGATOR, 8_000L)
        .containsEntry(DutyType.SYNC_MESSAGE, 4_000L)
        .containsEntry(DutyType.SYNC_CONTRIBUTION, 8_000L);
  }

  @Test
  void aForkMovesTheDueTimesThatItNamesAndLeavesTheOthers() {
    ObjectNode spec =
        Chains.mainnetSpec()
            .put("GLOAS_FORK_EPOCH", "500000")
            .put("AGGREGATE_DUE_BPS_GLOAS", "5000")
            .put("CONTRIBUTION_DUE_BPS_GLOAS", "5000")
            .put("HEZE_FORK_EPOCH", "600000")
            .put("SYNC_MESSAGE_DUE_BPS_HEZE", "2500");
    assertThat(dueMillis(spec, 499_999)).isEqualTo(dueMillis(Chains.mainnetSpec(), 0));
    assertThat(dueMillis(spec, 500_000))
        .containsEntry(DutyType.ATTESTER, 3_999L)
        .containsEntry(DutyType.AGGREGATOR, 6_000L)
        .containsEntry(DutyType.SYNC_MESSAGE, 3_999L)
        .containsEntry(DutyType.SYNC_CONTRIBUTION, 6_000L);
    assertThat(dueMillis(spec, 600_000))
        .containsEntry(DutyType.AGGREGATOR, 6_000L)
        .containsEntry(DutyType.SYNC_MESSAGE, 3_000L);
  }

  private static Map<DutyType, Long> dueMillis(ObjectNode json, long epoch) {
    ChainSpec spec = ChainSpec.ofJson(json);
    SlotTimes times = new SlotTimes(spec, Chains.MAINNET_GENESIS);
    long slot = spec.firstSlotOf(epoch);
    return Stream.of(DutyType.values())
        .collect(
            Collectors.toMap(
                type -> type, type -> times.dueMillis(type, slot) - times.startMillis(slot)));
  }

  @ParameterizedTest
  @EnumSource(DutyType.class)
  void onlyWhatBlocksIncludeLaterOrAPeriodStandsForOutlivesItsSlot(DutyType type) {
    long slot = 269_568 * 32;
    long slots =
        switch (type) {
          case ATTESTER, AGGREGATOR -> 64;
          case EXIT, BUILDER_REGISTRATION -> 256 * 32;
          case PROPOSER,
              RANDAO,
              PREPARE_AGGREGATOR,
              SYNC_MESSAGE,
              PREPARE_SYNC_CONTRIBUTION,
              SYNC_CONTRIBUTION,
              INFO_SYNC ->
              1;
        };
    assertThat(TIMES.deadlineMillis(type, slot))
        .isEqualTo(TIMES.startMillis(slot + slots))
        .isGreaterThan(TIMES.dueMillis(type, slot));
    assertThat(TIMES.deadlineMillis(type, Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void takesTheShapesOfTypesFromTheFiguresOrElseFromTheNamedPreset() {
    assertThat(MAINNET.preset()).isEqualTo(Preset.MAINNET);
    ObjectNode spec = Chains.mainnetSpec().put("PRESET_BASE", "minimal");
    assertThat(ChainSpec.ofJson(spec).preset()).isEqualTo(Preset.MINIMAL);
    spec.put("PRESET_BASE", "gnosis")
        .put("MAX_WITHDRAWALS_PER_PAYLOAD", "8")
        .put("MAX_BLOB_COMMITMENTS_PER_BLOCK", "32")
        .put("MAX_DEPOSIT_REQUESTS_PER_PAYLOAD", "4")
        .put("MAX_WITHDRAWAL_REQUESTS_PER_PAYLOAD", "2")
        .put("MAX_CONSOLIDATION_REQUESTS_PER_PAYLOAD", "1");
    assertThat(ChainSpec.ofJson(spec).preset()).isEqualTo(new Preset(64, 512, 8, 32, 4, 2, 1));
    spec.put("SYNC_COMMITTEE_SIZE", "many");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ChainSpec.ofJson(spec))
        .withMessage("the chain's configuration has a malformed SYNC_COMMITTEE_SIZE");
  }

  @Test
  void namesTheForksThatAreScheduledAndThatItCannotServe() {
    assertThat(MAINNET.unknownForks()).isEmpty();
    ObjectNode spec =
        Chains.mainnetSpec()
            .put("HEZE_FORK_EPOCH", "600000")
            .put("GLOAS_FORK_EPOCH", "500000")
            .put("WHISK_FORK_EPOCH", "18446744073709551615");
    assertThat(ChainSpec.ofJson(spec).unknownForks())
        .containsExactly(
            new ChainSpec.ScheduledFork("GLOAS", 500_000),
            new ChainSpec.ScheduledFork("HEZE", 600_000));
  }

  @Test
  void doesNotRepeatWhatIsNoNameOfAFork() {
    ObjectNode spec =
        Chains.mainnetSpec()
            .put("two\nlines_FORK_EPOCH", "5")
            .put("X".repeat(65) + "_FORK_EPOCH", "5")
            .put("_FORK_EPOCH", "5");
    assertThat(ChainSpec.ofJson(spec)).isEqualTo(MAINNET);
  }

  @Test
  void refusesMoreForksThanAnyChainSchedules() {
    ObjectNode spec = Chains.mainnetSpec();
    for (int i = 0; i <= ChainSpec.SCHEDULED_FORKS_MAX; i++) {
      spec.put("F" + i + "_FORK_EPOCH", "500000");
    }
    assertThatThrownBy(() -> ChainSpec.ofJson(spec))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("forks");
  }

  @ParameterizedTest
  @CsvSource({
    "SLOTS_PER_EPOCH, 0",
    "SLOTS_PER_EPOCH, 9223372036854775807",
    "SLOT_DURATION_MS, 0",
    "SLOT_DURATION_MS, 9223372036854775807",
    "ATTESTATION_DUE_BPS, 10000",
    "ATTESTATION_DUE_BPS, 9223372036854775807",
    "CONTRIBUTION_DUE_BPS, 10000",
    "MAX_COMMITTEES_PER_SLOT, 0",
    "SYNC_COMMITTEE_SIZE, 2147483647",
    "SYNC_COMMITTEE_SIZE, 510",
    "ALTAIR_FORK_EPOCH, 144897"
  })
  void refusesFiguresThatNoChainHas(String key, String value) {
    ObjectNode spec = Chains.mainnetSpec().put(key, value);
    spec.remove("SECONDS_PER_SLOT");
    assertThatIllegalArgumentException().isThrownBy(() -> ChainSpec.ofJson(spec));
  }

  @ParameterizedTest
  @ValueSource(strings = {"SECONDS_PER_SLOT", "SLOT_DURATION_MS", "INTERVALS_PER_SLOT"})
  void refusesZeroAndNumbersOfMoreThan63Bits(String key) {
    ObjectNode spec = Chains.mainnetSpec();
    spec.remove(List.of("SECONDS_PER_SLOT", "SLOT_DURATION_MS", "ATTESTATION_DUE_BPS"));
    spec.put("SLOT_DURATION_MS", "12000");
    for (String value : List.of("9223372036854775808", "18446744073709551615", "0")) {
      ObjectNode changed = spec.deepCopy().put(key, value);
      assertThatIllegalArgumentException().isThrownBy(() -> ChainSpec.ofJson(changed));
    }
  }

  @Test
  void placesSlotsOnTheWallClock() {
    assertThat(TIMES.startMillis(0)).isEqualTo(GENESIS_MILLIS);
    assertThat(TIMES.startMillis(1)).isEqualTo(GENESIS_MILLIS + 12_000);
    assertThat(TIMES.attestationDueMillis(1)).isEqualTo(GENESIS_MILLIS + 15_999);
    assertThat(TIMES.slotAt(GENESIS_MILLIS - 1)).isEqualTo(-1);
    assertThat(TIMES.slotAt(GENESIS_MILLIS)).isZero();
    assertThat(TIMES.slotAt(GENESIS_MILLIS + 11_999)).isZero();
    assertThat(TIMES.slotAt(GENESIS_MILLIS + 12_000)).isEqualTo(1);
    assertThat(TIMES.slotAt(0)).isNegative();
    assertThat(TIMES.startMillis(-1)).isEqualTo(GENESIS_MILLIS - 12_000);
    assertThat(TIMES.slotAt(TIMES.startMillis(-99))).isEqualTo(-99);
    assertThat(MAINNET.epochOf(-1)).isEqualTo(-1);
    assertThat(MAINNET.epochOf(31)).isZero();
    assertThat(MAINNET.epochOf(32)).isEqualTo(1);
    assertThat(MAINNET.firstSlotOf(2)).isEqualTo(64);
    assertThat(MAINNET.forkAtSlot(269_568 * 32 - 1)).isEqualTo(Fork.CAPELLA);
    assertThat(MAINNET.forkAtSlot(269_568 * 32)).isEqualTo(Fork.DENEB);
  }

  @Test
  void includesAttestationsForAnEpochBeforeDenebAndToTheEndOfTheNextEpochSince() {
    long deneb = 269_568 * 32;
    assertThat(MAINNET.lastInclusionSlot(deneb - 33)).isEqualTo(deneb - 1);
    // Of the last epoch before deneb, but the blocks that could still include it are deneb's.
    assertThat(MAINNET.lastInclusionSlot(deneb - 32)).isEqualTo(deneb + 31);
    assertThat(MAINNET.lastInclusionSlot(deneb - 1)).isEqualTo(deneb + 31);
    assertThat(MAINNET.lastInclusionSlot(deneb)).isEqualTo(deneb + 63);
    assertThat(MAINNET.lastInclusionSlot(deneb + 31)).isEqualTo(deneb + 63);
    assertThat(TIMES.inclusionDeadlineMillis(deneb)).isEqualTo(TIMES.startMillis(deneb + 64));
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE - 1, Long.MAX_VALUE / 12, 1L << 60})
  void neverWrapsAround(long slot) {
    assertThat(TIMES.startMillis(slot)).isEqualTo(Long.MAX_VALUE);
    assertThat(TIMES.attestationDueMillis(slot)).isEqualTo(Long.MAX_VALUE);
    assertThat(TIMES.inclusionDeadlineMillis(slot)).isEqualTo(Long.MAX_VALUE);
    assertThat(MAINNET.firstSlotOf(slot)).isEqualTo(Long.MAX_VALUE);
    assertThat(MAINNET.lastInclusionSlot(slot)).isGreaterThanOrEqualTo(slot);
    assertThat(MAINNET.epochOf(slot)).isEqualTo(slot / 32);
  }

  @Test
  void saturatesAtBothEnds() {
    assertThat(TIMES.startMillis(Long.MIN_VALUE)).isNegative();
    assertThat(ChainSpec.saturatedProduct(Long.MIN_VALUE, 2)).isEqualTo(Long.MIN_VALUE);
    assertThat(ChainSpec.saturatedProduct(1L << 32, 1L << 31)).isEqualTo(Long.MAX_VALUE);
    assertThat(ChainSpec.saturatedProduct(1L << 31, 1L << 31)).isEqualTo(1L << 62);
    assertThat(ChainSpec.saturatedProduct(-(1L << 32), 1L << 31)).isEqualTo(Long.MIN_VALUE);
    assertThat(ChainSpec.saturatedSum(Long.MAX_VALUE, 1)).isEqualTo(Long.MAX_VALUE);
    assertThat(ChainSpec.saturatedSum(Long.MAX_VALUE, -1)).isEqualTo(Long.MAX_VALUE - 1);
    assertThat(ChainSpec.saturatedSum(Long.MIN_VALUE, -1)).isEqualTo(Long.MIN_VALUE);
  }

  @Test
  void readsGenesisAndWritesItBack() {
    String json =
        """
        {"genesis_time":"1606824023","genesis_fork_version":"0x00000000","genesis_validators_root":
         "0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95"}
        """;
    assertThat(Genesis.ofJson(SharedVectors.json(json))).contains(Chains.MAINNET_GENESIS);
    assertThat(Chains.MAINNET_GENESIS.toJson()).isEqualTo(SharedVectors.json(json));
  }

  @ParameterizedTest
  @CsvSource({
    "genesis_time, 9223372036854775807",
    "genesis_time, 18446744073709551615",
    "genesis_time, -1",
    "genesis_fork_version, 0x0000000000",
    "genesis_validators_root, 0x00"
  })
  void refusesAGenesisThatCannotBe(String field, String value) {
    assertThat(Genesis.ofJson(Chains.MAINNET_GENESIS.toJson().put(field, value))).isEmpty();
  }
}
