/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;

/**
 * What a block is asked for with.
 *
 * @param randaoReveal 96 bytes, compressed: the group's, for the block's epoch
 * @param builderBoostFactor in percent of a builder's bid, unsigned: 0 takes a builder's block only
 *     if there is no other
 */
public record BlockRequest(Bytes randaoReveal, Bytes32 graffiti, long builderBoostFactor) {
  public BlockRequest {
    if (randaoReveal.size() != 96) {
      throw new IllegalArgumentException("a randao reveal of " + randaoReveal.size() + " bytes");
    }
  }

  String parameters() {
    return olderParameters() + "&builder_boost_factor=" + Long.toUnsignedString(builderBoostFactor);
  }

  /** Of the route that knows of no builders. */
  String olderParameters() {
    return "randao_reveal=" + ApiJson.hex(randaoReveal) + "&graffiti=" + graffiti;
  }
}
