/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.peer;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.wire.WireLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.io.Inet;
import org.apache.pekko.io.TcpSO;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.TLSClosing;
import org.apache.pekko.stream.TLSProtocol;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Framing;
import org.apache.pekko.stream.javadsl.TLS;
import org.apache.pekko.stream.scaladsl.Framing.FramingException;
import org.apache.pekko.util.ByteString;

/**
 * What accepted and dialled connections share: TLS, frames behind a length of four bytes, and time
 * limits.
 */
final class PeerStream {
  static final List<Inet.SocketOption> SOCKET_OPTIONS = List.of(TcpSO.tcpNoDelay(true));

  private static final int LENGTH_BYTES = 4;

  /** How long a socket outlives its link, for TLS to take its leave. */
  static final Duration LINGER = Duration.ofSeconds(1);

  /** The empty frame. */
  static final ByteString KEEP_ALIVE = ByteString.fromArrayUnsafe(new byte[LENGTH_BYTES]);

  private PeerStream() {}

  /**
   * In go frames with their length, out come frames without. The length is judged before its frame
   * is buffered. Fails if the first frame does not come within the handshake's time, if a link
   * stays silent, and if a frame is too long or cut off.
   *
   * @param authenticated called once, before the first frame comes out
   */
  static Flow<ByteString, byte[], NotUsed> over(
      Flow<ByteString, ByteString, ?> tcp,
      Supplier<SSLEngine> engine,
      Consumer<SSLSession> authenticated,
      PeerTimes times,
      ActorSystem<?> system) {
    SharedKillSwitch socket = KillSwitches.shared("peer-socket");
    return Flow.of(ByteString.class)
        .<TLSProtocol.SslTlsOutbound>map(TLSProtocol.SendBytes::new)
        .via(
            TLS.create(engine, authenticated, TLSClosing.eagerClose())
                .join(Flow.of(ByteString.class).via(socket.flow()).via(tcp).via(socket.flow())))
        .collectType(TLSProtocol.SessionBytes.class)
        .map(TLSProtocol.SessionBytes::bytes)
        .via(
            Framing.lengthField(
                LENGTH_BYTES, 0, LENGTH_BYTES + WireLimits.FRAME_BYTES_MAX, ByteOrder.BIG_ENDIAN))
        .initialTimeout(times.handshake())
        .idleTimeout(times.idle())
        .map(frame -> frame.drop(LENGTH_BYTES).toArrayUnsafe())
        .watchTermination((mat, done) -> {
          done.whenComplete((_, _) -> abortLater(socket, system));
          return mat;
        });
  }

  private static void abortLater(SharedKillSwitch socket, ActorSystem<?> system) {
    system
        .scheduler()
        .scheduleOnce(
            LINGER,
            () -> socket.abort(new IOException("the link is closed")),
            system.executionContext());
  }

  /** A frame behind its length. */
  static ByteString frame(Bytes content) {
    byte[] frame = new byte[LENGTH_BYTES + content.size()];
    ByteBuffer.wrap(frame).putInt(content.size());
    content.copyTo(frame, LENGTH_BYTES);
    return ByteString.fromArrayUnsafe(frame);
  }

  static int size(byte[] frame) {
    return LENGTH_BYTES + frame.length;
  }

  /** What the peer did wrong, if it is to blame for the end of its stream. */
  static Optional<Reason> refusal(Throwable failure) {
    return switch (failure) {
      case CompletionException wrapped when wrapped.getCause() != null ->
          refusal(wrapped.getCause());
      case FramingException _ -> Optional.of(Reason.MALFORMED_FRAME);
      case TimeoutException _ -> Optional.of(Reason.SILENT_PEER);
      case SSLException _ -> Optional.of(Reason.UNKNOWN_PEER);
      default -> Optional.empty();
    };
  }
}
