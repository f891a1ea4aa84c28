/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.peer;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyGroup;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.HeadView;
import dev.quorate.consensus.feature.Features;
import dev.quorate.consensus.qbft.Vote;
import dev.quorate.consensus.qbft.VoteKind;
import dev.quorate.signing.identity.IdentityKey;
import dev.quorate.wire.BatchSigner;
import dev.quorate.wire.BatchVerifier;
import dev.quorate.wire.DutyWindow;
import dev.quorate.wire.Flush;
import dev.quorate.wire.FrameDecoder;
import dev.quorate.wire.FrameEncoder;
import dev.quorate.wire.Hello;
import dev.quorate.wire.Outgoing;
import dev.quorate.wire.VerifiedBatches;
import dev.quorate.wire.WireCluster;
import dev.quorate.wire.WireLimits;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.stream.javadsl.Tcp;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * All links of this pod to the other operators. Entities hand over what they want said; once all
 * validators of the slot have, or none has anything to add for a few milliseconds, it is signed
 * once, encoded once and sent to everyone, and the own votes come back like everybody else's.
 * Delivery is at most once: who misses something asks with a status.
 *
 * <p>Every pair of operators has two links, one in each direction: who dials sends, who accepts
 * reads.
 */
public final class PeerLinks {
  /** Items that wait for a flush; the last one that fits flushes at once. */
  static final int OUTBOX_ITEMS_MAX = WireLimits.BATCH_LEAVES_MAX;

  /** How long a complete batch waits for those that are a step ahead of it. */
  private static final Duration SETTLE = Duration.ofMillis(5);

  /** A batch to which something is always added is sent after so many times the quiet one needs. */
  private static final int QUIET_TIMES_MAX = 5;

  /** Slots whose number of duties is remembered. */
  private static final int SLOTS_KEPT = 64;

  public sealed interface Command {}

  public record Send(Outgoing item) implements Command {}

  /** Kept together in the same flush. */
  public record SendAll(List<Outgoing> items) implements Command {
    public SendAll {
      items = List.copyOf(items);
    }
  }

  /** Dials {@code operator} there from now on, and nowhere else. */
  public record Dial(int operator, InetSocketAddress address) implements Command {}

  /** Where this pod listens, answered once it does. */
  public record AskBoundAddress(ActorRef<InetSocketAddress> replyTo) implements Command {}

  /** So many validators of this pod have such a duty: a batch with all of them is complete. */
  public record Expect(DutyGroup group, int duties) implements Command {}

  /**
   * The others are to know that this is the own head: with the next batch, and again on new links.
   */
  public record SayHead(HeadView view) implements Command {}

  /** An operator has dialled this pod and was let in. */
  private record Called(int operator) implements Command {}

  private record FlushDue() implements Command {}

  private record Linked(LinkEvent event) implements Command {}

  private record Bound(Tcp.ServerBinding binding) implements Command {}

  private record BindFailed(Throwable failure) implements Command {}

  /** Verified messages of other operators, from one frame, or of this one, from one flush. */
  public record Inbound(List<DutyMessage> messages) {
    public Inbound {
      messages = List.copyOf(messages);
    }
  }

  /** What happens to the links of this pod, beside messages. */
  public sealed interface LinkEvent {
    int operator();
  }

  /**
   * The operator's pod greeted back: what is sent from now on has someone to read it.
   *
   * @param features what its software can do
   */
  public record LinkUp(int operator, Features features) implements LinkEvent {}

  public record LinkDown(int operator) implements LinkEvent {}

  /** The operator told this pod what its head is. */
  public record HeadSaid(int operator, HeadView view) implements LinkEvent {}

