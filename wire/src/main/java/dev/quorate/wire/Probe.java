/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.quorate.consensus.Bytes;
import dev.quorate.wire.proto.EchoFrame;
import dev.quorate.wire.proto.Frame;
import java.util.Optional;

/**
 * A frame that is sent back at once. It keeps a link alive, and tells how far away the peer is and
 * what its clock says.
 *
 * @param id chosen by who dials; anything
 */
public record Probe(long id) {
  private static final int ECHO_BYTES_MAX = 18;

  /**
   * A probe on its way back.
   *
   * @param clockMillis the peer's wall clock, Unix milliseconds: what it says, not what is so
   */
  public record Echo(long id, long clockMillis) {
    public Bytes encode() {
      return Bytes.wrap(
          EchoFrame.newBuilder().setProbe(id).setClockMillis(clockMillis).build().toByteArray());
    }

    /**
     * @return empty if the frame is no echo
     */
    public static Optional<Echo> decode(byte[] frame) {
      if (frame.length > ECHO_BYTES_MAX) {
        return Optional.empty();
      }
      try {
        EchoFrame echo = EchoFrame.parseFrom(frame);
        return Optional.of(new Echo(echo.getProbe(), echo.getClockMillis()));
      } catch (InvalidProtocolBufferException malformed) {
        return Optional.empty();
      }
    }
  }

  /** The frame to send, without length prefix. */
  public Bytes encode() {
    return Bytes.wrap(Frame.newBuilder().setProbe(id).build().toByteArray());
  }
}
