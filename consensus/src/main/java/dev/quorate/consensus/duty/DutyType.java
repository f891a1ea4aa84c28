/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Kinds of duty. The code is part of the wire format, the journal and the leader formula: frozen.
 */
public enum DutyType {
  /** Propose the slot's block: the whole block is agreed on. */
  PROPOSER(1, 1),
  /** Attest to the head and to the checkpoints. */
  ATTESTER(2, 1),
  /** Sign the epoch of a proposal, for the randomness of the chain: nothing is to be agreed. */
  RANDAO(7, 1),
  /** Prove whether the validator aggregates the attestations of its committee. */
  PREPARE_AGGREGATOR(8, 1),
  /** Publish the aggregate of a committee's attestations. */
  AGGREGATOR(9, 1),
  /** Sign the head as a member of the sync committee. */
  SYNC_MESSAGE(10, 1),
  /** Prove whether the validator aggregates the messages of a sync subcommittee. */
  PREPARE_SYNC_CONTRIBUTION(11, DutyType.SYNC_SUBCOMMITTEES),
  /** Publish what a sync subcommittee contributes. */
  SYNC_CONTRIBUTION(12, DutyType.SYNC_SUBCOMMITTEES);

  /** SYNC_COMMITTEE_SUBNET_COUNT (consensus-specs, altair/validator.md). */
  public static final int SYNC_SUBCOMMITTEES = 4;

  private static final Map<Integer, DutyType> BY_CODE =
      Stream.of(values()).collect(Collectors.toUnmodifiableMap(DutyType::code, type -> type));

  private final int code;
  private final int parts;

  DutyType(int code, int parts) {
    this.code = code;
    this.parts = parts;
  }

  public int code() {
    return code;
  }

  /** Whether beacon nodes take its signature; otherwise another duty of the same validator does. */
  public boolean isPublished() {
    return switch (this) {
      case PROPOSER, ATTESTER, AGGREGATOR, SYNC_MESSAGE, SYNC_CONTRIBUTION -> true;
      case RANDAO, PREPARE_AGGREGATOR, PREPARE_SYNC_CONTRIBUTION -> false;
    };
  }

  /** Whether values of this type may be {@link dev.quorate.consensus.Value#isApart}. */
  public boolean hasLargeValues() {
    return this == PROPOSER;
  }

  /** A validator has as many duties of this type in one slot at most; see {@link DutyId#part}. */
  public int parts() {
    return parts;
  }

  /**
   * After so many slots it is over on any chain: what is included in blocks may be so for two
   * epochs of 32 slots, all else is of use in its slot.
   */
  long slotsOpen() {
    return switch (this) {
      case ATTESTER, AGGREGATOR -> 64;
      case PROPOSER,
          RANDAO,
          PREPARE_AGGREGATOR,
          SYNC_MESSAGE,
          PREPARE_SYNC_CONTRIBUTION,
          SYNC_CONTRIBUTION ->
          2;
    };
  }

  public static Optional<DutyType> ofCode(int code) {
    return Optional.ofNullable(BY_CODE.get(code));
  }
}
