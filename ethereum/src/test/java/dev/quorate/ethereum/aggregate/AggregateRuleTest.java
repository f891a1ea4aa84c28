/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.aggregate;

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
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.ethereum.chain.Chains;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.SigningExamples;
import dev.quorate.ethereum.duty.SigningExamples.Example;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AggregateRuleTest {
  private static final long FULU_EPOCH = 420_000;
  private static final long DENEB_EPOCH = 300_000;
  private static final int COMMITTEE = 6;
  private static final int LENGTH = 11;
  private static final Bytes PROOF = Bytes.wrap(new byte[96]);
  private static final AggregateRule RULE = rule(FULU_EPOCH);
  private static final AggregateRule BEFORE_ELECTRA = rule(DENEB_EPOCH);

  @Test
  void signsAnAggregateAsTheRemoteSigningApiDoes() {
    Example example = SigningExamples.of("AGGREGATE_AND_PROOF");
    JsonNode message = example.request().path("aggregate_and_proof");
    JsonNode aggregate = message.path("aggregate");
    AttestationData data = AttestationData.ofJson(aggregate.path("data")).orElseThrow();
    DutySlot at = example.at(data.slot(), Fork.PHASE0);
    long aggregator = message.path("aggregator_index").asLong();
    AggregateRule rule =
        new AggregateRule(
            at,
            new AttesterDuty(
                Bytes.wrap(new byte[48]), aggregator, data.index(), 24, 1, 0, data.slot()),
            Bytes.fromHex(message.path("selection_proof").asText()),
            data.hashTreeRoot());
    Value value = value(at, aggregate);
    assertThat(rule.signable(value)).contains(new Signable(example.expected(), 0, at.slot()));
    assertThat(rule.message(value).orElseThrow().toJson()).isEqualTo(message);
  }

  @ParameterizedTest
  @ValueSource(longs = {FULU_EPOCH, DENEB_EPOCH})
  void acceptsAnAggregateOfAgreedDataAndSignsIt(long epoch) {
    AggregateRule rule = rule(epoch);
    Value value = value(rule.at(), aggregate(rule, COMMITTEE));
    assertThat(rule.judge(value, List.of())).isEqualTo(new Verdict.Accepted());
    assertThat(rule.given()).isEmpty();

    ObjectNode message = JsonNodeFactory.instance.objectNode().put("aggregator_index", "77");
    message.set("aggregate", aggregate(rule, COMMITTEE));
    message.put("selection_proof", ApiJson.hex(PROOF));
    var type = rule.at().types().container("AggregateAndProof");
    Bytes32 root = Ssz.hashTreeRoot(type, SszJson.read(type, message).orElseThrow());
    assertThat(rule.signable(value))
        .contains(rule.at().signable(DomainType.AGGREGATE_AND_PROOF, root));
  }

  @Test
  void refusesAggregatesOverOtherDataThanWasAgreedOn() {
    ObjectNode other = aggregate(RULE, COMMITTEE);
    ((ObjectNode) other.path("data")).put("beacon_block_root", Bytes32.ZERO.toString());
    refuses(Reason.NOT_AGREED, other);
  }

  @Test
  void refusesAggregatesOfAnotherSlot() {
    for (long slot : new long[] {0, RULE.at().slot() + 1, Long.MAX_VALUE}) {
      ObjectNode other = aggregate(RULE, COMMITTEE);
      ((ObjectNode) other.path("data")).put("slot", Long.toString(slot));
      refuses(Reason.NOT_AGREED, other);
    }
  }

  @Test
  void refusesAggregatesOfAnotherCommitteeOfNoneOrOfSeveral() {
    refuses(
        Reason.MALFORMED_VALUE,
        aggregate(RULE, COMMITTEE).put("committee_bits", "0x0000000000000000"));
    refuses(
        Reason.MALFORMED_VALUE,
        aggregate(RULE, COMMITTEE).put("committee_bits", "0x4000000000000080"));
    ObjectNode indexed = aggregate(RULE, COMMITTEE);
    ((ObjectNode) indexed.path("data")).put("index", "6");
    refuses(Reason.NOT_AGREED, indexed);
    refuses(Reason.MALFORMED_VALUE, aggregate(RULE, 5));
    refuses(BEFORE_ELECTRA, Reason.MALFORMED_VALUE, aggregate(BEFORE_ELECTRA, 5));
  }

  @Test
  void refusesAggregatesOfNobodyOrOfACommitteeOfAnotherLength() {
    for (String bits : List.of(bits(LENGTH), bits(LENGTH - 1, 0), bits(LENGTH + 1, 0))) {
      refuses(Reason.MALFORMED_VALUE, aggregate(RULE, COMMITTEE).put("aggregation_bits", bits));
    }
  }

  @Test
  void refusesBytesThatAreNoAggregates() {
    Bytes good = value(RULE.at(), aggregate(RULE, COMMITTEE)).content();
    for (Bytes bad :
        List.of(
            good.slice(0, good.size() - 120),
            Bytes.wrap(new byte[good.size()]),
            Bytes.wrap(new byte[64 * 512 + 1]))) {
      refuses(RULE, new Value(bad), Reason.MALFORMED_VALUE);
    }
    ObjectNode hostile = aggregate(RULE, COMMITTEE);
    ((ObjectNode) hostile.path("data")).put("slot", "18446744073709551615");
    refuses(Reason.MALFORMED_VALUE, hostile);
  }

  @Test
  void aRuleHasTheDutyOfItsSlotAndAProof() {
    AttesterDuty duty = duty(RULE.at().slot() + 1, LENGTH);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AggregateRule(RULE.at(), duty, PROOF, Bytes32.ZERO));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AggregateRule(RULE.at(), RULE.duty(), Bytes.EMPTY, Bytes32.ZERO));
  }

  private static AggregateRule rule(long epoch) {
    DutySlot at = new DutySlot(Chains.mainnet(), Chains.MAINNET_GENESIS, epoch * 32 + 3);
    AttesterDuty duty = duty(at.slot(), LENGTH);
    return new AggregateRule(
        at, duty, PROOF, data(at.slot()).assigned(duty, at.fork()).hashTreeRoot());
  }

  private static AttesterDuty duty(long slot, int length) {
    return new AttesterDuty(Bytes.wrap(new byte[48]), 77, COMMITTEE, length, 64, 9, slot);
  }

  private static AttestationData data(long slot) {
    Checkpoint source = new Checkpoint(slot / 32 - 1, Bytes32.sha256(new byte[] {1}));
    Checkpoint target = new Checkpoint(slot / 32, Bytes32.sha256(new byte[] {2}));
    return new AttestationData(slot, 0, Bytes32.sha256(new byte[] {3}), source, target);
  }

  private static ObjectNode aggregate(AggregateRule rule, int committee) {
    boolean electra = rule.at().fork().isAtLeast(Fork.ELECTRA);
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("aggregation_bits", bits(LENGTH, 0, 3));
    ObjectNode data = data(rule.at().slot()).toJson();
    json.set("data", electra ? data : data.put("index", Integer.toString(committee)));
    json.put("signature", "0x" + "ab".repeat(96));
    if (electra) {
      byte[] committees = new byte[8];
      committees[committee / 8] = (byte) (1 << committee % 8);
      json.put("committee_bits", ApiJson.hex(Bytes.wrap(committees)));
    }
    return json;
  }

  private static String bits(int length, int... set) {
    BitSet bits = new BitSet();
    IntStream.of(set).forEach(bits::set);
    bits.set(length);
    return ApiJson.hex(Bytes.wrap(bits.toByteArray()));
  }

  private static Value value(DutySlot at, JsonNode aggregate) {
    SszType type = at.types().container("Attestation");
    return new Value(Ssz.encode(type, SszJson.read(type, aggregate).orElseThrow()));
  }

  private static void refuses(Reason reason, JsonNode aggregate) {
    refuses(RULE, reason, aggregate);
  }

  private static void refuses(AggregateRule rule, Reason reason, JsonNode aggregate) {
    refuses(rule, value(rule.at(), aggregate), reason);
  }

  private static void refuses(AggregateRule rule, Value value, Reason reason) {
    assertThat(rule.judge(value, List.of(value))).isEqualTo(new Verdict.Refused(reason));
    assertThat(rule.signable(value)).isEmpty();
  }
}
