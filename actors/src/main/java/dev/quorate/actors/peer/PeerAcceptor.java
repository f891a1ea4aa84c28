/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.peer;

import static dev.quorate.actors.peer.PeerCounters.NOBODY;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.wire.Decoded;
import dev.quorate.wire.FrameDecoder;
import dev.quorate.wire.Hello;
import dev.quorate.wire.Probe;
import dev.quorate.wire.WireCluster;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntConsumer;
import javax.net.ssl.SSLSession;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.BoundedSourceQueue;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.ThrottleMode;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.Tcp;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * Accepts other operators' sending links. A connection proves a pinned key, greets, is greeted
 * back, and from then on is only read: each frame goes through the decoder, in the connection's own
 * thread of control, and what passes goes to {@code inbound}.
 */
final class PeerAcceptor {
  /**
   * What one link may ask of this pod per second: a message or frame is one, a signature check
   * eight. Beyond it, and a burst of five seconds' worth, the link is read more slowly.
   */
  static final int LINK_COST_PER_SECOND_MAX = 20_000;

  static final int LINK_COST_BURST = 5 * LINK_COST_PER_SECOND_MAX;

  private static final int SIGNATURE_COST = 8;

  /** Answers to probes that wait for a peer that does not read them; beyond, none is given. */
  private static final int ECHOES_MAX = 4;

  private static final int BACKLOG = 64;

  private final PeerSettings settings;
  private final WireCluster cluster;
  private final PinnedTls tls;
  private final FrameDecoder decoder;
  private final Bytes hello;
  private final PeerCounters counters;
  private final ActorRef<PeerLinks.Inbound> inbound;
  private final ActorRef<PeerLinks.LinkEvent> links;
  private final IntConsumer called;
  private final ActorSystem<?> system;
  private final AcceptedLinks accepted = new AcceptedLinks();
  private CompletionStage<Tcp.ServerBinding> binding = new CompletableFuture<>();

  PeerAcceptor(
      PeerSettings settings,
      WireCluster cluster,
      PinnedTls tls,
      FrameDecoder decoder,
      Bytes hello,
      PeerCounters counters,
      ActorRef<PeerLinks.Inbound> inbound,
      ActorRef<PeerLinks.LinkEvent> links,
      IntConsumer called,
      ActorSystem<?> system) {
    this.settings = settings;
    this.cluster = cluster;
    this.tls = tls;
    this.decoder = decoder;
    this.hello = hello;
    this.counters = counters;
    this.inbound = inbound;
    this.links = links;
    this.called = called;
    this.system = system;
  }

  CompletionStage<Tcp.ServerBinding> bind() {
    binding =
        Tcp.get(system)
            .bind(
                settings.bind().getHostString(),
                settings.bind().getPort(),
                BACKLOG,
                PeerStream.SOCKET_OPTIONS,
                false,
                Optional.empty())
            .to(Sink.foreach(this::accept))
            .run(system);
    return binding;
  }

  void close() {
    binding.thenAccept(Tcp.ServerBinding::unbind);
    accepted.close();
  }

  private void accept(Tcp.IncomingConnection tcp) {
    Connection connection = new Connection();
    if (accepted.begin(connection.close)) {
      connection.run(tcp);
    } else {
      counters.refused(NOBODY, Reason.BUFFER_FULL);
      tcp.handleWith(Flow.fromSinkAndSource(Sink.cancelled(), Source.empty()), system);
    }
  }

  /** Its methods are called one after the other, by the stages of one stream. */
  private final class Connection {
    final SharedKillSwitch close = KillSwitches.shared("accepted-link");
    private final CompletableFuture<Source<ByteString, NotUsed>> answer = new CompletableFuture<>();
    private final Pair<BoundedSourceQueue<ByteString>, Source<ByteString, NotUsed>> echoes =
        Source.<ByteString>queue(ECHOES_MAX).preMaterialize(system);
    private volatile int operator = NOBODY;
    private boolean greeted;
    private boolean refused;

    void run(Tcp.IncomingConnection tcp) {
      Source.completionStageSource(answer)
          .via(close.flow())
          .via(
              PeerStream.over(
                  tcp.flow(), tls::server, this::authenticated, settings.times(), system))
          .via(close.flow())
          .map(this::receive)
          .throttle(
              LINK_COST_PER_SECOND_MAX,
              Duration.ofSeconds(1),
              LINK_COST_BURST,
              cost -> cost,
              ThrottleMode.shaping())
          .runWith(Sink.ignore(), system)
          .whenComplete((_, failure) -> end(failure));
    }

    private void authenticated(SSLSession session) {
      operator = tls.operator(session).orElse(NOBODY);
    }

    /**
     * @return what the frame cost
     */
    private int receive(byte[] frame) {
      if (refused) {
        return 1;
      }
      if (!greeted) {
        greet(frame);
        return 1;
      }
      if (frame.length == 0) {
        return 1;
      }
      Decoded decoded = decoder.decode(operator, frame);
      decoded.probe().ifPresent(this::echo);
      if (!decoded.isProbeOnly()) {
        counters.received(operator, PeerStream.size(frame), decoded);
      }
      decoded.head().ifPresent(view -> links.tell(new PeerLinks.HeadSaid(operator, view)));
      if (!decoded.messages().isEmpty()) {
        inbound.tell(new PeerLinks.Inbound(decoded.messages()));
      }
      return 1
          + decoded.messages().size()
          + decoded.refusals().values().stream().mapToInt(Integer::intValue).sum()
          + SIGNATURE_COST * decoded.signaturesVerified();
    }

    private void greet(byte[] frame) {
      Optional<Reason> refusal =
          switch (Hello.decode(cluster, frame)) {
            case Hello.Received.Refused(Reason reason) -> Optional.of(reason);
            case Hello.Received.Accepted(Hello said) when said.operator() != operator ->
                Optional.of(Reason.WRONG_SENDER);
            case Hello.Received.Accepted(Hello said) -> accepted.admit(said, close);
          };
      if (refusal.isPresent()) {
        refused = true;
        counters.refused(operator, refusal.get());
        close.shutdown();
      } else {
        greeted = true;
        called.accept(operator);
        answer.complete(
            echoes
                .second()
                .prepend(Source.single(PeerStream.frame(hello)))
                .keepAlive(settings.times().keepAlive(), () -> PeerStream.KEEP_ALIVE));
      }
    }

    private void echo(Probe probe) {
      // A full queue is the peer's own doing: it does not read what it asked for.
      var _ =
          echoes
              .first()
              .offer(
                  PeerStream.frame(
                      new Probe.Echo(probe.id(), System.currentTimeMillis()).encode()));
    }

    private void end(@Nullable Throwable failure) {
      Optional.ofNullable(failure)
          .flatMap(PeerStream::refusal)
          .ifPresent(reason -> counters.refused(operator, reason));
      // The place is free when the socket is, or bad handshakes could pile up sockets.
      system
          .scheduler()
          .scheduleOnce(PeerStream.LINGER, () -> accepted.end(close), system.executionContext());
    }
  }
}
