/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Copies;
import dev.quorate.consensus.Transition;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.qbft.QbftMessage.Cast;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * QBFT as a function: what one operator does in one instance. It guards that all honest operators
 * which decide, decide the same value, and that a decided value was accepted by at least q - f
 * honest ones. The caller owns clock and network: it runs the timer asked for, signs and delivers
 * votes (to this operator too) and hands in only messages whose signatures, nested ones included,
 * it has verified.
 *
 * <p>Source: Moniz, "The Istanbul BFT Consensus Algorithm", arXiv 2002.03613; the comments name its
 * algorithms and lines. Three departures, none of which touches safety: a COMMIT needs the value in
 * hand and accepted, since a prepared operator vouches for its value in later rounds; a quorum of
 * COMMITs decides in whatever round it is completed; and the timer runs from the entry of a round
 * and is not restarted by its proposal (2:2), so that a slow leader cannot stretch a round for some
 * operators and not for others.
 */
public final class Qbft {
  /** No round above is entered or believed; long before, any duty is past its deadline. */
  public static final int ROUND_MAX = 256;

  /** Decisions sent to one laggard on its own asking. */
  public static final int ANSWERS_PER_PEER_MAX = 16;

  private final QbftInstance instance;
  private final List<QbftOutput> outputs = new ArrayList<>();

  // The state, changing while one step runs.
  private int round;
  private Optional<Value> own;
  private Optional<PreparedCertificate> prepared;
  private VoteSet votes;
  private List<Value> judged;
  private List<Bytes32> accepted;
  private List<VoteKind> cast;
  private List<Cast> ownMessages;
  private Optional<Decision> decision = Optional.empty();

  private Qbft(QbftInstance instance, Undecided before) {
    this.instance = instance;
    round = before.round();
    own = before.own();
    prepared = before.prepared();
    votes = before.votes();
    judged = before.judged();
    accepted = before.accepted();
    cast = before.cast();
    ownMessages = before.ownMessages();
  }

  public static Transition<QbftState, QbftOutput> step(
      QbftInstance instance, QbftState state, QbftInput input) {
    return switch (state) {
      case Undecided undecided -> new Qbft(instance, undecided).step(input);
      case Settled settled -> answer(instance, settled, input);
    };
  }

  private Transition<QbftState, QbftOutput> step(QbftInput input) {
    switch (input) {
      case QbftInput.Start _ -> onStart();
      case QbftInput.OwnValue(Value value) -> own = Optional.of(value);
      case QbftInput.ValueAccepted(Bytes32 hash) -> onValueAccepted(hash);
      case QbftInput.RoundExpired(int expired) -> onRoundExpired(expired);
      case QbftInput.Received(Cast received) -> onCast(received);
      case QbftInput.Received(QbftMessage.Decided received) -> onDecided(received);
    }
    decideOnCommits();
    if (isVoting()) {
      catchUp();
      propose();
      prepare();
      commit();
    }
    return new Transition<>(after(), outputs);
  }

  private QbftState after() {
    return decision.isPresent()
        ? new Settled(round, decision.get(), List.of())
        : new Undecided(round, own, prepared, votes, judged, accepted, cast, ownMessages);
  }

  private boolean isVoting() {
    return decision.isEmpty() && round > 0 && instance.participation() == Participation.VOTES;
  }

  // ---- inputs

  private void onStart() {
    if (round > 0) {
      return;
    }
    switch (instance.participation()) {
      case VOTES -> enter(1);
      case OBSERVES -> round = 1;
    }
  }

  private void onValueAccepted(Bytes32 hash) {
    if (isJudged(hash) && !accepted.contains(hash)) {
      accepted = Copies.with(accepted, hash);
    }
  }

  private void onRoundExpired(int expired) {
    // QBFT, Algorithm 3:1
    if (isVoting() && expired == round && round < ROUND_MAX) {
      changeRound(round + 1);
    }
  }

  private void onCast(Cast received) {
    Vote vote = received.signed().vote();
    Optional<Reason> flaw =
        flaw(received, vote.round(), received.justification().size())
            .or(() -> flawOfValue(vote, received.value()));
    if (flaw.isPresent()) {
      discard(vote.sender(), flaw.get());
      return;
    }
    // Bytes prove themselves by their hash: a vote that lacks them takes them from any message.
    received.value().ifPresent(value -> votes = votes.bringing(value));

    Optional<Cast> first = votes.find(vote.kind(), vote.round(), vote.sender());
    if (first.isPresent()) {
      onSecondVote(first.get().signed(), received.signed());
    } else if (vote.round() < round && vote.kind() != VoteKind.COMMIT) {
      discard(vote.sender(), Reason.STALE_ROUND);
    } else if (vote.kind() == VoteKind.PRE_PREPARE
        && vote.sender() != instance.leader(vote.round())) {
      discard(vote.sender(), Reason.NOT_THE_LEADER);
    } else {
      Justification.of(instance, received)
          .ifPresentOrElse(
              proof -> keep(received, proof), () -> discard(vote.sender(), Reason.UNJUSTIFIED));
    }
  }

