/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import dev.quorate.consensus.Transition;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.qbft.QbftMessage.Cast;
import dev.quorate.consensus.quorum.Quorum;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One operator's instance in a test: what it was told goes in as sentences, what it did since it
 * was last asked comes out. Round r is led by operator (r - 1) mod n.
 */
final class Operator {
  static final RoundTimes TIMES = new RoundTimes(1_000, 60_000);
  private static final long OFFSET = -3;

  private final QbftInstance instance;
  private QbftState state = QbftState.initial();
  private List<QbftOutput> outputs = new ArrayList<>();

  Operator(QbftInstance instance) {
    this.instance = instance;
  }

  static Operator voting(int self, int operators) {
    return new Operator(instance(self, operators, TIMES, Participation.VOTES));
  }

  static Operator observing(int self, int operators) {
    return new Operator(instance(self, operators, TIMES, Participation.OBSERVES));
  }

  static QbftInstance instance(
      int self, int operators, RoundTimes times, Participation participation) {
    return new QbftInstance(new Quorum(operators), self, Say.DUTY, OFFSET, times, participation);
  }

  QbftInstance instance() {
    return instance;
  }

  QbftState state() {
    return state;
  }

  /** The outputs of this one input. */
  List<QbftOutput> on(QbftInput input) {
    Transition<QbftState, QbftOutput> next = Qbft.step(instance, state, input);
    state = next.state();
    outputs.addAll(next.outputs());
    return next.outputs();
  }

  Operator starts() {
    on(new QbftInput.Start());
    return this;
  }

  Operator wouldPropose(Value value) {
    on(new QbftInput.OwnValue(value));
    return this;
  }

  Operator accepts(Value value) {
    on(new QbftInput.ValueAccepted(value.hash()));
    return this;
  }

  Operator timesOut(int round) {
    on(new QbftInput.RoundExpired(round));
    return this;
  }

  Operator hears(QbftMessage... messages) {
    for (QbftMessage message : messages) {
      on(new QbftInput.Received(message));
    }
    return this;
  }

  Operator hears(List<SignedVote> votes) {
    return hears(Say.casts(votes));
  }

  /** The votes it sent since the last {@link #forget} come back to it. */
  Operator hearsItself() {
    for (QbftOutput.SendVote sent : of(QbftOutput.SendVote.class).toList()) {
      hears(new Cast(Say.signed(sent.vote()), sent.justification(), sent.value()));
    }
    return this;
  }

  Operator forget() {
    outputs = new ArrayList<>();
    return this;
  }

  List<QbftOutput> outputs() {
    return outputs;
  }

  List<Vote> sent() {
    return of(QbftOutput.SendVote.class).map(QbftOutput.SendVote::vote).toList();
  }

  List<VoteKind> sentKinds() {
    return sent().stream().map(Vote::kind).toList();
  }

  QbftOutput.SendVote onlySent() {
    List<QbftOutput.SendVote> all = of(QbftOutput.SendVote.class).toList();
    if (all.size() != 1) {
      throw new AssertionError("not exactly one vote: " + all);
    }
    return all.getFirst();
  }

  List<Reason> discards() {
    return of(QbftOutput.Discard.class).map(QbftOutput.Discard::reason).toList();
  }

  List<Value> judged() {
    return of(QbftOutput.JudgeValue.class).map(QbftOutput.JudgeValue::value).toList();
  }

  List<QbftOutput.Accuse> accusations() {
    return of(QbftOutput.Accuse.class).toList();
  }

  List<QbftOutput.SendDecided> answers() {
    return of(QbftOutput.SendDecided.class).toList();
  }

  List<Integer> timers() {
    return of(QbftOutput.StartRoundTimer.class).map(QbftOutput.StartRoundTimer::round).toList();
  }

  List<Decision> decisions() {
    return of(QbftOutput.Decide.class).map(QbftOutput.Decide::decision).toList();
  }

  Optional<Value> decided() {
    return state.decision().map(Decision::value);
  }

  private <T extends QbftOutput> Stream<T> of(Class<T> kind) {
    return List.copyOf(outputs).stream().filter(kind::isInstance).map(kind::cast);
  }
}
