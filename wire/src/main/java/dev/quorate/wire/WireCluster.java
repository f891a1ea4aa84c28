/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.quorum.Quorum;

/**
 * What frames are checked against.
 *
 * @param hash the cluster hash, in every vote and under every signature
 * @param operators how many there are
 * @param validators how many there are
 */
public record WireCluster(Bytes32 hash, int operators, int validators, BatchVerifier verifier) {
  public WireCluster {
    if (operators < 1 || operators > Quorum.OPERATORS_MAX || validators < 0) {
      throw new IllegalArgumentException(operators + " operators, " + validators + " validators");
    }
  }
}
