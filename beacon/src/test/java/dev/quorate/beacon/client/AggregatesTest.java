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
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.message.AggregateAndProof;
import dev.quorate.ethereum.message.AggregateAttestation;
import dev.quorate.ethereum.message.CommitteeSubscription;
import dev.quorate.ethereum.message.Signed;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class AggregatesTest {
  private SimulatorFixture fixture = new SimulatorFixture(Fork.FULU);

  @AfterEach
  void stop() {
    fixture.close();
  }

  /** A validator drawn to aggregate, its slot attested by all, and the clock in it. */
  private final class Scene {
    final SimulatedChain chain = fixture.simulator.chain();
    final Fork fork = chain.config().fork();
    final BeaconNode node = fixture.node();
    final AttesterDuty duty =
        LongStream.range(5, 40)
            .boxed()
            .flatMap(epoch -> chain.duties(epoch).stream())
            .filter(candidate -> candidate.committeeIndex() > 0)
            .filter(candidate ->
                chain.dutiesAt(candidate.slot()).stream()
                    .allMatch(any -> any.equals(candidate) == VALIDATORS.isAggregator(chain, any)))
            .findFirst()
            .orElseThrow();
    final AttestationData data = chain.attestationData(duty.slot()).assigned(duty, fork);

    Scene() {
      fixture.setSlot(duty.slot());
      assertThat(
              await(
                  node.submit(
                      Submission.attestations(
                          fork,
                          chain.dutiesAt(duty.slot()).stream()
                              .map(d -> VALIDATORS.sign(chain, d, chain.attestationData(d.slot())))
                              .toList()))))
          .containsOnly(SubmissionOutcome.ACCEPTED);
    }

    AttesterDuty neighbour() {
      return chain.dutiesAt(duty.slot()).stream()
          .filter(other -> !other.equals(duty))
          .findFirst()
          .orElseThrow();
    }

    AggregateAttestation aggregate() {
      return await(node.aggregate(fork, data, duty.committeeIndex()));
    }

    SubmissionOutcome submit(Signed<AggregateAndProof> aggregate) {
      return await(node.submit(Submission.aggregates(fork, List.of(aggregate)))).getFirst();
    }

    SimulatorFixture fixture() {
      return fixture;
    }

    Signed<AggregateAndProof> of(AggregateAttestation aggregate) {
      return VALIDATORS.aggregate(chain, duty, aggregate);
    }

    Signed<AggregateAndProof> sign(AggregateAndProof message) {
      return VALIDATORS.sign(chain, duty, message);
    }

    BitSet ownBit() {
      BitSet bits = new BitSet();
      bits.set(duty.validatorCommitteeIndex());
      return bits;
    }

    BitSet allBits() {
      BitSet bits = new BitSet();
      bits.set(0, duty.committeeLength());
      return bits;
    }

    AttestationData madeUpHead() {
      return new AttestationData(
          data.slot(), data.index(), Bytes32.ZERO, data.source(), data.target());
    }

    AggregateAttestation aggregateOf(BitSet bits, AttestationData what, AttesterDuty signer) {
      return aggregateOf(duty.committeeIndex(), duty.committeeLength(), bits, what, signer);
    }

    AggregateAttestation ofCommittee(long committee) {
      return aggregateOf(committee, duty.committeeLength(), ownBit(), data, duty);
    }

    AggregateAttestation shorter() {
      return aggregateOf(duty.committeeIndex(), duty.committeeLength() - 1, ownBit(), data, duty);
    }

    private AggregateAttestation aggregateOf(
        long committee, int length, BitSet bits, AttestationData what, AttesterDuty signer) {
      return AggregateAttestation.of(
          what, committee, length, bits, fork, VALIDATORS.signature(chain, signer, what));
    }

    DutyCount count() {
      return Objects.requireNonNull(
          fixture.simulator.report(duty.slot(), duty.slot()).others().get("aggregator"));
    }
  }

  private Scene at(Fork fork) {
    fixture.close();
    fixture = new SimulatorFixture(fork);
    return new Scene();
  }

  @ParameterizedTest
  @EnumSource(names = {"CAPELLA", "DENEB", "ELECTRA", "FULU"})
  void aCommitteesAttestationsAreSummedUpAndPublishedOnce(Fork fork) {
    Scene scene = at(fork);
    AggregateAttestation aggregate = scene.aggregate();
    assertThat(aggregate.attesters().get(scene.duty.validatorCommitteeIndex())).isTrue();
    assertThat(aggregate.attesters().cardinality())
        .isEqualTo(
            (int)
                scene.chain.dutiesAt(scene.duty.slot()).stream()
                    .filter(d -> d.committeeIndex() == scene.duty.committeeIndex())
                    .count());
    Signed<AggregateAndProof> signed = VALIDATORS.aggregate(scene.chain, scene.duty, aggregate);
    assertThat(scene.submit(signed)).isEqualTo(SubmissionOutcome.ACCEPTED);
    assertThat(scene.submit(signed)).isEqualTo(SubmissionOutcome.ALREADY_KNOWN);
    assertThat(scene.count().broadcast()).isEqualTo(1);
    assertThat(scene.count().duplicates()).isEqualTo(1);
    assertThat(scene.count().conflicting()).isZero();
    assertThat(scene.count().rejected()).isEmpty();
  }

  @Test
  void whoSubscribedAsAggregatorIsExpectedToBeOne() {
    Scene scene = new Scene();
    AttesterDuty duty = scene.duty;
    assertThat(
            await(
                fixture
                    .nodes()
                    .submit(
                        Submission.committeeSubscriptions(
                            List.of(
                                subscription(duty, true),
                                subscription(scene.neighbour(), false))))))
        .containsOnly(SubmissionOutcome.ACCEPTED);
    assertThat(fixture.simulator.report(0, duty.slot()).others()).isEmpty();
    scene.submit(VALIDATORS.aggregate(scene.chain, duty, scene.aggregate()));
    assertThat(scene.count().expected()).isEqualTo(OptionalLong.of(1));
    assertThat(fixture.simulator.report(0, duty.slot()).toJson().at("/duties/aggregator"))
        .hasToString(
            "{\"expected\":1,\"broadcast\":1,\"missed\":0,\"invalid\":0,\"conflicting\":0,"
                + "\"duplicates\":0,\"rejected\":{}}");
    assertThat(
            await(
                scene.node.submit(
                    Submission.committeeSubscriptions(
                        List.of(
                            new CommitteeSubscription(
                                duty.validatorIndex(), 0, 4, duty.slot() + 100, true))))))
        .as("further ahead than duties are known")
        .containsExactly(SubmissionOutcome.REJECTED);
  }

  private static CommitteeSubscription subscription(AttesterDuty duty, boolean isAggregator) {
    return new CommitteeSubscription(
        duty.validatorIndex(),
        duty.committeeIndex(),
        duty.committeesAtSlot(),
        duty.slot(),
        isAggregator);
  }

  /** Changes one thing of a valid aggregate, signing it again where that is not the point. */
  private interface Mutation {
    Signed<AggregateAndProof> of(Scene scene);
  }

  private static Arguments row(String name, Rejection expected, Mutation mutation) {
    return Arguments.of(name, expected, mutation);
  }

  static Stream<Arguments> mutations() {
    return Stream.of(
        row(
            "selection proof of another validator",
            Rejection.NOT_AGGREGATOR,
            s ->
                s.sign(
                    new AggregateAndProof(
                        s.duty.validatorIndex(),
                        s.aggregate(),
                        VALIDATORS.selectionProof(s.chain, s.neighbour())))),
        row(
            "selection proof that selects, but is none",
            Rejection.BAD_SIGNATURE,
            s ->
                s.sign(
                    new AggregateAndProof(
                        s.duty.validatorIndex(),
                        s.aggregate(),
                        VALIDATORS.selectingSignature(s.chain, s.duty)))),
        row(
            "signature of another validator",
            Rejection.BAD_SIGNATURE,
            s ->
                VALIDATORS.sign(
                    s.chain,
                    s.neighbour(),
                    VALIDATORS.aggregate(s.chain, s.duty, s.aggregate()).message())),
        row(
            "a sum of others' signatures",
            Rejection.BAD_SIGNATURE,
            s -> s.of(s.aggregateOf(s.ownBit(), s.data, s.neighbour()))),
        row(
            "a stranger's bit",
            Rejection.WRONG_BITS,
            s -> s.of(s.aggregateOf(s.allBits(), s.data, s.duty))),
        row("no bit", Rejection.WRONG_BITS, s -> s.of(s.aggregateOf(new BitSet(), s.data, s.duty))),
        row("a shorter committee", Rejection.WRONG_BITS, s -> s.of(s.shorter())),
        row(
            "an aggregator that is no validator",
            Rejection.UNKNOWN_VALIDATOR,
            s ->
                s.sign(
                    new AggregateAndProof(
                        3, s.aggregate(), VALIDATORS.selectionProof(s.chain, s.duty)))),
        row("another committee", Rejection.NO_DUTY, s -> s.of(s.ofCommittee(0))),
        row(
            "a head that nobody knows",
            Rejection.UNKNOWN_HEAD,
            s -> s.of(s.aggregateOf(s.ownBit(), s.madeUpHead(), s.duty))),
        row(
            "a slot to come",
            Rejection.FUTURE_SLOT,
            s -> {
              Signed<AggregateAndProof> valid = s.of(s.aggregate());
              s.fixture().setSlot(s.duty.slot() - 1);
              return valid;
            }),
        row(
            "a slot long past",
            Rejection.PAST_INCLUSION,
            s -> {
              Signed<AggregateAndProof> valid = s.of(s.aggregate());
              s.fixture().setSlot(s.duty.slot() + 16);
              return valid;
            }));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("mutations")
  void rejectsAnAggregateThatIsWrongInOneThing(String name, Rejection expected, Mutation mutation) {
    Scene scene = new Scene();
    assertThat(scene.submit(mutation.of(scene)).isSuccess()).as(name).isFalse();
    assertThat(scene.count().rejected()).containsOnlyKeys(expected);
    assertThat(scene.count().broadcast()).isZero();
  }

  @Test
  void aSecondAggregateOfTheSameAuthorIsCountedAsConflicting() {
    Scene scene = new Scene();
    scene.submit(scene.of(scene.aggregate()));
    assertThat(
            scene.submit(
                scene.of(scene.aggregateOf(scene.ownBit(), scene.madeUpHead(), scene.duty))))
        .as("another operator's node may know the head")
        .isEqualTo(SubmissionOutcome.UNKNOWN);
    assertThat(scene.count().conflicting()).isEqualTo(1);
    assertThat(scene.count().broadcast()).isEqualTo(1);
  }

  @Test
  void givesEachAggregateItsOwnOutcome() {
    Scene scene = new Scene();
    Signed<AggregateAndProof> good = scene.of(scene.aggregate());
    Signed<AggregateAndProof> bad = new Signed<>(good.message(), good.message().selectionProof());
    assertThat(
            await(
                fixture
                    .nodes()
                    .submit(Submission.aggregates(scene.fork, List.of(bad, good, good)))))
        .containsExactly(
            SubmissionOutcome.REJECTED,
            SubmissionOutcome.ACCEPTED,
            SubmissionOutcome.ALREADY_KNOWN);
    assertThat(scene.count().invalid()).isEqualTo(1);
  }

  @Test
  void aNodeTellsNoAggregateThatItDoesNotHaveOrHasNotVerified() {
    Scene scene = new Scene();
    assertThat(errorOf(scene.node.aggregate(scene.fork, scene.madeUpHead(), 1)))
        .isInstanceOfSatisfying(BadStatus.class, e -> assertThat(e.status()).isEqualTo(404));
    fixture.simulator.setFaults(0, List.of(new Fault.Optimistic()));
    assertThat(errorOf(scene.node.aggregate(scene.fork, scene.data, scene.duty.committeeIndex())))
        .isInstanceOfSatisfying(BadStatus.class, e -> assertThat(e.status()).isEqualTo(503));
  }

  @ParameterizedTest
  @EnumSource(names = {"DENEB", "FULU"})
  void refusesAnAggregateOfOtherDataOrOfAnotherCommittee(Fork fork) {
    Scene scene = at(fork);
    FakeNode fake =
        FakeNode.start(
            fixture.system(),
            _ -> FakeNode.json(200, "{\"data\":" + scene.aggregate().toJson() + "}"));
    BeaconNode node = new BeaconNode(fixture.system(), fake.url(), 20_000);
    long committee = scene.duty.committeeIndex();
    assertThat(await(node.aggregate(fork, scene.data, committee))).isEqualTo(scene.aggregate());
    assertThat(errorOf(node.aggregate(fork, scene.madeUpHead(), committee)))
        .isInstanceOf(BadAnswer.class);
    assertThat(errorOf(node.aggregate(fork, scene.data, committee + 1)))
        .isInstanceOf(BadAnswer.class);
    Fork other = fork == Fork.DENEB ? Fork.FULU : Fork.DENEB;
    assertThat(errorOf(node.aggregate(other, scene.data, committee)))
        .as("the form of another fork")
        .isInstanceOf(BadAnswer.class);
  }

  @Test
  void fallsBackToTheFirstVersionAtAnOlderNode() {
    Scene scene = at(Fork.DENEB);
    AggregateAttestation aggregate = scene.aggregate();
    FakeNode fake =
        FakeNode.start(
            fixture.system(),
            received ->
                received.route().contains("/v2/")
                    ? FakeNode.json(404, "{}")
                    : FakeNode.json(200, "{\"data\":" + aggregate.toJson() + "}"));
    BeaconNode node = new BeaconNode(fixture.system(), fake.url(), 20_000);
    assertThat(await(node.aggregate(Fork.DENEB, scene.data, scene.duty.committeeIndex())))
        .isEqualTo(aggregate);
    assertThat(await(node.submit(Submission.aggregates(Fork.DENEB, List.of(scene.of(aggregate))))))
        .containsExactly(SubmissionOutcome.ACCEPTED);
    assertThat(fake.routes())
        .containsExactly(
            "GET /eth/v2/validator/aggregate_attestation",
            "GET /eth/v1/validator/aggregate_attestation",
            "POST /eth/v2/validator/aggregate_and_proofs",
            "POST /eth/v1/validator/aggregate_and_proofs");
    assertThat(fake.received().get(1).request().getUri().query().get("committee_index")).isEmpty();
  }
}
