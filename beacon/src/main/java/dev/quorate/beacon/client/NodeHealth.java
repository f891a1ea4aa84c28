/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

/**
 * What is remembered of a node's conduct: decides whom to ask first, never whom to leave out.
 *
 * @param failuresInARow errors and timeouts since its last answer
 * @param isReady what it said of itself when last asked for its sync status
 */
public record NodeHealth(int failuresInARow, boolean isReady) {
  /** One failure may be an accident. */
  static final int FAILURES_UNTIL_DOUBTED = 2;

  static final NodeHealth UNTRIED = new NodeHealth(0, true);

  NodeHealth onAnswer() {
    return new NodeHealth(0, isReady);
  }

  NodeHealth onFailure() {
    return new NodeHealth(Math.min(failuresInARow, Integer.MAX_VALUE - 1) + 1, isReady);
  }

  NodeHealth onSyncStatus(SyncStatus status) {
    return new NodeHealth(0, status.isReady());
  }

  /** Lower is asked first: sound nodes, then doubted ones, then those that are not ready. */
  int rank() {
    if (!isReady) {
      return 2;
    }
    return failuresInARow < FAILURES_UNTIL_DOUBTED ? 0 : 1;
  }
}
