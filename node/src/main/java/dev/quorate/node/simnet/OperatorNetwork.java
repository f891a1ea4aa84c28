/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simnet;

import com.typesafe.config.ConfigFactory;
import dev.quorate.actors.validator.DutyFigures;
import dev.quorate.actors.wiring.ChainFacts;
import dev.quorate.actors.wiring.Operator;
import dev.quorate.beacon.client.BeaconUrl;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyOutcome;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.persistence.store.OperatorIdentity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/** Operators in one process, each with a database and an actor system of its own. */
public final class OperatorNetwork implements AutoCloseable {
  private static final long BEACON_TIMEOUT_MILLIS = 2_000;
  private static final Duration CHAIN_PATIENCE = Duration.ofSeconds(60);

  /**
   * One operator to be.
   *
   * @param beaconUrls the preferred node first
   */
  public record Member(OperatorFolder folder, List<String> beaconUrls, DatabaseSettings database) {}

  private final SlotTimes times;
  private final List<Running> running = new ArrayList<>();
  private final Map<DutyId, Integer> rounds = new ConcurrentHashMap<>();

  private record Running(Member member, OperatorDatabase database, Operator operator) {
    void stop() {
      operator.close();
      database.close();
    }
  }

  private OperatorNetwork(SlotTimes times) {
    this.times = times;
  }

  /**
   * Starts all of them; they find one another by the addresses of the cluster file.
   *
   * @throws TimeoutException if no beacon node says which chain this is
   */
  public static OperatorNetwork start(List<Member> members)
      throws TimeoutException, InterruptedException {
    SlotTimes times =
        ChainFacts.ask(
            members.getFirst().beaconUrls().stream().map(BeaconUrl::of).toList(),
            BEACON_TIMEOUT_MILLIS,
            CHAIN_PATIENCE);
    OperatorNetwork network = new OperatorNetwork(times);
    try {
      for (Member member : members) {
        network.running.add(network.start(member));
      }
      return network;
    } catch (RuntimeException failure) {
      network.close();
      throw failure;
    }
  }

  private Running start(Member member) {
    OperatorFolder folder = member.folder();
    OperatorDatabase database =
        OperatorDatabase.open(
            member.database(),
            new OperatorIdentity(
                folder.identity().publicKey().encoded().toBytes(),
                folder.cluster().hash(),
                times.genesis().validatorsRoot()));
    OperatorSettings settings =
        OperatorSettings.of(
            ConfigFactory.parseMap(
                    Map.of(
                        "quorate.peers.bind-address",
                        folder.cluster().operators().get(folder.position()).address().toString(),
                        "quorate.beacon-nodes.urls",
                        member.beaconUrls()))
                .withFallback(ConfigFactory.defaultReference())
                .resolve());
    Operator operator =
        Operator.start(
            new Operator.Parts(folder, settings, times, database, new DutyFigures(this::ended)));
    return new Running(member, database, operator);
  }

  /** Ends one operator where it is, as a crash would, and starts it again on its database. */
  public void restart(int position) {
    Running before = running.get(position);
    before.operator().abandon();
    before.database().close();
    running.set(position, start(before.member()));
  }

  private void ended(DutyId duty, DutyOutcome outcome) {
    switch (outcome) {
      case DutyOutcome.Broadcast done -> rounds.merge(duty, done.round(), Math::min);
      case DutyOutcome.Missed _ -> {}
    }
  }

  public SlotTimes times() {
    return times;
  }

  public List<Operator> operators() {
    return running.stream().map(Running::operator).toList();
  }

  /** Blocks until every operator has its links and its entities. */
  public void awaitReady(Duration patience) throws TimeoutException, InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!operators().stream().allMatch(Operator::isReady)) {
      if (operators().stream().anyMatch(Operator::hasStopped)) {
        throw new TimeoutException("an operator stopped while it started; the log says why");
      }
      if (System.nanoTime() > deadline) {
        throw new TimeoutException(
            "not all operators are ready after " + patience.toSeconds() + " s: " + readiness());
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private String readiness() {
    return operators().stream().map(Operator::readiness).collect(Collectors.joining("; "));
  }

  /** Duties of the cluster that were broadcast, by the round that decided them. */
  public Map<Integer, Long> roundsHistogram(long fromSlot, long toSlot) {
    return rounds.entrySet().stream()
        .filter(duty -> duty.getKey().slot() >= fromSlot && duty.getKey().slot() <= toSlot)
        .collect(Collectors.groupingBy(Map.Entry::getValue, TreeMap::new, Collectors.counting()));
  }

  public long journalRows() {
    return running.stream().mapToLong(one -> one.database().journalRows()).sum();
  }

  @Override
  public void close() {
    running.parallelStream().forEach(Running::stop);
    running.clear();
  }
}
