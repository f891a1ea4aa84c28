/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import dev.quorate.consensus.quorum.Quorum;
import java.util.List;
import java.util.Optional;

/**
 * What a dealer decides before keys are split.
 *
 * @param threshold how many partial signatures make a signature
 * @param livenessLossConfirmed the written confirmation that a threshold above n - f needs
 * @param addresses where the operators reach one another, one for each
 * @param proposals what blocks are proposed with; empty for none
 */
public record ClusterPlan(
    String name,
    int threshold,
    Optional<String> livenessLossConfirmed,
    List<Address> addresses,
    Optional<Proposals> proposals) {
  /**
   * @throws InvalidConfiguration unless there may be so many operators with this threshold, and
   *     this name
   */
  public ClusterPlan {
    addresses = List.copyOf(addresses);
    ClusterFile.checkName("name", name);
    ClusterFile.checkOperatorCount(addresses.size());
    ClusterFile.checkThreshold(threshold, new Quorum(addresses.size()), livenessLossConfirmed);
  }

  /** A plan for validators whose blocks nobody is to be paid for. */
  public ClusterPlan(
      String name, int threshold, Optional<String> livenessLossConfirmed, List<Address> addresses) {
    this(name, threshold, livenessLossConfirmed, addresses, Optional.empty());
  }

  public ClusterPlan paying(Proposals agreed) {
    return new ClusterPlan(name, threshold, livenessLossConfirmed, addresses, Optional.of(agreed));
  }

  /**
   * The threshold unless one is chosen: the quorum, so that as many as can agree can sign.
   *
   * @throws InvalidConfiguration unless there may be so many operators
   */
  public static int thresholdDefault(int operators) {
    ClusterFile.checkOperatorCount(operators);
    return new Quorum(operators).thresholdDefault();
  }
}
