/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.chain.Fork;
import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalLong;

/** What a submitted attestation turned out to be. */
sealed interface SubmittedAttestation {
  /** Slots beyond it are nonsense, and would overflow somewhere. */
  long SLOT_MAX = 1L << 40;

  /** One that cannot be held against any validator. */
  record Anonymous(Rejection why) implements SubmittedAttestation {}

  /**
   * One that says whose it is; whether it is, its signature tells.
   *
   * @param duty the attester's, in the epoch of the attested slot
   * @param misplaced what is wrong with where it says the attester sits
   */
  record Attributed(
      AttesterDuty duty, AttestationData data, Bytes signature, Optional<Rejection> misplaced)
      implements SubmittedAttestation {}

  /** Reads the one form that the chain's fork knows. */
  static SubmittedAttestation read(JsonNode json, SimulatedChain chain) {
    Optional<AttestationData> data =
        AttestationData.ofJson(json.path("data")).filter(d -> d.slot() < SLOT_MAX);
    Optional<Bytes> signature = ApiJson.bytes(json.path("signature"), 96);
    if (data.isEmpty() || signature.isEmpty()) {
      return new Anonymous(Rejection.MALFORMED);
    }
    return chain.config().fork().isAtLeast(Fork.ELECTRA)
        ? single(json, data.get(), signature.get(), chain)
        : oneBit(json, data.get(), signature.get(), chain);
  }

  /** electra and later: {@code SingleAttestation}. */
  private static SubmittedAttestation single(
      JsonNode json, AttestationData data, Bytes signature, SimulatedChain chain) {
    OptionalLong committee = ApiJson.number(json.path("committee_index"));
    OptionalLong attester = ApiJson.number(json.path("attester_index"));
    if (committee.isEmpty() || attester.isEmpty() || json.has("aggregation_bits")) {
      return new Anonymous(Rejection.MALFORMED);
    }
    return chain
        .dutyOf(attester.getAsLong(), chain.spec().epochOf(data.slot()))
        .<SubmittedAttestation>map(duty ->
            new Attributed(duty, data, signature, misplaced(duty, data, committee.getAsLong())))
        .orElse(new Anonymous(Rejection.UNKNOWN_VALIDATOR));
  }

  private static Optional<Rejection> misplaced(
      AttesterDuty duty, AttestationData data, long committee) {
    if (duty.slot() != data.slot()) {
      return Optional.of(Rejection.NO_DUTY);
    }
    // EIP-7549: the committee stands outside of what is signed.
    return committee != duty.committeeIndex() || data.index() != 0
        ? Optional.of(Rejection.WRONG_COMMITTEE)
        : Optional.empty();
  }

  /** Up to deneb: {@code Attestation} with one bit, which says who attests. */
  private static SubmittedAttestation oneBit(
      JsonNode json, AttestationData data, Bytes signature, SimulatedChain chain) {
    Optional<Bytes> encoded =
        ApiJson.bytesUpTo(json.path("aggregation_bits"), AttesterDuty.COMMITTEE_LENGTH_MAX / 8 + 1);
    if (encoded.isEmpty() || json.has("attester_index")) {
      return new Anonymous(Rejection.MALFORMED);
    }
    // SSZ bitlist: the highest bit set marks the length.
    BitSet bits = BitSet.valueOf(encoded.get().toArray());
    int length = bits.length() - 1;
    if (length != chain.committeeLength()
        || encoded.get().size() != length / 8 + 1
        || bits.cardinality() != 2) {
      return new Anonymous(Rejection.WRONG_BITS);
    }
    return chain
        .dutyAt(data.slot(), data.index(), bits.nextSetBit(0))
        .<SubmittedAttestation>map(duty -> new Attributed(duty, data, signature, Optional.empty()))
        .orElse(new Anonymous(Rejection.NO_DUTY));
  }
}
