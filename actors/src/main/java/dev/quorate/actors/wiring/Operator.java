/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.quorate.actors.aggregate.Aggregator;
import dev.quorate.actors.announce.Announcer;
import dev.quorate.actors.broadcast.Broadcaster;
import dev.quorate.actors.errand.Errands;
import dev.quorate.actors.errand.InfoSync;
import dev.quorate.actors.fetch.Fetcher;
import dev.quorate.actors.peer.PeerCounters;
import dev.quorate.actors.peer.PeerLinks;
import dev.quorate.actors.peer.PeerSettings;
import dev.quorate.actors.peer.PeerTimes;
import dev.quorate.actors.schedule.ClockHealth;
import dev.quorate.actors.schedule.Scheduler;
import dev.quorate.actors.sign.ClientDesk;
import dev.quorate.actors.sign.ClientProblem;
import dev.quorate.actors.sign.ClientShares;
import dev.quorate.actors.sign.EmbeddedShares;
import dev.quorate.actors.sign.KeyDesk;
import dev.quorate.actors.sign.RemoteSigner;
import dev.quorate.actors.sign.ShareSource;
import dev.quorate.actors.sign.SignerProblem;
import dev.quorate.actors.sign.Web3Signer;
import dev.quorate.actors.track.InclusionTracker;
import dev.quorate.actors.validator.DepotBudget;
import dev.quorate.actors.validator.Desk;
import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.actors.validator.Doubles;
import dev.quorate.actors.validator.DutyFigures;
import dev.quorate.actors.validator.Identity;
import dev.quorate.actors.validator.QuietTime;
import dev.quorate.actors.validator.Rivals;
import dev.quorate.actors.validator.Services;
import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.beacon.client.BeaconUrl;
import dev.quorate.beacon.client.NodeHealth;
import dev.quorate.config.Address;
import dev.quorate.config.ClusterFile;
import dev.quorate.config.ConfigurationFault;
import dev.quorate.config.ExitApproval;
import dev.quorate.config.InvalidConfiguration;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.config.Proposals;
import dev.quorate.config.Protection;
import dev.quorate.config.Release;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyInput;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.HeadView;
import dev.quorate.consensus.duty.HeadViews;
import dev.quorate.consensus.duty.JournalExcerpt;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.feature.Features;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.VoluntaryExit;
import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.ethereum.web3signer.SigningRequests;
import dev.quorate.persistence.approval.ExitApprovals;
import dev.quorate.persistence.fence.Activation;
import dev.quorate.persistence.fence.VoteFence;
import dev.quorate.persistence.guard.SigningGuard;
import dev.quorate.persistence.journal.JournalReader;
import dev.quorate.persistence.journal.JournalSettings;
import dev.quorate.persistence.quarantine.QuarantineRow;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.persistence.value.LargeValues;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.wire.MailCodec;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
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
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.StartEntity;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.cluster.typed.JoinSeedNodes;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.pattern.Patterns;
import org.apache.pekko.serialization.SerializationSetup;
import org.jspecify.annotations.Nullable;
import scala.concurrent.ExecutionContextExecutor;

/** One pod of one operator. {@link #wire} is the whole of it: which actor knows which. */
public final class Operator implements AutoCloseable {
  /** Of the actor system: the same in all pods of an operator. */
  private static final String NAME = "quorate";

  private static final Duration STOP_PATIENCE = Duration.ofSeconds(60);
  private static final Duration BETWEEN_UPCHECKS = Duration.ofSeconds(10);

