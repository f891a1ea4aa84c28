/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import java.util.List;
import java.util.Optional;

/**
 * Still agreeing, or not started.
 *
 * @param own what this operator would propose
 * @param judged values that the driver was asked about; at most two a round, never forgotten
 * @param accepted those of them that this operator would sign
 * @param cast kinds of vote that this operator was told to send in this round
 * @param ownMessages those of them that came back signed
 */
record Undecided(
    int round,
    Optional<Value> own,
    Optional<PreparedCertificate> prepared,
    VoteSet votes,
    List<Value> judged,
    List<Bytes32> accepted,
    List<VoteKind> cast,
    List<QbftMessage.Cast> ownMessages)
    implements QbftState {
  static final Undecided INITIAL =
      new Undecided(
          0,
          Optional.empty(),
          Optional.empty(),
          VoteSet.EMPTY,
          List.of(),
          List.of(),
          List.of(),
          List.of());

  Undecided {
    judged = List.copyOf(judged);
    accepted = List.copyOf(accepted);
    cast = List.copyOf(cast);
    ownMessages = List.copyOf(ownMessages);
  }

  @Override
  public boolean sawProposal() {
    return !judged.isEmpty() || votes.highestProposed() > 0;
  }

  @Override
  public Optional<Decision> decision() {
    return Optional.empty();
  }
}
