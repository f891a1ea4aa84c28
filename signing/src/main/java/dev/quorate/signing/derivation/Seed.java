/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.derivation;

import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.curve.SecretScalar;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * What a tree of keys grows from (EIP-2333). Zeroed when closed, prints nothing of itself, cannot
 * be serialised.
 */
public final class Seed implements AutoCloseable {
  /** EIP-2333, derive_master_SK: at least 256 bits. */
  public static final int BYTES_MIN = 32;

  public static final long INDEX_MAX = 0xffff_ffffL;

  /** EIP-2334: purpose and coin type. */
  private static final List<Long> ETHEREUM = List.of(12381L, 3600L);

  private final byte[] bytes;
  private boolean closed;

  private Seed(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * @param bytes copied; zeroing them is up to the caller
   * @throws IllegalArgumentException if there are fewer than {@link #BYTES_MIN}
   */
  public static Seed of(byte[] bytes) {
    if (bytes.length < BYTES_MIN) {
      throw new IllegalArgumentException("a seed of " + bytes.length + " bytes");
    }
    return new Seed(bytes.clone());
  }

  /**
   * The signing keys m/12381/3600/i/0/0 of validators (EIP-2334).
   *
   * @param first the first i
   * @param onKey called with the number of each key derived, from 1: one takes some milliseconds
   * @return in order, the caller's to close
   * @throws IllegalArgumentException if an index is beyond {@link #INDEX_MAX}
   */
  public List<SecretKey> signingKeys(long first, int count, IntConsumer onKey) {
    List<SecretKey> keys = new ArrayList<>();
    try (SecretScalar parent = derive(ETHEREUM)) {
      for (long i = first; i < first + count; i++) {
        keys.add(SecretKey.of(descend(parent, List.of(i, 0L, 0L))));
        onKey.accept(keys.size());
      }
      return keys;
    } catch (RuntimeException failure) {
      keys.forEach(SecretKey::close);
      throw failure;
    }
  }

  /**
   * The key at a path from the master key on, which is at the empty path.
   *
   * @return the caller's to close
   * @throws IllegalArgumentException if an index is not from 0 to {@link #INDEX_MAX}
   */
  public synchronized SecretScalar derive(List<Long> path) {
    if (closed) {
      throw new IllegalStateException("the seed has been closed");
    }
    SecretScalar master = SecretScalar.masterOf(bytes);
    if (path.isEmpty()) {
      return master;
    }
    try (master) {
      return descend(master, path);
    }
  }

  /**
   * @param path not empty
   */
  private static SecretScalar descend(SecretScalar from, List<Long> path) {
    SecretScalar child = from.child(path.getFirst());
    for (long index : path.subList(1, path.size())) {
      try (SecretScalar parent = child) {
        child = parent.child(index);
      }
    }
    return child;
  }

  @Override
  public synchronized void close() {
    closed = true;
    Arrays.fill(bytes, (byte) 0);
  }

  @Override
  public String toString() {
    return "Seed[redacted]";
  }
}
