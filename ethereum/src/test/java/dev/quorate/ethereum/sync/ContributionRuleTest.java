/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyRule.Verdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.chain.Chains;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.SigningExamples;
import dev.quorate.ethereum.duty.SigningExamples.Example;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContributionRuleTest {
  private static final DutySlot AT =
      new DutySlot(Chains.mainnet(), Chains.MAINNET_GENESIS, 420_000 * 32 + 3);
  private static final Bytes32 HEAD = Bytes32.sha256(new byte[] {1});
  private static final Bytes PROOF = Bytes.wrap(new byte[96]);
  private static final ContributionRule RULE = new ContributionRule(AT, 77, 2, PROOF, HEAD);

  @Test
  void signsAContributionAsTheRemoteSigningApiDoes() {
    Example example = SigningExamples.of("SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF");
    JsonNode message = example.request().path("contribution_and_proof");
    JsonNode contribution = message.path("contribution");
    DutySlot at = example.at(contribution.path("slot").asLong(), Fork.ALTAIR);
    ContributionRule rule =
        new ContributionRule(
            at,
            message.path("aggregator_index").asLong(),
            contribution.path("subcommittee_index").asInt(),
            Bytes.fromHex(message.path("selection_proof").asText()),
            Bytes32.fromHex(contribution.path("beacon_block_root").asText()));
    Value value = value(at, contribution);
    assertThat(rule.signable(value)).contains(new Signable(example.expected(), 0, at.slot()));
    assertThat(
            SszJson.write(
                at.types().container("ContributionAndProof"),
                rule.contributionAndProof(value).orElseThrow()))
        .isEqualTo(message);
  }

  @Test
  void acceptsContributionsOverTheAgreedHeadAndSignsItsOwn() {
    Value all = value(AT, contribution(0), contribution(1), contribution(2), contribution(3));
    assertThat(RULE.judge(all, List.of())).isEqualTo(new Verdict.Accepted());
    assertThat(RULE.given()).isEmpty();
    Value alone = value(AT, contribution(2));
    assertThat(RULE.judge(alone, List.of())).isEqualTo(new Verdict.Accepted());
    assertThat(RULE.signable(alone)).isPresent().isEqualTo(RULE.signable(all));
  }

  @Test
  void everySubcommitteeIsSignedByItself() {
    Value all = value(AT, contribution(0), contribution(1), contribution(2), contribution(3));
    assertThat(
            IntStream.range(0, 4)
                .mapToObj(part -> new ContributionRule(AT, 77, part, PROOF, HEAD).signable(all))
                .distinct())
        .hasSize(4);
  }

  @Test
  void signsNothingWhereItsSubcommitteeIsMissing() {
    refuses(Reason.NO_AGGREGATE, contribution(0), contribution(1), contribution(3));
    refuses(Reason.NO_AGGREGATE);
  }

  @Test
  void refusesContributionsOverAnotherHead() {
    refuses(
        Reason.NOT_AGREED,
        contribution(1).put("beacon_block_root", Bytes32.ZERO.toString()),
        contribution(2));
  }

  @Test
  void refusesContributionsOfAnotherSlot() {
    for (String slot : List.of("0", Long.toString(AT.slot() + 1), "18446744073709551615")) {
      refuses(Reason.WRONG_SLOT, contribution(2).put("slot", slot));
    }
  }

  @ParameterizedTest
  @CsvSource({"2, 2", "2, 1", "2, 4", "2, 18446744073709551615"})
  void refusesSubcommitteesOutOfOrderTwiceOrThatAreNone(String first, String second) {
    refuses(
        Reason.MALFORMED_VALUE,
        contribution(2).put("subcommittee_index", first),
        contribution(2).put("subcommittee_index", second));
  }

  @Test
  void refusesAContributionOfNobody() {
    refuses(
        Reason.MALFORMED_VALUE, contribution(2).put("aggregation_bits", "0x" + "00".repeat(16)));
  }

  @Test
  void refusesBytesThatAreNoContributions() {
    Bytes good = value(AT, contribution(2)).content();
    for (Bytes bad :
        List.of(
            good.slice(0, good.size() - 1),
            Bytes.wrap(new byte[good.size() + 1]),
            Bytes.wrap(new byte[5 * good.size()]))) {
      refuses(new Value(bad), Reason.MALFORMED_VALUE);
    }
  }

  @Test
  void aRuleHasASubcommitteeAndAProof() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ContributionRule(AT, 77, 4, PROOF, HEAD));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ContributionRule(AT, 77, 0, Bytes.EMPTY, HEAD));
  }

  private static void refuses(Reason reason, JsonNode... contributions) {
    refuses(value(AT, contributions), reason);
  }

  private static void refuses(Value value, Reason reason) {
    assertThat(RULE.judge(value, List.of(value))).isEqualTo(new Verdict.Refused(reason));
    assertThat(RULE.signable(value)).isEmpty();
  }

  private static Value value(DutySlot at, JsonNode... contributions) {
    SszType list = new SszType.ListOf(at.types().container("SyncCommitteeContribution"), 4);
    JsonNode json = JsonNodeFactory.instance.arrayNode().addAll(List.of(contributions));
    return new Value(Ssz.encode(list, SszJson.read(list, json).orElseThrow()));
  }

  private static ObjectNode contribution(int subcommittee) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("slot", Long.toString(AT.slot()))
        .put("beacon_block_root", HEAD.toString())
        .put("subcommittee_index", Integer.toString(subcommittee))
        .put("aggregation_bits", "0x" + "00".repeat(15) + "80")
        .put("signature", "0x" + "0" + subcommittee + "00".repeat(95));
  }
}
