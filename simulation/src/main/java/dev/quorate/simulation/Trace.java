/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.consensus.Bytes32;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What happened, as a hash that two runs share only if they went the same way, and on demand as a
 * transcript to read. Nothing that differs between virtual machines goes into the hash: no identity
 * and no order of a hash table.
 */
public final class Trace {
  /** Kinds of happening. */
  public enum Mark {
    VOTE,
    SEND,
    ARRIVE,
    DROP,
    CLAIM,
    GUARD,
    SIGN,
    PERSIST,
    COMBINE,
    SUBMIT,
    REPORT,
    DISCARD,
    TIMER,
    START,
    STOP,
    FAULT,
    TREASON
  }

  private final long beginMillis;
  private final Optional<Appendable> transcript;
  private long hash = 0x9e3779b97f4a7c15L;

  /**
   * @param beginMillis what the transcript counts from, Unix milliseconds
   */
  Trace(long beginMillis, Optional<Appendable> transcript) {
    this.beginMillis = beginMillis;
    this.transcript = transcript;
  }

  /** Of everything so far. */
  public long hash() {
    return hash;
  }

  /**
   * @param detail whatever tells this happening from others of its kind
   * @param told the same for a reader; only asked for if there is one
   */
  public void add(long nowMillis, int operator, Mark mark, long detail, Supplier<Object> told) {
    mix(nowMillis - beginMillis);
    mix(operator);
    mix(of(mark));
    mix(detail);
    transcript.ifPresent(out -> write(out, nowMillis, operator, mark, told.get()));
  }

  private void mix(long word) {
    // The finaliser of MurmurHash3, over the sum with what came before.
    long mixed = hash + word;
    mixed = (mixed ^ mixed >>> 33) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
    hash = mixed ^ mixed >>> 33;
  }

  /** What does not depend on the place of a constant among the others. */
  static long of(Enum<?> constant) {
    return constant.name().hashCode();
  }

  /** Enough of a hash or root to go into the trace. */
  public static long of(Bytes32 root) {
    return root.hashCode();
  }

  private void write(Appendable out, long nowMillis, int operator, Mark mark, Object told) {
    try {
      out.append(
          String.format(
              Locale.ROOT,
              "%10.3f  %-4s %-8s %s%n",
              (nowMillis - beginMillis) / 1000.0,
              operator < 0 ? "all" : "op " + operator,
              mark.name().toLowerCase(Locale.ROOT),
              told));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
