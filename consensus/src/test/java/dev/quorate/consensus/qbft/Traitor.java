/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.qbft.QbftMessage.Cast;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/**
 * A Byzantine operator on the {@link Network}: it sends to each peer what it likes, signs only for
 * itself, and may show around whatever anybody ever signed.
 */
interface Traitor {
  /** From its own start on. */
  void begins();

  /** A message reached it. */
  void hears(QbftMessage message);

  /** How a network makes one for an operator. */
  interface Kind {
    Traitor on(Network network, int self);
  }

  /** Says nothing. */
  static Kind silent() {
    return (_, _) ->
        new Traitor() {
          @Override
          public void begins() {}

          @Override
          public void hears(QbftMessage message) {}
        };
  }

  /**
   * Runs the protocol twice, with another value and for another half of its peers each: proposals,
   * PREPAREs, COMMITs and ROUND-CHANGEs of the two contradict one another.
   */
  static Kind twoFaced(Value left, Value right) {
    return (network, self) -> {
      Face even = new Face(network, self, left, peer -> peer % 2 == 0);
      Face odd = new Face(network, self, right, peer -> peer % 2 == 1);
      return new Traitor() {
        @Override
        public void begins() {
          even.begins();
          odd.begins();
        }

        @Override
        public void hears(QbftMessage message) {
          even.hears(message);
          odd.hears(message);
        }
      };
    };
  }

  /** Follows the protocol, but withholds every second message from each peer, values included. */
  static Kind withholding(Value own) {
    return (network, self) -> new Face(network, self, own, _ -> network.random().nextBoolean());
  }

  /** Sends random and mischievous messages every 100 ms and on what it hears. */
  static Kind fuzzing() {
    return Fuzzing::new;
  }

  /** An honest machine behind a choosy mouth. It accepts every value. */
  final class Face implements Traitor {
    private final Network network;
    private final Operator operator;
    private final Value own;
    private final IntPredicate audience;

    private Face(Network network, int self, Value own, IntPredicate audience) {
      this.network = network;
      this.operator = new Operator(network.instance(self, Participation.VOTES));
      this.own = own;
      this.audience = audience;
    }

    @Override
    public void begins() {
      obey(new QbftInput.OwnValue(own));
      obey(new QbftInput.Start());
    }

    @Override
    public void hears(QbftMessage message) {
      obey(new QbftInput.Received(message));
    }

    private void obey(QbftInput input) {
      int self = operator.instance().self();
      for (QbftOutput output : operator.on(input)) {
        switch (output) {
          case QbftOutput.SendVote(var vote, var justification, var value) -> {
            Cast cast = new Cast(Say.signed(vote), justification, value);
            network
                .peersOf(self)
                .filter(audience)
                .forEach(peer -> network.betrays(self, peer, cast));
            network.after(1, () -> obey(new QbftInput.Received(cast)));
          }
          case QbftOutput.StartRoundTimer(int round, long millis) ->
              network.after(millis, () -> obey(new QbftInput.RoundExpired(round)));
          case QbftOutput.JudgeValue(Value value) ->
              network.after(1, () -> obey(new QbftInput.ValueAccepted(value.hash())));
          case QbftOutput.SendDecided _,
              QbftOutput.Decide _,
              QbftOutput.Accuse _,
              QbftOutput.Discard _ -> {}
        }
      }
      operator.forget();
    }
  }

  /** Random messages, each made as believable as the votes of others allow. */
  final class Fuzzing implements Traitor {
    private static final long PERIOD_MILLIS = 100;

    private final Network network;
    private final int self;
    private final List<Value> values = new ArrayList<>();
    private int highestRound = 1;

    private Fuzzing(Network network, int self) {
      this.network = network;
      this.self = self;
      values.add(Say.value("evil" + self));
      values.add(Say.value("worse" + self));
    }

    @Override
    public void begins() {
      mutter();
      network.after(PERIOD_MILLIS, this::begins);
    }

