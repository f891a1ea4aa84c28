/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.peer;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.feature.Features;
import dev.quorate.wire.Hello;
import dev.quorate.wire.Probe;
import dev.quorate.wire.WireCluster;
import dev.quorate.wire.WireLimits;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.apache.pekko.Done;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.BoundedSourceQueue;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.QueueOfferResult;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.Tcp;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * The sending link to one operator: dials, greets, is open once greeted back, sends, and dials
 * again after a growing pause, or once it is dialled by the peer. A frame is sent at most once:
 * while the link is down, or when its queue is full because the peer reads too slowly, frames are
 * dropped and counted, and nobody waits.
 */
final class PeerDialler {
  /** Frames waiting for a peer that reads slowly, that is at most 16 MiB. */
  static final int QUEUE_FRAMES_MAX = 64;

  /** Chunks of values: as many as the largest value has, which every other frame overtakes. */
  static final int CHUNKS_MAX = Value.BYTES_MAX / WireLimits.CHUNK_BYTES;

  sealed interface Command {}

  /** Chunks of values, one a frame, with their length: sent when there is nothing else to send. */
  record TransmitChunks(List<ByteString> frames) implements Command {}

  /** Frames with their length. */
  record Transmit(List<ByteString> frames) implements Command {}

  /** The peer has just dialled this pod and was let in: it can surely be reached again. */
  record Called() implements Command {}

  private record Opened(Features features) implements Command {}

  private record Answered(PeerCounters.Vitals vitals) implements Command {}

  private record Closed(Optional<Reason> refusal, Optional<Throwable> failure) implements Command {}

  private record Redial() implements Command {}

  private final PeerSettings settings;
  private final WireCluster cluster;
  private final int operator;
  private final InetSocketAddress address;
  private final Supplier<SSLEngine> engine;
  private final ByteString hello;
  private final PeerCounters counters;
  private final ActorRef<PeerLinks.LinkEvent> links;
  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private OptionalLong calledBackNanos = OptionalLong.empty();

  private PeerDialler(
      PeerSettings settings,
      WireCluster cluster,
      int operator,
      InetSocketAddress address,
      PinnedTls tls,
      Bytes hello,
      PeerCounters counters,
      ActorRef<PeerLinks.LinkEvent> links,
      ActorContext<Command> context,
      TimerScheduler<Command> timers) {
    this.settings = settings;
    this.cluster = cluster;
    this.operator = operator;
    this.address = address;
    this.engine = tls.client(operator);
    this.hello = PeerStream.frame(hello);
    this.counters = counters;
    this.links = links;
    this.context = context;
    this.timers = timers;
  }

