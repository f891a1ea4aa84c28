/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus;

/**
 * What consensus decides: opaque bytes and their SHA-256. Votes name a value by its hash; the bytes
 * travel only where they are needed.
 */
public record Value(Bytes content, Bytes32 hash) {
  /** Bytes that travel inside the messages that need them; larger values are pulled by hash. */
  public static final int INLINE_BYTES_MAX = 1024;

  /** No block is larger, with all of its blobs. */
  public static final int BYTES_MAX = 1 << 24;

  public Value(Bytes content) {
    this(content, Bytes32.sha256(content.toArray()));
  }

  public Value {
    if (content.size() > BYTES_MAX) {
      throw new IllegalArgumentException(
          "a value of " + content.size() + " bytes, at most " + BYTES_MAX);
    }
  }
}
