/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.sync;

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
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.SigningExamples;
import dev.quorate.ethereum.duty.SigningExamples.Example;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SyncMessageRuleTest {
  private static final Value A = value(1);
  private static final Value B = value(2);
  private static final SyncMessageRule RULE =
      new SyncMessageRule(new DutySlot(Chains.mainnet(), Chains.MAINNET_GENESIS, 420_000 * 32 + 3));

  @Test
  void signsTheHeadAsTheRemoteSigningApiDoes() {
    Example example = SigningExamples.of("SYNC_COMMITTEE_MESSAGE");
    JsonNode message = example.request().path("sync_committee_message");
    SyncMessageRule rule =
        new SyncMessageRule(example.at(message.path("slot").asLong(), Fork.ALTAIR));
    Value head = new Value(Bytes.fromHex(message.path("beacon_block_root").asText()));
    assertThat(rule.signable(head)).contains(new Signable(example.expected(), 0, 0));
  }

  @Test
  void acceptsTheHeadOfAnyOfTheOwnNodes() {
    assertThat(RULE.judge(A, List.of(B, A))).isEqualTo(new Verdict.Accepted());
    assertThat(RULE.given()).isEmpty();
  }

  @Test
  void doesNotConfirmAHeadThatNoOwnNodeHas() {
    assertThat(RULE.judge(A, List.of(B))).isEqualTo(new Verdict.Unconfirmed(Reason.HEADS_DIFFER));
    assertThat(RULE.judge(A, List.of())).isEqualTo(new Verdict.Unconfirmed(Reason.NO_OWN_DATA));
    assertThat(RULE.judge(A, List.of(new Value(Bytes.EMPTY))))
        .isEqualTo(new Verdict.Unconfirmed(Reason.NO_OWN_DATA));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 31, 33, 2_000})
  void refusesWhatIsNoRoot(int size) {
    Value value = new Value(Bytes.wrap(new byte[size]));
    assertThat(RULE.judge(value, List.of(value)))
        .isEqualTo(new Verdict.Refused(Reason.MALFORMED_VALUE));
    assertThat(RULE.signable(value)).isEmpty();
  }

  private static Value value(int root) {
    return new Value(Bytes32.sha256(new byte[] {(byte) root}).toBytes());
  }
}
