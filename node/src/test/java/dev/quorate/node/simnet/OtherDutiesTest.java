/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simnet;

import static dev.quorate.node.simnet.Cluster.PATIENCE;
import static dev.quorate.node.simnet.Cluster.SLOTS_PER_EPOCH;
import static dev.quorate.node.simnet.Cluster.SLOT_MILLIS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.actors.wiring.Operator;
import dev.quorate.beacon.simulator.Fault;
import dev.quorate.beacon.simulator.SimulatorReport.DutyCount;
import dev.quorate.config.ExitApproval;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.Proposals;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.feature.Features;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.inclusion.Inclusion;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Four operators in the duties beside attestations. */
class OtherDutiesTest {
  @Test
  void membersOfTheSyncCommitteeSignOneHeadAndContribute(@TempDir Path folder) throws Exception {
    try (Cluster cluster = new Cluster(folder, 64, 1, Fork.ELECTRA)) {
      long first = cluster.nextSlot() + 1;
      int slots = 8;
      cluster.awaitStartOf(first + slots);
      Map<String, DutyCount> counts = cluster.chain.report(first, first + slots - 1).others();
      System.out.println(counts);
      DutyCount messages = Objects.requireNonNull(counts.get("sync_message"));
      assertThat(messages.broadcast()).isPositive();
      assertThat(messages.expected()).hasValue(messages.broadcast());
      DutyCount contributions = Objects.requireNonNull(counts.get("sync_contribution"));
      assertThat(contributions.broadcast()).isPositive();
      for (DutyCount count : List.of(messages, contributions)) {
        assertThat(count.invalid()).isZero();
        assertThat(count.conflicting()).isZero();
        assertThat(count.rejected()).isEmpty();
      }
    }
  }

  /** The others' word is what who lags votes by: its own node does not have the slot's block. */
  @Test
  void anOperatorWhoseHeadIsASlotBehindCostsNoSyncMessageThoughAnotherIsDown(@TempDir Path folder)
      throws Exception {
    // Of a slot of 2 s, what the round of a leader that is down takes leaves too little.
    int slotMillis = 2 * SLOT_MILLIS;
    List<OperatorFolder> dealt = SimnetClusters.fresh(4, 64);
    try (Cluster cluster =
        new Cluster(folder, dealt, 1, Fork.FULU, List.of(), SLOTS_PER_EPOCH, slotMillis)) {
      cluster.chain.setBlockDelay(slotMillis / 20);
      cluster.chain.setFaults(2, List.of(new Fault.OldData(1)));
      cluster.network.operators().getFirst().abandon();
      long first = cluster.nextSlot() + 1;
      int slots = 6;
      cluster.awaitStartOf(first + slots + 1);
      Map<String, DutyCount> counts = cluster.chain.report(first, first + slots - 1).others();
      DutyCount messages = Objects.requireNonNull(counts.get("sync_message"));
      System.out.printf(
          "a slot behind 1, down 1: sync messages %d expected, %d broadcast; duties by round and slot %s%n",
          messages.expected().orElseThrow(),
          messages.broadcast(),
          LongStream.range(first, first + slots)
              .mapToObj(slot -> cluster.network.roundsHistogram(slot, slot))
              .toList());
      assertThat(messages.broadcast()).isPositive();
      assertThat(messages.expected()).hasValue(messages.broadcast());
      assertThat(messages.conflicting()).isZero();
    }
  }

  @Test
  void tellsWhetherTheChainHasWhatWasBroadcast(@TempDir Path folder) throws Exception {
    int perEpoch = 4;
    try (Cluster cluster =
        new Cluster(
            folder, SimnetClusters.fresh(4, 16), 1, Fork.FULU, List.of(), perEpoch, SLOT_MILLIS)) {
      long first = (cluster.nextSlot() / perEpoch + 2) * perEpoch;
      long last = first + perEpoch - 1;
      // What is attested from the first slot on, in the epoch, has no block to go to.
      for (long block = first + 1; block <= last + perEpoch; block++) {
        cluster.chain.orphan(block);
      }
      cluster.awaitStartOf(first + 2L * perEpoch + 2);
      Map<DutyType, Map<Inclusion, Long>> lost = cluster.network.inclusionByType(first, last);
      Map<DutyType, Map<Inclusion, Long>> before =
          cluster.network.inclusionByType(first - perEpoch, first - 1);
      System.out.println("on chain: " + before + ", then " + lost);
      cluster.assertAllDone(first - perEpoch, last);
      assertThat(before).containsEntry(DutyType.ATTESTER, Map.of(Inclusion.INCLUDED, 16L));
      assertThat(before.get(DutyType.SYNC_MESSAGE)).containsOnlyKeys(Inclusion.INCLUDED);
      assertThat(lost).containsEntry(DutyType.ATTESTER, Map.of(Inclusion.NOT_INCLUDED, 16L));
      assertThat(lost.get(DutyType.SYNC_MESSAGE)).containsOnlyKeys(Inclusion.NOT_INCLUDED);
    }
  }

