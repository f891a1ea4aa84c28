/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.view;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * {@code GET /v1/node}: what this pod is and how it fares.
 *
 * @param features absent before operators agreed on any, and while nobody can tell
 * @param impairments what keeps it from being ready, or makes it worse at its duties
 */
public record NodeView(
    String release,
    String pod,
    Operator operator,
    Cluster cluster,
    Chain chain,
    Optional<Features> features,
    boolean ready,
    List<ImpairmentView> impairments,
    List<BeaconNode> beaconNodes,
    Clock clock,
    Duties duties) {

  /**
   * @param position in the cluster file, from 0
   */
  public record Operator(int position, String name) {}

  public record Cluster(
      String name, String hash, int operators, int quorum, int threshold, int validators) {}

  /**
   * @param slot by the own clock; negative before genesis
   */
  public record Chain(
      long genesisTimeSeconds, String genesisValidatorsRoot, long slot, long epoch) {}

  /**
   * What the software of a quorum of the operators can do.
   *
   * @param epoch in whose last slot they agreed on it
   */
  public record Features(long epoch, List<String> names) {
    public Features {
      names = List.copyOf(names);
    }
  }

  /**
   * @param url without the parts that may hold credentials
   * @param state what the node says of itself
   * @param failuresInARow errors and timeouts since its last answer
   */
  public record BeaconNode(String url, String state, int failuresInARow) {
    public boolean isReady() {
      return state.equals("READY");
    }
  }

  /**
   * @param steps how often the clock was set since the pod started
   * @param recentStepMillis by how much it was last set, negative if back; absent once it is
   *     trusted again
   */
  public record Clock(long steps, OptionalLong recentStepMillis) {}

  /**
   * Duties that ended in this pod since it started.
   *
   * @param missed by reason
   * @param roundsHistogram those that were broadcast, by the round that decided
   * @param diverged that decided another value than most of the same slot
   */
  public record Duties(
      long broadcast,
      Map<String, Long> missed,
      Map<Integer, Long> roundsHistogram,
      long diverged) {}
}
