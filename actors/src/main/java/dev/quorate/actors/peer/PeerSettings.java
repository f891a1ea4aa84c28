/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.peer;

import dev.quorate.consensus.Bytes32;
import dev.quorate.signing.identity.IdentityPublicKey;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * What the links of one pod need to know.
 *
 * @param clusterHash of the cluster file
 * @param operators the identity keys that the cluster file pins, in its order
 * @param validators how many the cluster has
 * @param self this operator's position
 * @param pod this pod's name, unique within the operator
 * @param incarnation grows with each start of the pod
 * @param release version of this software, told to the peers
 * @param bind where to listen; port 0 picks one
 * @param peers published addresses by operator, dialled from the start; an unresolved address is
 *     resolved anew at each attempt
 */
public record PeerSettings(
    Bytes32 clusterHash,
    List<IdentityPublicKey> operators,
    int validators,
    int self,
    String pod,
    long incarnation,
    String release,
    InetSocketAddress bind,
    Map<Integer, InetSocketAddress> peers,
    PeerTimes times) {
  public PeerSettings {
    operators = List.copyOf(operators);
    peers = Map.copyOf(peers);
    if (self < 0 || self >= operators.size()) {
      throw new IllegalArgumentException("operator " + self + " of " + operators.size());
    }
    if (new HashSet<>(operators).size() != operators.size()) {
      throw new IllegalArgumentException("two operators with one identity key");
    }
    for (int peer : peers.keySet()) {
      requirePeer(peer, self, operators.size());
    }
  }

  /** Checks that {@code operator} is one of the others. */
  void requirePeer(int operator) {
    requirePeer(operator, self, operators.size());
  }

  private static void requirePeer(int operator, int self, int operators) {
    if (operator < 0 || operator >= operators || operator == self) {
      throw new IllegalArgumentException(
          "operator " + operator + " is no peer of " + self + " among " + operators);
    }
  }
}