  private final Parts parts;
  private final Optional<RemoteSigner> remoteSigner;
  private final Optional<ClientShares> clientShares;
  private final Optional<EmbeddedShares> embeddedShares;
  private final ShareKeeper keeper;
  private final SigningGuard guard;
  private final VoteFence fence;
  private final LargeValues values;
  private final DepotBudget depots;
  private final ExecutorService crypto;
  private final Aggregator.Figures aggregation = new Aggregator.Figures();
  private final PeerCounters peers;
  private final ClockHealth clockHealth = new ClockHealth();
  private final Set<Integer> reachable = ConcurrentHashMap.newKeySet();
  private final Set<Integer> up = ConcurrentHashMap.newKeySet();
  private final Set<Integer> here = ConcurrentHashMap.newKeySet();
  private final HandOvers handOvers = new HandOvers();
  private final QuietTime quiet;
  private final Rivals rivals;
  private final Doubles doubles;
  private final Admission admission;
  private final AtomicReference<@Nullable String> failure = new AtomicReference<>();
  private final CompletableFuture<BeaconNodes> beaconNodes = new CompletableFuture<>();
  private final CompletableFuture<ActorRef<Errands.Command>> errandsToBe =
      new CompletableFuture<>();
  private final CompletableFuture<ActorRef<Scheduler.Command>> schedulerToBe =
      new CompletableFuture<>();
  private final CompletableFuture<ActorRef<Mailroom.Command>> mailroomToBe =
      new CompletableFuture<>();
  private final ActorSystem<Mailroom.Command> system;
  private final CompletableFuture<String> stopped;

  /**
   * What a pod is made of.
   *
   * @param folder the operator's keys; they remain the caller's to close, after this
   * @param database open, bound to this operator; remains the caller's to close, after this
   */
  public record Parts(
      OperatorFolder folder,
      OperatorSettings settings,
      SlotTimes times,
      OperatorDatabase database,
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
    crypto = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    remoteSigner = parts.settings().remoteSigner().map(this::remoteSigner);
    quiet = new QuietTime(parts.times(), clock);
    rivals = new Rivals(parts.times());
    doubles = new Doubles(parts.times().spec(), parts.folder().position());
    peers = new PeerCounters(parts.cluster().operators().size());
    guard = new SigningGuard(parts.database(), new ChainClock(parts.times(), clock));
    clientShares = parts.settings().validatorApi().map(_ -> clientShares(clock));
    embeddedShares =
        remoteSigner.isPresent() || clientShares.isPresent()
            ? Optional.empty()
            : Optional.of(new EmbeddedShares(parts.folder().sharesByValidator(), crypto));
    fence = new VoteFence(parts.database());
    values = new LargeValues(parts.database());
    depots = new DepotBudget(parts.cluster().operators().size());
    admission = new Admission(parts, guard, fence, clock);
    keeper =
        new ShareKeeper(
            new ShareKeeper.Parts(
                parts.cluster(),
                parts.folder().position(),
                parts.settings().files().keys(),
                embeddedShares,
                parts.database(),
                guard,
                new ChainClock(parts.times(), clock),
                admission::isSealed));
    try {
      parts.folder().protection().ifPresent(this::inherit);
      admission.judge();
      system =
          ActorSystem.create(
              Behaviors.setup(
                  context -> Behaviors.withTimers(timers -> wire(context, timers, clock))),
              NAME,
              JournalSettings.DEFAULT
                  .withEventsKept(parts.settings().database().eventsKept())
                  .setup(parts.database(), pekko(parts.settings().pod()))
                  .and(mail(parts.cluster())));
    } catch (RuntimeException failure) {
      closeServices();
      throw failure;
    }
    stopped =
        system
            .getWhenTerminated()
            .thenApply(_ -> Optional.ofNullable(failure.get()).orElseGet(this::shutdownReason))
            .toCompletableFuture();
    planStop();
    parts.database().whenUnusable().thenAccept(this::giveUp);
  }

  private RemoteSigner remoteSigner(OperatorSettings.RemoteSigner settings) {
    return new RemoteSigner(
        new Web3Signer(settings),
        publicShares(),
        new SigningRequests(parts.times().spec(), parts.times().genesis()),
        crypto);
  }

