/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.process;

import java.util.List;
import java.util.Optional;

/** How long things took, by the nearest rank, in the unit in which they were counted. */
public record Latency(long p50, long p99, long max) {
  /** Empty without any. */
  public static Optional<Latency> of(List<Long> ascending) {
    return ascending.isEmpty()
        ? Optional.empty()
        : Optional.of(new Latency(rank(ascending, 50), rank(ascending, 99), ascending.getLast()));
  }

  private static long rank(List<Long> ascending, int percent) {
    int rank = (int) Math.ceil(percent / 100.0 * ascending.size());
    return ascending.get(Math.max(0, rank - 1));
  }
}
