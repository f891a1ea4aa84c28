/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.duty;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyRule.Verdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.chain.Chains;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.domain.Domains;
import dev.quorate.ethereum.duty.SigningExamples.Example;
import dev.quorate.ethereum.message.ValidatorRegistration;
import dev.quorate.ethereum.message.VoluntaryExit;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GivenRuleTest {
  private static final long SLOT = 0x0102 * 32 + 3;
  private static final ValidatorRegistration REGISTRATION =
      new ValidatorRegistration(
          Bytes.fromHex("ab".repeat(20)), 60_000_000, 5, Bytes.fromHex("cd".repeat(48)));
  private static final DutySlot AT = new DutySlot(Chains.mainnet(), Chains.MAINNET_GENESIS, SLOT);

  static Stream<GivenRule> rules() {
    return Stream.of(
        GivenRule.randao(AT),
        GivenRule.aggregatorSelection(AT),
        GivenRule.syncSelection(AT, 3),
        GivenRule.exit(AT, 7),
        GivenRule.registration(AT, REGISTRATION));
  }

  @Test
  void signsTheEpochAsTheRemoteSigningApiDoes() {
    Example example = SigningExamples.of("RANDAO_REVEAL");
    long epoch = example.request().path("randao_reveal").path("epoch").asLong();
    long slot = epoch * 32 + 31;
    assertThat(GivenRule.randao(example.at(slot, Fork.PHASE0)).meaning())
        .isEqualTo(new Signable(example.expected(), 0, slot));
  }

  @Test
  void signsTheSlotAsTheRemoteSigningApiDoes() {
    Example example = SigningExamples.of("AGGREGATION_SLOT");
    long slot = example.request().path("aggregation_slot").path("slot").asLong();
    assertThat(GivenRule.aggregatorSelection(example.at(slot, Fork.PHASE0)).meaning())
        .isEqualTo(new Signable(example.expected(), 0, slot));
  }

  @Test
  void signsTheSubcommitteeAsTheRemoteSigningApiDoes() {
    Example example = SigningExamples.of("SYNC_COMMITTEE_SELECTION_PROOF");
    JsonNode data = example.request().path("sync_aggregator_selection_data");
    long slot = data.path("slot").asLong();
    assertThat(
            GivenRule.syncSelection(
                    example.at(slot, Fork.ALTAIR), data.path("subcommittee_index").asInt())
                .meaning())
        .isEqualTo(new Signable(example.expected(), 0, slot));
  }

  @Test
  void aValueIsTheSszOfWhatIsSigned() {
    assertThat(rules().map(rule -> rule.value().content().hex()))
        .containsExactly(
            "0201000000000000",
            "4320000000000000",
            "43200000000000000300000000000000",
            "02010000000000000700000000000000",
            "ab".repeat(20) + "0087930300000000" + "0500000000000000" + "cd".repeat(48));
  }

  @Test
  void signsAnExitAsTheRemoteSigningApiDoes() {
    Example example = SigningExamples.of("VOLUNTARY_EXIT");
    JsonNode exit = example.request().path("voluntary_exit");
    long slot = exit.path("epoch").asLong() * 32;
    assertThat(
            GivenRule.exit(example.at(slot, Fork.PHASE0), exit.path("validator_index").asLong())
                .meaning())
        .isEqualTo(new Signable(example.expected(), 0, slot));
  }

  @Test
  void signsEveryExitSinceDenebWithCapellasVersion() {
    DutySlot fulu = new DutySlot(Chains.mainnet(), Chains.MAINNET_GENESIS, 500_000L * 32);
    Bytes32 domain =
        Domains.compute(
            DomainType.VOLUNTARY_EXIT,
            fulu.spec().forks().versionOf(Fork.CAPELLA).orElseThrow(),
            fulu.genesis().validatorsRoot());
    assertThat(fulu.fork().isAtLeast(Fork.DENEB)).isTrue();
    assertThat(GivenRule.exit(fulu, 7).meaning().root())
        .isEqualTo(Domains.signingRoot(new VoluntaryExit(fulu.epoch(), 7).hashTreeRoot(), domain));
  }

  @Test
  void signsARegistrationAsTheRemoteSigningApiDoes() {
    Example example = SigningExamples.of("VALIDATOR_REGISTRATION");
    ValidatorRegistration registration =
        ValidatorRegistration.ofJson(example.request().path("validator_registration"))
            .orElseThrow();
    Genesis genesis = new Genesis(0, Bytes32.ZERO, Bytes.fromHex("00000001"));
    DutySlot at = new DutySlot(Chains.mainnet(), genesis, 1);
    assertThat(GivenRule.registration(at, registration).meaning().root())
        .isEqualTo(example.expected());
  }

  @ParameterizedTest
  @MethodSource("rules")
  void votesForNothingElseAndSignsNothingElse(GivenRule rule) {
    Value value = rule.given().orElseThrow();
    assertThat(rule.judge(value, List.of())).isEqualTo(new Verdict.Accepted());
    assertThat(rule.signable(value)).contains(rule.meaning());
    for (Value other :
        List.of(
            new Value(Bytes.EMPTY),
            new Value(Bytes.wrap(new byte[8])),
            new Value(value.content().slice(0, 7)))) {
      assertThat(rule.judge(other, List.of(other)))
          .isEqualTo(new Verdict.Refused(Reason.MALFORMED_VALUE));
      assertThat(rule.signable(other)).isEmpty();
    }
  }

  @Test
  void everySubcommitteeHasAProofOfItsOwn() {
    assertThat(
            Stream.of(0, 1, 2, 3)
                .map(part -> GivenRule.syncSelection(AT, part).meaning().root())
                .distinct())
        .hasSize(4);
  }
}
