/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import static dev.quorate.beacon.client.SimulatorFixture.VALIDATORS;
import static dev.quorate.beacon.client.SimulatorFixture.await;
import static dev.quorate.beacon.client.SimulatorFixture.errorOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.beacon.client.BeaconError.BadAnswer;
import dev.quorate.beacon.client.BeaconError.BadStatus;
import dev.quorate.beacon.simulator.Fault;
import dev.quorate.beacon.simulator.Rejection;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.beacon.simulator.SimulatorReport.DutyCount;
import dev.quorate.beacon.simulator.TestValidators;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.duty.SyncDuty;
import dev.quorate.ethereum.message.ContributionAndProof;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.SyncCommitteeContribution;
import dev.quorate.ethereum.message.SyncCommitteeMessage;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SyncCommitteeTest {
  private static final long SLOT = 43;
  private static final int PART = 1;

  private final SimulatorFixture fixture = new SimulatorFixture(Fork.FULU);
  private final SimulatedChain chain = fixture.simulator.chain();
  private final BeaconNode node = fixture.node();
  private final Bytes32 head = chain.blockRoot(SLOT);

  @BeforeEach
  void setClock() {
    fixture.setSlot(SLOT);
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  private List<SyncDuty> members() {
    return chain.syncCommittee(chain.spec().epochOf(SLOT)).duties();
  }

  private List<SyncCommitteeMessage> messages(long slot) {
    return members().stream()
        .map(duty -> VALIDATORS.syncMessage(chain, duty, slot, chain.blockRoot(slot)))
        .toList();
  }

  private SubmissionOutcome submit(SyncCommitteeMessage message) {
    return await(node.submit(Submission.syncMessages(List.of(message)))).getFirst();
  }

  private SubmissionOutcome submit(Signed<ContributionAndProof> contribution) {
    return await(node.submit(Submission.contributions(List.of(contribution)))).getFirst();
  }

  private DutyCount count(String type) {
    return Objects.requireNonNull(fixture.simulator.report(SLOT, SLOT).others().get(type));
  }

  private SyncCommitteeContribution contribution() {
    await(node.submit(Submission.syncMessages(messages(SLOT))));
    return await(node.contribution(SLOT, PART, head));
  }

  /** A member of the part whom its proof makes an aggregator. */
  private SyncDuty aggregator() {
    return members().stream().filter(duty -> isAggregator(duty)).findFirst().orElseThrow();
  }

  private SyncDuty noAggregator() {
    return members().stream().filter(duty -> !isAggregator(duty)).findFirst().orElseThrow();
  }

  private boolean isAggregator(SyncDuty duty) {
    return TestValidators.isSyncAggregator(VALIDATORS.selectionProof(chain, duty, SLOT, PART));
  }

  @Test
  void eachMembersMessageIsTakenOnce() {
    List<SyncCommitteeMessage> messages = messages(SLOT);
    assertThat(await(fixture.nodes().submit(Submission.syncMessages(messages))))
        .hasSize(16)
        .containsOnly(SubmissionOutcome.ACCEPTED);
    assertThat(await(node.submit(Submission.syncMessages(messages))))
        .containsOnly(SubmissionOutcome.ALREADY_KNOWN);
    assertThat(count("sync_message").expected()).isEqualTo(OptionalLong.of(16));
    assertThat(count("sync_message").broadcast()).isEqualTo(16);
    assertThat(count("sync_message").duplicates()).isEqualTo(16);
  }

  /** Changes one thing of a valid message, signing it again where that is not the point. */
  private interface Mutation<M> {
    M of(SyncCommitteeTest test);
  }

  private static <M> Arguments row(String name, Rejection expected, Mutation<M> mutation) {
    return Arguments.of(name, expected, mutation);
  }

  static Stream<Arguments> messageMutations() {
    return Stream.<Arguments>of(
        SyncCommitteeTest.<SyncCommitteeMessage>row(
            "unknown validator",
            Rejection.UNKNOWN_VALIDATOR,
            t -> new SyncCommitteeMessage(SLOT, t.head, 3, t.messages(SLOT).get(0).signature())),
        SyncCommitteeTest.<SyncCommitteeMessage>row(
            "the slot before", Rejection.PAST_INCLUSION, t -> t.messages(SLOT - 1).getFirst()),
        SyncCommitteeTest.<SyncCommitteeMessage>row(
            "the slot to come", Rejection.FUTURE_SLOT, t -> t.messages(SLOT + 1).getFirst()),
        SyncCommitteeTest.<SyncCommitteeMessage>row(
            "slot 2^40", Rejection.MALFORMED, t -> t.messages(1L << 40).getFirst()),
        SyncCommitteeTest.<SyncCommitteeMessage>row(
            "a head that nobody knows",
            Rejection.UNKNOWN_HEAD,
            t ->
                VALIDATORS.syncMessage(
                    t.chain, t.members().getFirst(), SLOT, Bytes32.sha256(new byte[1]))),
        SyncCommitteeTest.<SyncCommitteeMessage>row(
            "another member's signature",
            Rejection.BAD_SIGNATURE,
            t ->
                new SyncCommitteeMessage(
                    SLOT,
                    t.head,
                    t.members().get(0).validatorIndex(),
                    t.messages(SLOT).get(1).signature())));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("messageMutations")
  void rejectsAMessageThatIsWrongInOneThing(
      String name, Rejection expected, Mutation<SyncCommitteeMessage> mutation) {
    assertThat(submit(mutation.of(this)).isSuccess()).as(name).isFalse();
    assertThat(count("sync_message").rejected()).containsOnlyKeys(expected);
    assertThat(count("sync_message").broadcast()).isZero();
    assertThat(count("sync_message").invalid())
        .isEqualTo(expected == Rejection.BAD_SIGNATURE ? 1 : 0);
  }

  @Test
  void whoNamesTwoHeadsInOneSlotIsCountedAsConflicting() {
    SyncDuty duty = members().getFirst();
    submit(VALIDATORS.syncMessage(chain, duty, SLOT, head));
    assertThat(submit(VALIDATORS.syncMessage(chain, duty, SLOT, chain.blockRoot(SLOT - 1))))
        .as("nodes do not look at it")
        .isEqualTo(SubmissionOutcome.ALREADY_KNOWN);
    assertThat(count("sync_message").conflicting()).isEqualTo(1);
    assertThat(count("sync_message").broadcast()).isEqualTo(1);
  }

  @Test
  void theLastSlotOfAPeriodIsTheNextCommittees() {
    long last = 256 * TestValidators.SLOTS_PER_EPOCH - 1;
    fixture.setSlot(last);
    SyncDuty next = chain.syncCommittee(256).duties().getFirst();
    assertThat(chain.syncCommittee(255).duties()).doesNotContain(next);
    submit(VALIDATORS.syncMessage(chain, next, last, chain.blockRoot(last)));
    int part = next.positions().getFirst() / 128;
    BitSet seats = new BitSet();
    next.positions().stream().filter(p -> p / 128 == part).forEach(p -> seats.set(p % 128));
    assertThat(await(node.contribution(last, part, chain.blockRoot(last))).signers())
        .isEqualTo(seats);
  }

  @Test
  void whatAPartSaidIsSummedUpAndPublishedOnce() {
    SyncCommitteeContribution contribution = contribution();
    assertThat(contribution.signers().cardinality())
        .isEqualTo(
            (int)
                members().stream()
                    .flatMap(duty -> duty.positions().stream())
                    .filter(position -> position / 128 == PART)
                    .count());
    Signed<ContributionAndProof> signed =
        VALIDATORS.contribution(chain, aggregator(), contribution);
    assertThat(submit(signed)).isEqualTo(SubmissionOutcome.ACCEPTED);
    assertThat(submit(signed)).isEqualTo(SubmissionOutcome.ALREADY_KNOWN);
    assertThat(count("sync_contribution").broadcast()).isEqualTo(1);
    assertThat(count("sync_contribution").expected()).as("only proofs tell").isEmpty();
    assertThat(fixture.simulator.report(SLOT, SLOT).toJson().at("/duties/sync_contribution"))
        .hasToString(
            "{\"broadcast\":1,\"invalid\":0,\"conflicting\":0,\"duplicates\":1,"
                + "\"rejected\":{}}");
  }

  private SyncCommitteeContribution with(
      SyncCommitteeContribution valid, int part, BitSet bits, Bytes signature) {
    byte[] places = new byte[16];
    byte[] set = bits.toByteArray();
    System.arraycopy(set, 0, places, 0, set.length);
    return new SyncCommitteeContribution(
        valid.slot(), valid.beaconBlockRoot(), part, Bytes.wrap(places), signature);
  }

  private Signed<ContributionAndProof> signed(SyncCommitteeContribution contribution) {
    return VALIDATORS.contribution(chain, aggregator(), contribution);
  }

  private Signed<ContributionAndProof> mutated(String name) {
    SyncCommitteeContribution valid = contribution();
    SyncDuty author = aggregator();
    BitSet bits = valid.signers();
    return switch (name) {
      case "not drawn" -> VALIDATORS.contribution(chain, noAggregator(), valid);
      case "another's proof" ->
          VALIDATORS.sign(
              chain,
              noAggregator(),
              new ContributionAndProof(
                  noAggregator().validatorIndex(),
                  valid,
                  VALIDATORS.selectionProof(chain, author, SLOT, PART)));
      case "another's signature" -> VALIDATORS.sign(chain, noAggregator(), signed(valid).message());
      case "a sum of too many" -> {
        bits.clear(bits.nextSetBit(0));
        yield signed(with(valid, PART, bits, valid.signature()));
      }
      case "a stranger's bit" -> {
        bits.set(0, 128);
        yield signed(with(valid, PART, bits, valid.signature()));
      }
      case "no bit" -> signed(with(valid, PART, new BitSet(), valid.signature()));
      case "no such part" -> signed(with(valid, 4, bits, valid.signature()));
      case "unknown author" ->
          VALIDATORS.sign(
              chain,
              author,
              new ContributionAndProof(
                  3, valid, VALIDATORS.selectionProof(chain, author, SLOT, PART)));
      case "unknown head" ->
          signed(
              new SyncCommitteeContribution(
                  SLOT, Bytes32.ZERO, PART, valid.aggregationBits(), valid.signature()));
      case "a slot too late" -> {
        fixture.setSlot(SLOT + 1);
        yield signed(valid);
      }
      case "the minimal preset's" ->
          signed(
              new SyncCommitteeContribution(
                  SLOT, head, PART, Bytes.wrap(new byte[] {1}), valid.signature()));
      default -> throw new IllegalArgumentException(name);
    };
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "not drawn, NOT_AGGREGATOR",
    "another's proof, BAD_SIGNATURE",
    "another's signature, BAD_SIGNATURE",
    "a sum of too many, BAD_SIGNATURE",
    "a stranger's bit, WRONG_BITS",
    "no bit, WRONG_BITS",
    "no such part, WRONG_COMMITTEE",
    "unknown author, UNKNOWN_VALIDATOR",
    "unknown head, UNKNOWN_HEAD",
    "a slot too late, PAST_INCLUSION",
    "the minimal preset's, MALFORMED"
  })
  void rejectsAContributionThatIsWrongInOneThing(String name, Rejection expected) {
    assertThat(submit(mutated(name)).isSuccess()).isFalse();
    assertThat(count("sync_contribution").rejected()).containsOnlyKeys(expected);
    assertThat(count("sync_contribution").broadcast()).isZero();
  }

  @Test
  void aNodeTellsNoContributionThatItDoesNotHaveOrHasNotVerified() {
    assertThat(errorOf(node.contribution(SLOT, PART, head)))
        .isInstanceOfSatisfying(BadStatus.class, e -> assertThat(e.status()).isEqualTo(404));
    assertThat(errorOf(node.contribution(SLOT, 4, head)))
        .isInstanceOfSatisfying(BadStatus.class, e -> assertThat(e.status()).isEqualTo(400));
    fixture.simulator.setFaults(0, List.of(new Fault.Optimistic()));
    assertThat(errorOf(node.contribution(SLOT, PART, head)))
        .isInstanceOfSatisfying(BadStatus.class, e -> assertThat(e.status()).isEqualTo(503));
  }

  @ParameterizedTest
  @ValueSource(strings = {"slot", "subcommittee_index", "beacon_block_root", "aggregation_bits"})
  void refusesAContributionThatIsNoAnswerToTheQuestion(String field) {
    SyncCommitteeContribution contribution = contribution();
    FakeNode fake =
        FakeNode.start(
            fixture.system(),
            _ ->
                FakeNode.json(
                    200,
                    "{\"data\":"
                        + contribution
                            .toJson()
                            .put(field, field.endsWith("root") ? Bytes32.ZERO.toString() : "2")
                        + "}"));
    assertThat(
            errorOf(
                new BeaconNode(fixture.system(), fake.url(), 20_000)
                    .contribution(SLOT, PART, head)))
        .isInstanceOf(BadAnswer.class);
  }
}
