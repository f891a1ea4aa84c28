/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What members of a part of the sync committee take for the head, with the sum of their signatures.
 *
 * @param subcommitteeIndex below SYNC_COMMITTEE_SUBNET_COUNT
 * @param aggregationBits who of the part signed, an SSZ bitvector of 16 bytes, or of one byte in
 *     the minimal preset
 * @param signature 96 bytes, compressed
 */
public record SyncCommitteeContribution(
    long slot,
    Bytes32 beaconBlockRoot,
    int subcommitteeIndex,
    Bytes aggregationBits,
    Bytes signature) {
  private static final String CONTAINER = "SyncCommitteeContribution";

  /** Of the mainnet preset. */
  private static final int BITS_BYTES_MAX = 16;

  public SyncCommitteeContribution {
    Containers.requireSignature(signature);
    if (aggregationBits.size() != BITS_BYTES_MAX && aggregationBits.size() != 1) {
      throw new IllegalArgumentException("no part of a sync committee: bits " + aggregationBits);
    }
  }

  /** The places in the part of those who signed. */
  public BitSet signers() {
    return BitSet.valueOf(aggregationBits.toArray());
  }

  Preset preset() {
    return aggregationBits.size() == 1 ? Preset.MINIMAL : Preset.MAINNET;
  }

  public ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("slot", Long.toString(slot))
        .put("beacon_block_root", beaconBlockRoot.toString())
        .put("subcommittee_index", Integer.toString(subcommitteeIndex))
        .put("aggregation_bits", ApiJson.hex(aggregationBits))
        .put("signature", ApiJson.hex(signature));
  }

  /** SSZ of the specification's container. */
  public Bytes encode() {
    return Containers.encode(CONTAINER, Fork.DENEB, preset(), toJson());
  }

  /** Empty unless these are the bytes of a contribution with every number in its range. */
  public static Optional<SyncCommitteeContribution> decode(Bytes encoded, Preset preset) {
    return Containers.decode(CONTAINER, Fork.DENEB, preset, encoded)
        .flatMap(SyncCommitteeContribution::ofJson);
  }

  /** Empty unless {@code json} is a contribution with every number in its range. */
  public static Optional<SyncCommitteeContribution> ofJson(JsonNode json) {
    OptionalLong slot = ApiJson.number(json.path("slot"));
    Optional<Bytes32> root = ApiJson.root(json.path("beacon_block_root"));
    OptionalInt part = ApiJson.smallNumber(json.path("subcommittee_index"));
    Optional<Bytes> bits =
        ApiJson.bytesUpTo(json.path("aggregation_bits"), BITS_BYTES_MAX)
            .filter(b -> b.size() == BITS_BYTES_MAX || b.size() == 1);
    Optional<Bytes> signature = ApiJson.bytes(json.path("signature"), 96);
    return slot.isPresent()
            && root.isPresent()
            && part.isPresent()
            && bits.isPresent()
            && signature.isPresent()
        ? Optional.of(
            new SyncCommitteeContribution(
                slot.getAsLong(), root.get(), part.getAsInt(), bits.get(), signature.get()))
        : Optional.empty();
  }
}