    @Override
    public void hears(QbftMessage message) {
      // Two of its kind would talk to one another without end.
      if (!(message instanceof Cast(SignedVote signed, _, var value))
          || !network.signed().contains(signed)) {
        return;
      }
      Vote vote = signed.vote();
      highestRound = Math.max(highestRound, vote.round());
      value.filter(some -> !values.contains(some)).ifPresent(values::add);
      // Help everybody's value along, mostly everywhere.
      if (vote.kind() != VoteKind.ROUND_CHANGE) {
        known(vote).ifPresent(named -> toMost(Say.cast(Say.prepare(self, vote.round(), named))));
        known(vote).ifPresent(named -> toMost(Say.cast(Say.commit(self, vote.round(), named))));
      }
    }

    private Optional<Value> known(Vote vote) {
      return values.stream().filter(value -> value.hash().equals(vote.value())).findFirst();
    }

    private void mutter() {
      for (int round = highestRound; round <= highestRound + 2; round++) {
        if (network.instance(self, Participation.VOTES).leader(round) == self) {
          propose(round);
        }
      }
      int round = 1 + random().nextInt(highestRound + 2);
      Value value = values.get(random().nextInt(values.size()));
      switch (random().nextInt(7)) {
        case 0 -> toSome(Say.cast(Say.prepare(self, round, value)));
        case 1 -> toSome(Say.cast(Say.commit(self, round, value)));
        case 2 -> toSome(Say.cast(Say.roundChange(self, round)));
        case 3 -> {
          int prepared = Math.max(1, round - 1);
          toSome(
              Say.preparedChange(
                  self,
                  round,
                  prepared,
                  value,
                  some(vote -> isOf(VoteKind.PREPARE, prepared, vote) && names(value, vote))));
        }
        case 4 ->
            toSome(
                Say.decided(
                    self,
                    round,
                    value,
                    Say.all(
                        some(vote -> isOf(VoteKind.COMMIT, round, vote)),
                        Say.commits(round, value, self))));
        case 5 -> toSome(Say.proposal(self, round, value, some(_ -> true)));
        default -> propose(round);
      }
    }

    /**
     * Proposes different values to different peers, on whatever votes might be taken to justify
     * each: those that suit it, and false claims of its own, several times over.
     */
    private void propose(int round) {
      List<SignedVote> changes = some(vote -> isOf(VoteKind.ROUND_CHANGE, round, vote));
      List<SignedVote> unprepared =
          changes.stream().filter(change -> change.vote().value().equals(Bytes32.ZERO)).toList();
      for (Value value : List.copyOf(values)) {
        int prepared = 1 + random().nextInt(round);
        SignedVote own =
            random().nextBoolean()
                ? Say.roundChange(self, round)
                : Say.roundChange(self, round, prepared, value);
        boolean anyValue = random().nextBoolean();
        List<SignedVote> prepares =
            some(
                vote -> isOf(VoteKind.PREPARE, prepared, vote) && (anyValue || names(value, vote)));
        List<SignedVote> ownPrepares = Say.prepares(prepared, value, self, self);
        toSome(proposal(round, value, unprepared, Say.roundChanges(round, self, self)));
        toSome(proposal(round, value, changes, List.of(own, own), prepares, ownPrepares));
      }
    }

    @SafeVarargs
    private Cast proposal(int round, Value value, List<SignedVote>... parts) {
      int most = network.instance(self, Participation.VOTES).justificationMax();
      return Say.proposal(self, round, value, Say.all(parts).stream().limit(most).toList());
    }

    /** One vote per sender of those that honest operators cast. */
    private List<SignedVote> some(Predicate<Vote> wanted) {
      TreeMap<Integer, SignedVote> bySender = new TreeMap<>();
      for (SignedVote signed : network.signed()) {
        if (wanted.test(signed.vote())) {
          bySender.put(signed.vote().sender(), signed);
        }
      }
      return List.copyOf(bySender.values());
    }

    private void toSome(QbftMessage message) {
      toEach(2, message);
    }

    private void toMost(QbftMessage message) {
      toEach(8, message);
    }

    /** Passes over one peer in {@code every}. */
    private void toEach(int every, QbftMessage message) {
      network
          .peersOf(self)
          .filter(_ -> random().nextInt(every) > 0)
          .forEach(peer -> network.betrays(self, peer, message));
    }

    private SplittableRandom random() {
      return network.random();
    }

    private static boolean isOf(VoteKind kind, int round, Vote vote) {
      return vote.kind() == kind && vote.round() == round;
    }

    private static boolean names(Value value, Vote vote) {
      return vote.value().equals(value.hash());
    }
  }
}
