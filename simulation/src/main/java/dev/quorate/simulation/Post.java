/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import dev.quorate.wire.Outgoing;

/**
 * Takes what operators say to their peers, proves who said it, and checks that where it arrives.
 */
public interface Post {
  /** From an honest operator: own votes come back to it with their proofs. */
  void send(int from, Outgoing item);

  /** From a traitor: any message to any peer, its own or somebody else's. */
  void betray(int from, int to, DutyMessage message);

  /** A traitor's own vote. */
  SignedVote sign(Vote vote);

  /**
   * A vote that its sender never cast, with a proof that is as good as one can be made without the
   * sender's key.
   */
  SignedVote forge(int forger, Vote vote);

  /** A vote that its sender cast in another cluster, in which it uses the same key. */
  SignedVote elsewhere(Vote vote);
}