  private final PeerSettings settings;
  private final WireCluster cluster;
  private final DutyWindow window;
  private final FrameEncoder encoder;
  private final PinnedTls tls;
  private final Bytes hello;
  private final PeerAcceptor acceptor;
  private final PeerCounters counters;
  private final ActorRef<Inbound> inbound;
  private final ActorRef<LinkEvent> links;
  private final ActorRef<LinkEvent> linked;
  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final Map<Integer, ActorRef<PeerDialler.Command>> diallers = new HashMap<>();
  private final List<Outgoing> outbox = new ArrayList<>();
  private Optional<HeadView> head = Optional.empty();
  private Optional<HeadView> unsaid = Optional.empty();
  private long firstAddedNanos;
  private long lastAddedNanos;
  private Duration quiet = SETTLE;
  private final Map<Topic, Integer> spoken = new HashMap<>();
  private final Set<Topic> unsettled = new HashSet<>();
  private final TreeMap<Long, Map<DutyGroup, Integer>> expected = new TreeMap<>();
  private final List<ActorRef<InetSocketAddress>> askers = new ArrayList<>();
  private Optional<Tcp.ServerBinding> binding = Optional.empty();

  private PeerLinks(
      PeerSettings settings,
      IdentityKey key,
      DutyWindow window,
      PeerCounters counters,
      ActorRef<Inbound> inbound,
      ActorRef<LinkEvent> links,
      ActorContext<Command> context,
      TimerScheduler<Command> timers) {
    this.settings = settings;
    this.window = window;
    this.counters = counters;
    this.inbound = inbound;
    this.links = links;
    this.linked = context.messageAdapter(LinkEvent.class, Linked::new);
    this.context = context;
    this.timers = timers;
    cluster =
        new WireCluster(
            settings.clusterHash(),
            settings.operators().size(),
            settings.validators(),
            BatchVerifier.of(settings.operators()));
    tls = new PinnedTls(key, settings.operators(), settings.self());
    hello =
        new Hello(
                settings.clusterHash(),
                settings.self(),
                settings.pod(),
                settings.incarnation(),
                settings.release(),
                Features.OWN)
            .encode();
    VerifiedBatches verified = new VerifiedBatches(settings.operators().size());
    encoder = new FrameEncoder(cluster, settings.self(), BatchSigner.of(key), verified);
    acceptor =
        new PeerAcceptor(
            settings,
            cluster,
            tls,
            new FrameDecoder(cluster, verified, window),
            hello,
            counters,
            inbound,
            links,
            operator -> context.getSelf().tell(new Called(operator)),
            context.getSystem());
  }

