/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.domain.Domains;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class AttestationPoolTest {
  private static final TestValidators VALIDATORS = new TestValidators(16);
  private static final Bytes32 MADE_UP = Bytes32.sha256(new byte[] {1});

  /** In the fifth epoch, so that source and target are past genesis. */
  private static final long EPOCH = 5;

  /** One chain, one duty on it, and a clock in its slot. */
  private record Scene(SimulatedChain chain, AttestationPool pool, AttesterDuty duty) {
    static Scene of(Fork fork) {
      SimulatedChain chain = new SimulatedChain(VALIDATORS.chain(fork));
      AttesterDuty duty =
          chain.duties(EPOCH).stream()
              .filter(candidate -> candidate.committeeIndex() > 0)
              .findFirst()
              .orElseThrow();
      return new Scene(chain, pool(chain), duty);
    }

    private static AttestationPool pool(SimulatedChain chain) {
      return new AttestationPool(chain, new SignatureChecks(chain.config()));
    }

    Fork fork() {
      return chain.config().fork();
    }

    /** What the duty's validator is to sign. */
    AttestationData data() {
      return chain.attestationData(duty.slot()).assigned(duty, fork());
    }

    ObjectNode signed(AttestationData data) {
      return VALIDATORS.json(chain, duty, data);
    }

    Optional<Rejection> submit(JsonNode item) {
      return pool.submit(List.of(item), dueMillis() + 250).getFirst();
    }

    long dueMillis() {
      return chain.times().attestationDueMillis(duty.slot());
    }

    SimulatorReport report() {
      return pool.report(duty.slot(), duty.slot());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"CAPELLA", "DENEB", "ELECTRA", "FULU"})
  void acceptsAValidAttestationOnceAndCountsItsLatency(Fork fork) {
    Scene scene = Scene.of(fork);
    JsonNode attestation = scene.signed(scene.data());
    assertThat(scene.submit(attestation)).isEmpty();
    assertThat(scene.submit(attestation)).contains(Rejection.ALREADY_KNOWN);
    SimulatorReport report = scene.report();
    assertThat(report.expected()).isEqualTo(2);
    assertThat(report.broadcast()).isEqualTo(1);
    assertThat(report.missed()).isEqualTo(1);
    assertThat(report.slots().getFirst().missed())
        .doesNotContain(scene.duty().pubkey())
        .hasSize(1)
        .isSubsetOf(
            scene.chain().dutiesAt(scene.duty().slot()).stream()
                .map(AttesterDuty::pubkey)
                .toList());
    assertThat(report.latenciesMillis()).containsExactly(250L);
    assertThat(report.verifiedAggregates()).isEqualTo(1);
    assertThat(report.duplicates()).isEqualTo(1);
    assertThat(report.rejected()).isEmpty();
    assertThat(report.conflictingSignatures()).isZero();
  }

  /** Changes one thing of a valid attestation, signing it again where that is not the point. */
  private interface Mutation {
    ObjectNode of(Scene scene);
  }

  private static Arguments row(String name, Rejection expected, Mutation mutation, Fork... forks) {
    return Arguments.of(name, expected, mutation, List.of(forks));
  }

  static Stream<Arguments> mutations() {
    Fork[] all = {Fork.CAPELLA, Fork.DENEB, Fork.ELECTRA, Fork.FULU};
    Fork[] oneBit = {Fork.CAPELLA, Fork.DENEB};
    Fork[] single = {Fork.ELECTRA, Fork.FULU};
    return Stream.of(
            row(
                "earlier slot",
                Rejection.NO_DUTY,
                s -> s.signed(with(s, s.data().slot() - 1)),
                all),
            row("later slot", Rejection.NO_DUTY, s -> s.signed(with(s, s.data().slot() + 1)), all),
            row("slot 2^40", Rejection.MALFORMED, s -> s.signed(with(s, 1L << 40)), all),
            row(
                "signed committee",
                Rejection.NO_DUTY,
                s -> s.signed(withIndex(s.data(), s.duty().committeeIndex() - 1)),
                oneBit),
            row(
                "signed committee",
                Rejection.WRONG_COMMITTEE,
                s -> s.signed(withIndex(s.data(), 1)),
                single),
            row(
                "committee beside the data",
                Rejection.WRONG_COMMITTEE,
                s -> s.signed(s.data()).put("committee_index", "0"),
                single),
            row("head", Rejection.UNKNOWN_HEAD, s -> s.signed(withHead(s.data(), MADE_UP)), all),
            row(
                "source epoch",
                Rejection.WRONG_SOURCE,
                s -> s.signed(withSource(s.data(), EPOCH - 2, s.data().source().root())),
                all),
            row(
                "source root",
                Rejection.WRONG_SOURCE,
                s -> s.signed(withSource(s.data(), EPOCH - 1, MADE_UP)),
                all),
            row(
                "target epoch",
                Rejection.WRONG_TARGET_EPOCH,
                s -> s.signed(withTarget(s.data(), EPOCH + 1, s.data().target().root())),
                all),
            row(
                "target root",
                Rejection.WRONG_TARGET_ROOT,
                s -> s.signed(withTarget(s.data(), EPOCH, MADE_UP)),
                all),
            row(
                "another validator's signature",
                Rejection.BAD_SIGNATURE,
                s -> s.signed(s.data()).put("signature", hex(strangersSignature(s))),
                all),
            row(
                "signature of another fork",
                Rejection.BAD_SIGNATURE,
                s -> s.signed(s.data()).put("signature", hex(otherForksSignature(s))),
                all),
            row(
                "signature at infinity",
                Rejection.BAD_SIGNATURE,
                s -> s.signed(s.data()).put("signature", "0xc0" + "00".repeat(95)),
                all),
            row(
                "signature that is no point",
                Rejection.BAD_SIGNATURE,
                s -> s.signed(s.data()).put("signature", "0x" + "ab".repeat(96)),
                all),
            row(
                "signature of 95 bytes",
                Rejection.MALFORMED,
                s -> s.signed(s.data()).put("signature", "0x" + "ab".repeat(95)),
                all),
            row(
                "unknown attester",
                Rejection.UNKNOWN_VALIDATOR,
                s -> s.signed(s.data()).put("attester_index", "3"),
                single),
            row(
                "no attester",
                Rejection.MALFORMED,
                s -> without(s.signed(s.data()), "attester_index"),
                single),
            row(
                "the older form",
                Rejection.MALFORMED,
                s -> s.signed(s.data()).put("aggregation_bits", "0x03"),
                single),
            row(
                "the newer form",
                Rejection.MALFORMED,
                s -> s.signed(s.data()).put("attester_index", "1000"),
                oneBit),
            row("a stranger's bit", Rejection.NO_DUTY, s -> bits(s, 1, 128), oneBit),
            row("two bits", Rejection.WRONG_BITS, s -> bits(s, 2, 128), oneBit),
            row("no bit", Rejection.WRONG_BITS, s -> bits(s, 0, 128), oneBit),
            row("too few bits", Rejection.WRONG_BITS, s -> bits(s, 1, 127), oneBit),
            row("too many bits", Rejection.WRONG_BITS, s -> bits(s, 1, 129), oneBit),
            row("no data", Rejection.MALFORMED, s -> without(s.signed(s.data()), "data"), all))
        .flatMap(row ->
            ((List<?>) row.get()[3])
                .stream()
                    .map(fork -> Arguments.of(row.get()[0], fork, row.get()[1], row.get()[2])));
  }

  @ParameterizedTest(name = "{0} at {1}: {2}")
  @MethodSource("mutations")
  void rejectsAnAttestationThatIsWrongInOneThing(
      String name, Fork fork, Rejection expected, Mutation mutation) {
    Scene scene = Scene.of(fork);
    assertThat(scene.submit(mutation.of(scene))).as(name).contains(expected);
    assertThat(scene.report().broadcast()).isZero();
    assertThat(scene.report().rejected()).containsOnlyKeys(expected);
    assertThat(scene.report().invalidAggregates())
        .isEqualTo(expected == Rejection.BAD_SIGNATURE ? 1 : 0);
    assertThat(scene.submit(scene.signed(scene.data())).filter(r -> r != Rejection.SLASHABLE))
        .as("the valid one is not held back, unless the other one was a vote as well")
        .isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"CAPELLA", "DENEB", "ELECTRA", "FULU"})
  void takesAttestationsFromTheirSlotToTheLastThatMayIncludeThem(Fork fork) {
    Scene scene = Scene.of(fork);
    JsonNode attestation = scene.signed(scene.data());
    long startMillis = scene.chain().times().startMillis(scene.duty().slot());
    // EIP-7045: to the end of the next epoch since deneb, for an epoch's length before.
    long lastSlot = fork == Fork.CAPELLA ? scene.duty().slot() + 8 : (EPOCH + 2) * 8 - 1;
    long endMillis = scene.chain().times().startMillis(lastSlot + 1);
    assertThat(scene.pool().submit(List.of(attestation), startMillis - 1))
        .containsExactly(Optional.of(Rejection.FUTURE_SLOT));
    assertThat(scene.pool().submit(List.of(attestation), endMillis))
        .containsExactly(Optional.of(Rejection.PAST_INCLUSION));
    assertThat(scene.pool().submit(List.of(attestation), endMillis - 1))
        .containsExactly(Optional.empty());
  }

  @Test
  void judgesEachItemForItself() {
    Scene scene = Scene.of(Fork.FULU);
    ObjectNode good = scene.signed(scene.data());
    ObjectNode bad = good.deepCopy().put("signature", hex(strangersSignature(scene)));
    assertThat(scene.pool().submit(List.of(bad, good, good), scene.dueMillis()))
        .containsExactly(
            Optional.of(Rejection.BAD_SIGNATURE),
            Optional.empty(),
            Optional.of(Rejection.ALREADY_KNOWN));
  }

  @ParameterizedTest
  @EnumSource(names = {"DENEB", "FULU"})
  void countsADoubleVoteEvenIfItIsRejectedForAnotherReason(Fork fork) {
    Scene scene = Scene.of(fork);
    assertThat(scene.submit(scene.signed(withHead(scene.data(), MADE_UP))))
        .contains(Rejection.UNKNOWN_HEAD);
    assertThat(scene.report().conflictingSignatures()).isZero();
    ObjectNode second = scene.signed(scene.data());
    assertThat(scene.submit(second)).contains(Rejection.SLASHABLE);
    assertThat(scene.submit(second)).contains(Rejection.SLASHABLE);
    assertThat(scene.report().conflictingSignatures()).as("once for each vote").isEqualTo(1);
    assertThat(scene.report().broadcast()).isZero();
  }

  @ParameterizedTest
  @EnumSource(names = {"DENEB", "FULU"})
  void countsSurroundVotesInBothDirections(Fork fork) {
    Scene inner = Scene.of(fork);
    inner.submit(inner.signed(inner.data()));
    AttestationData around =
        with(inner.data(), new Checkpoint(3, MADE_UP), new Checkpoint(6, MADE_UP));
    assertThat(inner.submit(inner.signed(around))).contains(Rejection.WRONG_TARGET_EPOCH);
    assertThat(inner.report().conflictingSignatures()).isEqualTo(1);

    Scene outer = Scene.of(fork);
    outer.submit(outer.signed(around));
    assertThat(outer.submit(outer.signed(outer.data()))).contains(Rejection.SLASHABLE);
    assertThat(outer.report().conflictingSignatures()).isEqualTo(1);
  }

  @Test
  void doesNotBlameAValidatorForWhatItDidNotSign() {
    Scene scene = Scene.of(Fork.FULU);
    scene.submit(scene.signed(scene.data()));
    AttestationData other = withHead(scene.data(), MADE_UP);
    scene.submit(scene.signed(other).put("signature", hex(strangersSignature(scene))));
    assertThat(scene.report().conflictingSignatures()).isZero();
    assertThat(scene.report().invalidAggregates()).isEqualTo(1);
  }

  @Test
  void countsValidatorsOfOneSlotThatAttestDifferentHeadsAsDiverged() {
    Scene scene = Scene.of(Fork.FULU);
    scene.chain().learnBlocks(9);
    List<AttesterDuty> duties = scene.chain().dutiesAt(scene.duty().slot());
    AttestationData canonical = scene.data();
    AttestationData other = withHead(canonical, scene.chain().otherBlockRoot(canonical.slot(), 9));
    List<JsonNode> items =
        List.of(
            VALIDATORS.json(scene.chain(), duties.get(0), canonical),
            VALIDATORS.json(scene.chain(), duties.get(1), other));
    assertThat(scene.pool().submit(items, scene.dueMillis()))
        .containsExactly(Optional.empty(), Optional.empty());
    assertThat(scene.report().diverged()).isEqualTo(1);
    assertThat(scene.report().missed()).isZero();
  }

  @Test
  void reportsABoundedNumberOfSlots() {
    AttestationPool pool = Scene.of(Fork.FULU).pool();
    assertThat(pool.report(0, AttestationPool.SLOTS_MAX - 1).slots())
        .hasSize(AttestationPool.SLOTS_MAX);
    assertThatThrownBy(() -> pool.report(0, AttestationPool.SLOTS_MAX))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> pool.report(5, 4)).isInstanceOf(IllegalArgumentException.class);
  }

  private static Bytes strangersSignature(Scene scene) {
    AttesterDuty stranger =
        scene.chain().duties(EPOCH).stream()
            .filter(duty -> !duty.equals(scene.duty()))
            .findFirst()
            .orElseThrow();
    return VALIDATORS.signature(scene.chain(), stranger, scene.data());
  }

  private static Bytes otherForksSignature(Scene scene) {
    Bytes version = scene.chain().spec().forks().versionOf(Fork.BELLATRIX).orElseThrow();
    Bytes32 domain =
        Domains.compute(
            DomainType.BEACON_ATTESTER, version, scene.chain().genesis().validatorsRoot());
    return VALIDATORS.signature(
        scene.duty(), Domains.signingRoot(scene.data().hashTreeRoot(), domain));
  }

  private static ObjectNode bits(Scene scene, int count, int length) {
    byte[] bits = new byte[length / 8 + 1];
    // Not the validator's own place: the first ones that are not.
    int place = 0;
    for (int set = 0; set < count; place++) {
      if (place != scene.duty().validatorCommitteeIndex()) {
        bits[place / 8] |= (byte) (1 << place % 8);
        set++;
      }
    }
    bits[length / 8] |= (byte) (1 << length % 8);
    return scene.signed(scene.data()).put("aggregation_bits", hex(Bytes.wrap(bits)));
  }

  private static String hex(Bytes bytes) {
    return ApiJson.hex(bytes);
  }

  private static ObjectNode without(ObjectNode json, String... fields) {
    return json.deepCopy().remove(Arrays.asList(fields));
  }

  private static AttestationData with(Scene scene, long slot) {
    AttestationData data = scene.data();
    return new AttestationData(
        slot, data.index(), data.beaconBlockRoot(), data.source(), data.target());
  }

  private static AttestationData withIndex(AttestationData data, long index) {
    return new AttestationData(
        data.slot(), index, data.beaconBlockRoot(), data.source(), data.target());
  }

  private static AttestationData withHead(AttestationData data, Bytes32 head) {
    return new AttestationData(data.slot(), data.index(), head, data.source(), data.target());
  }

  private static AttestationData withSource(AttestationData data, long epoch, Bytes32 root) {
    return with(data, new Checkpoint(epoch, root), data.target());
  }

  private static AttestationData withTarget(AttestationData data, long epoch, Bytes32 root) {
    return with(data, data.source(), new Checkpoint(epoch, root));
  }

  private static AttestationData with(AttestationData data, Checkpoint source, Checkpoint target) {
    return new AttestationData(data.slot(), data.index(), data.beaconBlockRoot(), source, target);
  }
}
