/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.ssz;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Integers in SSZ's byte order. */
public final class LittleEndian {
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle HALF =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private LittleEndian() {}

  /** Writes the 8 bytes of {@code value} into {@code target} from {@code offset} on. */
  public static void put(byte[] target, int offset, long value) {
    WORD.set(target, offset, value);
  }

  /** The 64 bits at {@code offset}; negative from 2^63 on. */
  public static long get(byte[] source, int offset) {
    return (long) WORD.get(source, offset);
  }

  /** Writes the 4 bytes of {@code value} into {@code target} from {@code offset} on. */
  public static void putInt(byte[] target, int offset, int value) {
    HALF.set(target, offset, value);
  }

  /** The 32 bits at {@code offset}, as an unsigned number. */
  public static long getInt(byte[] source, int offset) {
    return Integer.toUnsignedLong((int) HALF.get(source, offset));
  }
}
