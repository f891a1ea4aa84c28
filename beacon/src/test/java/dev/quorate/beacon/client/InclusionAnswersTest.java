/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import static dev.quorate.beacon.client.SimulatorFixture.VALIDATORS;
import static dev.quorate.beacon.client.SimulatorFixture.await;
import static dev.quorate.beacon.client.SimulatorFixture.errorOf;
import static dev.quorate.ethereum.inclusion.Inclusion.INCLUDED;
import static dev.quorate.ethereum.inclusion.Inclusion.NOT_INCLUDED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.beacon.client.BeaconError.BadAnswer;
import dev.quorate.beacon.client.BeaconError.BadStatus;
import dev.quorate.beacon.simulator.Fault;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.duty.SyncDuty;
import dev.quorate.ethereum.inclusion.Inclusion;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the simulator's blocks hold, asked over HTTP. */
class InclusionAnswersTest {
  private static final long EPOCH = 5;
  private static final long SLOT = EPOCH * 8;

  private final SimulatorFixture fixture = new SimulatorFixture(Fork.FULU);
  private final SimulatedChain chain = fixture.simulator.chain();
  private final BeaconNode node = fixture.node();

  @AfterEach
  void stop() {
    fixture.close();
  }

  private List<AttesterDuty> attesters() {
    return chain.dutiesAt(SLOT);
  }

  private List<Long> attesterIndices() {
    return attesters().stream().map(AttesterDuty::validatorIndex).toList();
  }

  private void attest(AttesterDuty duty, long inSlot) {
    fixture.setSlot(inSlot);
    assertThat(
            await(
                node.submit(
                    Submission.attestations(
                        Fork.FULU,
                        List.of(VALIDATORS.sign(chain, duty, chain.attestationData(SLOT)))))))
        .containsExactly(SubmissionOutcome.ACCEPTED);
  }

  private Map<Long, Inclusion> attested() {
    fixture.setSlot(chain.spec().firstSlotOf(EPOCH + 2));
    return await(node.attestationInclusion(EPOCH, attesterIndices()));
  }

  @Test
  void tellsWhoseAttestationTheChainHas() {
    attest(attesters().get(0), SLOT);
    assertThat(attested())
        .isEqualTo(
            Map.of(attesterIndices().get(0), INCLUDED, attesterIndices().get(1), NOT_INCLUDED));
  }

  @Test
  void anAttestationThatCameLateIsOnChainAsWell() {
    attest(attesters().get(0), SLOT + 7);
    assertThat(attested().get(attesterIndices().get(0))).isEqualTo(INCLUDED);
  }

  @Test
  void anAttestationWhoseBlocksAreAllOrphanedIsNot() {
    attest(attesters().get(0), SLOT);
    for (long block = SLOT + 1; block < chain.spec().firstSlotOf(EPOCH + 2); block++) {
      assertThat(attested().get(attesterIndices().get(0)))
          .as("until %s", block)
          .isEqualTo(INCLUDED);
      fixture.simulator.orphan(block);
    }
    assertThat(attested())
        .containsOnly(
            Map.entry(attesterIndices().get(0), NOT_INCLUDED),
            Map.entry(attesterIndices().get(1), NOT_INCLUDED));
  }

  @Test
  void anEpochWhoseAttestationsMayStillComeIsNotTold() {
    fixture.setSlot(chain.spec().firstSlotOf(EPOCH + 2) - 1);
    assertThat(errorOf(node.attestationInclusion(EPOCH, attesterIndices())))
        .isInstanceOf(BadStatus.class);
  }

  private List<Long> members() {
    return chain.syncCommittee(EPOCH).duties().stream().map(SyncDuty::validatorIndex).toList();
  }

  private void sign(SyncDuty member, Bytes32 head) {
    fixture.setSlot(SLOT);
    assertThat(
            await(
                node.submit(
                    Submission.syncMessages(
                        List.of(VALIDATORS.syncMessage(chain, member, SLOT, head))))))
        .containsExactly(SubmissionOutcome.ACCEPTED);
  }

  private Map<Long, Inclusion> signed() {
    fixture.setSlot(SLOT + 4);
    return await(node.syncInclusion(SLOT, members()));
  }

  @Test
  void tellsWhoseSyncMessageTheNextBlockHas() {
    List<SyncDuty> all = chain.syncCommittee(EPOCH).duties();
    sign(all.get(0), chain.blockRoot(SLOT));
    // Of the head of the slot before: no block may have it.
    sign(all.get(1), chain.blockRoot(SLOT - 1));
    Map<Long, Inclusion> signed = signed();
    assertThat(signed).containsOnlyKeys(members());
    assertThat(signed.get(members().get(0))).isEqualTo(INCLUDED);
    assertThat(members().subList(1, members().size()))
        .allSatisfy(member -> assertThat(signed.get(member)).isEqualTo(NOT_INCLUDED));
  }

