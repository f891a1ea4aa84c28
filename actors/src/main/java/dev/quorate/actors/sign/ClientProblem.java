/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.sign;

/** Why something that a validator client sent or asked for was not taken or not answered. */
public enum ClientProblem {
  /** It does not show the bearer token. */
  NOT_AUTHORIZED("give the validator client the token of quorate.validator-api.bearer-token-file"),
  /**
   * A body that is no JSON or SSZ of what the route takes, a parameter that is none, or a path that
   * servers may read in several ways.
   */
  MALFORMED("the request is not what the Beacon API says"),
  /** Something is handed in, or asked of validators, that is not known to hold no signature. */
  UNKNOWN_ROUTE("nothing is handed on to a beacon node there, as it may be signed"),
  /** A body beyond the bound. */
  TOO_LARGE("the request is larger than any that makes sense"),
  /** A body that takes longer than any that makes sense. */
  TOO_SLOW("the request did not come in time"),
  /** A fork that this version does not know, or that is not the slot's. */
  UNKNOWN_VERSION("Eth-Consensus-Version has to name the fork of the slot"),
  /** An exit of another epoch than all operators sign. */
  WRONG_EPOCH("an exit has the epoch of the period that is running"),
  /** A validator that the cluster does not have, or the chain does not know. */
  UNKNOWN_VALIDATOR("the validator is none of this cluster's"),
  /** A slot more than two epochs ahead. */
  TOO_EARLY("the slot is too far ahead: compare clocks"),
  /** The duty's deadline has passed. */
  TOO_LATE("the duty's deadline has passed"),
  /** What is to be signed was not agreed on, so that nobody can have been told. */
  NOTHING_AGREED("nothing was agreed on in this duty yet"),
  /** Something else is signed than was agreed on. */
  WRONG_MESSAGE("something else is signed than was agreed on"),
  /** Of a member of the sync committee: no fault of the client's, but nothing comes of it. */
  OTHER_HEAD("another head is signed than the sync committee agreed on"),
  /** It does not verify under this operator's public share. */
  WRONG_SIGNATURE("the signature is not that of this operator's share of the validator's key"),
  /** The same again: nothing happens. */
  DUPLICATE("it was taken before"),
  /** The signing guard, asked again, does not let it out. */
  REFUSED_BY_GUARD("the signing guard refuses: something later was signed meanwhile"),
  /** A bound on what may wait was reached. */
  BUFFER_FULL("more is waiting than makes sense"),
  /** The deadline came before operators agreed, or before enough of them signed. */
  NO_DATA("operators have not agreed in time"),
  /** It aggregates by its own share of a selection proof. */
  CLIENT_NOT_DISTRIBUTED(
      "the client judges its own share of a selection proof: start it with --distributed"),
  /** No beacon node answered, or it did not end its answer. */
  NO_BEACON_NODE("no beacon node answers"),
  /** What a beacon node says of validators is more than is read. */
  LARGE_ANSWER("the beacon node's answer is larger than any that makes sense: ask for less");

  private final String meaning;

  ClientProblem(String meaning) {
    this.meaning = meaning;
  }

  /** Whether the client is told that all is well: it did what it should. */
  public boolean isHarmless() {
    return this == DUPLICATE || this == OTHER_HEAD;
  }

  /** For the client's log. */
  public String meaning() {
    return meaning;
  }
}
