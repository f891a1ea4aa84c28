/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.curve;

import static dev.quorate.signing.curve.Blst.BOOL;
import static dev.quorate.signing.curve.Blst.INDEX;
import static dev.quorate.signing.curve.Blst.POINTER;
import static dev.quorate.signing.curve.Blst.SIZE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A secret number from 1 to r - 1, r being the order of G1 and G2. It lives outside the heap, where
 * the garbage collector makes no copies, is zeroed when closed, prints nothing of itself and is
 * touched by blst's constant-time functions alone. Any thread may use or close it: an operation
 * works on a copy of its own, so that closing never changes the key under a signature being made.
 */
public final class SecretScalar implements AutoCloseable {
  /** r, public. */
  public static final BigInteger ORDER =
      new BigInteger("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001", 16);

  private static final MethodHandle CHECK = Blst.function("blst_sk_check", BOOL, POINTER);
  private static final MethodHandle REDUCE =
      Blst.function("blst_scalar_from_be_bytes", BOOL, POINTER, POINTER, SIZE);
  private static final MethodHandle ADD =
      Blst.function("blst_sk_add_n_check", BOOL, POINTER, POINTER, POINTER);
  private static final MethodHandle MULTIPLY =
      Blst.function("blst_sk_mul_n_check", BOOL, POINTER, POINTER, POINTER);
  private static final MethodHandle MASTER =
      Blst.procedure("blst_derive_master_eip2333", POINTER, POINTER, SIZE);
  private static final MethodHandle CHILD =
      Blst.procedure("blst_derive_child_eip2333", POINTER, POINTER, INDEX);
  private static final MethodHandle TIMES_GENERATOR =
      Blst.procedure("blst_sk_to_pk2_in_g1", POINTER, POINTER, POINTER);
  private static final MethodHandle TIMES_POINT =
      Blst.procedure("blst_sign_pk2_in_g1", POINTER, POINTER, POINTER, POINTER);

  /** So many random bytes that reducing them modulo r leaves no bias to speak of (2^-129). */
  private static final int RANDOM_BYTES = 48;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment secret = arena.allocate(Blst.SCALAR_BYTES, Long.BYTES);

  private SecretScalar(MemorySegment scalar) {
    secret.copyFrom(scalar);
  }