  @Test
  void whereTheNextSlotHasNoBlockNobodysSyncMessageIsOnChain() {
    sign(chain.syncCommittee(EPOCH).duties().getFirst(), chain.blockRoot(SLOT));
    fixture.simulator.orphan(SLOT + 1);
    assertThat(signed())
        .hasSize(members().size())
        .containsValue(NOT_INCLUDED)
        .doesNotContainValue(INCLUDED);
  }

  @Test
  void tellsWhichBlockASlotHas() {
    fixture.setSlot(SLOT);
    assertThat(await(node.blockRoot(SLOT))).contains(chain.blockRoot(SLOT));
    assertThat(await(node.blockRoot(SLOT + 1))).as("to come").isEmpty();
    fixture.simulator.orphan(SLOT - 3);
    assertThat(await(node.blockRoot(SLOT - 3))).isEmpty();
  }

  @Test
  void aNodeWithoutTheRoutesTellsNothingOfRewards() {
    fixture.simulator.setFaults(0, List.of(new Fault.NoRewards()));
    fixture.setSlot(chain.spec().firstSlotOf(EPOCH + 2));
    assertThat(errorOf(node.attestationInclusion(EPOCH, attesterIndices())))
        .isInstanceOf(BadStatus.class);
    assertThat(errorOf(node.syncInclusion(SLOT, members())))
        .as("the block is there, so the answer is not that nothing is")
        .isInstanceOf(BadStatus.class);
  }

  @Test
  void whatIsNotVerifiedIsNotTaken() {
    fixture.simulator.setFaults(0, List.of(new Fault.Optimistic()));
    fixture.setSlot(chain.spec().firstSlotOf(EPOCH + 2));
    assertThat(
            Stream.<Supplier<CompletionStage<?>>>of(
                () -> node.attestationInclusion(EPOCH, attesterIndices()),
                () -> node.syncInclusion(SLOT, members()),
                () -> node.blockRoot(SLOT)))
        .allSatisfy(question -> assertThat(errorOf(question.get())).isInstanceOf(BadAnswer.class));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"data\":{}}",
        "{\"data\":{\"total_rewards\":{}}}",
        "{\"data\":{\"total_rewards\":[{\"validator_index\":\"9\",\"target\":\"1\",\"source\":\"1\"}]}}",
        "{\"data\":{\"total_rewards\":[{\"validator_index\":\"7\",\"target\":1,\"source\":\"1\"}]}}",
        "{\"data\":{\"total_rewards\":[{\"validator_index\":\"7\",\"target\":\"1\",\"source\":\"1\"},"
            + "{\"validator_index\":\"7\",\"target\":\"1\",\"source\":\"1\"}]}}"
      })
  void anAnswerToAnotherQuestionIsNone(String answer) {
    FakeNode fake = FakeNode.start(fixture.system(), _ -> FakeNode.json(200, answer));
    BeaconNode one = new BeaconNode(fixture.system(), fake.url(), 1_000);
    assertThat(errorOf(one.attestationInclusion(EPOCH, List.of(7L, 8L))))
        .isInstanceOf(BadAnswer.class);
  }

  @Test
  void theIdealRewardsOfEveryBalanceFitInAnAnswer() {
    String ideal =
        "{\"effective_balance\":\"2048000000000\",\"head\":\"123456789\",\"target\":\"123456789\","
            + "\"source\":\"123456789\",\"inclusion_delay\":\"0\",\"inactivity\":\"0\"}";
    String answer =
        "{\"data\":{\"ideal_rewards\":["
            + String.join(",", IntStream.range(0, 2_048).mapToObj(_ -> ideal).toList())
            + "],\"total_rewards\":[{\"validator_index\":\"7\",\"target\":\"-1\",\"source\":\"-1\"}]}}";
    FakeNode fake = FakeNode.start(fixture.system(), _ -> FakeNode.json(200, answer));
    BeaconNode one = new BeaconNode(fixture.system(), fake.url(), 10_000);
    assertThat(await(one.attestationInclusion(EPOCH, List.of(7L, 8L))))
        .isEqualTo(Map.of(7L, NOT_INCLUDED));
  }

  @Test
  void oneReadyNodeAfterTheOtherIsAskedAndNoneIsDoubtedForIt() {
    FakeNode bad = FakeNode.start(fixture.system(), _ -> FakeNode.json(501, "{}"));
    BeaconNodes nodes =
        new BeaconNodes(
            fixture.system(),
            List.of(bad.url(), BeaconUrl.of(fixture.simulator.nodeUrls().getFirst())),
            10_000);
    fixture.setSlot(SLOT);
    for (int i = 0; i < NodeHealth.FAILURES_UNTIL_DOUBTED; i++) {
      assertThat(await(nodes.blockRoot(SLOT))).contains(chain.blockRoot(SLOT));
    }
    assertThat(bad.routes()).hasSize(NodeHealth.FAILURES_UNTIL_DOUBTED);
    assertThat(nodes.health()).containsOnly(NodeHealth.TRUSTED);
    assertThat(nodes.preferred()).isZero();
  }
}
