/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.qbft.QbftMessage.Cast;
import dev.quorate.consensus.quorum.Quorum;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Operators of one instance on a faulty network, in virtual time and from one seed. It loses what a
 * real one loses (delivery is at most once); like the real ones, operators that are still undecided
 * ask their peers once per round, in its middle, for what they lack. Every step is checked:
 *
 * <ul>
 *   <li>all honest operators decide once, on the same value, with a valid certificate;
 *   <li>a decided value was accepted by at least q - f honest operators;
 *   <li>an honest operator votes once per kind and round, only for values that it accepted, in
 *       rising rounds, and not after deciding;
 *   <li>no honest operator is ever accused, or disbelieved except for being late or repeating.
 * </ul>
 */
final class Network {
  record Envelope(int from, int to, QbftMessage message) {}

  private record Event(long atMillis, long number, Runnable action) {}

  /** What an honest operator may be disbelieved for. */
  private static final Set<Reason> EXCUSED = EnumSet.of(Reason.DUPLICATE, Reason.STALE_ROUND);

  private static final long PATIENCE_MILLIS = 600_000;

  private static final class Node {
    private final Operator operator;
    private final Set<Bytes32> accepted = new HashSet<>();
    private final Map<VoteKind, Integer> lastVoted = new HashMap<>();
    private long startsAt;
    private long judgesForMillis;
    private Predicate<Value> taste = _ -> true;
    private int timer;

    private Node(Operator operator) {
      this.operator = operator;
    }
  }

