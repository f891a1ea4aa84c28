/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import java.util.Locale;
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
  /** Leave, once enough operators have approved of it: what is signed follows from the period. */
  EXIT(4, 1),
  /** Tell builders whom to pay and how large blocks may be: what is signed follows likewise. */
  BUILDER_REGISTRATION(6, 1),
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
  SYNC_CONTRIBUTION(12, DutyType.SYNC_SUBCOMMITTEES),
  /** Agree on what the software of the operators can do. It is decided, and nothing is signed. */
  INFO_SYNC(13, 1);

  /** SYNC_COMMITTEE_SUBNET_COUNT (consensus-specs, altair/validator.md). */
  public static final int SYNC_SUBCOMMITTEES = 4;

  /**
   * Exits and registrations belong to periods of so many epochs, about a day of the main network,
   * and to the first slot of theirs.
   */
  public static final int EPOCHS_PER_PERIOD = 256;

  /** No duty may be done so long before its slot that more lie between. */
  public static final int SLOTS_AHEAD_MAX = 64;

  /** Of builder proposals, which are none any more: {@link Reason#DEPRECATED_DUTY}. */
  public static final int DEPRECATED_CODE = 5;

  public static final String DEPRECATED_LABEL = "builder_proposer";

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

  /** As duties are named in text and JSON. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether what is decided is signed; otherwise the duty ends with the decision. */
  public boolean isSigned() {
    return this != INFO_SYNC;
  }

  /**
   * Whether beacon nodes take its signature and the duty ends with that. Otherwise it is handed on,
   * to another duty of the same validator or to who tells the nodes again and again.
   */
  public boolean isPublished() {
    return switch (this) {
      case PROPOSER, ATTESTER, EXIT, AGGREGATOR, SYNC_MESSAGE, SYNC_CONTRIBUTION -> true;
      case BUILDER_REGISTRATION, RANDAO, PREPARE_AGGREGATOR, PREPARE_SYNC_CONTRIBUTION, INFO_SYNC ->
          false;
    };
  }

  /** Whether it belongs to a period of {@link #EPOCHS_PER_PERIOD}, not to a slot. */
  public boolean isOfPeriod() {
    return this == EXIT || this == BUILDER_REGISTRATION;
  }

  /** Whether all validators that have such a duty in a slot, and part, sign the same message. */
  public boolean isSignedAlike() {
    return switch (this) {
      case ATTESTER, RANDAO, PREPARE_AGGREGATOR, SYNC_MESSAGE, PREPARE_SYNC_CONTRIBUTION -> true;
      case PROPOSER, EXIT, BUILDER_REGISTRATION, AGGREGATOR, SYNC_CONTRIBUTION, INFO_SYNC -> false;
    };
  }

  /**
   * Whether all validators that have such a duty in a slot, and part, decide one value. Aggregates
   * are each committee's, and where nothing is to be agreed nobody can decide otherwise.
   */
  public boolean isDecidedAlike() {
    return switch (this) {
      case ATTESTER, SYNC_MESSAGE, SYNC_CONTRIBUTION, INFO_SYNC -> true;
      case PROPOSER,
          EXIT,
          BUILDER_REGISTRATION,
          RANDAO,
          PREPARE_AGGREGATOR,
          AGGREGATOR,
          PREPARE_SYNC_CONTRIBUTION ->
          false;
    };
  }

  /** The type whose duty, of the same validator, slot and part, is given once this one is done. */
  public Optional<DutyType> dependent() {
    return switch (this) {
      case RANDAO -> Optional.of(PROPOSER);
      case ATTESTER, PREPARE_AGGREGATOR -> Optional.of(AGGREGATOR);
      case PREPARE_SYNC_CONTRIBUTION -> Optional.of(SYNC_CONTRIBUTION);
      case PROPOSER,
          EXIT,
          BUILDER_REGISTRATION,
          AGGREGATOR,
          SYNC_MESSAGE,
          SYNC_CONTRIBUTION,
          INFO_SYNC ->
          Optional.empty();
    };
  }

  /**
   * Whether honest operators may sign different messages of one duty: a validator client signs the
   * head that it knows of, and nobody is slashed for that. Partial signatures add up by what they
   * are over.
   */
  public boolean maySignOther() {
    return this == SYNC_MESSAGE;
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
   * epochs of 32 slots, what belongs to a period stands as long as that, all else is of use in its
   * slot.
   */
  long slotsOpen() {
    return switch (this) {
      case EXIT, BUILDER_REGISTRATION -> EPOCHS_PER_PERIOD * 32L;
      case ATTESTER, AGGREGATOR -> 64;
      case PROPOSER,
          RANDAO,
          PREPARE_AGGREGATOR,
          SYNC_MESSAGE,
          PREPARE_SYNC_CONTRIBUTION,
          SYNC_CONTRIBUTION,
          INFO_SYNC ->
          2;
    };
  }

  /**
   * So many slots before its own it may be done, on any chain. Distributed validator clients prove
   * the selections of the running epoch and of the next at once, two epochs of 32 slots (Beacon
   * API, submitBeaconCommitteeSelections and submitSyncCommitteeSelections); a clock may be a slot
   * off.
   */
  public int slotsAhead() {
    return mayBeDoneAhead() ? SLOTS_AHEAD_MAX : 1;
  }

  /** Whether some operators do it long before the others would begin it by themselves. */
  public boolean mayBeDoneAhead() {
    return this == PREPARE_AGGREGATOR || this == PREPARE_SYNC_CONTRIBUTION;
  }

  public static Optional<DutyType> ofCode(int code) {
    return Optional.ofNullable(BY_CODE.get(code));
  }
}
