/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.quorate.actors.aggregate.Aggregator;
import dev.quorate.actors.broadcast.Broadcaster;
import dev.quorate.actors.fetch.Fetcher;
import dev.quorate.actors.peer.PeerCounters;
import dev.quorate.actors.peer.PeerLinks;
import dev.quorate.actors.peer.PeerSettings;
import dev.quorate.actors.peer.PeerTimes;
import dev.quorate.actors.schedule.Scheduler;
import dev.quorate.actors.sign.ShareSigner;
import dev.quorate.actors.validator.Desk;
import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.actors.validator.DutyFigures;
import dev.quorate.actors.validator.Identity;
import dev.quorate.actors.validator.Services;
import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.beacon.client.BeaconUrl;
import dev.quorate.config.Address;
import dev.quorate.config.ClusterFile;
import dev.quorate.config.ConfigurationFault;
import dev.quorate.config.InvalidConfiguration;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.config.Protection;
import dev.quorate.config.Release;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.persistence.fence.Activation;
import dev.quorate.persistence.fence.VoteFence;
import dev.quorate.persistence.guard.SigningGuard;
import dev.quorate.persistence.journal.JournalSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.http.javadsl.Http;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One pod of one operator. {@link #wire} is the whole of it: which actor knows which. */
public final class Operator implements AutoCloseable {
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);

  private static final Logger LOG = LoggerFactory.getLogger(Operator.class);

  private final Parts parts;
  private final SigningGuard guard;
  private final VoteFence fence;
  private final ExecutorService crypto;
  private final Aggregator.Figures aggregation = new Aggregator.Figures();
  private final PeerCounters peers;
  private final Set<Integer> reachable = ConcurrentHashMap.newKeySet();
  private final Set<Integer> registered = ConcurrentHashMap.newKeySet();
  private final AtomicReference<String> failure = new AtomicReference<>("a part of it stopped");
  private final ActorSystem<PeerLinks.Inbound> system;

  /**
   * What a pod is made of.
   *
   * @param folder the operator's keys; they remain the caller's to close, after this
   * @param database open, bound to this operator; remains the caller's to close, after this
   * @param pod its name among the operator's pods
   */
  public record Parts(
      OperatorFolder folder,
      OperatorSettings settings,
      SlotTimes times,
      OperatorDatabase database,
      String pod,
      DutyFigures figures) {
    ClusterFile cluster() {
      return folder.cluster();
    }

    List<BeaconUrl> beaconUrls() {
      return settings.beaconNodes().urls().stream()
          .map(url -> BeaconUrl.of(url.toString()))
          .toList();
    }
  }

  public static Operator start(Parts parts) {
    return new Operator(parts, System::currentTimeMillis);
  }

  private Operator(Parts parts, LongSupplier clock) {
    this.parts = parts;
    guard = new SigningGuard(parts.database(), new ChainClock(parts.times(), clock));
    try {
      parts.folder().protection().ifPresent(this::inherit);
    } catch (RuntimeException refused) {
      guard.close();
      throw refused;
    }
    fence = new VoteFence(parts.database());
    peers = new PeerCounters(parts.cluster().operators().size());
    crypto = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    Config pekko = ConfigFactory.load().getConfig("quorate.pod").withFallback(ConfigFactory.load());
    system =
        ActorSystem.create(
            Behaviors.setup(context -> wire(context, clock)),
            "quorate",
            JournalSettings.DEFAULT.setup(parts.database(), pekko));
  }

  /** Given keys have a history: the guard knows it before anything is signed. */
  private void inherit(Protection protection) {
    Bytes32 chain = parts.times().genesis().validatorsRoot();
    if (!protection.genesisValidatorsRoot().equals(chain)) {
      throw new InvalidConfiguration(
          ConfigurationFault.WRONG_CHAIN,
          "slashing protection",
          "it is of the chain "
              + protection.genesisValidatorsRoot()
              + ", the beacon node's is "
              + chain);
    }
    guard.raise(protection.watermarks());
  }

  /**
   * The guardian wires everything and then delivers the mail; what comes meanwhile waits for it.
   */
  private Behavior<PeerLinks.Inbound> wire(
      ActorContext<PeerLinks.Inbound> context, LongSupplier clock) {
    ClusterFile cluster = parts.cluster();
    Executor blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
    List<Bytes> keys =
        cluster.validators().stream().map(validator -> validator.group().compressed()).toList();
    BeaconNodes nodes =
        new BeaconNodes(
            context.getSystem(),
            parts.beaconUrls(),
            parts.settings().beaconNodes().timeoutMillis());

    var broadcaster = context.spawn(Broadcaster.create(nodes, parts.times().spec()), "broadcaster");
    var aggregator =
        spawn(
            context,
            Aggregator.create(cluster.validators(), cluster.threshold(), crypto, aggregation),
            "aggregator");
    var fetcher = spawn(context, Fetcher.create(nodes.nodes(), clock), "fetcher");
    CompletableFuture<ActorRef<Scheduler.Command>> schedulerToBe = new CompletableFuture<>();
    var links =
        spawn(
            context,
            PeerLinks.create(
                peerSettings(parts, clock.getAsLong()),
                parts.folder().identity(),
                duty -> window(parts.times(), clock.getAsLong(), duty),
                peers,
                context.getSelf(),
                spawn(context, peerEvents(schedulerToBe), "peer-events")),
            "peer-links");
    ClusterSharding sharding = ClusterSharding.get(context.getSystem());
    IntConsumer wake =
        validator ->
            sharding
                .entityRefFor(DistributedValidator.TYPE, keys.get(validator).hex())
                .tell(new DistributedValidator.Wake());
    var scheduler =
        spawn(
            context,
            Scheduler.create(
                new Scheduler.Setup(
                    parts.times(),
                    keys,
                    cluster.quorum(),
                    cluster.threshold(),
                    parts.folder().position(),
                    parts.settings().rounds(),
                    clock,
                    (type, slot, duties) -> {
                      aggregator.tell(new Aggregator.Expect(type, slot, duties));
                      links.tell(new PeerLinks.Expect(type, slot, duties));
                    },
                    slot -> blocking.execute(() -> fence.prune(slot)),
                    wake),
                nodes,
                fetcher),
            "scheduler");
    schedulerToBe.complete(scheduler);

    Map<Bytes, Integer> positions = new HashMap<>();
    keys.forEach(key -> positions.put(key, positions.size()));
    CompletableFuture<Mailroom> mailroomToBe = new CompletableFuture<>();
    Services services =
        new Services(
            fence,
            guard,
            new ShareSigner(parts.folder().shares(), crypto),
            aggregator,
            broadcaster,
            outgoing -> links.tell(new PeerLinks.Send(outgoing)),
            desk(scheduler, fetcher, mailroomToBe),
            parts.figures(),
            clock,
            Activation::random);
    sharding.init(
        Entity.of(
            DistributedValidator.TYPE,
            entity -> {
              Bytes key = Bytes.fromHex(entity.getEntityId());
              int position = Optional.ofNullable(positions.get(key)).orElseThrow();
              return DistributedValidator.create(new Identity(position, key), services);
            }));
    Cluster node = Cluster.get(context.getSystem());
    node.manager().tell(Join.create(node.selfMember().address()));
    Mailroom mailroom =
        new Mailroom(
            keys.stream()
                .map(key -> sharding.entityRefFor(DistributedValidator.TYPE, key.hex()))
                .toList(),
            cluster.operators().size(),
            peers);
    mailroomToBe.complete(mailroom);
    IntStream.range(0, keys.size()).forEach(wake);
    return mailroom.open(this::failed);
  }

  /**
   * A part that fails takes the pod with it: one that went on without it would only seem to work.
   */
  private static <T> ActorRef<T> spawn(ActorContext<?> context, Behavior<T> behavior, String name) {
    ActorRef<T> child = context.spawn(behavior, name);
    context.watch(child);
    return child;
  }

  private void failed(ChildFailed part) {
    Throwable cause = part.cause();
    String root =
        Optional.ofNullable(cause.getCause()).map(deeper -> ": " + deeper.getMessage()).orElse("");
    failure.set(part.getRef().path().name() + " failed: " + cause.getMessage() + root);
  }

  private Desk desk(
      ActorRef<Scheduler.Command> scheduler,
      ActorRef<Fetcher.Command> fetcher,
      CompletionStage<Mailroom> mailroom) {
    return new Desk() {
      @Override
      public void register(
          int validator, ActorRef<DistributedValidator.Command> entity, Set<DutyId> unfinished) {
        registered.add(validator);
        mailroom.thenAccept(known -> known.forget(validator));
        scheduler.tell(new Scheduler.Register(validator, entity, unfinished));
      }

      @Override
      public void refresh(DutyId duty) {
        fetcher.tell(new Fetcher.Refresh(duty.slot()));
      }
    };
  }

  private Behavior<PeerLinks.LinkEvent> peerEvents(
      CompletionStage<ActorRef<Scheduler.Command>> scheduler) {
    return Behaviors.receiveMessage(event -> {
      switch (event) {
        case PeerLinks.LinkUp(int operator) -> {
          reachable.add(operator);
          scheduler.thenAccept(known -> known.tell(new Scheduler.PeerUp(operator)));
        }
        case PeerLinks.LinkDown(int operator) -> reachable.remove(operator);
      }
      return Behaviors.same();
    });
  }

  private static PeerSettings peerSettings(Parts parts, long nowMillis) {
    ClusterFile cluster = parts.cluster();
    int self = parts.folder().position();
    Address bind = parts.settings().peers().bind();
    Map<Integer, InetSocketAddress> others = new HashMap<>();
    for (int operator = 0; operator < cluster.operators().size(); operator++) {
      if (operator != self) {
        Address address = cluster.operators().get(operator).address();
        others.put(operator, InetSocketAddress.createUnresolved(address.host(), address.port()));
      }
    }
    return new PeerSettings(
        cluster.hash(),
        cluster.operators().stream().map(ClusterFile.Operator::identityKey).toList(),
        cluster.validators().size(),
        self,
        parts.pod(),
        nowMillis,
        Release.VERSION,
        new InetSocketAddress(bind.host(), bind.port()),
        others,
        PeerTimes.DEFAULT.withFlush(Duration.ofMillis(parts.settings().peers().flushMillis())));
  }

  /** Of what others may speak: nothing later than the next slot, nothing past its deadline. */
  private static Optional<Reason> window(SlotTimes times, long nowMillis, DutyId duty) {
    if (duty.slot() > times.slotAt(nowMillis) + 1) {
      return Optional.of(Reason.TOO_EARLY);
    }
    return times.inclusionDeadlineMillis(duty.slot()) < nowMillis
        ? Optional.of(Reason.TOO_LATE)
        : Optional.empty();
  }

  /** It can do duties: a quorum is linked, and every validator's entity is up. */
  public boolean isReady() {
    return reachable.size() + 1 >= parts.cluster().quorum().size()
        && registered.size() == parts.cluster().validators().size();
  }

  /** The positions of the operators to which no link is up. */
  public Set<Integer> unreached() {
    Set<Integer> others = new TreeSet<>();
    for (int operator = 0; operator < parts.cluster().operators().size(); operator++) {
      if (operator != parts.folder().position() && !reachable.contains(operator)) {
        others.add(operator);
      }
    }
    return others;
  }

  /** How many validators' entities are not up yet. */
  public int unregistered() {
    return parts.cluster().validators().size() - registered.size();
  }

  /** Completed with the reason when it has stopped by itself, since a part of it failed. */
  public CompletableFuture<String> whenStopped() {
    return system.getWhenTerminated().thenApply(_ -> failure.get()).toCompletableFuture();
  }

  public DutyFigures figures() {
    return parts.figures();
  }

  public Aggregator.Figures aggregation() {
    return aggregation;
  }

  public PeerCounters peers() {
    return peers;
  }

  /** Stops the actors, then what they used. Blocks. */
  @Override
  public void close() {
    Http.get(system).shutdownAllConnectionPools().whenComplete((_, _) -> system.terminate());
    try {
      system
          .getWhenTerminated()
          .toCompletableFuture()
          .get(STOP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException late) {
      LOG.warn("operator {} did not stop in time", parts.folder().position(), late);
    }
    guard.close();
    fence.close();
    crypto.shutdown();
  }

  /** The chain's time by the own clock. */
  private record ChainClock(SlotTimes times, LongSupplier clock) implements SigningGuard.Clock {
    @Override
    public long currentSlot() {
      return times.slotAt(clock.getAsLong());
    }

    @Override
    public long currentEpoch() {
      return times.spec().epochOf(Math.max(0, currentSlot()));
    }
  }
}
