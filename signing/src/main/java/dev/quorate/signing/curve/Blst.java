/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.curve;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import supranational.blst.P1_Affine;

/**
 * The C interface of blst, which the native library of jblst exports whole though jblst's own
 * classes wrap only a part of it ({@code bindings/blst.h}, {@code blst_aux.h}). One method per
 * shape of function, since {@code invokeExact} wants the types spelled out.
 */
final class Blst {
  static final MemoryLayout POINTER = ValueLayout.ADDRESS;
  static final MemoryLayout SIZE = ValueLayout.JAVA_LONG;
  static final MemoryLayout INDEX = ValueLayout.JAVA_INT;
  static final MemoryLayout BOOL = ValueLayout.JAVA_BOOLEAN;
  static final MemoryLayout ERROR = ValueLayout.JAVA_INT;

  /** blst_scalar: 32 bytes, little-endian. */
  static final int SCALAR_BYTES = 32;

  static final int FP12_BYTES = 576;

  private static final int SUCCESS = 0;
  private static final SymbolLookup LIBRARY = load();

  private Blst() {}

  private static SymbolLookup load() {
    P1_Affine.generator(); // jblst unpacks and loads the library with its first use
    return SymbolLookup.loaderLookup();
  }

  /** A C function without result. */
  static MethodHandle procedure(String name, MemoryLayout... arguments) {
    return link(name, FunctionDescriptor.ofVoid(arguments));
  }

  static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
    return link(name, FunctionDescriptor.of(result, arguments));
  }

  @SuppressWarnings("restricted") // calling native code is what this class is for
  private static MethodHandle link(String name, FunctionDescriptor shape) {
    return Linker.nativeLinker()
        .downcallHandle(
            LIBRARY
                .find(name)
                .orElseThrow(
                    () -> new IllegalStateException("the BLS library of jblst lacks " + name)),
            shape);
  }

  static void call(MethodHandle procedure, MemorySegment a, MemorySegment b) {
    try {
      procedure.invokeExact(a, b);
    } catch (Throwable failure) {
      throw broken(failure);
    }
  }

  static void call(MethodHandle procedure, MemorySegment a, long b) {
    try {
      procedure.invokeExact(a, b);
    } catch (Throwable failure) {
      throw broken(failure);
    }
  }

  static void call(MethodHandle procedure, MemorySegment a, MemorySegment b, MemorySegment c) {
    try {
      procedure.invokeExact(a, b, c);
    } catch (Throwable failure) {
      throw broken(failure);
    }
  }

  static void call(MethodHandle procedure, MemorySegment a, MemorySegment b, long c) {
    try {
      procedure.invokeExact(a, b, c);
    } catch (Throwable failure) {
      throw broken(failure);
    }
  }

  static void callWithIndex(MethodHandle procedure, MemorySegment a, MemorySegment b, int c) {
    try {
      procedure.invokeExact(a, b, c);
    } catch (Throwable failure) {
      throw broken(failure);
    }
  }

  static void call(
      MethodHandle procedure, MemorySegment a, MemorySegment b, MemorySegment c, long d) {
    try {
      procedure.invokeExact(a, b, c, d);
    } catch (Throwable failure) {
      throw broken(failure);
    }
  }

  static void call(
      MethodHandle procedure, MemorySegment a, MemorySegment b, MemorySegment c, MemorySegment d) {
    try {
      procedure.invokeExact(a, b, c, d);
    } catch (Throwable failure) {
      throw broken(failure);
    }
  }

  /** {@code prefix##s_mult_pippenger(out, points, count, scalars, bits, scratch)}. */
  static void call(
      MethodHandle procedure,
      MemorySegment a,
      MemorySegment b,
      long c,
      MemorySegment d,
      long e,
      MemorySegment f) {
    try {
      procedure.invokeExact(a, b, c, d, e, f);
    } catch (Throwable failure) {
      throw broken(failure);
    }
  }

  /** {@code blst_hash_to_g2(out, message, length, tag, length, augmentation, length)}. */
  static void call(
      MethodHandle procedure,
      MemorySegment a,
      MemorySegment b,
      long c,
      MemorySegment d,
      long e,
      MemorySegment f,
      long g) {
    try {
      procedure.invokeExact(a, b, c, d, e, f, g);
    } catch (Throwable failure) {
      throw broken(failure);
    }
  }

  static long size(MethodHandle function, long count) {
    try {
      return (long) function.invokeExact(count);
    } catch (Throwable failure) {
      throw broken(failure);
    }
  }

  static boolean holds(MethodHandle predicate, MemorySegment a) {
    try {
      return (boolean) predicate.invokeExact(a);
    } catch (Throwable failure) {
      throw broken(failure);
    }
  }

  static boolean holds(MethodHandle predicate, MemorySegment a, MemorySegment b, MemorySegment c) {
    try {
      return (boolean) predicate.invokeExact(a, b, c);
    } catch (Throwable failure) {
      throw broken(failure);
    }
  }

  static boolean holds(MethodHandle predicate, MemorySegment a, MemorySegment b, long c) {
    try {
      return (boolean) predicate.invokeExact(a, b, c);
    } catch (Throwable failure) {
      throw broken(failure);
    }
  }

  /** Whether a function that returns a BLST_ERROR succeeds. */
  static boolean succeeds(MethodHandle function, MemorySegment a, MemorySegment b) {
    try {
      return (int) function.invokeExact(a, b) == SUCCESS;
    } catch (Throwable failure) {
      throw broken(failure);
    }
  }

  /** A copy of {@code content} that native code can read. */
  static MemorySegment copy(Arena arena, byte[] content) {
    // Word by word is how blst reads points and scalars.
    MemorySegment copy = arena.allocate(content.length, Long.BYTES);
    MemorySegment.copy(content, 0, copy, ValueLayout.JAVA_BYTE, 0, content.length);
    return copy;
  }

  /** What blst takes for an array of pointers to contiguous elements: the first one, then NULL. */
  static MemorySegment contiguous(Arena arena, MemorySegment elements) {
    MemorySegment pointers = arena.allocate(ValueLayout.ADDRESS, 2);
    pointers.setAtIndex(ValueLayout.ADDRESS, 0, elements);
    pointers.setAtIndex(ValueLayout.ADDRESS, 1, MemorySegment.NULL);
    return pointers;
  }

  /** No blst function throws; what arrives here is a wrong type or an error of the machine. */
  private static IllegalStateException broken(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    return new IllegalStateException("a call into blst failed", failure);
  }
}
