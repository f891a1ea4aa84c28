/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.attestation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.ssz.LittleEndian;
import dev.quorate.ethereum.ssz.Merkle;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What an attestation says: the head of the chain and the FFG vote (consensus-specs,
 * phase0/beacon-chain.md). The value that operators agree on is the one with index 0, equal for all
 * committees of a slot; {@link #assigned} gives what a validator signs.
 *
 * @param index the committee before electra; 0 from electra on (EIP-7549)
 */
public record AttestationData(
    long slot, long index, Bytes32 beaconBlockRoot, Checkpoint source, Checkpoint target) {

  /** Bytes of its SSZ encoding. */
  public static final int SIZE = 128;

  private static final int SOURCE_AT = 48;
  private static final int TARGET_AT = SOURCE_AT + Checkpoint.SIZE;

  public AttestationData {
    if (slot < 0 || index < 0) {
      throw new IllegalArgumentException(
          "slot " + Long.toUnsignedString(slot) + ", index " + Long.toUnsignedString(index));
    }
  }

  /** What the validator of {@code duty} signs: with its committee before electra, with 0 since. */
  public AttestationData assigned(AttesterDuty duty, Fork fork) {
    return withIndex(fork.isAtLeast(Fork.ELECTRA) ? 0 : duty.committeeIndex());
  }

  /** With index 0, as operators agree on it. */
  public AttestationData withoutCommittee() {
    return withIndex(0);
  }

  private AttestationData withIndex(long committee) {
    return committee == index
        ? this
        : new AttestationData(slot, committee, beaconBlockRoot, source, target);
  }

  /** SSZ, {@value #SIZE} bytes. */
  public Bytes encode() {
    byte[] bytes = new byte[SIZE];
    LittleEndian.put(bytes, 0, slot);
    LittleEndian.put(bytes, 8, index);
    beaconBlockRoot.copyTo(bytes, 16);
    source.encode(bytes, SOURCE_AT);
    target.encode(bytes, TARGET_AT);
    return Bytes.wrap(bytes);
  }

  /** Empty unless there are exactly {@value #SIZE} bytes and every number is below 2^63. */
  public static Optional<AttestationData> decode(Bytes encoded) {
    if (encoded.size() != SIZE) {
      return Optional.empty();
    }
    byte[] bytes = encoded.toArray();
    long slot = LittleEndian.get(bytes, 0);
    long index = LittleEndian.get(bytes, 8);
    Optional<Checkpoint> source = Checkpoint.decode(bytes, SOURCE_AT);
    Optional<Checkpoint> target = Checkpoint.decode(bytes, TARGET_AT);
    return slot < 0 || index < 0 || source.isEmpty() || target.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new AttestationData(slot, index, Bytes32.of(bytes, 16), source.get(), target.get()));
  }

  public Bytes32 hashTreeRoot() {
    byte[] leaves = new byte[5 * 32];
    LittleEndian.put(leaves, 0, slot);
    LittleEndian.put(leaves, 32, index);
    beaconBlockRoot.copyTo(leaves, 64);
    source.hashTreeRoot().copyTo(leaves, 96);
    target.hashTreeRoot().copyTo(leaves, 128);
    return Merkle.root(leaves, 5);
  }

  public ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("slot", Long.toString(slot))
        .put("index", Long.toString(index))
        .put("beacon_block_root", beaconBlockRoot.toString())
        .<ObjectNode>set("source", source.toJson())
        .set("target", target.toJson());
  }

  /** Empty unless {@code json} is attestation data with every number below 2^63. */
  public static Optional<AttestationData> ofJson(JsonNode json) {
    OptionalLong slot = ApiJson.number(json.path("slot"));
    OptionalLong index = ApiJson.number(json.path("index"));
    Optional<Bytes32> head = ApiJson.root(json.path("beacon_block_root"));
    Optional<Checkpoint> source = Checkpoint.ofJson(json.path("source"));
    Optional<Checkpoint> target = Checkpoint.ofJson(json.path("target"));
    return slot.isPresent()
            && index.isPresent()
            && head.isPresent()
            && source.isPresent()
            && target.isPresent()
        ? Optional.of(
            new AttestationData(
                slot.getAsLong(), index.getAsLong(), head.get(), source.get(), target.get()))
        : Optional.empty();
  }
}
