/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import java.util.Comparator;

/**
 * What is remembered of a node's conduct: decides whom to ask first.
 *
 * @param failuresInARow errors and timeouts since its last answer
 * @param standing as of the last time that it answered about itself
 */
public record NodeHealth(int failuresInARow, Standing standing) {
  /** One failure may be an accident. */
  static final int FAILURES_UNTIL_DOUBTED = 2;

  /** Sound nodes, then doubted ones, then those that are not ready. */
  static final Comparator<NodeHealth> BEST_FIRST =
      Comparator.comparing(NodeHealth::standing).thenComparing(NodeHealth::isDoubted);

  /** Of a node of which nothing is asked but what it says. */
  static final NodeHealth TRUSTED = new NodeHealth(0, Standing.READY);

  static final NodeHealth UNTRIED = new NodeHealth(0, Standing.UNTRIED);

  public boolean isReady() {
    return standing == Standing.READY;
  }

  /** Whether it has never told how it fares. */
  public boolean isUntried() {
    return standing == Standing.UNTRIED;
  }

  /** Whether it has the chain's head as far as is known. */
  public boolean isAbreast() {
    return standing == Standing.READY || standing == Standing.PEERLESS;
  }

  /** Whether what it says may be signed where no node is ready. */
  public boolean isVerified() {
    return switch (standing) {
      case READY, PEERLESS, LAGGING, AHEAD, SYNCING -> true;
      case UNVERIFIED, UNTRIED, FOREIGN -> false;
    };
  }

  NodeHealth onAnswer() {
    return new NodeHealth(0, standing);
  }

  NodeHealth onFailure() {
    return new NodeHealth(Math.min(failuresInARow, Integer.MAX_VALUE - 1) + 1, standing);
  }

  NodeHealth onStanding(Standing now) {
    return new NodeHealth(failuresInARow, now);
  }

  private boolean isDoubted() {
    return failuresInARow >= FAILURES_UNTIL_DOUBTED;
  }
}
