/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.qbft.Proof;
import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import dev.quorate.wire.Outgoing;
import java.util.List;
import java.util.Optional;

/** Messages travel as they are; what proves a vote is a token that only this class can make. */
final class TokenPost implements Post {
  private record Token(Vote vote) implements Proof {}

  /** Looks like one. */
  private record Paper(Vote vote) implements Proof {}

  private final Network network;
  private final Agenda agenda;
  private final List<Node> nodes;

  /**
   * @param nodes by position; filled until the first message
   */
  TokenPost(Network network, Agenda agenda, List<Node> nodes) {
    this.network = network;
    this.agenda = agenda;
    this.nodes = nodes;
  }

  @Override
  public void send(int from, Outgoing item) {
    switch (item) {
      case Outgoing.Cast(Vote vote, List<SignedVote> justification, var value) -> {
        DutyMessage message =
            new DutyMessage.Agreement(new QbftMessage.Cast(sign(vote), justification, value));
        toOthers(from, message);
        agenda.after(1, () -> nodes.get(from).take(from, List.of(message)));
      }
      case Outgoing.Broadcast(DutyMessage message) -> toOthers(from, message);
      case Outgoing.Unicast(int to, DutyMessage message) -> betray(from, to, message);
    }
  }

  private void toOthers(int from, DutyMessage message) {
    for (int to = 0; to < nodes.size(); to++) {
      if (to != from) {
        betray(from, to, message);
      }
    }
  }

  @Override
  public void betray(int from, int to, DutyMessage message) {
    network.carry(from, to, () -> arrive(from, nodes.get(to), message));
  }

  private static void arrive(int from, Node to, DutyMessage message) {
    flaw(from, message)
        .or(() -> to.window(message.duty()))
        .ifPresentOrElse(reason -> to.refuse(from, reason), () -> to.take(from, List.of(message)));
  }

  private static Optional<Reason> flaw(int from, DutyMessage message) {
    if (message.sender() != from) {
      return Optional.of(Reason.WRONG_SENDER);
    }
    boolean isProven =
        switch (message) {
          case DutyMessage.Agreement(QbftMessage.Cast cast) ->
              isProven(cast.signed()) && areProven(cast.justification());
          case DutyMessage.Agreement(QbftMessage.Decided decided) ->
              areProven(decided.decision().commits());
          case DutyMessage.Partial _, DutyMessage.Status _, DutyMessage.Bulk _ -> true;
        };
    return isProven ? Optional.empty() : Optional.of(Reason.BAD_SIGNATURE);
  }

  private static boolean areProven(List<SignedVote> votes) {
    for (SignedVote vote : votes) {
      if (!isProven(vote)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isProven(SignedVote signed) {
    return signed.proof() instanceof Token(Vote vote) && vote.equals(signed.vote());
  }

  @Override
  public SignedVote sign(Vote vote) {
    return new SignedVote(vote, new Token(vote));
  }

  @Override
  public SignedVote forge(int forger, Vote vote) {
    return new SignedVote(vote, new Paper(vote));
  }

  @Override
  public SignedVote elsewhere(Vote vote) {
    return new SignedVote(vote, new Paper(vote));
  }
}
