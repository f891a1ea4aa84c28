/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

/**
 * Why something was refused, given up or failed. One list for the whole product: the same names
 * stand in events, logs, metrics, JSON and the documentation. {@code docs/reasons.md} says of each
 * what is said here, word by word.
 */
public enum Reason {
  // What a peer sent.
  UNKNOWN_PEER(
      "the key of a connection is no operator's of the cluster, or not the dialled one's",
      "if it is a peer's: compare cluster files and identity keys; if it is a stranger's: "
          + "nothing"),
  SURPLUS_LINK(
      "an earlier start of a peer's pod, or one pod more than an operator may have",
      "nothing; if it goes on, the peer runs too many pods"),
  SILENT_PEER(
      "nothing came within the time for a handshake, or on an open link",
      "look at the network between both, and whether the peer is overloaded"),
  MALFORMED_FRAME(
      "a frame or message that is cut off, too long, or out of range",
      "compare releases (./quorate peers); otherwise the peer lies or something between "
          + "both changes bytes"),
  UNKNOWN_MESSAGE_TYPE(
      "a kind of message, vote or duty that this version does not know",
      "upgrade the older of both"),
  DEPRECATED_DUTY(
      "builder_proposer is deprecated: builder blocks are proposer duties",
      "upgrade the peer, or ask for the proposer duty"),
  WRONG_PROTOCOL_VERSION("another version of the protocol", "upgrade the older of both"),
  WRONG_CLUSTER(
      "the message names another cluster",
      "one of both has another cluster file: compare its hash (./quorate status)"),
  WRONG_DUTY(
      "a nested message is of another duty than the one that carries it", "nothing; the peer lies"),
  UNKNOWN_DUTY(
      "the duty names a validator or part that the cluster does not have", "compare cluster files"),
  TOO_EARLY(
      "the duty is later than the next slot, or a selection more than 64 slots ahead",
      "compare clocks (./quorate peers shows offsets)"),
  TOO_LATE(
      "the duty's deadline has passed, or its slot is at or below the fence's floor",
      "nothing after a restart; if it goes on, compare clocks and look at the network's delay"),
  BAD_SIGNATURE(
      "the signature of a batch, or of a nested message, does not verify",
      "nothing; the peer lies"),
  BAD_INCLUSION_PROOF(
      "the proof that a message is in a signed batch does not lead to the signed root",
      "nothing; the peer lies"),
  WRONG_SENDER(
      "the sender of a message is not the operator at the other end of the link",
      "nothing; the peer lies"),
  DUPLICATE("the same message again", "nothing: what is lost is sent again"),
  EQUIVOCATION(
      "a second, different message of one sender where it may send one",
      "tell its operator: it lies, or runs on a database that forgot. The journal holds "
          + "both (doubleVotes)"),
  BUFFER_FULL(
      "a bound on what one peer may have waiting was reached",
      "if it is one peer: it floods. If it is all: this pod is overloaded"),
  NOT_THE_LEADER(
      "a proposal from an operator that does not lead the round",
      "nothing; the peer lies or has another order of operators"),
  UNJUSTIFIED("the justification does not justify the message", "nothing; the peer lies"),
  STALE_ROUND("a round below the current one, or none at all", "nothing: it came late"),
  ROUND_TOO_HIGH("a round above the last one that is ever entered", "nothing; the peer lies"),
  WRONG_VALUE(
      "the value does not hash to what the vote names, or is missing where it is needed",
      "nothing; the peer lies"),
  WRONG_ROOT(
      "a partial signature over another root than the decided value's",
      "nothing; the peer lies, or its release differs"),
  BAD_PARTIAL(
      "a partial signature that is no point of the group, is infinity, or does not verify",
      "tell its operator: wrong key share, or it lies. The journal names it (culprits)"),

