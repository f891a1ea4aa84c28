/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

/** Why the simulator did not take an attestation or another message. */
public enum Rejection {
  /** No such message, or not in the form of the chain's fork. */
  MALFORMED("malformed, or not in the form of this fork"),
  UNKNOWN_VALIDATOR("UnknownValidatorIndex"),
  /** The validator has no duty in that slot, or nobody sits there. */
  NO_DUTY("not in the committee of that slot"),
  /** Another committee than the validator's, or before electra no such committee. */
  WRONG_COMMITTEE("wrong committee index"),
  /** Not exactly one bit, or not as many as the committee has members. */
  WRONG_BITS("NotExactlyOneAggregationBitSet"),
  FUTURE_SLOT("FutureSlot"),
  /** No block may include it any more. */
  PAST_INCLUSION("PastSlot"),
  WRONG_TARGET_EPOCH("InvalidTargetEpoch"),
  WRONG_TARGET_ROOT("InvalidTargetRoot"),
  WRONG_SOURCE("wrong source checkpoint"),
  UNKNOWN_HEAD("UnknownHeadBlock"),
  /** A block on another than the head before its slot. */
  UNKNOWN_PARENT("ParentUnknown"),
  /** The selection proof does not make the validator an aggregator. */
  NOT_AGGREGATOR("InvalidSelectionProof"),
  BAD_SIGNATURE("InvalidSignature"),
  /** A registration from the future. */
  FUTURE_TIMESTAMP("timestamp too far in the future"),
  /** An exit that is not to count yet. */
  FUTURE_EPOCH("FutureEpoch"),
  /** An exit of a validator that has not been active for SHARD_COMMITTEE_PERIOD epochs. */
  TOO_YOUNG("TooYoungToExit"),
  /** A valid signature that contradicts an earlier one of the validator. */
  SLASHABLE("slashable: contradicts an earlier attestation"),
  /** Not counted as a rejection. */
  ALREADY_KNOWN("PriorAttestationKnown"),
  /** The validator has registered at that time; not counted either. */
  REGISTRATION_KNOWN("registration already known"),
  /** The validator leaves already; not counted either. */
  EXIT_KNOWN("AlreadyExited"),
  /** The validator has said what it takes for the head in that slot; not counted either. */
  MESSAGE_KNOWN("PriorSyncCommitteeMessageKnown"),
  /** The validator has published a block for that slot; not counted either. */
  BLOCK_KNOWN("BLOCK_ERROR_ALREADY_KNOWN"),
  /** The validator has published an aggregate or contribution for that slot; not counted either. */
  AGGREGATOR_KNOWN("AggregatorAlreadyKnown");

  private final String words;

  Rejection(String words) {
    this.words = words;
  }

  /** What the node tells the submitter, in Lighthouse's words where it has some. */
  public String words() {
    return words;
  }
}
