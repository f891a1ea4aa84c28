/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simnet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.actors.wiring.Operator;
import dev.quorate.beacon.simulator.BeaconSimulator;
import dev.quorate.beacon.simulator.ChainConfig;
import dev.quorate.beacon.simulator.Fault;
import dev.quorate.beacon.simulator.Placement;
import dev.quorate.beacon.simulator.SimulatorReport;
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
import dev.quorate.persistence.store.DatabaseSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Four operators as they are, with real links, databases and a Beacon API over HTTP. */
class OperatorNetworkTest {
  private static final int SLOTS_PER_EPOCH = 32;
  private static final int SLOT_MILLIS = 2_000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static ActorSystem<Void> chainSystem = ActorSystem.create(Behaviors.empty(), "unused");

  @BeforeAll
  static void startChainSystem() {
    chainSystem.terminate();
    chainSystem = ActorSystem.create(Behaviors.empty(), "chain");
  }

  @AfterAll
  static void stopChainSystem() {
    chainSystem.terminate();
  }

  /** Four operators and a chain with so many nodes each. */
  private static final class Cluster implements AutoCloseable {
    final List<OperatorFolder> folders;
    final BeaconSimulator chain;
    final List<OperatorNetwork.Member> members;
    final OperatorNetwork network;

    Cluster(Path folder, int validators, int nodesPerOperator, Fork fork) throws Exception {
      this(folder, validators, nodesPerOperator, fork, List.of());
    }

    /**
     * @param untilReady what is wrong with all beacon nodes as long as not all operators are up
     */
    Cluster(Path folder, int validators, int nodesPerOperator, Fork fork, List<Fault> untilReady)
        throws Exception {
      this(folder, SimnetClusters.fresh(4, validators), nodesPerOperator, fork, untilReady);
    }

    Cluster(
        Path folder,
        List<OperatorFolder> dealt,
        int nodesPerOperator,
        Fork fork,
        List<Fault> untilReady)
        throws Exception {
      this(folder, dealt, nodesPerOperator, fork, untilReady, SLOTS_PER_EPOCH, SLOT_MILLIS);
    }

    Cluster(
        Path folder,
        List<OperatorFolder> dealt,
        int nodesPerOperator,
        Fork fork,
        List<Fault> untilReady,
        int slotsPerEpoch,
        int slotMillis)
        throws Exception {
      folders = dealt;
      int validators = dealt.getFirst().cluster().validators().size();
      chain =
          BeaconSimulator.start(
                  chainSystem,
                  new ChainConfig(
                      7,
                      System.currentTimeMillis() / 1000 - (long) slotsPerEpoch * slotMillis / 1000,
                      fork,
                      slotMillis,
                      slotsPerEpoch,
                      Placement.SPREAD,
                      16,
                      folders.getFirst().cluster().validators().stream()
                          .map(validator -> validator.group().compressed())
                          .toList()),
                  Collections.nCopies(4 * nodesPerOperator, 0),
                  0,
                  InstantSource.system())
              .toCompletableFuture()
              .get();
      members = new ArrayList<>();
      for (int operator = 0; operator < 4; operator++) {
        Path marks = folder.resolve("m" + validators + "-" + operator);
        OperatorFolder.neverSigned(marks);
        members.add(
            new OperatorNetwork.Member(
                folders.get(operator),
                chain
                    .nodeUrls()
                    .subList(operator * nodesPerOperator, (operator + 1) * nodesPerOperator),
                DatabaseSettings.of(
                    "jdbc:h2:file:" + folder.resolve("v" + validators + "-" + operator)),
                marks));
      }
      for (int node = 0; node < chain.nodeUrls().size(); node++) {
        chain.setFaults(node, untilReady);
      }
      network = OperatorNetwork.start(members);
      network.awaitReady(PATIENCE);
      for (int node = 0; node < chain.nodeUrls().size(); node++) {
        chain.setFaults(node, List.of());
      }
    }

    long nextSlot() {
      return network.times().slotAt(System.currentTimeMillis()) + 1;
    }

    void awaitStartOf(long slot) throws InterruptedException {
      TimeUnit.MILLISECONDS.sleep(network.times().startMillis(slot) - System.currentTimeMillis());
    }

    long frames() {
      return network.operators().stream()
          .mapToLong(operator -> operator.peers().total().framesSent())
          .sum();
    }

    long signatures() {
      return network.operators().stream()
          .mapToLong(operator -> operator.peers().signaturesMade())
          .sum();
    }

    long pairingChecks() {
      return network.operators().stream()
          .mapToLong(operator -> operator.aggregation().pairingChecks())
          .sum();
    }