  @Test
  void readyOperatorsLackNothingAndAgreeOnWhatTheySupportWhenAnEpochEnds(@TempDir Path folder)
      throws Exception {
    int perEpoch = 2;
    try (Cluster cluster =
        new Cluster(
            folder,
            SimnetClusters.fresh(4, 4),
            1,
            Fork.FULU,
            List.of(),
            perEpoch,
            3 * SLOT_MILLIS)) {
      assertThat(cluster.network.operators())
          .allSatisfy(operator -> {
            assertThat(operator.isReady()).isTrue();
            assertThat(operator.unreached()).isEmpty();
            assertThat(operator.unregistered()).isZero();
          });
      long last = (cluster.nextSlot() / perEpoch + 1) * perEpoch - 1;
      cluster.awaitStartOf(last + 1);
      assertThat(cluster.network.doneByType(last, last)).containsEntry(DutyType.INFO_SYNC, 1L);
      for (Operator operator : cluster.network.operators()) {
        assertThat(operator.excerpt(new DutyId(DutyType.INFO_SYNC, last, 0, 0)).rows())
            .singleElement()
            .isInstanceOfSatisfying(
                DutyEvent.Decided.class,
                row -> assertThat(Features.read(row.value())).contains(Features.OWN));
      }
    }
  }

  @Test
  void whoIsDrawnAggregatesAndNodesWereToldOfItInTime(@TempDir Path folder) throws Exception {
    try (Cluster cluster = new Cluster(folder, 320, 1, Fork.FULU)) {
      long first = cluster.nextSlot() + 2;
      cluster.awaitStartOf(first + 6);
      DutyCount aggregates =
          Objects.requireNonNull(cluster.chain.report(first, first + 4).others().get("aggregator"));
      // Of fifty one in eight.
      assertThat(aggregates.expected().orElseThrow()).isPositive();
      assertThat(aggregates.broadcast()).isEqualTo(aggregates.expected().orElseThrow());
      assertThat(aggregates.conflicting()).isZero();
      assertThat(aggregates.invalid()).isZero();
    }
  }

  private static final Proposals PROPOSALS =
      new Proposals(Bytes.fromHex("ab".repeat(20)), OptionalInt.of(60_000_000));

  private static DutyCount count(Cluster cluster, String type) {
    return cluster
        .chain
        .report(0, cluster.nextSlot())
        .others()
        .getOrDefault(type, new DutyCount(OptionalLong.empty(), 0, 0, 0, 0, Map.of()));
  }

  private static void awaitBroadcast(Cluster cluster, String type, int count)
      throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (count(cluster, type).broadcast() < count) {
      assertThat(System.nanoTime()).as("%s", count(cluster, type)).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  @Test
  void nodesAreToldWhomToPayAndBuildersWhatAllOperatorsSigned(@TempDir Path folder)
      throws Exception {
    int validators = 8;
    try (Cluster cluster =
        new Cluster(
            folder,
            SimnetClusters.fresh(4, 3, validators, Optional.of(PROPOSALS)),
            1,
            Fork.FULU,
            List.of())) {
      assertThat(
              LongStream.range(0, SLOTS_PER_EPOCH)
                  .boxed()
                  .flatMap(slot -> cluster.chain.chain().dutiesAt(slot).stream()))
          .hasSize(validators)
          .allSatisfy(duty ->
              assertThat(cluster.chain.feeRecipientOf(duty.validatorIndex()))
                  .contains(PROPOSALS.feeRecipient()));
      awaitBroadcast(cluster, "builder_registration", validators);
      cluster.network.restart(1);
      cluster.network.awaitReady(PATIENCE);
      cluster.awaitStartOf(cluster.nextSlot() + 1);
      DutyCount registrations = count(cluster, "builder_registration");
      assertThat(registrations.broadcast()).isEqualTo(validators);
      assertThat(registrations.invalid()).isZero();
      assertThat(registrations.conflicting()).isZero();
    }
  }

  private static ExitApproval approval(Cluster cluster, int operator, int validator) {
    OperatorFolder folder = cluster.folders.get(operator);
    return ExitApproval.sign(
        folder.identity(),
        folder.cluster().hash(),
        folder.cluster().validators().get(validator).group().compressed(),
        cluster.network.times().firstSlotOfPeriod(cluster.nextSlot() - 1));
  }

  @Test
  void aValidatorLeavesOnceAThresholdHasApprovedAndNoOther(@TempDir Path folder) throws Exception {
    try (Cluster cluster = new Cluster(folder, 4, 1, Fork.FULU)) {
      Function<Integer, Operator> operator = cluster.network.operators()::get;
      for (int approving : List.of(0, 1)) {
        assertThat(operator.apply(approving).approve(approval(cluster, approving, 2))).isTrue();
        // Again, as often as anybody likes.
        assertThat(operator.apply(approving).approve(approval(cluster, approving, 2))).isTrue();
      }
      assertThat(operator.apply(2).approve(approval(cluster, 0, 2)))
          .as("another operator's approval, played back")
          .isFalse();
      cluster.awaitStartOf(cluster.nextSlot() + 2);
      assertThat(count(cluster, "exit").broadcast()).isZero();
      // It does not forget what it approved of.
      cluster.network.restart(1);
      cluster.network.awaitReady(PATIENCE);
      cluster.awaitStartOf(cluster.nextSlot() + 1);
      assertThat(count(cluster, "exit").broadcast()).isZero();

      assertThat(cluster.network.operators().get(3).approve(approval(cluster, 3, 2))).isTrue();

      awaitBroadcast(cluster, "exit", 1);
      cluster.awaitStartOf(cluster.nextSlot() + 1);
      DutyCount exits = count(cluster, "exit");
      assertThat(exits.broadcast()).isEqualTo(1);
      assertThat(exits.invalid()).isZero();
      assertThat(exits.conflicting()).isZero();
      DutyId exit =
          new DutyId(
              DutyType.EXIT,
              cluster.network.times().firstSlotOfPeriod(cluster.nextSlot() - 1),
              2,
              0);
      assertThat(cluster.network.operators().get(2).excerpt(exit).rows())
          .as("who did not approve has not signed")
          .noneMatch(DutyEvent.Shared.class::isInstance);
    }
  }
}
