/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.client;

import com.typesafe.config.ConfigFactory;
import dev.quorate.actors.validator.DutyFigures;
import dev.quorate.actors.wiring.ChainFacts;
import dev.quorate.beacon.simulator.BeaconSimulator;
import dev.quorate.beacon.simulator.ChainConfig;
import dev.quorate.beacon.simulator.Placement;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.node.pod.Pod;
import dev.quorate.node.simnet.SimnetClusters;
import dev.quorate.persistence.store.DatabaseSettings;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** Four operators whose key shares are with validator clients, and a beacon node for each. */
final class ClientNetwork implements AutoCloseable {
  static final int SLOT_MILLIS = 3_000;
  private static final int OPERATORS = 4;
  private static final int SLOTS_PER_EPOCH = 32;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  final List<OperatorFolder> folders;
  final BeaconSimulator chain;
  final SlotTimes times;
  final List<Pod> pods = new ArrayList<>();
  final List<HonestClient> clients = new ArrayList<>();
  private final ActorSystem<Void> chainSystem = ActorSystem.create(Behaviors.empty(), "chain");

  ClientNetwork(Path folder, int validators, Fork fork) throws Exception {
    folders = SimnetClusters.fresh(OPERATORS, validators);
    chain =
        BeaconSimulator.start(
                chainSystem,
                new ChainConfig(
                    7,
                    System.currentTimeMillis() / 1000 - (long) SLOTS_PER_EPOCH * SLOT_MILLIS / 1000,
                    fork,
                    SLOT_MILLIS,
                    SLOTS_PER_EPOCH,
                    Placement.SPREAD,
                    16,
                    folders.getFirst().cluster().validators().stream()
                        .map(validator -> validator.group().compressed())
                        .toList()),
                Collections.nCopies(OPERATORS, 0),
                0,
                InstantSource.system())
            .toCompletableFuture()
            .get();
    times = ChainFacts.ask(settings(folder, 0).beaconNodes());
    for (int operator = 0; operator < OPERATORS; operator++) {
      OperatorSettings settings = settings(folder, operator);
      OperatorFolder.neverSigned(settings.files().marks());
      Pod pod =
          Pod.start(
              folders.get(operator),
              settings,
              DatabaseSettings.of("jdbc:h2:file:" + folder.resolve("database-" + operator)),
              times,
              new DutyFigures((_, _) -> {}));
      pods.add(pod);
      clients.add(
          new HonestClient(
              pod.validatorApiAddress().orElseThrow(), folders.get(operator).shares()));
    }
    await(() ->
        pods.stream()
            .allMatch(pod -> pod.operator().isReady() && pod.operator().unreached().isEmpty()));
  }

  void await(BooleanSupplier done) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!done.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not in time");
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private OperatorSettings settings(Path folder, int operator) {
    return OperatorSettings.of(
        ConfigFactory.parseMap(
            Map.of(
                "quorate.peers.bind-address",
                folders.get(operator).cluster().operators().get(operator).address().toString(),
                "quorate.beacon-nodes.urls",
                List.of(chain.nodeUrls().get(operator)),
                "quorate.files.marks",
                folder.resolve("marks-" + operator).toString(),
                "quorate.admin.bind-address",
                "off",
                "quorate.validator-api.enabled",
                true,
                "quorate.validator-api.bind-address",
                "127.0.0.1:0")),
        folder);
  }

  long nextSlot() {
    return times.slotAt(System.currentTimeMillis()) + 1;
  }

  void awaitStartOf(long slot) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(times.startMillis(slot) - System.currentTimeMillis());
  }

  @Override
  public void close() {
    clients.forEach(HonestClient::close);
    pods.parallelStream().forEach(Pod::close);
    chain.stop();
    chainSystem.terminate();
    folders.forEach(OperatorFolder::close);
  }
}