  private void onSecondVote(SignedVote first, SignedVote second) {
    int sender = second.vote().sender();
    if (first.vote().equals(second.vote())) {
      discard(sender, Reason.DUPLICATE);
    } else {
      outputs.add(new QbftOutput.Accuse(first, second));
      discard(sender, Reason.EQUIVOCATION);
    }
  }

  private void keep(Cast received, List<SignedVote> proof) {
    Vote vote = received.signed().vote();
    Cast kept = new Cast(received.signed(), proof, inHand(vote.value()).or(received::value));
    int before = votes.size();
    votes = votes.with(kept);
    if (votes.size() == before) {
      discard(vote.sender(), Reason.BUFFER_FULL);
    }
    if (vote.sender() == instance.self() && vote.round() == round) {
      ownMessages = Copies.with(ownMessages, kept);
    }
  }

  private void onDecided(QbftMessage.Decided received) {
    Decision claimed = received.decision();
    Optional<Reason> flaw = flaw(received, claimed.round(), claimed.commits().size());
    if (flaw.isPresent()) {
      discard(received.sender(), flaw.get());
      return;
    }
    Justification.of(instance, claimed)
        .ifPresentOrElse(this::decide, () -> discard(received.sender(), Reason.UNJUSTIFIED));
  }

  private Optional<Reason> flaw(QbftMessage message, int ofRound, int votesNested) {
    if (!message.duty().equals(instance.duty())) {
      return Optional.of(Reason.WRONG_DUTY);
    }
    if (!instance.quorum().has(message.sender())) {
      return Optional.of(Reason.UNKNOWN_PEER);
    }
    if (ofRound < 1) {
      return Optional.of(Reason.STALE_ROUND);
    }
    if (ofRound > ROUND_MAX) {
      return Optional.of(Reason.ROUND_TOO_HIGH);
    }
    return votesNested > instance.justificationMax()
        ? Optional.of(Reason.UNJUSTIFIED)
        : Optional.empty();
  }

  private static Optional<Reason> flawOfValue(Vote vote, Optional<Value> value) {
    boolean isMissing = value.isEmpty() && vote.kind() == VoteKind.PRE_PREPARE;
    boolean isAnother = value.filter(some -> !some.hash().equals(vote.value())).isPresent();
    return isMissing || isAnother ? Optional.of(Reason.WRONG_VALUE) : Optional.empty();
  }

  // ---- rules

  // QBFT, Algorithm 2:8. A quorum of COMMITs proves its value in any round, past or future; without
  // the bytes it waits for them.
  private void decideOnCommits() {
    for (List<SignedVote> commits : votes.quorums(VoteKind.COMMIT, instance.quorum().size())) {
      Vote vote = commits.getFirst().vote();
      inHand(vote.value()).ifPresent(value -> decide(new Decision(vote.round(), value, commits)));
    }
  }

  private void decide(Decision reached) {
    if (decision.isEmpty()) {
      decision = Optional.of(reached);
      outputs.add(new QbftOutput.Decide(reached));
    }
  }

  // QBFT, Algorithm 3:5 asks for f+1 ROUND-CHANGEs above the current round and joins the lowest of
  // them. Any f+1 hold an honest one, so liars alone move nobody. Where more than f+1 are at hand
  // the paper leaves the choice open; here it is the f+1 highest, that is the (f+1)-th highest
  // round: still one that an honest operator reached, and no straggler or liar holds it back.
  private void catchUp() {
    List<Integer> wanted = votes.roundsWanted();
    int honest = instance.quorum().honest();
    int reached = wanted.size() < honest ? 0 : wanted.get(honest - 1);
    int proposed = votes.highestProposed();
    if (reached > round && reached > proposed) {
      changeRound(reached);
    } else if (proposed > round) {
      // QBFT, Algorithm 2:1 for a later round: its justification is a quorum that went there.
      enter(proposed);
    }
  }

  private void changeRound(int next) {
    enter(next);
    // QBFT, Algorithm 3:4 and 3:10
    send(
        new Vote.RoundChange(
            instance.duty(), instance.self(), round, prepared.map(PreparedCertificate::prepared)),
        prepared.map(PreparedCertificate::prepares).orElse(List.of()),
        prepared.map(PreparedCertificate::value));
  }

  private void enter(int next) {
    round = next;
    cast = List.of();
    ownMessages = List.of();
    votes = votes.from(round);
    outputs.add(new QbftOutput.StartRoundTimer(round, instance.times().millis(round)));
  }

