/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * An immutable byte string with value equality and unsigned lexicographic order. Never used for
 * secrets: those have their own class, redacted and zeroed.
 */
public final class Bytes implements Comparable<Bytes> {
  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] content;

  private Bytes(byte[] content) {
    this.content = content;
  }

  /** Copies {@code content}. */
  public static Bytes of(byte[] content) {
    return new Bytes(content.clone());
  }

  /** Takes {@code content} over; the caller must not change it afterwards. */
  public static Bytes wrap(byte[] content) {
    return new Bytes(content);
  }

  /**
   * @param hex hexadecimal digits, with or without the prefix {@code 0x}
   * @throws IllegalArgumentException if it is not hexadecimal
   */
  public static Bytes fromHex(String hex) {
    return new Bytes(HexFormat.of().parseHex(hex.startsWith("0x") ? hex.substring(2) : hex));
  }

  public int size() {
    return content.length;
  }

  public boolean isEmpty() {
    return content.length == 0;
  }

  public byte get(int index) {
    return content[index];
  }

  /** The bytes from {@code from} (inclusive) to {@code to} (exclusive). */
  public Bytes slice(int from, int to) {
    if (from < 0 || to < from || to > content.length) {
      throw new IndexOutOfBoundsException(from + ".." + to + " of " + content.length);
    }
    return new Bytes(Arrays.copyOfRange(content, from, to));
  }

  /** A fresh copy. */
  public byte[] toArray() {
    return content.clone();
  }

  /** Writes all bytes into {@code target} from {@code offset} on. */
  public void copyTo(byte[] target, int offset) {
    System.arraycopy(content, 0, target, offset, content.length);
  }

  /** Lower-case hexadecimal without prefix. */
  public String hex() {
    return HexFormat.of().formatHex(content);
  }

  @Override
  public int compareTo(Bytes other) {
    return Arrays.compareUnsigned(content, other.content);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes bytes && Arrays.equals(content, bytes.content);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(content);
  }

  /** {@code 0x…}, the middle left out beyond 48 bytes. */
  @Override
  public String toString() {
    return content.length <= 48
        ? "0x" + hex()
        : "0x"
            + HexFormat.of().formatHex(content, 0, 8)
            + "…"
            + HexFormat.of().formatHex(content, content.length - 4, content.length);
  }
}
