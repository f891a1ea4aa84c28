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
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.chain.Chains;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.SigningExamples;
import dev.quorate.ethereum.duty.SigningExamples.Example;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    assertThat(rule.message(value).orElseThrow().toJson()).isEqualTo(message);
  }

  @Test
  void acceptsAContributionOverTheAgreedHeadAndSignsIt() {
    Value value = value(AT, contribution(2));
    assertThat(RULE.judge(value, List.of())).isEqualTo(new Verdict.Accepted());
    assertThat(RULE.given()).isEmpty();

    ObjectNode message = JsonNodeFactory.instance.objectNode().put("aggregator_index", "77");
    message.set("contribution", contribution(2));
    message.put("selection_proof", ApiJson.hex(PROOF));
    SszType type = AT.types().container("ContributionAndProof");
    Bytes32 root = Ssz.hashTreeRoot(type, SszJson.read(type, message).orElseThrow());
    assertThat(RULE.signable(value)).contains(AT.signable(DomainType.CONTRIBUTION_AND_PROOF, root));
  }

  @Test
  void refusesContributionsOverAnotherHead() {
    refuses(Reason.NOT_AGREED, contribution(2).put("beacon_block_root", Bytes32.ZERO.toString()));
  }

  @Test
  void refusesContributionsOfAnotherSlot() {
    for (long slot : new long[] {0, AT.slot() + 1, Long.MAX_VALUE}) {
      refuses(Reason.WRONG_SLOT, contribution(2).put("slot", Long.toString(slot)));
    }
    refuses(Reason.MALFORMED_VALUE, contribution(2).put("slot", "18446744073709551615"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1", "3", "4", "18446744073709551615"})
  void refusesContributionsOfAnotherSubcommitteeOrOfNone(String subcommittee) {
    refuses(Reason.MALFORMED_VALUE, contribution(2).put("subcommittee_index", subcommittee));
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

  private static void refuses(Reason reason, JsonNode contribution) {
    refuses(value(AT, contribution), reason);
  }

  private static void refuses(Value value, Reason reason) {
    assertThat(RULE.judge(value, List.of(value))).isEqualTo(new Verdict.Refused(reason));
    assertThat(RULE.signable(value)).isEmpty();
  }

  private static Value value(DutySlot at, JsonNode contribution) {
    SszType type = at.types().container("SyncCommitteeContribution");
    return new Value(Ssz.encode(type, SszJson.read(type, contribution).orElseThrow()));
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
