/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import java.nio.ByteBuffer;

/**
 * What one signature covers: all votes of one flush, by the root of their {@link MerkleTree}. The
 * leaf count is signed too, so that the tree has one shape and no inner node passes for a leaf.
 *
 * @param leafCount from 1 to {@link WireLimits#BATCH_LEAVES_MAX}
 * @param signature the sender's Ed25519 over {@link #content}, 64 bytes
 */
public record Batch(int sender, int leafCount, Bytes32 root, Bytes signature) {
  /** Cluster hash (32), sender (4), leaf count (4), root (32); big-endian. */
  static byte[] content(Bytes32 cluster, int sender, int leafCount, Bytes32 root) {
    byte[] content = new byte[72];
    cluster.copyTo(content, 0);
    ByteBuffer.wrap(content, 32, 8).putInt(sender).putInt(leafCount);
    root.copyTo(content, 40);
    return content;
  }
}