  // What was proposed.
  MALFORMED_VALUE("the bytes are not a value of this duty type", "nothing; the leader lies"),
  WRONG_SLOT("the slot is not the duty's", "nothing; the leader lies"),
  WRONG_TARGET_EPOCH("the target epoch is not the slot's", "nothing; the leader lies"),
  SOURCE_NOT_BELOW_TARGET(
      "the source epoch is not below the target epoch", "nothing; the leader lies"),
  CHECKPOINTS_DIFFER(
      "source and target are those of none of this operator's own beacon nodes",
      "see whether the own beacon node is in step; if it is, the chain is split or the "
          + "leader's is not"),
  WRONG_FORK(
      "the block is not of its slot's fork",
      "compare releases and the configurations of the beacon nodes; otherwise the leader lies"),
  WRONG_PROPOSER("the block is another validator's", "nothing; the leader lies"),
  WRONG_RANDAO_REVEAL(
      "the block has another randao reveal than was signed", "nothing; the leader lies"),
  WRONG_FEE_RECIPIENT(
      "the block pays another fee recipient than is configured",
      "compare the leader's fee recipient, in its settings and its beacon nodes; if it is the "
          + "same, the leader lies"),
  HEADS_DIFFER(
      "the block to build on is that of none of this operator's own beacon nodes, or the head "
          + "neither that nor one that f+1 other operators hold",
      "see whether the own beacon node is in step; if it is, the chain is split or the "
          + "leader's is not"),
  NOT_AGREED(
      "what is aggregated is not what was agreed on in this slot",
      "nothing; the leader lies, or decided otherwise than this operator"),
  UNSUPPORTED_FEATURE(
      "a feature that not enough operators have stated to this one",
      "see which operators are linked, and their releases (./quorate peers)"),
  NO_OWN_DATA(
      "this operator has nothing of its own to check the proposal against",
      "see why its beacon nodes did not answer in time (./quorate status)"),

  // What guard and fence said.
  SLASHABLE(
      "the watermark is already there or beyond (EIP-3076)",
      "./quorate protection check says why. Right after an import, for a second pod of another "
          + "database, or if a later duty of the validator was decided first: expected. "
          + "Otherwise find out who else signs with this key"),
  BEYOND_CLOCK("an epoch or slot beyond the own clock's next one", "set the clock"),
  QUARANTINED(
      "it may have been voted for or signed before the database lost what it knew of it",
      "wait; docs/operations.md, restoring, says how long"),
  SHARE_DELETED(
      "this operator's share of the validator was removed by the keymanager API, or not yet imported",
      "nothing if it moved elsewhere; to sign here, import it"),
  FENCED(
      "another activation of the entity has the right to vote in the duty",
      "nothing after a restart or a hand-over. If it goes on, two pods believe that they "
          + "own the validator"),

  // Why a duty ended without a broadcast.
  NO_PROPOSAL(
      "the deadline passed before this operator knew of data to propose or of a proposal",
      "see whether the own beacon nodes answer, and whether the leader was up"),
  NO_QUORUM(
      "the deadline passed without a quorum of PREPAREs or COMMITs",
      "see who was down or cut off (./quorate peers), and whether beacon nodes disagree"),
  NO_OWN_SHARE(
      "the deadline passed with fewer partial signatures than the threshold, and nobody signed "
          + "with this operator's share",
      "see whether the validator client runs and asks this operator, whether the remote signer "
          + "answers, whether the key share is still to be imported, and whether the database answers"),
  TOO_FEW_PARTIALS(
      "the deadline passed with fewer partial signatures than the threshold",
      "see whose came and whose were wrong (./quorate explain)"),
  NOT_SUBMITTED(
      "the deadline passed before a beacon node took the signature",
      "see why no own beacon node answered; the other operators broadcast, too"),
  REJECTED_BY_BEACON_NODE(
      "beacon nodes rejected the aggregated signature",
      "their logs say why; a node that lags may not know the head yet"),
  INTERRUPTED(
      "this operator stopped during the duty, and its deadline passed before it was taken "
          + "up again",
      "see why it stopped or was down so long: its log, and that of whatever starts it. The"
          + " other operators did the duty without it, if enough of them were up"),
  REASSIGNED("the chain gave the duty to another slot or validator", "nothing"),
  INTERNAL_FAILURE(
      "a database or another part of this operator failed",
      "its log says what; see whether the database is slow, full or away");

  private final String meaning;
  private final String remedy;

  Reason(String meaning, String remedy) {
    this.meaning = meaning;
    this.remedy = remedy;
  }

  /** In words, one clause. */
  public String meaning() {
    return meaning;
  }

  /** What to do about it. */
  public String remedy() {
    return remedy;
  }
}