  /**
   * Fails if it cannot bind.
   *
   * @param key this operator's identity, open as long as the links live
   * @param window which duties others may speak of, called by several threads
   * @param inbound gets all messages, the own votes included
   * @param links learns which operators can be reached, and what their heads are
   */
  public static Behavior<Command> create(
      PeerSettings settings,
      IdentityKey key,
      DutyWindow window,
      PeerCounters counters,
      ActorRef<Inbound> inbound,
      ActorRef<LinkEvent> links) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(timers ->
            new PeerLinks(settings, key, window, counters, inbound, links, context, timers)
                .start()));
  }

  private Behavior<Command> start() {
    context.pipeToSelf(acceptor.bind(), PeerLinks::bound);
    settings.peers().forEach((operator, address) -> onDial(new Dial(operator, address)));
    return Behaviors.receive(Command.class)
        .onMessage(Send.class, send -> onSend(List.of(send.item())))
        .onMessage(SendAll.class, send -> onSend(send.items()))
        .onMessage(Expect.class, this::onExpect)
        .onMessage(SayHead.class, this::onSayHead)
        .onMessage(Linked.class, linked -> onLinked(linked.event()))
        .onMessage(FlushDue.class, _ -> onFlushDue())
        .onMessage(Dial.class, this::onDial)
        .onMessage(Called.class, this::onCalled)
        .onMessage(AskBoundAddress.class, this::onAskBoundAddress)
        .onMessage(Bound.class, this::onBound)
        .onMessage(BindFailed.class, this::onBindFailed)
        .onSignal(PostStop.class, _ -> onStop())
        .build();
  }

  private static Command bound(Tcp.@Nullable ServerBinding binding, @Nullable Throwable failure) {
    return binding != null
        ? new Bound(binding)
        : new BindFailed(
            Optional.ofNullable(failure).orElseGet(() -> new IllegalStateException("no binding")));
  }

  private Behavior<Command> onSend(List<Outgoing> all) {
    Map<Boolean, List<Outgoing>> parted =
        all.stream().collect(Collectors.partitioningBy(PeerLinks::isChunk));
    parted.getOrDefault(true, List.of()).forEach(this::sendChunk);
    List<Outgoing> items = parted.getOrDefault(false, List.of());
    if (items.isEmpty()) {
      return Behaviors.same();
    }
    onAdded();
    outbox.addAll(items);
    boolean complete = false;
    for (Outgoing item : items) {
      Optional<Topic> topic = Topic.of(item);
      complete |= topic.isPresent() && isComplete(topic.get());
    }
    if (outbox.size() >= OUTBOX_ITEMS_MAX || (complete && unsettled.isEmpty())) {
      return flush();
    }
    if (complete) {
      // Some validators are already a step ahead: the others are about to follow.
      quiet = SETTLE;
      timers.startSingleTimer(new FlushDue(), quiet);
    }
    return Behaviors.same();
  }

  private void onAdded() {
    lastAddedNanos = System.nanoTime();
    if (outbox.isEmpty()) {
      firstAddedNanos = lastAddedNanos;
      quiet = settings.times().flush();
      timers.startSingleTimer(new FlushDue(), quiet);
    }
  }

  private Behavior<Command> onSayHead(SayHead say) {
    head = Optional.of(say.view());
    unsaid = head;
    onAdded();
    return Behaviors.same();
  }

  private Behavior<Command> onLinked(LinkEvent event) {
    if (event instanceof LinkUp) {
      // Nothing is said of a slot that is over.
      Flush flush =
          encoder.encode(List.of(), head.filter(view -> window.refusal(view.duty()).isEmpty()));
      transmit(event.operator(), framed(flush.broadcast()));
    }
    links.tell(event);
    return Behaviors.same();
  }

  private void transmit(int operator, List<ByteString> frames) {
    if (!frames.isEmpty()) {
      Optional.ofNullable(diallers.get(operator))
          .ifPresent(dialler -> dialler.tell(new PeerDialler.Transmit(frames)));
    }
  }

  private static boolean isChunk(Outgoing item) {
    return switch (item) {
      case Outgoing.Broadcast(DutyMessage message) -> message instanceof DutyMessage.Chunk;
      case Outgoing.Unicast(_, DutyMessage message) -> message instanceof DutyMessage.Chunk;
      case Outgoing.Cast _ -> false;
    };
  }

  /** Signs nothing, waits for no other, and has a frame of its own, that votes may overtake. */
  private void sendChunk(Outgoing chunk) {
    Flush flush = encoder.encode(List.of(chunk));
    PeerDialler.TransmitChunks toAll = new PeerDialler.TransmitChunks(framed(flush.broadcast()));
    if (!toAll.frames().isEmpty()) {
      diallers.values().forEach(dialler -> dialler.tell(toAll));
    }
    flush
        .unicast()
        .forEach((operator, frames) ->
            Optional.ofNullable(diallers.get(operator))
                .ifPresentOrElse(
                    dialler -> dialler.tell(new PeerDialler.TransmitChunks(framed(frames))),
                    () -> counters.dropped(operator, frames.size())));
  }

  /** One timer a batch, not one an item: it looks when the last item came, and waits on. */
  private Behavior<Command> onFlushDue() {
    long now = System.nanoTime();
    long leftNanos =
        Math.min(
            lastAddedNanos + quiet.toNanos() - now,
            firstAddedNanos
                + settings.times().flush().multipliedBy(QUIET_TIMES_MAX).toNanos()
                - now);
    if (leftNanos <= 0) {
      return flush();
    }
    timers.startSingleTimer(new FlushDue(), Duration.ofNanos(leftNanos));
    return Behaviors.same();
  }

  private Behavior<Command> onExpect(Expect expect) {
    expected
        .computeIfAbsent(expect.group().slot(), _ -> new HashMap<>())
        .put(expect.group(), expect.duties());
    while (expected.size() > SLOTS_KEPT) {
      expected.pollFirstEntry();
    }
    spoken.keySet().removeIf(topic -> topic.group().slot() < expected.firstKey());
    return Behaviors.same();
  }

  /** Has every validator of the slot spoken on the topic by now? */
  private boolean isComplete(Topic topic) {
    int all =
        expected
            .getOrDefault(topic.group().slot(), Map.of())
            .getOrDefault(topic.group(), Integer.MAX_VALUE);
    if (spoken.merge(topic, 1, Integer::sum) < all) {
      // Nobody waits for those of whom it is not known how many they are.
      if (all < Integer.MAX_VALUE) {
        unsettled.add(topic);
      }
      return false;
    }
    spoken.remove(topic);
    unsettled.remove(topic);
    return true;
  }

  /** What all validators of a slot say at about the same time: a vote of a round, or a partial. */
  private record Topic(DutyGroup group, Optional<VoteKind> kind, int round) {
    static Optional<Topic> of(Outgoing item) {
      return switch (item) {
        case Outgoing.Cast(Vote vote, _, _) ->
            Optional.of(new Topic(vote.duty().group(), Optional.of(vote.kind()), vote.round()));
        case Outgoing.Broadcast(DutyMessage.Partial partial) ->
            Optional.of(new Topic(partial.duty().group(), Optional.empty(), 0));
        case Outgoing.Broadcast _, Outgoing.Unicast _ -> Optional.empty();
      };
    }
  }

  private Behavior<Command> flush() {
    timers.cancel(new FlushDue());
    unsettled.clear();
    Flush flush = encoder.encode(outbox, unsaid);
    outbox.clear();
    unsaid = Optional.empty();
    counters.signed(flush.signatures());
    if (!flush.own().isEmpty()) {
      inbound.tell(
          new Inbound(flush.own().stream().<DutyMessage>map(DutyMessage.Agreement::new).toList()));
    }
    List<ByteString> broadcast = framed(flush.broadcast());
    for (int operator : diallers.keySet()) {
      List<ByteString> frames = new ArrayList<>(broadcast);
      frames.addAll(framed(flush.unicast().getOrDefault(operator, List.of())));
      transmit(operator, frames);
    }
    flush
        .unicast()
        .forEach((operator, frames) -> {
          if (!diallers.containsKey(operator)) {
            counters.dropped(operator, frames.size());
          }
        });
    return Behaviors.same();
  }

  private static List<ByteString> framed(List<Bytes> frames) {
    return frames.stream().map(PeerStream::frame).toList();
  }

  private Behavior<Command> onDial(Dial dial) {
    settings.requirePeer(dial.operator());
    Optional.ofNullable(diallers.get(dial.operator())).ifPresent(context::stop);
    diallers.put(
        dial.operator(),
        context.spawnAnonymous(
            PeerDialler.create(
                settings, cluster, dial.operator(), dial.address(), tls, hello, counters, linked)));
    return Behaviors.same();
  }

  private Behavior<Command> onCalled(Called called) {
    Optional.ofNullable(diallers.get(called.operator()))
        .ifPresent(dialler -> dialler.tell(new PeerDialler.Called()));
    return Behaviors.same();
  }

  private Behavior<Command> onAskBoundAddress(AskBoundAddress ask) {
    binding.ifPresentOrElse(
        bound -> ask.replyTo().tell(bound.localAddress()), () -> askers.add(ask.replyTo()));
    return Behaviors.same();
  }

  private Behavior<Command> onBound(Bound bound) {
    binding = Optional.of(bound.binding());
    askers.forEach(asker -> asker.tell(bound.binding().localAddress()));
    askers.clear();
    return Behaviors.same();
  }

  private Behavior<Command> onBindFailed(BindFailed failed) {
    throw new IllegalStateException("cannot listen on " + settings.bind(), failed.failure());
  }

  private Behavior<Command> onStop() {
    acceptor.close();
    return Behaviors.same();
  }
}
