/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simnet;

import dev.quorate.config.Address;
import dev.quorate.config.ClusterCreation;
import dev.quorate.config.ClusterPlan;
import dev.quorate.config.OperatorFolder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Clusters of fresh keys that live on loopback and in memory alone. */
public final class SimnetClusters {
  private SimnetClusters() {}

  public static List<OperatorFolder> fresh(int operators, int validators) throws IOException {
    return fresh(operators, ClusterPlan.thresholdDefault(operators), validators);
  }

  static List<OperatorFolder> fresh(int operators, int threshold, int validators)
      throws IOException {
    return ClusterCreation.dealFreshKeys(
        new ClusterPlan(
            "simnet",
            threshold,
            Optional.empty(),
            freePorts(operators).stream().map(port -> new Address("127.0.0.1", port)).toList()),
        validators,
        new SecureRandom());
  }

  /** Ports that nobody listens on; all are held until the last one is found. */
  private static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return held.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }
}
