/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simnet;

import com.typesafe.config.ConfigFactory;
import dev.quorate.actors.validator.DutyFigures;
import dev.quorate.actors.wiring.ChainFacts;
import dev.quorate.actors.wiring.Operator;
import dev.quorate.config.ClusterFile;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyOutcome;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.inclusion.Inclusion;
import dev.quorate.node.pod.Pod;
import dev.quorate.persistence.store.DatabaseSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Operators in one process, each with a database and an actor system of its own. */
public final class OperatorNetwork implements AutoCloseable {
  /**
   * One operator to be.
   *
   * @param beaconUrls the preferred node first
   * @param marks the folder of its high-water marks
   */
  public record Member(
      OperatorFolder folder, List<String> beaconUrls, DatabaseSettings database, Path marks) {}

  private final SlotTimes times;
  private final List<Running> running = new ArrayList<>();
  private final Map<DutyId, Integer> rounds = new ConcurrentHashMap<>();
  private final Map<DutyId, Inclusion> inclusions = new ConcurrentHashMap<>();

  private record Running(Member member, Pod pod) {}

  private OperatorNetwork(SlotTimes times) {
    this.times = times;
  }

  /**
   * Starts all of them; they find one another by the addresses of the cluster file.
   *
   * @throws dev.quorate.config.InvalidConfiguration if no beacon node says which chain this is
   */
  public static OperatorNetwork start(List<Member> members) throws InterruptedException {
    SlotTimes times = ChainFacts.ask(settings(members.getFirst()).beaconNodes());
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
    return new Running(
        member,
        Pod.start(
            member.folder(),
            settings(member),
            member.database(),
            times,
            new DutyFigures(new Ended())));
  }

  private static OperatorSettings settings(Member member) {
    ClusterFile cluster = member.folder().cluster();
    return OperatorSettings.of(
        ConfigFactory.parseMap(
            Map.of(
                "quorate.peers.bind-address",
                cluster.operators().get(member.folder().position()).address().toString(),
                "quorate.beacon-nodes.urls",
                member.beaconUrls(),
                "quorate.files.marks",
                member.marks().toAbsolutePath().toString(),
                "quorate.admin.bind-address",
                "off")),
        Path.of(""));
  }

  /** Ends one operator where it is, as a crash would, and starts it again on its database. */
  public void restart(int position) {
    Running before = running.get(position);
    before.pod().abandon();
    running.set(position, start(before.member()));
  }

  private final class Ended implements DutyFigures.Listener {
    @Override
    public void ended(DutyId duty, DutyOutcome outcome) {
      switch (outcome) {
        case DutyOutcome.Broadcast done when duty.type().isPublished() ->
            rounds.merge(duty, done.round(), Math::min);
        case DutyOutcome.Decided done -> rounds.merge(duty, done.round(), Math::min);
        case DutyOutcome.Broadcast _, DutyOutcome.Missed _ -> {}
      }
    }

    @Override
    public void tracked(DutyId duty, Optional<Inclusion> inclusion) {
      // Of operators whose nodes differ the one that has seen it.
      inclusion.ifPresent(known ->
          inclusions.merge(duty, known, (one, other) -> one == Inclusion.INCLUDED ? one : other));
    }
  }

  public SlotTimes times() {
    return times;
  }

  public List<Operator> operators() {
    return running.stream().map(one -> one.pod().operator()).toList();
  }

  /** Blocks until every operator has its links and its entities. */
  public void awaitReady(Duration patience) throws TimeoutException, InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!operators().stream().allMatch(OperatorNetwork::isComplete)) {
      for (Operator operator : operators()) {
        if (operator.whenStopped().isDone()) {
          throw new TimeoutException("an operator stopped: " + operator.whenStopped().join());
        }
      }
      if (System.nanoTime() > deadline) {
        throw new TimeoutException(
            "not all operators are ready after " + patience.toSeconds() + " s: " + readiness());
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private static boolean isComplete(Operator operator) {
    return operator.isReady() && operator.unreached().isEmpty();
  }

  private String readiness() {
    return running.stream()
        .map(one ->
            "operator %d lacks %d validators and links to %s"
                .formatted(
                    one.member().folder().position(),
                    one.pod().operator().unregistered(),
                    one.pod().operator().unreached()))
        .collect(Collectors.joining("; "));
  }

  /** Duties of the cluster that were broadcast, or ended decided, by the round that decided. */
  public Map<Integer, Long> roundsHistogram(long fromSlot, long toSlot) {
    return broadcast(fromSlot, toSlot)
        .collect(Collectors.groupingBy(Map.Entry::getValue, TreeMap::new, Collectors.counting()));
  }

  /** Duties of the cluster that were broadcast, or ended decided, by type. */
  public Map<DutyType, Long> doneByType(long fromSlot, long toSlot) {
    return broadcast(fromSlot, toSlot)
        .collect(Collectors.groupingBy(duty -> duty.getKey().type(), Collectors.counting()));
  }

  /** Duties of the cluster of which it is known by now whether the chain has them, by type. */
  public Map<DutyType, Map<Inclusion, Long>> inclusionByType(long fromSlot, long toSlot) {
    return inclusions.entrySet().stream()
        .filter(duty -> duty.getKey().slot() >= fromSlot && duty.getKey().slot() <= toSlot)
        .collect(
            Collectors.groupingBy(
                duty -> duty.getKey().type(),
                Collectors.groupingBy(Map.Entry::getValue, Collectors.counting())));
  }

  private Stream<Map.Entry<DutyId, Integer>> broadcast(long fromSlot, long toSlot) {
    return rounds.entrySet().stream()
        .filter(duty -> duty.getKey().slot() >= fromSlot && duty.getKey().slot() <= toSlot);
  }

  public long journalRows() {
    return running.stream().mapToLong(one -> one.pod().database().journalRows()).sum();
  }

  @Override
  public void close() {
    running.parallelStream().forEach(one -> one.pod().close());
    running.clear();
  }
}
