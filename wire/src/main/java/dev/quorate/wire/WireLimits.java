/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

/**
 * The bounds of the wire format, the same for both sides: what an encoder never exceeds, a decoder
 * refuses before it allocates.
 */
public final class WireLimits {
  /** Part of every vote and of the first frame of a connection. */
  public static final int PROTOCOL_VERSION = 1;

  public static final int FRAME_BYTES_MAX = 256 * 1024;

  /** Votes under one signature; a proof is thus at most ten hashes long. */
  public static final int BATCH_LEAVES_MAX = 1024;

  /** Entries of all tables of a frame together. */
  public static final int FRAME_ENTRIES_MAX = 16 * 1024;

  /**
   * Different batches that the proven votes of a frame may lead to: each may cost a signature
   * check.
   */
  public static final int FRAME_SEALS_MAX = 256;

  /**
   * Of a value that travels apart, in a frame of their own: votes wait for no more than the few
   * that are on the way to the socket.
   */
  public static final int CHUNK_BYTES = 32 * 1024;

  public static final int VOTE_BYTES_MAX = 128;

  /** An uncompressed point of G2. */
  public static final int PARTIAL_BYTES = 192;

  public static final int SIGNATURE_BYTES = 64;

  private WireLimits() {}
}