  private ClientShares clientShares(LongSupplier clock) {
    return new ClientShares(
        publicShares(),
        parts.times(),
        clock,
        (duty, signable) ->
            guard.ask(
                parts.cluster().validators().get(duty.validator()).group().compressed(),
                duty,
                signable),
        (duty, root) -> {
          if (duty.type().mayBeDoneAhead()) {
            var _ =
                schedulerToBe.thenAccept(scheduler -> scheduler.tell(new Scheduler.Wanted(duty)));
          } else {
            DistributedValidator.Command told =
                new DistributedValidator.Tell(duty, new DutyInput.SignedFirst(root));
            var _ =
                mailroomToBe.thenAccept(
                    mailroom -> mailroom.tell(new Mailroom.Here(duty.validator(), told)));
          }
        },
        crypto);
  }

  private List<PublicKey> publicShares() {
    return parts.cluster().validators().stream()
        .map(validator -> validator.shares().get(parts.folder().position()))
        .toList();
  }

  private ShareSource shares() {
    return remoteSigner
        .<ShareSource>map(signer -> signer)
        .or(() -> clientShares)
        .or(() -> embeddedShares)
        .orElseThrow();
  }

  private static SerializationSetup mail(ClusterFile cluster) {
    int validators = cluster.validators().size();
    return PodSerializer.setup(
        new MailCodec(cluster.hash(), cluster.operators().size(), validators), validators);
  }

