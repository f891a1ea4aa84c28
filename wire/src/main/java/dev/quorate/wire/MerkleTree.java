/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A hash tree over the exact bytes of messages: leaf = SHA-256(0x00 | bytes), node = SHA-256(0x01 |
 * left | right). An odd node at the end of a level rises unchanged, as in RFC 9162, section 2.1:
 * nothing is hashed twice, so no two lists of leaves share a root. Index and leaf count alone give
 * the length of a path, which is checked.
 */
final class MerkleTree {
  private static final int HASH_BYTES = 32;
  private static final byte LEAF = 0;
  private static final byte NODE = 1;

  /** From the leaves up to the root, the hashes of a level one after the other. */
  private final List<byte[]> levels;

  private MerkleTree(List<byte[]> levels) {
    this.levels = levels;
  }

  /**
   * @param leaves from 1 to {@link WireLimits#BATCH_LEAVES_MAX}
   */
  static MerkleTree of(List<Bytes> leaves) {
    if (leaves.isEmpty() || leaves.size() > WireLimits.BATCH_LEAVES_MAX) {
      throw new IllegalArgumentException(leaves.size() + " leaves");
    }
    MessageDigest sha256 = Bytes32.newSha256();
    byte[] level = new byte[leaves.size() * HASH_BYTES];
    for (int i = 0; i < leaves.size(); i++) {
      sha256.update(LEAF);
      sha256.update(leaves.get(i).toArray());
      digest(sha256, level, i * HASH_BYTES);
    }
    List<byte[]> levels = new ArrayList<>();
    levels.add(level);
    while (level.length > HASH_BYTES) {
      level = above(level, sha256);
      levels.add(level);
    }
    return new MerkleTree(levels);
  }

  private static byte[] above(byte[] level, MessageDigest sha256) {
    int width = level.length / HASH_BYTES;
    byte[] next = new byte[(width + 1) / 2 * HASH_BYTES];
    for (int i = 0; i < width / 2; i++) {
      sha256.update(NODE);
      sha256.update(level, 2 * i * HASH_BYTES, 2 * HASH_BYTES);
      digest(sha256, next, i * HASH_BYTES);
    }
    if (width % 2 == 1) {
      System.arraycopy(
          level, level.length - HASH_BYTES, next, next.length - HASH_BYTES, HASH_BYTES);
    }
    return next;
  }

  Bytes32 root() {
    return Bytes32.of(levels.getLast());
  }

  /** The siblings from the leaf upwards, 32 bytes each, one after the other. */
  Bytes path(int index) {
    byte[] path = new byte[(levels.size() - 1) * HASH_BYTES];
    int length = 0;
    int i = index;
    for (byte[] level : levels.subList(0, levels.size() - 1)) {
      int sibling = (i ^ 1) * HASH_BYTES;
      if (sibling < level.length) {
        System.arraycopy(level, sibling, path, length, HASH_BYTES);
        length += HASH_BYTES;
      }
      i /= 2;
    }
    return length == path.length ? Bytes.wrap(path) : Bytes.wrap(path).slice(0, length);
  }

  /**
   * Where a path leads.
   *
   * @return empty unless the tree of {@code leafCount} leaves has the index and a path of exactly
   *     this length
   */
  static Optional<Bytes32> root(Bytes leaf, int index, int leafCount, Bytes path) {
    if (leafCount < 1
        || leafCount > WireLimits.BATCH_LEAVES_MAX
        || index < 0
        || index >= leafCount) {
      return Optional.empty();
    }
    MessageDigest sha256 = Bytes32.newSha256();
    byte[] siblings = path.toArray();
    byte[] hash = new byte[HASH_BYTES];
    sha256.update(LEAF);
    sha256.update(leaf.toArray());
    digest(sha256, hash, 0);
    int used = 0;
    int i = index;
    for (int width = leafCount; width > 1; width = (width + 1) / 2) {
      if ((i ^ 1) < width) {
        if (used + HASH_BYTES > siblings.length) {
          return Optional.empty();
        }
        sha256.update(NODE);
        if (i % 2 == 0) {
          sha256.update(hash);
          sha256.update(siblings, used, HASH_BYTES);
        } else {
          sha256.update(siblings, used, HASH_BYTES);
          sha256.update(hash);
        }
        digest(sha256, hash, 0);
        used += HASH_BYTES;
      }
      i /= 2;
    }
    return used == siblings.length ? Optional.of(Bytes32.of(hash)) : Optional.empty();
  }

  private static void digest(MessageDigest sha256, byte[] target, int offset) {
    try {
      sha256.digest(target, offset, HASH_BYTES);
    } catch (DigestException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