  private final Quorum quorum;
  private final long seed;
  private final SplittableRandom random;
  private final SplittableRandom malice;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          Comparator.comparingLong(Event::atMillis).thenComparingLong(Event::number));
  private final Map<Integer, Node> nodes = new TreeMap<>();
  private final Map<Integer, Traitor> traitors = new TreeMap<>();
  private final Set<SignedVote> signed = new LinkedHashSet<>();
  private final List<Decision> decisions = new ArrayList<>();

  private RoundTimes times = Operator.TIMES;
  private long latencyMinMillis = 5;
  private long latencyMaxMillis = 50;
  private double dropped;
  private double duplicated;
  private Predicate<Envelope> loss = _ -> false;
  private long healsAt = Long.MAX_VALUE;
  private OptionalInt roundAtHealing = OptionalInt.empty();
  private long nowMillis;
  private long scheduled;

  private Network(int operators, long seed) {
    this.quorum = new Quorum(operators);
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    this.malice = random.split();
    for (int self = 0; self < operators; self++) {
      nodes.put(self, new Node(new Operator(instance(self, Participation.VOTES))));
    }
  }

  static Network of(int operators, long seed) {
    return new Network(operators, seed);
  }

  QbftInstance instance(int self, Participation participation) {
    return Operator.instance(self, quorum.operators(), times, participation);
  }

  // ---- what it is like

  /** Before anything else is said of its operators. */
  Network rounds(RoundTimes rounds) {
    times = rounds;
    nodes.replaceAll((self, _) -> new Node(new Operator(instance(self, Participation.VOTES))));
    return this;
  }

  Network latency(long minMillis, long maxMillis) {
    latencyMinMillis = minMillis;
    latencyMaxMillis = maxMillis;
    return this;
  }

  /** Loses this share of all messages. */
  Network drop(double share) {
    dropped = share;
    return this;
  }

  Network duplicate(double share) {
    duplicated = share;
    return this;
  }

  /** Loses these messages. */
  Network loses(Predicate<Envelope> which) {
    loss = loss.or(which);
    return this;
  }

  /**
   * Lets COMMITs up to {@code lastRound} reach only {@code lucky}, and nobody learn from it: the
   * others go on without knowing that something was decided.
   */
  Network hidesDecisions(int lucky, int lastRound) {
    return loses(envelope ->
        switch (envelope.message()) {
          case Cast(SignedVote(Vote.Commit commit, _), _, _) ->
              commit.round() <= lastRound && envelope.to() != lucky;
          case Cast _ -> false;
          case QbftMessage.Decided _ -> true;
        });
  }

  /** From then on nothing is lost, doubled or slow; links are new, so operators ask around. */
  Network heals(long atMillis) {
    healsAt = atMillis;
    return this;
  }

  Network starts(int operator, long atMillis) {
    node(operator).startsAt = atMillis;
    return this;
  }

  Network wouldPropose(int operator, long atMillis, Value value) {
    at(atMillis, () -> give(operator, new QbftInput.OwnValue(value)));
    return this;
  }

  /** Everybody would propose a value of its own from the beginning. */
  Network allWouldPropose() {
    nodes.keySet().forEach(operator -> wouldPropose(operator, 0, ownValue(operator)));
    return this;
  }

  static Value ownValue(int operator) {
    return Say.value("value" + operator);
  }

  /** Accepts only these values. */
  Network likes(int operator, Predicate<Value> taste) {
    node(operator).taste = taste;
    return this;
  }

  /** Takes so long to accept a value. */
  Network judgesFor(int operator, long millis) {
    node(operator).judgesForMillis = millis;
    return this;
  }

  Network silences(int operator) {
    return corrupts(operator, Traitor.silent());
  }

  Network corrupts(int operator, Traitor.Kind kind) {
    long startsAt = node(operator).startsAt;
    nodes.remove(operator);
    Traitor traitor = kind.on(this, operator);
    traitors.put(operator, traitor);
    at(startsAt, traitor::begins);
    return this;
  }

  Network observes(int operator) {
    nodes.put(operator, new Node(new Operator(instance(operator, Participation.OBSERVES))));
    return this;
  }

  // ---- running

  /** Until all honest operators have decided, or nothing happens, or patience ends. */
  Network run() {
    return run(PATIENCE_MILLIS);
  }

  Network run(long untilMillis) {
    nodes.forEach((self, node) -> at(node.startsAt, () -> give(self, new QbftInput.Start())));
    if (healsAt < Long.MAX_VALUE) {
      at(healsAt, this::heal);
    }
    try {
      while (!events.isEmpty()
          && events.peek().atMillis() <= untilMillis
          && (decisions.size() < nodes.size())) {
        Event event = events.remove();
        nowMillis = event.atMillis();
        event.action().run();
      }
    } catch (AssertionError | RuntimeException failure) {
      throw new AssertionError(
          "seed " + seed + ", " + quorum.operators() + " operators, at " + nowMillis + " ms",
          failure);
    }
    return this;
  }

  boolean haveAllDecided() {
    return decisions.size() == nodes.size();
  }

  List<Decision> decisions() {
    return decisions;
  }

  Value decidedValue() {
    return decisions.getFirst().value();
  }

  int highestDecidedRound() {
    return decisions.stream().mapToInt(Decision::round).max().orElse(0);
  }

  /** The highest round that an honest operator was in when the faults stopped, if they did. */
  OptionalInt roundAtHealing() {
    return roundAtHealing;
  }

  long nowMillis() {
    return nowMillis;
  }

  QbftState stateOf(int operator) {
    return node(operator).operator.state();
  }

  // ---- for traitors

  SplittableRandom random() {
    return malice;
  }

  /** Every vote that an honest operator cast so far. */
  Set<SignedVote> signed() {
    return Collections.unmodifiableSet(signed);
  }

  IntStream peersOf(int self) {
    return IntStream.range(0, quorum.operators()).filter(peer -> peer != self);
  }

  void after(long millis, Runnable action) {
    at(nowMillis + millis, action);
  }

  /** The link only takes messages of its own operator, and nested votes that were really cast. */
  void betrays(int traitor, int to, QbftMessage message) {
    check(message.sender() == traitor, "a forged sender: " + message);
    List<SignedVote> nested =
        switch (message) {
          case Cast cast -> cast.justification();
          case QbftMessage.Decided decided -> decided.decision().commits();
        };
    for (SignedVote vote : nested) {
      check(
          traitors.containsKey(vote.vote().sender()) || signed.contains(vote),
          "a forged vote: " + vote);
    }
    transmit(new Envelope(traitor, to, message));
  }

  // ---- the works

  private Node node(int operator) {
    Node node = nodes.get(operator);
    if (node == null) {
      throw new IllegalArgumentException("operator " + operator + " is not honest");
    }
    return node;
  }

  private void at(long atMillis, Runnable action) {
    events.add(new Event(atMillis, scheduled++, action));
  }

  private void heal() {
    dropped = 0;
    duplicated = 0;
    loss = _ -> false;
    latencyMinMillis = 5;
    latencyMaxMillis = 50;
    roundAtHealing = nodes.values().stream().mapToInt(node -> node.operator.state().round()).max();
    nodes.keySet().forEach(this::askAround);
  }

  private void transmit(Envelope envelope) {
    if (loss.test(envelope) || random.nextDouble() < dropped) {
      return;
    }
    int copies = random.nextDouble() < duplicated ? 2 : 1;
    for (int copy = 0; copy < copies; copy++) {
      after(latency(), () -> deliver(envelope));
    }
  }

  private long latency() {
    return random.nextLong(latencyMinMillis, latencyMaxMillis + 1);
  }

  private void deliver(Envelope envelope) {
    Traitor traitor = traitors.get(envelope.to());
    if (traitor != null) {
      traitor.hears(envelope.message());
    } else {
      give(envelope.to(), new QbftInput.Received(envelope.message()));
    }
  }

  private void give(int self, QbftInput input) {
    Node node = nodes.get(self);
    if (node == null) {
      return;
    }
    List<QbftOutput> outputs = node.operator.on(input);
    node.operator.forget();
    outputs.forEach(output -> obey(self, node, output));
  }

  private void obey(int self, Node node, QbftOutput output) {
    switch (output) {
      case QbftOutput.SendVote(Vote vote, var justification, var value) -> {
        checkVote(self, node, vote);
        Cast cast = new Cast(Say.signed(vote), justification, value);
        signed.add(cast.signed());
        peersOf(self).forEach(peer -> transmit(new Envelope(self, peer, cast)));
        after(1, () -> give(self, new QbftInput.Received(cast)));
      }
      case QbftOutput.SendDecided(int peer, Decision decision) ->
          transmit(new Envelope(self, peer, new QbftMessage.Decided(Say.DUTY, self, decision)));
      case QbftOutput.StartRoundTimer(int round, long millis) -> {
        check(round > node.timer, "timer of round " + round + " after that of " + node.timer);
        checkVotes(node);
        node.timer = round;
        after(millis / 2, () -> askInMidRound(self, node, round));
        after(millis, () -> expire(self, node, round));
      }
      case QbftOutput.JudgeValue(Value value) ->
          after(node.judgesForMillis, () -> judge(self, value));
      case QbftOutput.Decide(Decision decision) -> onDecide(node, decision);
      case QbftOutput.Accuse(SignedVote first, SignedVote second) -> {
        check(traitors.containsKey(first.vote().sender()), "an honest operator is accused");
        check(
            first.vote().sender() == second.vote().sender()
                && first.vote().kind() == second.vote().kind()
                && first.vote().round() == second.vote().round()
                && !first.vote().equals(second.vote()),
            "no evidence: " + first + second);
      }
      case QbftOutput.Discard(int sender, Reason reason) ->
          check(
              traitors.containsKey(sender) || EXCUSED.contains(reason),
              "honest operator " + sender + " is disbelieved: " + reason);
    }
  }

  private void expire(int self, Node node, int round) {
    if (node.timer == round && node.operator.state().decision().isEmpty()) {
      give(self, new QbftInput.RoundExpired(round));
    }
  }

  private void askInMidRound(int self, Node node, int round) {
    if (node.timer == round) {
      askAround(self);
    }
  }

  private void judge(int self, Value value) {
    Node node = node(self);
    if (node.taste.test(value)) {
      node.accepted.add(value.hash());
      give(self, new QbftInput.ValueAccepted(value.hash()));
    }
  }

  /** Asks every peer to send again what this operator may have missed. */
  private void askAround(int self) {
    QbftState state = node(self).operator.state();
    if (!state.hasStarted() || state.decision().isPresent()) {
      return;
    }
    for (int peer : nodes.keySet()) {
      if (peer != self && random.nextDouble() >= dropped) {
        after(latency(), () -> answer(peer, self));
      }
    }
  }

  private void answer(int peer, int asking) {
    QbftState state = node(peer).operator.state();
    Optional<Decision> decision = state.decision();
    if (decision.isPresent()) {
      QbftMessage decided = new QbftMessage.Decided(Say.DUTY, peer, decision.get());
      transmit(new Envelope(peer, asking, decided));
    } else {
      state.ownMessages().forEach(own -> transmit(new Envelope(peer, asking, own)));
    }
  }

  // ---- checks

  private void checkVote(int self, Node node, Vote vote) {
    checkVotes(node);
    check(vote.sender() == self, "votes as another");
    check(
        vote.round() > node.lastVoted.getOrDefault(vote.kind(), 0),
        "a second or late vote: " + vote);
    check(vote.round() == node.timer, "a vote of another round than the timer's: " + vote);
    node.lastVoted.put(vote.kind(), vote.round());
    switch (vote) {
      case Vote.Prepare _, Vote.Commit _ ->
          check(node.accepted.contains(vote.value()), "votes for what it did not accept: " + vote);
      case Vote.RoundChange(_, _, _, var prepared) ->
          check(
              prepared.isEmpty() || node.accepted.contains(vote.value()),
              "carries on what it did not accept: " + vote);
      case Vote.PrePrepare _ -> {}
    }
  }

  private static void checkVotes(Node node) {
    check(
        node.operator.instance().participation() == Participation.VOTES,
        "votes without the right to");
  }

  private void onDecide(Node node, Decision decision) {
    check(node.operator.state().decision().equals(Optional.of(decision)), "decides in passing");
    check(
        Justification.of(node.operator.instance(), decision)
            .filter(proven -> proven.commits().size() == decision.commits().size())
            .isPresent(),
        "an unproven decision: " + decision);
    long accepting =
        nodes.values().stream()
            .filter(one -> one.accepted.contains(decision.value().hash()))
            .count();
    check(
        accepting >= quorum.size() - traitors.size(),
        "decided, but accepted by only " + accepting + ": " + decision);
    decisions.add(decision);
    check(decisions.size() <= nodes.size(), "decides twice");
    check(
        decision.value().equals(decidedValue()),
        "two values decided: " + decidedValue() + " and " + decision.value());
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
