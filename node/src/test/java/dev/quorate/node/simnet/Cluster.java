/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simnet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.beacon.simulator.BeaconSimulator;
import dev.quorate.beacon.simulator.ChainConfig;
import dev.quorate.beacon.simulator.Fault;
import dev.quorate.beacon.simulator.Placement;
import dev.quorate.beacon.simulator.SimulatorReport;
import dev.quorate.config.OperatorFolder;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.persistence.store.DatabaseSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Four operators as they are, with real links, databases and a Beacon API over HTTP: a chain with
 * so many nodes each.
 */
final class Cluster implements AutoCloseable {
  static final int SLOTS_PER_EPOCH = 32;
  static final int SLOT_MILLIS = 2_000;
  static final Duration PATIENCE = Duration.ofSeconds(60);

  /** How many slots after its own a duty may still be done. */
  private static final int SLOTS_LATE = 2;

  private final ActorSystem<Void> chainSystem = ActorSystem.create(Behaviors.empty(), "chain");
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
    chainSystem.terminate();
  }

  /** Whoever waited for the end of a slot may be ahead of its duties on a busy machine. */
  SimulatorReport assertAllDone(long fromSlot, long toSlot) throws InterruptedException {
    SimulatorReport report = chain.report(fromSlot, toSlot);
    while (report.missed() > 0 && nextSlot() <= toSlot + 1 + SLOTS_LATE) {
      TimeUnit.MILLISECONDS.sleep(50);
      report = chain.report(fromSlot, toSlot);
    }
    assertThat(report.expected()).isPositive();
    assertThat(report.missed()).as("missed duties of %s", report.slots()).isZero();
    assertThat(report.invalidAggregates()).isZero();
    assertThat(report.conflictingSignatures()).isZero();
    return report;
  }
}
