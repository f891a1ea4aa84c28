/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.client;

import com.typesafe.config.ConfigFactory;
import dev.quorate.actors.validator.DutyFigures;
import dev.quorate.actors.wiring.ChainFacts;
import dev.quorate.beacon.simulator.BeaconSimulator;
import dev.quorate.beacon.simulator.ChainConfig;
import dev.quorate.beacon.simulator.Placement;
import dev.quorate.config.ClusterPlan;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.config.Proposals;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.node.pod.Pod;
import dev.quorate.node.simnet.SimnetClusters;
import dev.quorate.persistence.store.DatabaseSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** Four operators whose key shares are with validator clients, and a beacon node for each. */
public final class ClientNetwork implements AutoCloseable {
  public static final int OPERATORS = 4;

  /** The chain began so long ago. */
  private static final int PAST_SLOTS = 32;

  /**
   * What is run.
   *
   * @param slotsPerEpoch validators are spread over them; all are in each slot where it is 1
   * @param duties of the clients; operators assign blocks only if these propose
   */
  public record Plan(
      int validators, Fork fork, int slotMillis, int slotsPerEpoch, HonestClient.Duties duties) {
    private Optional<Proposals> proposals() {
      return duties == HonestClient.Duties.BLOCKS
          ? Optional.of(new Proposals(Bytes.fromHex("51".repeat(20)), OptionalInt.empty()))
          : Optional.empty();
    }
  }

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(120);

  private final List<OperatorFolder> folders;
  private final BeaconSimulator chain;
  private final SlotTimes times;
  private final List<Pod> pods = new ArrayList<>();
  private final List<HonestClient> clients = new ArrayList<>();
  private final ActorSystem<Void> chainSystem = ActorSystem.create(Behaviors.empty(), "chain");

  /**
   * Blocks until all operators are ready. Clients wait for {@link HonestClient#start}.
   *
   * @param folder for databases and marks
   */
  public ClientNetwork(Path folder, Plan plan)
      throws IOException, InterruptedException, TimeoutException {
    folders =
        SimnetClusters.fresh(
            OPERATORS,
            ClusterPlan.thresholdDefault(OPERATORS),
            plan.validators(),
            plan.proposals());
    chain =
        BeaconSimulator.start(
                chainSystem,
                new ChainConfig(
                    7,
                    System.currentTimeMillis() / 1000
                        - (long) PAST_SLOTS * plan.slotMillis() / 1000,
                    plan.fork(),
                    plan.slotMillis(),
                    plan.slotsPerEpoch(),
                    Placement.SPREAD,
                    16,
                    folders.getFirst().cluster().validators().stream()
                        .map(validator -> validator.group().compressed())
                        .toList()),
                Collections.nCopies(OPERATORS, 0),
                0,
                InstantSource.system())
            .toCompletableFuture()
            .join();
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
    }
    try {
      await(() ->
          pods.stream()
              .allMatch(pod -> pod.operator().isReady() && pod.operator().unreached().isEmpty()));
    } catch (TimeoutException tooSlow) {
      close();
      throw tooSlow;
    }
    for (int operator = 0; operator < OPERATORS; operator++) {
      clients.add(
          new HonestClient(
              pods.get(operator).validatorApiAddress().orElseThrow(),
              folders.get(operator).shares(),
              plan.duties()));
    }
  }

  /** Blocks for two minutes at most. */
  public void await(BooleanSupplier done) throws InterruptedException, TimeoutException {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!done.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new TimeoutException("not in time");
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

  public List<OperatorFolder> folders() {
    return folders;
  }

  public BeaconSimulator chain() {
    return chain;
  }

  public SlotTimes times() {
    return times;
  }

  public List<Pod> pods() {
    return pods;
  }

  /** One for each operator. */
  public List<HonestClient> clients() {
    return clients;
  }

  public long nextSlot() {
    return times.slotAt(System.currentTimeMillis()) + 1;
  }

  public void awaitStartOf(long slot) throws InterruptedException {
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
