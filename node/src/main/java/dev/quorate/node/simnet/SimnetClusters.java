/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simnet;

import dev.quorate.config.Address;
import dev.quorate.config.ClusterCreation;
import dev.quorate.config.ClusterPlan;
import dev.quorate.config.FreePorts;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.Proposals;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;

/** Clusters of fresh keys that live on loopback and in memory alone. */
public final class SimnetClusters {
  private SimnetClusters() {}

  public static List<OperatorFolder> fresh(int operators, int validators) throws IOException {
    return fresh(operators, ClusterPlan.thresholdDefault(operators), validators, Optional.empty());
  }

  /**
   * @param proposals what the operators agreed on that blocks are proposed with
   */
  public static List<OperatorFolder> fresh(
      int operators, int threshold, int validators, Optional<Proposals> proposals)
      throws IOException {
    ClusterPlan plan = plan(operators, threshold);
    return ClusterCreation.dealFreshKeys(
        proposals.map(plan::paying).orElse(plan), validators, new SecureRandom());
  }

  private static ClusterPlan plan(int operators, int threshold) throws IOException {
    return new ClusterPlan(
        "simnet",
        threshold,
        Optional.empty(),
        FreePorts.find(operators).stream().map(port -> new Address("127.0.0.1", port)).toList());
  }
}
