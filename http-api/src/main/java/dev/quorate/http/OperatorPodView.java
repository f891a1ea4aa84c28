/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import dev.quorate.actors.peer.PeerCounters;
import dev.quorate.actors.schedule.ClockHealth;
import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.actors.validator.DutyFigures;
import dev.quorate.actors.wiring.Operator;
import dev.quorate.config.ClusterFile;
import dev.quorate.config.ExitApproval;
import dev.quorate.config.Release;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyLedger;
import dev.quorate.consensus.duty.JournalExcerpt;
import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.http.view.NodeView;
import dev.quorate.http.view.PodsView;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.sharding.ShardRegion.ClusterShardingStats;
import org.apache.pekko.cluster.sharding.ShardRegion.ShardRegionStats;
import org.apache.pekko.cluster.sharding.typed.GetClusterShardingStats;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.typed.Cluster;

/** A pod as it is. */
final class OperatorPodView implements PodView {
  /** For one answer of an entity, or of the other pods. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final Operator operator;
  private final Facts facts;
  private final Executor blocking;

  OperatorPodView(Operator operator) {
    this.operator = operator;
    this.blocking = operator.system().dispatchers().lookup(DispatcherSelector.blocking());
    ClusterFile cluster = operator.cluster();
    this.facts =
        new Facts(
            Release.VERSION,
            operator.pod(),
            operator.position(),
            cluster.name(),
            cluster.hash(),
            cluster.operators().stream()
                .map(one -> new OperatorFacts(one.name(), one.address().toString()))
                .toList(),
            cluster.quorum().size(),
            cluster.threshold(),
            cluster.validators().stream().map(key -> key.group().compressed()).toList(),
            operator.times());
  }

  @Override
  public Facts facts() {
    return facts;
  }

  @Override
  public long nowMillis() {
    return System.currentTimeMillis();
  }

  @Override
  public Set<Integer> reachable() {
    return operator.reachable();
  }

  @Override
  public Set<Integer> up() {
    return operator.up();
  }

  @Override
  public int upHere() {
    return operator.validatorsHere();
  }

  @Override
  public PeerCounters.Counts counts(int peer) {
    return operator.peers().of(peer);
  }

  @Override
  public Optional<PeerCounters.Vitals> vitals(int peer) {
    return operator.peers().vitals(peer);
  }

  @Override
  public List<NodeView.BeaconNode> beaconNodes() {
    return operator.beaconNodes().entrySet().stream()
        .map(node ->
            new NodeView.BeaconNode(
                node.getKey().toString(),
                node.getValue().standing().name(),
                node.getValue().failuresInARow()))
        .toList();
  }

  @Override
  public NodeView.Clock clock() {
    ClockHealth clock = operator.clockHealth();
    return new NodeView.Clock(clock.steps(), clock.recentStepMillis());
  }

  @Override
  public OptionalLong rivalSlot() {
    return operator.rivals().recentSlot(nowMillis());
  }

  @Override
  public boolean isSealed() {
    return operator.isSealed();
  }

  @Override
  public Optional<Quarantine> quarantine() {
    return operator.quarantine();
  }

  @Override
  public Optional<String> signerAilment() {
    return operator.signerAilment();
  }

  @Override
  public Tallies tallies() {
    DutyFigures duties = operator.figures();
    return new Tallies(
        duties.broadcast(),
        duties.missed(),
        duties.rounds(),
        duties.diverged(),
        duties.accusations(),
        duties.discarded(),
        operator.peers().signaturesMade(),
        operator.peers().signaturesVerified(),
        operator.aggregation().pairingChecks(),
        operator.fenced(),
        operator.granted(),
        operator.refused(),
        operator.signerFailures(),
        operator.clientRefusals(),
        operator.handOvers().moves());
  }

  @Override
  public void listen(DutyFigures.Listener listener) {
    operator.figures().listen(listener);
  }

  @Override
  public CompletionStage<Boolean> isDatabaseReachable() {
    return CompletableFuture.supplyAsync(operator::isDatabaseReachable, blocking);
  }

  @Override
  public CompletionStage<DutyLedger> journal(int validator) {
    return ClusterSharding.get(operator.system())
        .entityRefFor(DistributedValidator.TYPE, facts.keys().get(validator).hex())
        .ask(DistributedValidator.Describe::new, PATIENCE)
        .thenApply(DistributedValidator.Journaled::ledger);
  }

  @Override
  public CompletionStage<JournalExcerpt> excerpt(DutyId duty) {
    return CompletableFuture.supplyAsync(() -> operator.excerpt(duty), blocking);
  }

  @Override
  public CompletionStage<Watermarks> watermarks(int validator) {
    return CompletableFuture.supplyAsync(() -> operator.watermarks(validator), blocking);
  }

  @Override
  public CompletionStage<Optional<Quarantine>> quarantineNow() {
    return CompletableFuture.supplyAsync(operator::quarantineNow, blocking);
  }

  @Override
  public CompletionStage<List<PodsView.Pod>> pods() {
    Function<ActorRef<ClusterShardingStats>, GetClusterShardingStats> question =
        replyTo -> new GetClusterShardingStats(DistributedValidator.TYPE, PATIENCE, replyTo);
    return AskPattern.ask(
            ClusterSharding.get(operator.system()).shardState(),
            question::apply,
            PATIENCE,
            operator.system().scheduler())
        .thenApply(stats -> pods(stats.getRegions()));
  }

  @Override
  public CompletionStage<Boolean> approve(ExitApproval approval) {
    return CompletableFuture.supplyAsync(() -> operator.approve(approval), blocking);
  }

  private List<PodsView.Pod> pods(Map<Address, ShardRegionStats> regions) {
    Cluster cluster = Cluster.get(operator.system());
    Set<Member> unreachable = cluster.state().getUnreachable();
    return StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
        .map(member -> {
          List<Integer> entitiesByShard =
              Optional.ofNullable(regions.get(member.address()))
                  .map(region ->
                      region.getStats().values().stream()
                          .map(entities -> ((Number) entities).intValue())
                          .toList())
                  .orElse(List.of());
          return new PodsView.Pod(
              member.address().toString(),
              member.status().toString().toUpperCase(Locale.ROOT),
              member.equals(cluster.selfMember()),
              !unreachable.contains(member),
              entitiesByShard.size(),
              entitiesByShard.stream().mapToInt(Integer::intValue).sum());
        })
        .collect(Collectors.toList());
  }
}