    @Override
    public void close() {
      network.close();
      chain.stop();
      folders.forEach(OperatorFolder::close);
    }
  }

  private static void assertAllDone(SimulatorReport report) {
    assertThat(report.expected()).isPositive();
    assertThat(report.missed()).as("missed duties of %s", report.slots()).isZero();
    assertThat(report.invalidAggregates()).isZero();
    assertThat(report.conflictingSignatures()).isZero();
  }

  @ParameterizedTest
  @EnumSource(
      value = Fork.class,
      names = {"CAPELLA", "DENEB", "ELECTRA", "FULU"})
  void attestsOnEveryForkThatTheSimulatorServes(Fork fork, @TempDir Path folder) throws Exception {
    try (Cluster cluster = new Cluster(folder, 64, 1, fork)) {
      long first = cluster.nextSlot();
      cluster.awaitStartOf(first + 3);
      assertAllDone(cluster.chain.report(first, first + 2));
    }
  }

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
      assertAllDone(cluster.chain.report(first - perEpoch, last));
      assertThat(before).containsEntry(DutyType.ATTESTER, Map.of(Inclusion.INCLUDED, 16L));
      assertThat(before.get(DutyType.SYNC_MESSAGE)).containsOnlyKeys(Inclusion.INCLUDED);
      assertThat(lost).containsEntry(DutyType.ATTESTER, Map.of(Inclusion.NOT_INCLUDED, 16L));
      assertThat(lost.get(DutyType.SYNC_MESSAGE)).containsOnlyKeys(Inclusion.NOT_INCLUDED);
    }
  }

  @Test
  void readyOperatorsLackNothingAndAgreeOnWhatTheySupportWhenAnEpochEnds(@TempDir Path folder)
      throws Exception {
    int perEpoch = 4;
    try (Cluster cluster =
        new Cluster(
            folder, SimnetClusters.fresh(4, 4), 1, Fork.FULU, List.of(), perEpoch, SLOT_MILLIS)) {
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

  /** A proposal, PREPAREs, COMMITs and partial signatures, and some of them late. */
  private static final double OF_AGGREGATES = 6;

  /** How much more the same costs where what belongs together comes apart. */
  private static final double BUSY = 3;

  /**
   * Per slot, not per duty: what operators say to one another, and what they verify, apart from
   * aggregates and contributions, of which each is a message of its own.
   */
  @Test
  void framesSignaturesAndPairingChecksPerSlotDoNotGrowWithTheNumberOfValidators(
      @TempDir Path folder) throws Exception {
    PerSlot few = measure(folder, 64);
    PerSlot many = measure(folder, 1_000);
    System.out.printf("per operator and slot: 64 validators %s, 1,000 %s%n", few, many);
    // Sixteen times the duties. Of few validators one in four slots has an aggregator, of many
    // nearly each; and a machine that is busy with other things gathers less at a time.
    assertThat(many.frames()).isLessThan(few.frames() * BUSY + OF_AGGREGATES);
    assertThat(many.signatures()).isLessThan(few.signatures() * BUSY + OF_AGGREGATES);
    assertThat(many.pairingChecks()).isLessThan(few.pairingChecks() * BUSY);
  }

  /**
   * @param pairingChecks without those of aggregates, each of which is a message of its own
   */
  private record PerSlot(double frames, double signatures, double pairingChecks) {}

  private PerSlot measure(Path folder, int validators) throws Exception {
    // Duties begin when all are up: those that too few take part in go on for a long time.
    List<Fault> untilReady = List.of(new Fault.Syncing());
    try (Cluster cluster = new Cluster(folder, validators, 1, Fork.FULU, untilReady)) {
      // The first slots warm the virtual machine up.
      long first = cluster.nextSlot() + 4;
      cluster.awaitStartOf(first);
      long frames = cluster.frames();
      long signatures = cluster.signatures();
      long pairingChecks = cluster.pairingChecks();
      int slots = 6;
      cluster.awaitStartOf(first + slots);
      SimulatorReport report = cluster.chain.report(first, first + slots - 1);
      long apart =
          Stream.of("aggregator", "sync_contribution")
              .mapToLong(type ->
                  Optional.ofNullable(report.others().get(type))
                      .map(DutyCount::broadcast)
                      .orElse(0L))
              .sum();
      PerSlot result =
          new PerSlot(
              (cluster.frames() - frames) / (4.0 * 3 * slots),
              (cluster.signatures() - signatures) / (4.0 * slots),
              (cluster.pairingChecks() - pairingChecks - 4.0 * apart) / (4.0 * slots));
      // What was not done cost nothing.
      assertThat(report.broadcast()).isGreaterThan(report.expected() * 9 / 10);
      System.out.printf(
          "%d validators: latency p50 %d ms, max %d ms%n",
          validators,
          report.latenciesMillis().get(report.latenciesMillis().size() / 2),
          report.latenciesMillis().getLast());
      return result;
    }
  }

  /**
   * One operator's node tells of blocks early; the others' do not tell at all, or only when due.
   */
  @Test
  void blocksThatSomeHearOfEarlyCostNoRoundAndNoDuty(@TempDir Path folder) throws Exception {
    try (Cluster cluster = new Cluster(folder, 64, 1, Fork.FULU)) {
      cluster.chain.setBlockDelay(SLOT_MILLIS / 20);
      cluster.chain.setFaults(1, List.of(new Fault.NoEvents()));
      cluster.chain.setFaults(2, List.of(new Fault.NoEvents()));
      cluster.chain.setFaults(3, List.of(new Fault.MadeUpRoots()));
      long first = cluster.nextSlot() + 1;
      cluster.awaitStartOf(first + 5);
      assertAllDone(cluster.chain.report(first, first + 4));
    }
  }

  @Test
  void whereAllHearOfABlockEarlyItIsAttestedBeforeItIsDue(@TempDir Path folder) throws Exception {
    try (Cluster cluster = new Cluster(folder, 64, 1, Fork.FULU)) {
      long before = cluster.nextSlot() + 1;
      cluster.awaitStartOf(before + 3);
      cluster.chain.setBlockDelay(SLOT_MILLIS / 20);
      long after = cluster.nextSlot() + 1;
      cluster.awaitStartOf(after + 5);
      SimulatorReport late = cluster.chain.report(before, before + 1);
      SimulatorReport early = cluster.chain.report(after, after + 4);
      assertAllDone(late);
      assertAllDone(early);
      assertThat(late.latenciesMillis().getFirst()).isNotNegative();
      assertThat(early.latenciesMillis().getFirst()).isNegative();
    }
  }

  @Test
  void aStalledBeaconNodeBesideAGoodOneCostsNoDuty(@TempDir Path folder) throws Exception {
    try (Cluster cluster = new Cluster(folder, 64, 2, Fork.ELECTRA)) {
      for (int operator = 0; operator < 4; operator++) {
        cluster.chain.setFaults(2 * operator, List.of(new Fault.StallForever()));
      }
      long first = cluster.nextSlot() + 1;
      cluster.awaitStartOf(first + 5);
      assertAllDone(cluster.chain.report(first, first + 4));
    }
  }

  @Test
  void withFourHeadsAtFourOperatorsASlotStillDecidesOneValue(@TempDir Path folder)
      throws Exception {
    try (Cluster cluster = new Cluster(folder, 320, 1, Fork.FULU)) {
      for (int operator = 0; operator < 4; operator++) {
        cluster.chain.setFaults(operator, List.of(new Fault.OtherHead(operator)));
      }
      long first = cluster.nextSlot() + 1;
      cluster.awaitStartOf(first + 8);
      SimulatorReport report = cluster.chain.report(first, first + 7);
      assertAllDone(report);
      assertThat(report.diverged())
          .as("of %s duties", report.expected())
          .isLessThanOrEqualTo(report.expected() / 100);
    }
  }

  @Test
  void aLyingBeaconNodeAtOneOperatorChangesNothing(@TempDir Path folder) throws Exception {
    try (Cluster cluster = new Cluster(folder, 64, 1, Fork.FULU)) {
      cluster.chain.setFaults(0, List.of(new Fault.Lie(Fault.Field.TARGET_ROOT)));
      long first = cluster.nextSlot() + 1;
      cluster.awaitStartOf(first + 6);
      assertAllDone(cluster.chain.report(first, first + 3));
    }
  }

  @Test
  void anOperatorThatStopsAndReturnsOnItsDatabaseContradictsNothing(@TempDir Path folder)
      throws Exception {
    try (Cluster cluster = new Cluster(folder, 320, 1, Fork.FULU)) {
      long first = cluster.nextSlot();
      for (int operator : List.of(0, 2)) {
        cluster.awaitStartOf(cluster.nextSlot());
        // In the middle of the slot's votes.
        TimeUnit.MILLISECONDS.sleep(SLOT_MILLIS / 3 + 20);
        cluster.network.restart(operator);
      }
      long last = cluster.nextSlot();
      cluster.awaitStartOf(last + 1);
      assertAllDone(cluster.chain.report(first, last - 1));
      assertThat(
              IntStream.range(0, 4)
                  .mapToObj(cluster.network.operators()::get)
                  .mapToLong(operator -> operator.figures().accusations())
                  .sum())
          .as("votes against votes")
          .isZero();
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
