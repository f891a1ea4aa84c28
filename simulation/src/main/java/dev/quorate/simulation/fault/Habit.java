/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation.fault;

/** One way of lying. A traitor has several. */
public enum Habit {
  /** Follows the protocol twice, with another value for each half of its peers. */
  TWO_FACES,
  /** Follows the protocol with a value of its own, but keeps back every second message. */
  CHOOSY,
  /** Says nothing to some of its peers. */
  SILENT_TO_SOME,
  /** As a leader it proposes whatever is not to be signed, and votes for it. */
  POISON,
  /** Votes for every value of which it hears. */
  YES_TO_ALL,
  /** Shows votes that others never cast. */
  FORGERY,
  /** Says again what anybody ever said. */
  REPLAY,
  /** Justifies with votes of another duty. */
  CROSS_DUTY,
  /** Justifies with votes that operators cast in another cluster. */
  CROSS_CLUSTER,
  /**
   * Helps a value along in the first round but for its own COMMIT, with which a peer decides alone
   * once the others turn to another value: which they do, where it can lead them there.
   */
  TURNCOAT,
  /** Claims to be prepared, or that something was decided, on votes that do not prove it. */
  FALSE_PROOF,
  /** Proposes what it likes in any round, to each peer something else, on the ROUND-CHANGEs. */
  USURPER,
  /** Says everything many times. */
  REPETITION,
  /** Speaks of rounds and duties far ahead. */
  FAR_AHEAD,
  /** Sends more than anyone could want. */
  FLOOD,
  /** Sends partial signatures that are wrong in every way. */
  BAD_PARTIALS,
  /** Sends the partial signature of one peer as its own, and its own in the name of others. */
  BORROWED_PARTIALS,
  /** Lies of where it stands, so that others send it again and again what it lacks. */
  FALSE_STATUS
}
