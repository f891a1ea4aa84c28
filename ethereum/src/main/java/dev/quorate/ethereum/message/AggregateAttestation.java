/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What members of a committee attested, with the sum of their signatures: the specification's
 * {@code Attestation}.
 *
 * @param aggregationBits who of the committee attested, an SSZ bitlist of its length
 * @param data as signed
 * @param committeeBits since electra which committee, an SSZ bitvector of 8 bytes, or of one byte
 *     in the minimal preset (EIP-7549); empty before
 * @param signature 96 bytes, compressed
 */
public record AggregateAttestation(
    Bytes aggregationBits, AttestationData data, Bytes committeeBits, Bytes signature) {
  private static final int COMMITTEE_BITS_BYTES_MAX = 8;

  /**
   * @throws IllegalArgumentException if no fork knows such an attestation
   */
  public AggregateAttestation {
    Containers.requireSignature(signature);
    if (!Containers.admits(
        "Attestation",
        fork(committeeBits),
        preset(committeeBits),
        json(aggregationBits, data, committeeBits, signature))) {
      throw new IllegalArgumentException(
          "no aggregate: bits %s of committees %s".formatted(aggregationBits, committeeBits));
    }
  }

  /** The sum of attestations of a committee, in the form of {@code fork}. */
  public static AggregateAttestation of(
      AttestationData data,
      long committee,
      int committeeLength,
      BitSet attesters,
      Fork fork,
      Bytes signature) {
    BitSet bits = BitSet.valueOf(attesters.toLongArray());
    bits.set(committeeLength);
    return new AggregateAttestation(
        bytes(bits, committeeLength / 8 + 1),
        data,
        fork.isAtLeast(Fork.ELECTRA)
            ? bytes(committeeBit(committee), COMMITTEE_BITS_BYTES_MAX)
            : Bytes.EMPTY,
        signature);
  }

  /** The places in the committee of those who attested. */
  public BitSet attesters() {
    BitSet bits = BitSet.valueOf(aggregationBits.toArray());
    bits.clear(committeeLength());
    return bits;
  }

  /** How long the list of bits is. */
  public int committeeLength() {
    return BitSet.valueOf(aggregationBits.toArray()).length() - 1;
  }

  /** The one committee that it is of; empty if it is of none or of several. */
  public OptionalLong committee() {
    if (committeeBits.isEmpty()) {
      return OptionalLong.of(data.index());
    }
    BitSet committees = BitSet.valueOf(committeeBits.toArray());
    return committees.cardinality() == 1
        ? OptionalLong.of(committees.nextSetBit(0))
        : OptionalLong.empty();
  }

  public ObjectNode toJson() {
    return json(aggregationBits, data, committeeBits, signature);
  }

  /** Empty unless {@code json} is an attestation as {@code fork} has it. */
  public static Optional<AggregateAttestation> ofJson(JsonNode json, Fork fork) {
    Optional<Bytes> committeeBits =
        fork.isAtLeast(Fork.ELECTRA)
            ? ApiJson.bytesUpTo(json.path("committee_bits"), COMMITTEE_BITS_BYTES_MAX)
                .filter(bits -> !bits.isEmpty())
            : Optional.of(Bytes.EMPTY).filter(_ -> !json.has("committee_bits"));
    return committeeBits
        .filter(bits -> Containers.admits("Attestation", fork(bits), preset(bits), json))
        .flatMap(bits ->
            AttestationData.ofJson(json.path("data"))
                .map(data ->
                    new AggregateAttestation(
                        bytes(json, "aggregation_bits"), data, bits, bytes(json, "signature"))));
  }

  /** SSZ of the specification's {@code Attestation}. */
  public Bytes encode() {
    return Containers.encode("Attestation", fork(), preset(), toJson());
  }

  /** Empty unless these are the bytes of an attestation as {@code fork} has it. */
  public static Optional<AggregateAttestation> decode(Bytes encoded, Fork fork, Preset preset) {
    Fork form = fork.isAtLeast(Fork.ELECTRA) ? Fork.ELECTRA : Fork.DENEB;
    return Containers.decode("Attestation", form, preset, encoded)
        .flatMap(json -> ofJson(json, fork));
  }

  /** The fork is told by the form, the preset by the number of committees. */
  Fork fork() {
    return fork(committeeBits);
  }

  Preset preset() {
    return preset(committeeBits);
  }

  private static Fork fork(Bytes committeeBits) {
    return committeeBits.isEmpty() ? Fork.DENEB : Fork.ELECTRA;
  }

  private static Preset preset(Bytes committeeBits) {
    return committeeBits.size() == 1 ? Preset.MINIMAL : Preset.MAINNET;
  }

  private static ObjectNode json(
      Bytes aggregationBits, AttestationData data, Bytes committeeBits, Bytes signature) {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("aggregation_bits", ApiJson.hex(aggregationBits))
            .<ObjectNode>set("data", data.toJson())
            .put("signature", ApiJson.hex(signature));
    return committeeBits.isEmpty() ? json : json.put("committee_bits", ApiJson.hex(committeeBits));
  }

  private static Bytes bytes(JsonNode json, String field) {
    return Bytes.fromHex(json.path(field).textValue());
  }

  private static BitSet committeeBit(long committee) {
    BitSet bits = new BitSet();
    bits.set((int) committee);
    return bits;
  }

  private static Bytes bytes(BitSet bits, int size) {
    byte[] bytes = new byte[size];
    byte[] set = bits.toByteArray();
    System.arraycopy(set, 0, bytes, 0, set.length);
    return Bytes.wrap(bytes);
  }
}