  private void propose() {
    if (instance.leader(round) != instance.self() || cast.contains(VoteKind.PRE_PREPARE)) {
      return;
    }
    if (round == 1) {
      // QBFT, Algorithm 1:11
      own.ifPresent(value -> propose(value, List.of()));
      return;
    }
    // QBFT, Algorithm 3:11
    List<Cast> changes = votes.of(VoteKind.ROUND_CHANGE, round);
    if (changes.size() < instance.quorum().size()) {
      return;
    }
    Optional<Cast> highest =
        changes.stream()
            .filter(change -> preparedRound(change) > 0)
            .max(Comparator.comparingInt(Qbft::preparedRound));
    List<SignedVote> justification =
        Stream.concat(
                changes.stream().map(Cast::signed),
                highest.stream().flatMap(change -> change.justification().stream()))
            .toList();
    highest.map(Cast::value).orElse(own).ifPresent(value -> propose(value, justification));
  }

  private void propose(Value value, List<SignedVote> justification) {
    send(
        new Vote.PrePrepare(instance.duty(), instance.self(), round, value.hash()),
        justification,
        Optional.of(value));
  }

  private static int preparedRound(Cast change) {
    return change.signed().vote() instanceof Vote.RoundChange(_, _, _, var highest)
        ? highest.map(Prepared::round).orElse(0)
        : 0;
  }

  // QBFT, Algorithm 2:1
  private void prepare() {
    votes
        .find(VoteKind.PRE_PREPARE, round, instance.leader(round))
        .flatMap(Cast::value)
        .filter(value -> isAccepted(value) && !cast.contains(VoteKind.PREPARE))
        .ifPresent(
            value -> send(new Vote.Prepare(instance.duty(), instance.self(), round, value.hash())));
  }

  // QBFT, Algorithm 2:4
  private void commit() {
    if (cast.contains(VoteKind.COMMIT)) {
      return;
    }
    for (List<SignedVote> prepares : votes.quorums(VoteKind.PREPARE, instance.quorum().size())) {
      Vote vote = prepares.getFirst().vote();
      if (vote.round() == round && !cast.contains(VoteKind.COMMIT)) {
        inHand(vote.value())
            .filter(this::isAccepted)
            .ifPresent(value -> {
              prepared = Optional.of(new PreparedCertificate(round, value, prepares));
              send(new Vote.Commit(instance.duty(), instance.self(), round, value.hash()));
            });
      }
    }
  }

  /** Asks the driver about a value it was not asked about yet. */
  private boolean isAccepted(Value value) {
    if (!isJudged(value.hash())) {
      judged = Copies.with(judged, value);
      outputs.add(new QbftOutput.JudgeValue(value));
    }
    return accepted.contains(value.hash());
  }

  private Optional<Value> judged(Bytes32 hash) {
    for (Value value : judged) {
      if (value.hash().equals(hash)) {
        return Optional.of(value);
      }
    }
    return Optional.empty();
  }

  private boolean isJudged(Bytes32 hash) {
    return judged(hash).isPresent();
  }

  /**
   * A value is held as long as a believed vote names it, and for good once the driver was asked
   * about it: nothing that a peer sends takes away what was accepted or prepared.
   */
  private Optional<Value> inHand(Bytes32 hash) {
    return judged(hash)
        .or(() -> votes.value(hash))
        .or(() -> own.filter(value -> value.hash().equals(hash)));
  }

  private void send(Vote vote) {
    send(vote, List.of(), Optional.empty());
  }

  private void send(Vote vote, List<SignedVote> justification, Optional<Value> value) {
    cast = Copies.with(cast, vote.kind());
    outputs.add(new QbftOutput.SendVote(vote, justification, value));
  }

  private void discard(int sender, Reason reason) {
    outputs.add(new QbftOutput.Discard(sender, reason));
  }

  // ---- after the decision

  // QBFT, Algorithm 3:17
  private static Transition<QbftState, QbftOutput> answer(
      QbftInstance instance, Settled settled, QbftInput input) {
    if (!(input instanceof QbftInput.Received(Cast(var signed, _, _)))
        || !(signed.vote() instanceof Vote.RoundChange change)
        || !instance.concerns(change)
        || change.sender() == instance.self()) {
      return Transition.to(settled);
    }
    Settled.Answer last =
        settled.answers().stream()
            .filter(answer -> answer.operator() == change.sender())
            .findFirst()
            .orElse(new Settled.Answer(change.sender(), 0, 0));
    if (change.round() <= last.round() || last.count() == ANSWERS_PER_PEER_MAX) {
      return Transition.to(settled);
    }
    List<Settled.Answer> answers = new ArrayList<>(settled.answers());
    answers.remove(last);
    answers.add(new Settled.Answer(change.sender(), change.round(), last.count() + 1));
    return new Transition<>(
        new Settled(settled.round(), settled.outcome(), answers),
        List.of(new QbftOutput.SendDecided(change.sender(), settled.outcome())));
  }
}
