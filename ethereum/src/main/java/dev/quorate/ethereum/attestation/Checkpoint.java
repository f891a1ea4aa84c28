/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.attestation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.ssz.LittleEndian;
import dev.quorate.ethereum.ssz.Merkle;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An epoch and the block root at its start: one end of an FFG vote (consensus-specs,
 * phase0/beacon-chain.md).
 */
public record Checkpoint(long epoch, Bytes32 root) {
  static final int SIZE = 40;

  public Checkpoint {
    if (epoch < 0) {
      throw new IllegalArgumentException("epoch " + Long.toUnsignedString(epoch));
    }
  }

  public Bytes32 hashTreeRoot() {
    byte[] leaves = new byte[64];
    LittleEndian.put(leaves, 0, epoch);
    root.copyTo(leaves, 32);
    return Merkle.root(leaves, 2);
  }

  public ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("epoch", Long.toString(epoch))
        .put("root", root.toString());
  }

  /** Empty unless {@code json} is a checkpoint with an epoch below 2^63. */
  public static Optional<Checkpoint> ofJson(JsonNode json) {
    OptionalLong epoch = ApiJson.number(json.path("epoch"));
    Optional<Bytes32> root = ApiJson.root(json.path("root"));
    return epoch.isPresent() && root.isPresent()
        ? Optional.of(new Checkpoint(epoch.getAsLong(), root.get()))
        : Optional.empty();
  }

  void encode(byte[] target, int offset) {
    LittleEndian.put(target, offset, epoch);
    root.copyTo(target, offset + 8);
  }

  static Optional<Checkpoint> decode(byte[] source, int offset) {
    long epoch = LittleEndian.get(source, offset);
    return epoch < 0
        ? Optional.empty()
        : Optional.of(new Checkpoint(epoch, Bytes32.of(source, offset + 8)));
  }
}
