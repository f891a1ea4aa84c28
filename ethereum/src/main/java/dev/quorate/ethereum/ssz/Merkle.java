/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.ssz;

import dev.quorate.consensus.Bytes32;
import java.security.DigestException;
import java.security.MessageDigest;

/**
 * SSZ's binary SHA-256 tree over chunks of 32 bytes (consensus-specs, ssz/simple-serialize.md,
 * "Merkleization"). The only tree of the product: everything that has a hash tree root gets it
 * here.
 */
public final class Merkle {
  /** No SSZ limit needs a deeper tree: capacities are below 2^63. */
  private static final int DEPTH_MAX = 63;

  /** Roots of trees of zero chunks, by depth. */
  private static final byte[][] ZERO_ROOTS = zeroRoots();

  private Merkle() {}

  /**
   * The root of the smallest tree that holds {@code capacity} chunks.
   *
   * @param content the chunks, one after the other; the last may be short and is filled with zeros
   * @param capacity chunks the tree has room for: the type's, not the value's; at least 1
   */
  public static Bytes32 root(byte[] content, long capacity) {
    int chunks = (content.length + 31) / 32;
    if (capacity < 1 || chunks > capacity) {
      throw new IllegalArgumentException(chunks + " chunks in a tree for " + capacity);
    }
    int depth = Long.SIZE - Long.numberOfLeadingZeros(capacity - 1);
    if (chunks == 0) {
      return Bytes32.of(ZERO_ROOTS[depth]);
    }
    // Room for the zero sibling of an odd last node; each level is hashed into the front of it.
    byte[] level = new byte[(chunks + 1) * 32];
    System.arraycopy(content, 0, level, 0, content.length);
    MessageDigest sha256 = Bytes32.newSha256();
    for (int height = 0; height < depth; height++) {
      if (chunks % 2 == 1) {
        System.arraycopy(ZERO_ROOTS[height], 0, level, chunks * 32, 32);
      }
      chunks = (chunks + 1) / 2;
      for (int node = 0; node < chunks; node++) {
        sha256.update(level, node * 64, 64);
        digest(sha256, level, node * 32);
      }
    }
    return Bytes32.of(level, 0);
  }

  /** The node above two others. */
  public static Bytes32 parent(Bytes32 left, Bytes32 right) {
    byte[] pair = new byte[64];
    left.copyTo(pair, 0);
    right.copyTo(pair, 32);
    return Bytes32.sha256(pair);
  }

  /** Binds a list's length to the root of its elements. */
  public static Bytes32 mixInLength(Bytes32 root, long length) {
    byte[] chunk = new byte[32];
    LittleEndian.put(chunk, 0, length);
    return parent(root, Bytes32.of(chunk));
  }

  private static void digest(MessageDigest sha256, byte[] target, int offset) {
    try {
      sha256.digest(target, offset, 32);
    } catch (DigestException tooShort) {
      throw new IllegalStateException(tooShort);
    }
  }

  private static byte[][] zeroRoots() {
    byte[][] roots = new byte[DEPTH_MAX + 1][];
    Bytes32 root = Bytes32.ZERO;
    for (int depth = 0; depth <= DEPTH_MAX; depth++) {
      roots[depth] = root.toArray();
      root = parent(root, root);
    }
    return roots;
  }
}