  private static Config pekko(OperatorSettings.Pod pod) {
    return ConfigFactory.load(
        ConfigFactory.parseMap(
                Map.of(
                    "pekko.remote.artery.canonical.hostname", pod.address().host(),
                    "pekko.remote.artery.canonical.port", pod.address().port()))
            .withFallback(ConfigFactory.parseResources(Operator.class, "pod.conf")));
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
  private Behavior<Mailroom.Command> wire(
      ActorContext<Mailroom.Command> context,
      TimerScheduler<Mailroom.Command> timers,
      LongSupplier clock) {
    mailroomToBe.complete(context.getSelf());
    ClusterFile cluster = parts.cluster();
    ExecutionContextExecutor blocking =
        context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
    List<Bytes> keys =
        cluster.validators().stream().map(validator -> validator.group().compressed()).toList();
    BeaconNodes nodes =
        new BeaconNodes(
            context.getSystem(),
            parts.beaconUrls(),
            parts.settings().beaconNodes().timeoutMillis(),
            parts.times().genesis().validatorsRoot());
    beaconNodes.complete(nodes);

    // Nobody watches it: without it pods do all duties.
    var tracker =
        context.spawn(
            InclusionTracker.create(
                new InclusionTracker.Setup(parts.times(), keys, clock, parts.figures()::tracked),
                nodes),
            "inclusion-tracker");
    var broadcaster =
        spawn(context, Broadcaster.create(nodes, parts.times(), tracker), "broadcaster");
    var aggregator =
        spawn(
            context,
            Aggregator.create(cluster.validators(), cluster.threshold(), crypto, aggregation),
            "aggregator");
    var announcer = spawn(context, Announcer.create(nodes), "announcer");
    var errands = spawn(context, errands(keys, announcer, blocking, clock), "errands");
    errandsToBe.complete(errands);
    var infoSync =
        spawn(
            context,
            InfoSync.create(
                new InfoSync.Setup(
                    parts.times(),
                    cluster.quorum(),
                    cluster.threshold(),
                    parts.folder().position(),
                    parts.settings().rounds(),
                    clock,
                    this::isSealed)),
            "info-sync");
    var links =
        spawn(
            context,
            PeerLinks.create(
                peerSettings(parts, clock.getAsLong()),
                parts.folder().identity(),
                duty -> window(parts.times(), clock.getAsLong(), duty),
                peers,
                context.messageAdapter(
                    PeerLinks.Inbound.class, inbound -> new Mailroom.Inbound(inbound.messages())),
                spawn(
                    context,
                    peerEvents(schedulerToBe, infoSync, context.getSelf()),
                    "peer-events")),
            "peer-links");
    var fetcher =
        spawn(
            context,
            Fetcher.create(
                nodes, clock, cluster.quorum(), view -> links.tell(new PeerLinks.SayHead(view))),
            "fetcher");
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
                    cluster.proposals().map(Proposals::feeRecipient),
                    clock,
                    System::nanoTime,
                    clockHealth,
                    this::isSealed,
                    (group, duties) -> {
                      aggregator.tell(new Aggregator.Expect(group, duties));
                      links.tell(new PeerLinks.Expect(group, duties));
                    },
                    slot ->
                        blocking.execute(() -> {
                          fence.prune(slot);
                          values.prune(slot);
                        })),
                nodes,
                fetcher,
                announcer,
                errands),
            "scheduler");
    schedulerToBe.complete(scheduler);

    Map<Bytes, Integer> positions = new HashMap<>();
    keys.forEach(key -> positions.put(key, positions.size()));
    Services services =
        new Services(
            fence,
            rivals,
            doubles,
            guard,
            values,
            depots,
            shares(),
            aggregator,
            broadcaster,
            parts.folder().position(),
            outgoing -> links.tell(new PeerLinks.Send(outgoing)),
            desk(scheduler, errands, infoSync, fetcher, context.getSelf()),
            parts.figures(),
            clock,
            quiet,
            Activation::random);
    remoteSigner.ifPresent(signer ->
        context
            .getSystem()
            .scheduler()
            .scheduleWithFixedDelay(Duration.ZERO, BETWEEN_UPCHECKS, signer::lookAfter, blocking));
    ClusterSharding sharding = ClusterSharding.get(context.getSystem());
    var shards =
        sharding.init(
            Entity.of(
                    DistributedValidator.TYPE,
                    entity -> {
                      Bytes key = Bytes.fromHex(entity.getEntityId());
                      int position = Optional.ofNullable(positions.get(key)).orElseThrow();
                      return DistributedValidator.create(new Identity(position, key), services);
                    })
                .withStopMessage(new DistributedValidator.FinishThenStop())
                .withAllocationStrategy(new QuietAllocation(quiet)));
    Cluster operatorPods = Cluster.get(context.getSystem());
    spawn(
        context,
        FirstRecovery.create(() -> admission.whenItMayJoin().thenRun(() -> join(operatorPods))),
        "first-recovery");
    context.watch(
        context.spawn(admission.behavior(peers), "admission", DispatcherSelector.blocking()));
    // From now on their shards remember them, and whichever pod has the shard starts them.
    keys.forEach(
        key -> shards.tell(StartEntity.create(DistributedValidator.Command.class, key.hex())));
    return Mailroom.open(
        new Mailroom.Setup(
            keys.size(),
            cluster.operators().size(),
            validator ->
                sharding.entityRefFor(DistributedValidator.TYPE, keys.get(validator).hex()),
            peers,
            up,
            here,
            handOvers,
            heard -> fetcher.tell(new Fetcher.HeadSaid(heard)),
            System::nanoTime,
            this::failed),
        context,
        timers);
  }

  private Behavior<Errands.Command> errands(
      List<Bytes> keys,
      ActorRef<Announcer.Command> announcer,
      Executor blocking,
      LongSupplier clock) {
    ClusterFile cluster = parts.cluster();
    return Errands.create(
        new Errands.Setup(
            parts.times(),
            keys,
            cluster.quorum(),
            cluster.threshold(),
            parts.folder().position(),
            cluster.proposals().map(Proposals::feeRecipient),
            registeredGasLimit(),
            clock,
            this::isSealed,
            period ->
                CompletableFuture.supplyAsync(
                    () -> ExitApprovals.of(parts.database(), period), blocking)),
        announcer);
  }

  /** No validator client can be asked for a registration of ours: others make them. */
  private OptionalInt registeredGasLimit() {
    return parts
        .cluster()
        .proposals()
        .filter(_ -> clientShares.isEmpty())
        .map(Proposals::builderGasLimit)
        .orElseGet(OptionalInt::empty);
  }

  private void join(Cluster cluster) {
    List<org.apache.pekko.actor.Address> seeds =
        parts.settings().pod().seeds().stream()
            .map(
                seed -> new org.apache.pekko.actor.Address("pekko", NAME, seed.host(), seed.port()))
            .toList();
    cluster
        .manager()
        .tell(
            seeds.isEmpty()
                ? Join.create(cluster.selfMember().address())
                : new JoinSeedNodes(seeds));
  }

  /**
   * A part that fails takes the pod with it: one that went on without it would only seem to work.
   */
  private static <T> ActorRef<T> spawn(ActorContext<?> context, Behavior<T> behavior, String name) {
    ActorRef<T> child = context.spawn(behavior, name);
    context.watch(child);
    return child;
  }

  /** No row can be trusted any more; whoever starts anew sees what is there. */
  private void giveUp(String reason) {
    // What fails for the want of it comes later.
    failure.compareAndSet(null, reason);
    system.terminate();
  }

  private void failed(ChildFailed part) {
    Throwable cause = part.cause();
    String root =
        Optional.ofNullable(cause.getCause()).map(deeper -> ": " + deeper.getMessage()).orElse("");
    failure.compareAndSet(
        null, part.getRef().path().name() + " failed: " + cause.getMessage() + root);
  }

  private Desk desk(
      ActorRef<Scheduler.Command> scheduler,
      ActorRef<Errands.Command> errands,
      ActorRef<InfoSync.Command> infoSync,
      ActorRef<Fetcher.Command> fetcher,
      ActorRef<Mailroom.Command> mailroom) {
    return new Desk() {
      @Override
      public void register(
          int validator, ActorRef<DistributedValidator.Command> entity, Set<DutyId> unfinished) {
        mailroom.tell(new Mailroom.CameUp(validator, entity));
        scheduler.tell(new Scheduler.Register(validator, entity, unfinished));
        errands.tell(new Errands.Register(validator, entity));
        if (validator == InfoSync.VALIDATOR) {
          infoSync.tell(new InfoSync.Register(entity));
        }
      }

      @Override
      public void behindMail(
          ActorRef<DistributedValidator.Command> entity, DistributedValidator.Command command) {
        mailroom.tell(new Mailroom.Behind(entity, command));
      }

      @Override
      public void signed(DutyId duty) {
        clientShares.ifPresent(shares -> shares.onSigned(duty));
      }

      @Override
      public void finished(DutyId duty, Value value, Bytes signature) {
        clientShares.ifPresent(shares -> shares.onCompleted(duty, signature));
        scheduler.tell(new Scheduler.Finished(duty, value, signature));
        errands.tell(new Errands.Finished(duty, signature));
      }

      @Override
      public void wanted(DutyId duty) {
        scheduler.tell(new Scheduler.Wanted(duty));
      }

      @Override
      public void refresh(DutyId duty) {
        fetcher.tell(new Fetcher.Refresh(duty));
      }
    };
  }

  private Behavior<PeerLinks.LinkEvent> peerEvents(
      CompletionStage<ActorRef<Scheduler.Command>> scheduler,
      ActorRef<InfoSync.Command> infoSync,
      ActorRef<Mailroom.Command> mailroom) {
    return Behaviors.receiveMessage(event -> {
      switch (event) {
        case PeerLinks.LinkUp(int operator, Features features) -> {
          reachable.add(operator);
          infoSync.tell(new InfoSync.Stated(operator, features));
          scheduler.thenAccept(known -> known.tell(new Scheduler.PeerUp(operator)));
        }
        case PeerLinks.LinkDown(int operator) -> reachable.remove(operator);
        case PeerLinks.HeadSaid(int operator, HeadView view) ->
            mailroom.tell(new Mailroom.HeadSaid(new HeadViews.Heard(operator, view)));
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
        parts.settings().pod().name(),
        nowMillis,
        Release.VERSION,
        new InetSocketAddress(bind.host(), bind.port()),
        others,
        PeerTimes.DEFAULT.withFlush(Duration.ofMillis(parts.settings().peers().flushMillis())));
  }

  /** Of what others may speak: nothing that nobody does yet, nothing past its deadline. */
  static Optional<Reason> window(SlotTimes times, long nowMillis, DutyId duty) {
    if (duty.slot() > times.slotAt(nowMillis) + duty.type().slotsAhead()) {
      return Optional.of(Reason.TOO_EARLY);
    }
    return times.deadlineMillis(duty.type(), duty.slot()) < nowMillis
        ? Optional.of(Reason.TOO_LATE)
        : Optional.empty();
  }

  /**
   * It can do duties: a quorum is linked to this pod, every validator's entity is up, here or in
   * another pod, the operator knows what it signed, and its remote signer, if any, is up. A pod
   * that is stopping is not ready any more.
   */
  public boolean isReady() {
    return CoordinatedShutdown.get(system).getShutdownReason().isEmpty()
        && reachable.size() + 1 >= parts.cluster().quorum().size()
        && up.size() == parts.cluster().validators().size()
        && !isInQuarantine()
        && signerAilment().isEmpty();
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

  /** How many validators' entities are up in no pod. */
  public int unregistered() {
    return parts.cluster().validators().size() - up.size();
  }

  /**
   * Completed with the reason when it has stopped by itself: a part of it failed, or was removed.
   */
  public CompletableFuture<String> whenStopped() {
    return stopped;
  }

  private String shutdownReason() {
    return CoordinatedShutdown.get(system)
        .getShutdownReason()
        .map(reason -> "the pod stopped by itself: " + reason)
        .orElse("the pod stopped by itself");
  }

  public DutyFigures figures() {
    return parts.figures();
  }

  public Aggregator.Figures aggregation() {
    return aggregation;
  }

  public ClockHealth clockHealth() {
    return clockHealth;
  }

  public PeerCounters peers() {
    return peers;
  }

  // ---- for whoever looks on

  public ClusterFile cluster() {
    return parts.cluster();
  }

  /** This operator's, in the cluster file. */
  public int position() {
    return parts.folder().position();
  }

  /** The pod's name among the operator's. */
  public String pod() {
    return parts.settings().pod().name();
  }

  public SlotTimes times() {
    return parts.times();
  }

  /** What the guard holds of a validator's key. Blocks. */
  public Watermarks watermarks(int validator) {
    return guard.watermarks(parts.cluster().validators().get(validator).group().compressed());
  }

  /** What the journal holds of a duty, however old. */
  public JournalExcerpt excerpt(DutyId duty) {
    return excerpt(parts.database(), parts.cluster(), parts.times(), duty);
  }

  /** The same beside the pods of an operator, whether or not one runs. */
  public static JournalExcerpt excerpt(
      OperatorDatabase database, ClusterFile cluster, SlotTimes times, DutyId duty) {
    return JournalReader.read(
        database,
        DistributedValidator.persistenceId(
            cluster.validators().get(duty.validator()).group().compressed()),
        duty,
        times.startMillis(duty.slot()),
        times.deadlineMillis(duty.type(), duty.slot()));
  }

  /**
   * Approves that a validator leaves, if the approval is one, and is for the period that is
   * running. On disk afterwards; signed within a slot, by whichever pod has the validator. Blocks.
   *
   * @return whether the approval is this operator's
   */
  public boolean approve(ExitApproval approval) {
    ClusterFile cluster = parts.cluster();
    if (!approval.isBy(cluster.operators().get(position()).identityKey(), cluster.hash())) {
      return false;
    }
    approve(approval.groupKey(), approval.slot());
    return true;
  }

  /**
   * The same on the word of whoever this pod obeys: a bearer of its token, or its validator client.
   */
  public void approveExit(int validator) {
    SlotTimes times = parts.times();
    approve(
        cluster().validators().get(validator).group().compressed(),
        times.firstSlotOfPeriod(Math.max(0, times.slotAt(System.currentTimeMillis()))));
  }

  private void approve(Bytes groupKey, long slot) {
    ExitApprovals.approve(parts.database(), groupKey, slot);
    errandsToBe.join().tell(new Errands.Look());
  }

  /**
   * The exit of a period with the group's signature, if the journal has it. Blocks.
   *
   * @param slot the first of the period
   */
  public Optional<Signed<VoluntaryExit>> signedExit(int validator, long slot) {
    Optional<Value> value = Optional.empty();
    for (DutyEvent row : excerpt(new DutyId(DutyType.EXIT, slot, validator, 0)).rows()) {
      switch (row) {
        case DutyEvent.Intended intended -> value = Optional.of(intended.value());
        case DutyEvent.Completed completed -> {
          return value
              .or(completed::value)
              .flatMap(exit -> VoluntaryExit.decode(exit.content()))
              .map(exit -> new Signed<>(exit, completed.signature()));
        }
        case DutyEvent.Shared _, DutyEvent.Decided _, DutyEvent.Failed _ -> {}
      }
    }
    return Optional.empty();
  }

  /** Whether nothing is signed and voted for, because nobody knows yet what was. */
  public boolean isSealed() {
    return admission.isSealed();
  }

  /** Whether attestations of the current epoch are refused, whatever they say. */
  public boolean isInQuarantine() {
    return admission.isInQuarantine();
  }

  /**
   * What is refused for good since it was not known any more what had been signed: as it was some
   * seconds ago at most.
   */
  public Optional<Quarantine> quarantine() {
    return admission.quarantine();
  }

  /** The same, as it is in the database. Blocks. */
  public Optional<Quarantine> quarantineNow() {
    return QuarantineRow.read(parts.database());
  }

  /** Duties in which the fence let this pod not vote, since the start. */
  public Map<Reason, Long> fenced() {
    return fence.refused();
  }

  /** Signatures that the guard granted since the start. */
  public long granted() {
    return guard.granted();
  }

  /** Signatures that the guard refused since the start. */
  public Map<Reason, Long> refused() {
    return guard.refused();
  }

  /** What is wrong with the remote signer: as it was some seconds ago. */
  public Optional<String> signerAilment() {
    return remoteSigner.flatMap(RemoteSigner::ailment);
  }

  /** Requests that the remote signer did not answer with a partial signature, since the start. */
  public Map<SignerProblem, Long> signerFailures() {
    return remoteSigner.map(RemoteSigner::failures).orElse(Map.of());
  }

  /** Where a validator client that holds the key shares is told what to sign. */
  public Optional<ClientDesk> clientDesk() {
    return clientShares.map(shares -> shares);
  }

  /** Where key shares are taken in and out. */
  public KeyDesk keyDesk() {
    return keeper;
  }

  /** What was not taken from the validator client or answered to it, since the start. */
  public Map<ClientProblem, Long> clientRefusals() {
    return clientShares.map(ClientShares::refusals).orElse(Map.of());
  }

  /** Whether the database answers. Blocks. */
  public boolean isDatabaseReachable() {
    return parts.database().isReachable();
  }

  /** The system in which the entities can be asked. */
  public ActorSystem<?> system() {
    return system;
  }

  /** Operators to which a link is up. */
  public Set<Integer> reachable() {
    return Set.copyOf(reachable);
  }

  /** Validators whose entity is up, here or in another pod. */
  public Set<Integer> up() {
    return Set.copyOf(up);
  }

  /** The operator's own beacon nodes, once the pod has begun to ask them. */
  public CompletionStage<BeaconNodes> nodes() {
    return beaconNodes.copy();
  }

  /** Every beacon node and what is remembered of it, in the order of the settings. */
  public Map<BeaconUrl, NodeHealth> beaconNodes() {
    Map<BeaconUrl, NodeHealth> health = new LinkedHashMap<>();
    List<BeaconUrl> urls = parts.beaconUrls();
    List<NodeHealth> known = beaconNodes.thenApply(BeaconNodes::health).getNow(List.of());
    for (int node = 0; node < known.size(); node++) {
      health.put(urls.get(node), known.get(node));
    }
    return health;
  }

  /** How many validators' entities are up in this pod. */
  public int validatorsHere() {
    return here.size();
  }

  /** Who else signs with this operator's shares. */
  public Doubles doubles() {
    return doubles;
  }

  public Rivals rivals() {
    return rivals;
  }

  /** How the operator's validators moved between its pods. */
  public HandOvers handOvers() {
    return handOvers;
  }

  /** Where the operator's other pods reach this one, once it has a port. */
  public Address address() {
    org.apache.pekko.actor.Address bound = Cluster.get(system).selfMember().address();
    return new Address(bound.getHost().orElseThrow(), bound.getPort().orElseThrow());
  }

  /**
   * A stop that somebody wants waits for the quiet time, as long as there is another pod to take
   * over. Whatever stops the pod otherwise, a failure above all, hands over at once.
   */
  private void planStop() {
    CoordinatedShutdown shutdown = CoordinatedShutdown.get(system);
    shutdown.addTask(
        CoordinatedShutdown.PhaseBeforeServiceUnbind(),
        "wait-for-quiet-time",
        () -> {
          boolean wanted =
              shutdown.getShutdownReason().filter(Stopped.class::isInstance).isPresent();
          return wanted && hasOtherPods()
              ? Patterns.after(
                  Duration.ofMillis(quiet.millisUntil()),
                  system.classicSystem(),
                  () -> CompletableFuture.completedStage(Done.getInstance()))
              : CompletableFuture.completedStage(Done.getInstance());
        });
    // Only now: duties that were under way had answers to send.
    shutdown.addTask(
        CoordinatedShutdown.PhaseBeforeActorSystemTerminate(),
        "close-connections-to-beacon-nodes",
        () -> Http.get(system).shutdownAllConnectionPools().thenApply(_ -> Done.getInstance()));
  }

  private boolean hasOtherPods() {
    for (Member member : Cluster.get(system).state().getMembers()) {
      if (member.status().equals(MemberStatus.up())
          && !member.equals(Cluster.get(system).selfMember())) {
        return true;
      }
    }
    return false;
  }

  private static final class Stopped implements CoordinatedShutdown.Reason {
    @Override
    public String toString() {
      return "stopped";
    }
  }

  /**
   * Hands the validators over to the operator's other pods, leaves their cluster, and stops; then
   * what the actors used. Duties under way are done first, but not beyond two thirds of the slot.
   * Blocks.
   *
   * @throws StillRunningException if that takes longer than a minute
   */
  @Override
  public void close() {
    close(STOP_PATIENCE);
  }

  void close(Duration patience) {
    stop(shutdown -> shutdown.runAll(new Stopped()), patience);
  }

  /**
   * Ends at once and tells nobody, as if the process had died: nothing is finished or handed over.
   * Blocks.
   */
  public void abandon() {
    stop(
        shutdown ->
            shutdown.run(
                new Stopped(), Optional.of(CoordinatedShutdown.PhaseActorSystemTerminate())),
        STOP_PATIENCE);
  }

  private void stop(Consumer<CoordinatedShutdown> how, Duration patience) {
    CompletableFuture<Done> terminated = system.getWhenTerminated().toCompletableFuture();
    try {
      // Of a system that is dead already, as after a failure, nothing would ever answer.
      if (!terminated.isDone()) {
        how.accept(CoordinatedShutdown.get(system));
      }
      terminated.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new StillRunningException(patience, interrupted);
    } catch (ExecutionException | TimeoutException late) {
      throw new StillRunningException(patience, late);
    }
    // Not before: whoever still runs may use them.
    closeServices();
  }

  private void closeServices() {
    guard.close();
    fence.close();
    values.close();
    admission.close();
    remoteSigner.ifPresent(RemoteSigner::close);
    embeddedShares.ifPresent(EmbeddedShares::close);
    crypto.shutdown();
  }
}
