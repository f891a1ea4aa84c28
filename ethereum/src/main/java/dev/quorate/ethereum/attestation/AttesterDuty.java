/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.attestation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.ApiJson;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One validator's assignment to attest in one slot, as {@code POST
 * /eth/v1/validator/duties/attester} answers.
 *
 * @param pubkey 48 bytes, compressed: the group key of a distributed validator
 * @param committeeLength validators in its committee, at most {@link #COMMITTEE_LENGTH_MAX}
 * @param committeesAtSlot above {@code committeeIndex}
 * @param validatorCommitteeIndex its place in the committee, below {@code committeeLength}
 */
public record AttesterDuty(
    Bytes pubkey,
    long validatorIndex,
    long committeeIndex,
    int committeeLength,
    int committeesAtSlot,
    int validatorCommitteeIndex,
    long slot) {

  /** MAX_VALIDATORS_PER_COMMITTEE: the bound of {@code aggregation_bits}. */
  public static final int COMMITTEE_LENGTH_MAX = 2048;

  /**
   * @throws IllegalArgumentException if the figures do not fit together
   */
  public AttesterDuty {
    if (pubkey.size() != 48
        || validatorIndex < 0
        || committeeIndex < 0
        || committeeIndex >= committeesAtSlot
        || committeeLength > COMMITTEE_LENGTH_MAX
        || validatorCommitteeIndex < 0
        || validatorCommitteeIndex >= committeeLength
        || slot < 0) {
      throw new IllegalArgumentException(
          "a duty of validator %s at slot %s, committee %s of %s, place %s of %s"
              .formatted(
                  Long.toUnsignedString(validatorIndex),
                  Long.toUnsignedString(slot),
                  Long.toUnsignedString(committeeIndex),
                  committeesAtSlot,
                  validatorCommitteeIndex,
                  committeeLength));
    }
  }

  /** A bitlist of the committee's length with only this validator's bit set, in SSZ. */
  Bytes aggregationBits() {
    byte[] bits = new byte[committeeLength / 8 + 1];
    bits[validatorCommitteeIndex / 8] |= (byte) (1 << validatorCommitteeIndex % 8);
    bits[committeeLength / 8] |= (byte) (1 << committeeLength % 8);
    return Bytes.wrap(bits);
  }

  public ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("pubkey", ApiJson.hex(pubkey))
        .put("validator_index", Long.toString(validatorIndex))
        .put("committee_index", Long.toString(committeeIndex))
        .put("committee_length", Integer.toString(committeeLength))
        .put("committees_at_slot", Integer.toString(committeesAtSlot))
        .put("validator_committee_index", Integer.toString(validatorCommitteeIndex))
        .put("slot", Long.toString(slot));
  }

  /** Empty unless {@code json} is a duty whose figures fit together. */
  public static Optional<AttesterDuty> ofJson(JsonNode json) {
    Optional<Bytes> pubkey = ApiJson.bytes(json.path("pubkey"), 48);
    OptionalLong validatorIndex = ApiJson.number(json.path("validator_index"));
    OptionalLong committeeIndex = ApiJson.number(json.path("committee_index"));
    OptionalInt committeeLength = ApiJson.smallNumber(json.path("committee_length"));
    OptionalInt committeesAtSlot = ApiJson.smallNumber(json.path("committees_at_slot"));
    OptionalInt place = ApiJson.smallNumber(json.path("validator_committee_index"));
    OptionalLong slot = ApiJson.number(json.path("slot"));
    try {
      return Optional.of(
          new AttesterDuty(
              pubkey.orElseThrow(),
              validatorIndex.orElseThrow(),
              committeeIndex.orElseThrow(),
              committeeLength.orElseThrow(),
              committeesAtSlot.orElseThrow(),
              place.orElseThrow(),
              slot.orElseThrow()));
    } catch (NoSuchElementException | IllegalArgumentException noDuty) {
      return Optional.empty();
    }
  }
}