  static Behavior<Command> create(
      PeerSettings settings,
      WireCluster cluster,
      int operator,
      InetSocketAddress address,
      PinnedTls tls,
      Bytes hello,
      PeerCounters counters,
      ActorRef<PeerLinks.LinkEvent> links) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(timers ->
            new PeerDialler(
                    settings, cluster, operator, address, tls, hello, counters, links, context,
                    timers)
                .dialling(0)));
  }

  /**
   * @param failures attempts in a row that failed before this one
   */
  private Behavior<Command> dialling(int failures) {
    Connection connection = new Connection();
    Queues queues = connection.run();
    return Behaviors.receive(Command.class)
        .onMessage(Transmit.class, transmit -> drop(transmit.frames()))
        .onMessage(TransmitChunks.class, transmit -> drop(transmit.frames()))
        .onMessage(Called.class, _ -> Behaviors.same())
        .onMessage(Opened.class, opened -> open(queues, connection, failures, opened.features()))
        .onMessage(Closed.class, closed -> waiting(closed, failures + 1))
        .onSignal(PostStop.class, _ -> connection.stop())
        .build();
  }

  private Behavior<Command> open(
      Queues queues, Connection connection, int failures, Features features) {
    long openedNanos = System.nanoTime();
    counters.opened(operator);
    context.getLog().info("link to operator {} at {} is up", operator, place());
    links.tell(new PeerLinks.LinkUp(operator, features));
    return Behaviors.receive(Command.class)
        .onMessage(Transmit.class, transmit -> offer(transmit.frames(), queues.frames()))
        .onMessage(TransmitChunks.class, transmit -> offer(transmit.frames(), queues.chunks()))
        .onMessage(Called.class, _ -> Behaviors.same())
        .onMessage(Answered.class, this::onAnswered)
        .onMessage(
            Closed.class,
            closed -> {
              closedDown();
              // A peer that greets and hangs up is dialled ever more seldom too.
              Duration open = Duration.ofNanos(System.nanoTime() - openedNanos);
              boolean lasted = open.compareTo(settings.times().redialMax()) >= 0;
              return waiting(closed, lasted ? 1 : failures + 1);
            })
        .onSignal(
            PostStop.class,
            _ -> {
              closedDown();
              return connection.stop();
            })
        .build();
  }

  private Behavior<Command> onAnswered(Answered answered) {
    counters.answered(operator, answered.vitals());
    return Behaviors.same();
  }

  private void closedDown() {
    counters.closed(operator);
    links.tell(new PeerLinks.LinkDown(operator));
  }

  private String place() {
    return address.getHostString() + ":" + address.getPort();
  }

  private Behavior<Command> waiting(Closed closed, int failures) {
    closed.refusal().ifPresent(reason -> counters.refused(operator, reason));
    String cause =
        closed
            .refusal()
            .map(Reason::name)
            .orElseGet(() -> closed.failure().map(Throwable::toString).orElse("closed"));
    // Once, and not again at each further attempt.
    context
        .getLog()
        .atLevel(failures == 1 ? Level.INFO : Level.DEBUG)
        .log("no link to operator {} at {}: {}", operator, place(), cause);
    Duration pause = settings.times().redialAfter(failures);
    // A random fifth keeps the operators from dialling in step.
    long jitterMillis = ThreadLocalRandom.current().nextLong(pause.toMillis() / 5 + 1);
    timers.startSingleTimer(new Redial(), pause.plusMillis(jitterMillis));
    return Behaviors.receive(Command.class)
        .onMessage(Transmit.class, transmit -> drop(transmit.frames()))
        .onMessage(TransmitChunks.class, transmit -> drop(transmit.frames()))
        .onMessage(Called.class, _ -> onCalled(failures))
        .onMessage(Redial.class, _ -> redial(failures))
        .build();
  }

  /** Once in the longest pause: whoever calls again and again does not do away with it. */
  private Behavior<Command> onCalled(int failures) {
    long nowNanos = System.nanoTime();
    if (calledBackNanos.isPresent()
        && nowNanos - calledBackNanos.getAsLong() < settings.times().redialMax().toNanos()) {
      return Behaviors.same();
    }
    calledBackNanos = OptionalLong.of(nowNanos);
    return redial(failures);
  }

  private Behavior<Command> redial(int failures) {
    timers.cancel(new Redial());
    return dialling(failures);
  }

  private Behavior<Command> drop(List<ByteString> frames) {
    counters.dropped(operator, frames.size());
    return Behaviors.same();
  }

  private Behavior<Command> offer(List<ByteString> frames, BoundedSourceQueue<ByteString> queue) {
    for (ByteString frame : frames) {
      if (queue.offer(frame).equals(QueueOfferResult.enqueued())) {
        counters.sent(operator, frame.size());
      } else {
        counters.dropped(operator, 1);
      }
    }
    return Behaviors.same();
  }

  private record Queues(
      BoundedSourceQueue<ByteString> frames, BoundedSourceQueue<ByteString> chunks) {}

  /** One attempt. The peer only greets on it and keeps it alive. */
  private final class Connection {
    private final ActorRef<Command> dialler = context.getSelf();
    private final SharedKillSwitch close = KillSwitches.shared("dialled-link");
    private Optional<Hello> greeted = Optional.empty();
    private volatile long probedNanos;
    private volatile Optional<Reason> refusal = Optional.empty();

    Queues run() {
      Pair<Queues, CompletionStage<Done>> running =
          Source.<ByteString>queue(CHUNKS_MAX)
              .mergePreferredMat(
                  Source.<ByteString>queue(QUEUE_FRAMES_MAX).merge(probes()),
                  // Pekko 1.7 prefers the other one where this is false, whatever it says.
                  false,
                  false,
                  (chunks, frames) -> new Queues(frames, chunks))
              .prepend(Source.single(hello))
              .via(close.flow())
              .via(
                  PeerStream.over(
                      Tcp.get(context.getSystem())
                          .outgoingConnection(
                              address,
                              Optional.empty(),
                              PeerStream.SOCKET_OPTIONS,
                              false,
                              Optional.of(settings.times().handshake()),
                              Optional.empty()),
                      engine,
                      _ -> {},
                      settings.times(),
                      context.getSystem()))
              .via(close.flow())
              .toMat(Sink.foreach(this::receive), Keep.both())
              .run(context.getSystem());
      context.pipeToSelf(running.second(), (_, failure) -> closed(failure));
      return running.first();
    }

    Behavior<Command> stop() {
      close.shutdown();
      return Behaviors.same();
    }

    /** The first one soon; each is the time at which it was sent. */
    private Source<ByteString, Cancellable> probes() {
      Duration every = settings.times().keepAlive();
      return Source.tick(every.dividedBy(20), every, "probe")
          .map(_ -> {
            probedNanos = System.nanoTime();
            return PeerStream.frame(new Probe(probedNanos).encode());
          });
    }

    private void receive(byte[] frame) {
      Optional<Reason> wrong = greeted.isPresent() ? answer(greeted.get(), frame) : greet(frame);
      if (wrong.isPresent()) {
        refusal = wrong;
        close.shutdown();
      }
    }

    private Optional<Reason> greet(byte[] frame) {
      return switch (Hello.decode(cluster, frame)) {
        case Hello.Received.Refused(Reason reason) -> Optional.of(reason);
        case Hello.Received.Accepted(Hello said) when said.operator() != operator ->
            Optional.of(Reason.WRONG_SENDER);
        case Hello.Received.Accepted(Hello said) -> {
          greeted = Optional.of(said);
          dialler.tell(new Opened(said.features()));
          yield Optional.empty();
        }
      };
    }

    /** Only the answer to the last probe counts: an earlier one says nothing of now. */
    private Optional<Reason> answer(Hello peer, byte[] frame) {
      if (frame.length == 0) {
        return Optional.empty();
      }
      Optional<Probe.Echo> echo = Probe.Echo.decode(frame);
      long sentNanos = probedNanos;
      echo.filter(last -> last.id() == sentNanos)
          .ifPresent(last -> {
            Duration roundTrip = Duration.ofNanos(System.nanoTime() - sentNanos);
            long expectedMillis = System.currentTimeMillis() - roundTrip.toMillis() / 2;
            dialler.tell(
                new Answered(
                    new PeerCounters.Vitals(
                        peer.pod(),
                        peer.release(),
                        roundTrip,
                        last.clockMillis() - expectedMillis)));
          });
      return echo.isPresent() ? Optional.empty() : Optional.of(Reason.MALFORMED_FRAME);
    }

    private Closed closed(@Nullable Throwable failure) {
      Optional<Throwable> cause = Optional.ofNullable(failure);
      return new Closed(refusal.or(() -> cause.flatMap(PeerStream::refusal)), cause);
    }
  }
}
