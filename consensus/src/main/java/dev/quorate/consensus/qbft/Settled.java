/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import java.util.List;
import java.util.Optional;

/**
 * Decided: no more votes, only answers to laggards.
 *
 * @param answers the last answer to each peer that asked
 */
record Settled(int round, Decision outcome, List<Answer> answers) implements QbftState {
  /**
   * @param round of the ROUND-CHANGE that was answered; 0 for none yet
   * @param count how many answers the peer got so far
   */
  record Answer(int operator, int round, int count) {}

  Settled {
    answers = List.copyOf(answers);
  }

  @Override
  public boolean sawProposal() {
    return true;
  }

  @Override
  public Optional<Decision> decision() {
    return Optional.of(outcome);
  }

  @Override
  public List<QbftMessage.Cast> ownMessages() {
    return List.of();
  }
}
