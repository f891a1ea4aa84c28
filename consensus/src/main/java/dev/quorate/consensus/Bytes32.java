/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Exactly 32 immutable bytes: a root, a hash, a seed. Held as four words, so it is cheap as a key.
 */
public final class Bytes32 implements Comparable<Bytes32> {
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  public static final Bytes32 ZERO = new Bytes32(0, 0, 0, 0);

  private final long a;
  private final long b;
  private final long c;
  private final long d;

  private Bytes32(long a, long b, long c, long d) {
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
  }

  /**
   * @throws IllegalArgumentException unless there are exactly 32 bytes
   */
  public static Bytes32 of(byte[] content) {
    if (content.length != 32) {
      throw new IllegalArgumentException("32 bytes are needed, not " + content.length);
    }
    return of(content, 0);
  }

  /** The 32 bytes of {@code content} from {@code offset} on. */
  public static Bytes32 of(byte[] content, int offset) {
    return new Bytes32(
        (long) WORD.get(content, offset),
        (long) WORD.get(content, offset + 8),
        (long) WORD.get(content, offset + 16),
        (long) WORD.get(content, offset + 24));
  }

  /**
   * @param hex 64 hexadecimal digits, with or without the prefix {@code 0x}
   * @throws IllegalArgumentException if they are not
   */
  public static Bytes32 fromHex(String hex) {
    return of(HexFormat.of().parseHex(hex.startsWith("0x") ? hex.substring(2) : hex));
  }

  /** SHA-256 over the concatenation of {@code parts}. */
  public static Bytes32 sha256(byte[]... parts) {
    MessageDigest digest = newSha256();
    for (byte[] part : parts) {
      digest.update(part);
    }
    return of(digest.digest());
  }

  /** A new SHA-256; every Java platform has it. */
  public static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException(missing);
    }
  }

  public byte[] toArray() {
    byte[] content = new byte[32];
    copyTo(content, 0);
    return content;
  }

  /** Writes the 32 bytes into {@code target} from {@code offset} on. */
  public void copyTo(byte[] target, int offset) {
    WORD.set(target, offset, a);
    WORD.set(target, offset + 8, b);
    WORD.set(target, offset + 16, c);
    WORD.set(target, offset + 24, d);
  }

  public Bytes toBytes() {
    return Bytes.wrap(toArray());
  }

  /** Lower-case hexadecimal without prefix, 64 digits. */
  public String hex() {
    return HexFormat.of().formatHex(toArray());
  }

  @Override
  public int compareTo(Bytes32 other) {
    int order = Long.compareUnsigned(a, other.a);
    order = order != 0 ? order : Long.compareUnsigned(b, other.b);
    order = order != 0 ? order : Long.compareUnsigned(c, other.c);
    return order != 0 ? order : Long.compareUnsigned(d, other.d);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes32 that
        && a == that.a
        && b == that.b
        && c == that.c
        && d == that.d;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(
        a ^ Long.rotateLeft(b, 17) ^ Long.rotateLeft(c, 31) ^ Long.rotateLeft(d, 47));
  }

  @Override
  public String toString() {
    return "0x" + hex();
  }
}