  /**
   * The number that 32 bytes stand for, or empty if there are not 32 or it is 0, r or more.
   *
   * @param bigEndian copied; zeroing it is up to the caller
   */
  public static Optional<SecretScalar> decode(byte[] bigEndian) {
    if (bigEndian.length != Blst.SCALAR_BYTES) {
      return Optional.empty();
    }
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment scalar = scratch.allocate(Blst.SCALAR_BYTES, Long.BYTES);
      for (int i = 0; i < Blst.SCALAR_BYTES; i++) {
        scalar.set(ValueLayout.JAVA_BYTE, Blst.SCALAR_BYTES - 1L - i, bigEndian[i]);
      }
      try {
        return Blst.holds(CHECK, scalar) ? Optional.of(new SecretScalar(scalar)) : Optional.empty();
      } finally {
        scalar.fill((byte) 0);
      }
    }
  }

  /** A uniformly random one. */
  public static SecretScalar random(SecureRandom random) {
    byte[] entropy = new byte[RANDOM_BYTES];
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment scalar = scratch.allocate(Blst.SCALAR_BYTES, Long.BYTES);
      MemorySegment drawn = scratch.allocate(RANDOM_BYTES, Long.BYTES);
      try {
        do {
          random.nextBytes(entropy);
          drawn.copyFrom(MemorySegment.ofArray(entropy));
        } while (!Blst.holds(REDUCE, scalar, drawn, RANDOM_BYTES));
        return new SecretScalar(scalar);
      } finally {
        Arrays.fill(entropy, (byte) 0);
        drawn.fill((byte) 0);
        scalar.fill((byte) 0);
      }
    }
  }

  /**
   * The master key that a seed stands for (EIP-2333, derive_master_SK).
   *
   * @param seed at least 32 bytes; zeroing it is up to the caller
   */
  public static SecretScalar masterOf(byte[] seed) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment master = scratch.allocate(Blst.SCALAR_BYTES, Long.BYTES);
      MemorySegment material = Blst.copy(scratch, seed);
      try {
        Blst.call(MASTER, master, material, (long) seed.length);
        return new SecretScalar(master);
      } finally {
        material.fill((byte) 0);
        master.fill((byte) 0);
      }
    }
  }

  /**
   * The child key of that index (EIP-2333, derive_child_SK).
   *
   * @param index an unsigned number of 32 bits
   * @throws IllegalArgumentException if it is none
   */
  public SecretScalar child(long index) {
    if (index < 0 || index > 0xffff_ffffL) {
      throw new IllegalArgumentException("the index of a child key: " + index);
    }
    return with(parent -> {
      try (Arena scratch = Arena.ofConfined()) {
        MemorySegment child = scratch.allocate(Blst.SCALAR_BYTES, Long.BYTES);
        try {
          Blst.callWithIndex(CHILD, child, parent, (int) index);
          return new SecretScalar(child);
        } finally {
          child.fill((byte) 0);
        }
      }
    });
  }

  /**
   * a_0 + a_1·x + … + a_k·x^k.
   *
   * @param coefficients a_0 first
   * @param x public, positive
   * @throws ArithmeticException if that is 0, which chance does not bring about
   */
  public static SecretScalar polynomial(List<SecretScalar> coefficients, int x) {
    return accumulate(
        coefficients.reversed(), coefficient -> BigInteger.ONE, BigInteger.valueOf(x));
  }

  /**
   * The sum of each scalar times its weight.
   *
   * @param weights one per scalar, public, from 1 to r - 1
   * @throws ArithmeticException if that is 0, which chance does not bring about
   */
  public static SecretScalar combination(List<SecretScalar> scalars, List<BigInteger> weights) {
    return accumulate(scalars, weights::get, BigInteger.ONE);
  }

  /** Horner's rule: for each scalar, total = total·factor + scalar·weight(position). */
  private static SecretScalar accumulate(
      List<SecretScalar> scalars, Function<Integer, BigInteger> weight, BigInteger factor) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment total = scratch.allocate(Blst.SCALAR_BYTES, Long.BYTES);
      MemorySegment term = scratch.allocate(Blst.SCALAR_BYTES, Long.BYTES);
      try {
        boolean isZero = true;
        for (int i = 0; i < scalars.size(); i++) {
          MemorySegment multiplier = publicScalar(scratch, weight.apply(i));
          scalars.get(i).with(secret -> Blst.holds(MULTIPLY, term, secret, multiplier));
          Blst.holds(MULTIPLY, total, total, publicScalar(scratch, factor));
          isZero = !Blst.holds(ADD, total, total, term);
        }
        if (isZero) {
          throw new ArithmeticException("a sum of secret scalars is zero");
        }
        return new SecretScalar(total);
      } finally {
        total.fill((byte) 0);
        term.fill((byte) 0);
      }
    }
  }

  private static MemorySegment publicScalar(Arena arena, BigInteger value) {
    byte[] littleEndian = new byte[Blst.SCALAR_BYTES];
    Curve.putLittleEndian(value, littleEndian, 0);
    return Blst.copy(arena, littleEndian);
  }

  /** The generator of G1 times this. */
  public G1 timesGenerator() {
    return with(scalar -> {
      try (Arena scratch = Arena.ofConfined()) {
        MemorySegment product = scratch.allocate(Curve.E1.affineBytes(), Long.BYTES);
        Blst.call(TIMES_GENERATOR, MemorySegment.NULL, product, scalar);
        return new G1(product.toArray(ValueLayout.JAVA_BYTE));
      }
    });
  }

  /** {@code point}, of G2, times this. */
  public G2 times(G2 point) {
    return with(scalar -> {
      try (Arena scratch = Arena.ofConfined()) {
        MemorySegment product = scratch.allocate(Curve.E2.affineBytes(), Long.BYTES);
        Blst.call(
            TIMES_POINT,
            MemorySegment.NULL,
            product,
            Curve.E2.jacobian(scratch, point.affine()),
            scalar);
        return new G2(product.toArray(ValueLayout.JAVA_BYTE));
      }
    });
  }

  /** 32 bytes; zeroing them is up to the caller. For encrypting a key, and nothing else. */
  public byte[] export() {
    return with(scalar -> {
      byte[] bigEndian = new byte[Blst.SCALAR_BYTES];
      for (int i = 0; i < Blst.SCALAR_BYTES; i++) {
        bigEndian[i] = scalar.get(ValueLayout.JAVA_BYTE, Blst.SCALAR_BYTES - 1L - i);
      }
      return bigEndian;
    });
  }

  private <T> T with(Function<MemorySegment, T> operation) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment copy = scratch.allocate(Blst.SCALAR_BYTES, Long.BYTES);
      try {
        copyTo(copy);
        return operation.apply(copy);
      } finally {
        copy.fill((byte) 0);
      }
    }
  }

  private synchronized void copyTo(MemorySegment target) {
    if (!arena.scope().isAlive()) {
      throw new IllegalStateException("the secret has been closed");
    }
    target.copyFrom(secret);
  }

  /** Zeroes the secret; closing again does nothing. */
  @Override
  public synchronized void close() {
    if (arena.scope().isAlive()) {
      secret.fill((byte) 0);
      arena.close();
    }
  }

  @Override
  public String toString() {
    return "SecretScalar[redacted]";
  }
}
