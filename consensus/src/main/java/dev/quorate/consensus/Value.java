/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus;

/**
 * What consensus decides: opaque bytes and their SHA-256. Votes name a value by its hash; the bytes
 * travel only where they are needed.
 *
 * @param content empty where only the hash is known: such a value is on its way, or in the journal,
 *     and no core ever sees it
 */
public record Value(Bytes content, Bytes32 hash) {
  /** Bytes that travel inside the messages that need them; larger values are pulled by hash. */
  public static final int INLINE_BYTES_MAX = 1024;

  /** No block is larger, with all of its blobs. */
  public static final int BYTES_MAX = 1 << 24;

  private static final Bytes32 HASH_OF_NOTHING = Bytes32.sha256(new byte[0]);

  public Value(Bytes content) {
    this(content, Bytes32.sha256(content.toArray()));
  }

  public Value {
    if (content.size() > BYTES_MAX) {
      throw new IllegalArgumentException(
          "a value of " + content.size() + " bytes, at most " + BYTES_MAX);
    }
  }

  /** A value whose bytes are elsewhere. */
  public static Value named(Bytes32 hash) {
    return new Value(Bytes.EMPTY, hash);
  }

  /** Whether the bytes are here. */
  public boolean isWhole() {
    return !content.isEmpty() || hash.equals(HASH_OF_NOTHING);
  }

  /** Whether its bytes travel, and are stored, apart from what names it. */
  public boolean isApart() {
    return !isWhole() || content.size() > INLINE_BYTES_MAX;
  }
}
