/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

/**
 * Why something was refused, given up or failed. One list for the whole product: the same names
 * stand in events, logs, metrics, JSON and the documentation.
 */
public enum Reason {
  // What a peer sent.
  /** The sender is not an operator of this cluster, or not the one its key belongs to. */
  UNKNOWN_PEER,
  /** An earlier start of the peer's pod, or one pod more than an operator may have. */
  SURPLUS_LINK,
  /** The peer said nothing within the time for a handshake, or on an open link. */
  SILENT_PEER,
  /** A frame or message that is cut off, too long, or has fields missing or out of range. */
  MALFORMED_FRAME,
  /** A message kind, vote type or duty type that this version does not know. */
  UNKNOWN_MESSAGE_TYPE,
  /** Another protocol version. */
  WRONG_PROTOCOL_VERSION,
  /** The message names another cluster. */
  WRONG_CLUSTER,
  /** A nested message is of another duty than the one that carries it. */
  WRONG_DUTY,
  /** The duty names a validator or part that the cluster does not have. */
  UNKNOWN_DUTY,
  /** The duty is later than the next slot. */
  TOO_EARLY,
  /** The duty's deadline has passed, or its slot is at or below the fence floor. */
  TOO_LATE,
  /** The batch signature, or the signature of a nested message, does not verify. */
  BAD_SIGNATURE,
  /** The proof that a message is in a signed batch does not lead to the signed root. */
  BAD_INCLUSION_PROOF,
  /** The sender of a message is not the operator at the other end of the link. */
  WRONG_SENDER,
  /** A second message of the same sender, duty, type and round with the same content. */
  DUPLICATE,
  /** A second, different one: evidence of misbehaviour. */
  EQUIVOCATION,
  /** A bound on what one peer may have buffered was reached. */
  BUFFER_FULL,
  /** A proposal from an operator that does not lead the round. */
  NOT_THE_LEADER,
  /** The justification does not justify the message. */
  UNJUSTIFIED,
  /** A round below the current one, or none at all. */
  STALE_ROUND,
  /** A round above the last one that is ever entered. */
  ROUND_TOO_HIGH,
  /** The value does not hash to what the vote names, or is missing where it is needed. */
  WRONG_VALUE,
  /** A partial signature over another root than the decided value's. */
  WRONG_ROOT,
  /** A partial signature that is no point of the group, is infinity, or does not verify. */
  BAD_PARTIAL,

  // What was proposed.
  /** The bytes are not a value of this duty type. */
  MALFORMED_VALUE,
  /** The slot is not the duty's. */
  WRONG_SLOT,
  /** The target epoch is not the epoch of the slot. */
  WRONG_TARGET_EPOCH,
  /** The source epoch is not below the target epoch. */
  SOURCE_NOT_BELOW_TARGET,
  /** Source and target are those of none of this operator's own beacon nodes. */
  CHECKPOINTS_DIFFER,
  /** This operator has no data of its own to check the proposal against. */
  NO_OWN_DATA,

  // What guard and fence said.
  /** The guard refused: slashable, or the watermark is already beyond (EIP-3076). */
  SLASHABLE,
  /** The guard refused: an epoch or slot beyond the own clock. */
  BEYOND_CLOCK,
  /** It may have been voted for or signed before the database lost what it knew of it. */
  QUARANTINED,
  /** Another activation of this entity owns the right to vote in the duty. */
  FENCED,

  // Why a duty ended without a broadcast.
  /** The deadline passed before this operator knew of data to propose or of a proposal. */
  NO_PROPOSAL,
  /** The deadline passed without a quorum of PREPAREs or COMMITs. */
  NO_QUORUM,
  /** The deadline passed with fewer partial signatures than the threshold. */
  TOO_FEW_PARTIALS,
  /** The deadline passed before a beacon node took the signature. */
  NOT_SUBMITTED,
  /** Beacon nodes rejected the aggregated signature. */
  REJECTED_BY_BEACON_NODE,
  /** The duty was dropped because its assignment changed. */
  REASSIGNED,
  /** A database or another part of this operator failed. */
  INTERNAL_FAILURE
}
