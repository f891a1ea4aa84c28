/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.chain;

import dev.quorate.consensus.Bytes;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * When each fork activates and under which version it signs.
 *
 * @param activations a prefix of {@link Fork}'s values in order, from epoch 0 on, never earlier
 *     than the one before; several may share an epoch, of which the last is in force
 */
public record ForkSchedule(List<Activation> activations) {
  /** The epoch of a fork that is known but not scheduled (FAR_FUTURE_EPOCH on the wire). */
  public static final long NEVER = Long.MAX_VALUE;

  /**
   * @param version 4 bytes
   * @param epoch the first one of the fork, or {@link #NEVER}
   */
  public record Activation(Fork fork, Bytes version, long epoch) {
    public Activation {
      if (version.size() != 4 || epoch < 0) {
        throw new IllegalArgumentException(
            fork + ": version " + version + ", epoch " + Long.toUnsignedString(epoch));
      }
    }
  }

  /**
   * @throws IllegalArgumentException if the forks are not in order
   */
  public ForkSchedule {
    activations = List.copyOf(activations);
    if (activations.isEmpty() || activations.getFirst().epoch() != 0) {
      throw new IllegalArgumentException("no fork is in force at epoch 0");
    }
    List<Fork> forks = activations.stream().map(Activation::fork).toList();
    List<Long> epochs = activations.stream().map(Activation::epoch).toList();
    if (!forks.equals(Stream.of(Fork.values()).limit(forks.size()).toList())
        || !epochs.equals(epochs.stream().sorted().toList())) {
      throw new IllegalArgumentException("forks out of order: " + activations);
    }
  }

  /** What is in force in {@code epoch}. */
  public Activation at(long epoch) {
    return activations.stream()
        .filter(activation -> activation.epoch() != NEVER && activation.epoch() <= epoch)
        .reduce((_, later) -> later)
        .orElseThrow(() -> new IllegalArgumentException("epoch " + epoch));
  }

  public Fork forkAt(long epoch) {
    return at(epoch).fork();
  }

  /**
   * The version of {@code fork}, also where it is not yet in force; empty if the chain lacks it.
   */
  public Optional<Bytes> versionOf(Fork fork) {
    return activations.stream()
        .filter(activation -> activation.fork() == fork)
        .map(Activation::version)
        .findFirst();
  }
}
