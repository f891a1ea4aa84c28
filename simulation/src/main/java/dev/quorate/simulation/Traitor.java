/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.consensus.qbft.Decision;
import dev.quorate.consensus.qbft.Participation;
import dev.quorate.consensus.qbft.Prepared;
import dev.quorate.consensus.qbft.Qbft;
import dev.quorate.consensus.qbft.QbftInput;
import dev.quorate.consensus.qbft.QbftInstance;
import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.consensus.qbft.QbftOutput;
import dev.quorate.consensus.qbft.QbftState;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import dev.quorate.consensus.qbft.VoteKind;
import dev.quorate.simulation.Trace.Mark;
import dev.quorate.simulation.fault.Habit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * An operator that lies, as its habits have it. It knows what all traitors know, is never bound by
 * what it said before, and can do anything but sign for somebody else.
 */
final class Traitor implements Node {
  private static final long MUTTER_MILLIS = 300;
  private static final long BEFORE_DUE_MILLIS = 2_600;
  private static final int MUTTERS_PER_DUTY = 16;
  private static final int REPETITIONS = 4;
  private static final int FLOOD = 40;
  private static final int VARIANTS = 5;
  private static final long TURN_MILLIS = 30;
  private static final int FAR = 1 << 20;

  private final World world;
  private final int self;
  private final Set<Habit> habits;
  private final Cabal cabal;
  private final SplittableRandom random;
  private final long deafened;
  private final Map<DutyId, List<Face>> faces = new HashMap<>();
  private final Map<DutyId, Vote.Commit> keptBack = new HashMap<>();
  private final Set<Object> answered = new HashSet<>();

  Traitor(World world, int self, Set<Habit> habits, Cabal cabal, SplittableRandom random) {
    this.world = world;
    this.self = self;
    this.habits = habits;
    this.cabal = cabal;
    this.random = random;
    deafened = habits.contains(Habit.SILENT_TO_SOME) ? random.nextLong() : 0;
  }

  void begin() {
    world.slots().forEach(this::expect);
  }

  /** There will be a duty in the slot. */
  void expect(long slot) {
    world
        .agenda()
        .at(
            Chain.TIMES.attestationDueMillis(slot) - BEFORE_DUE_MILLIS + random.nextInt(200),
            () -> takePart(Chain.duty(slot)));
  }

  private void takePart(DutyId duty) {
    List<Face> shown = new ArrayList<>();
    if (habits.contains(Habit.TWO_FACES)) {
      shown.add(new Face(duty, evil(duty, 0), peer -> peer % 2 == 0));
      shown.add(new Face(duty, evil(duty, 1), peer -> peer % 2 == 1));
    }
    if (habits.contains(Habit.CHOOSY)) {
      shown.add(new Face(duty, evil(duty, 0), _ -> random.nextBoolean()));
    }
    faces.put(duty, shown);
    if (habits.contains(Habit.USURPER)) {
      scatter(duty, 1, List.of());
    }
    long due = Chain.TIMES.dueMillis(duty.type(), duty.slot()) - world.agenda().nowMillis();
    world.agenda().after(due, () -> shown.forEach(Face::begin));
    mutter(duty, MUTTERS_PER_DUTY);
  }

  private void mutter(DutyId duty, int times) {
    world
        .agenda()
        .after(
            MUTTER_MILLIS + random.nextInt(200),
            () -> {
              for (Habit habit : habits) {
                indulge(habit, duty);
              }
              if (times > 1) {
                mutter(duty, times - 1);
              }
            });
  }

  // ---- what it hears

  @Override
  public Optional<Reason> window(DutyId duty) {
    return Optional.empty();
  }

  @Override
  public void refuse(int from, Reason reason) {}

  @Override
  public void take(int from, List<DutyMessage> messages) {
    for (DutyMessage message : messages) {
      cabal.learn(message);
      if (message instanceof DutyMessage.Agreement(QbftMessage agreement)) {
        for (Face face : faces.getOrDefault(message.duty(), List.of())) {
          face.hear(agreement);
        }
        if (habits.contains(Habit.YES_TO_ALL)
            && agreement instanceof QbftMessage.Cast(SignedVote signed, _, _)) {
          agree(signed.vote());
        }
        if (agreement instanceof QbftMessage.Cast cast && from != self) {
          onCast(cast);
        }
      }
      if (message instanceof DutyMessage.Partial partial && from != self) {
        onPartial(partial);
      }
    }
  }

  private void onCast(QbftMessage.Cast cast) {
    switch (cast.signed().vote()) {
      case Vote.PrePrepare proposal -> {
        if (habits.contains(Habit.TURNCOAT) && answered.add(proposal)) {
          second(proposal.duty(), proposal.round(), proposal.value());
        }
        if (habits.contains(Habit.BAD_PARTIALS)) {
          cast.value()
              .flatMap(value -> world.chain().rule(proposal.duty()).signable(value))
              .ifPresent(signable -> spoil(proposal.duty(), signable.root()));
        }
      }
      case Vote.RoundChange change -> onRoundChange(change.duty(), change.round());
      case Vote.Prepare _, Vote.Commit _ -> {}
    }
  }

  /** Before anybody else can, lest it be too late for them to need the own one. */
  private void onRoundChange(DutyId duty, int round) {
    List<SignedVote> changes =
        cabal.of(duty).of(VoteKind.ROUND_CHANGE, round).stream()
            .filter(signed -> signed.vote().sender() != self)
            .toList();
    int quorum = world.setup().quorum().size();
    if (habits.contains(Habit.USURPER)
        && changes.size() + 1 >= quorum
        && answered.add(new Done(Habit.USURPER, duty, round))) {
      scatter(duty, round, changes);
    }
    if (habits.contains(Habit.TURNCOAT)) {
      if (instance(duty).leader(round) != self) {
        claim(duty, round);
      } else if (changes.size() >= quorum && answered.add(new Done(Habit.TURNCOAT, duty, round))) {
        // Once all have heard who gave up the round, or who decides alone would tell them.
        world.agenda().after(TURN_MILLIS, () -> turn(duty, round, changes));
      }
    }
  }

  /** Its own COMMIT it keeps back. */
  private void second(DutyId duty, int round, Bytes32 value) {
    Vote.Commit commit = new Vote.Commit(duty, self, round, value);
    Vote.Commit kept = keptBack.putIfAbsent(duty, commit);
    if (kept == null) {
      toAll(cast(new Vote.Prepare(duty, self, round, value)));
    } else if (!kept.value().equals(value)) {
      cabal.of(duty).of(VoteKind.COMMIT, kept.round()).stream()
          .map(signed -> signed.vote().sender())
          .filter(sender -> sender != self)
          .findFirst()
          .ifPresent(alone -> say(alone, cast(kept)));
      toAll(cast(new Vote.Prepare(duty, self, round, value)));
      toAll(cast(commit));
    }
  }

  /** Says that in the round before it had prepared something else, and cannot show it. */
  private void claim(DutyId duty, int round) {
    if (answered.add(new Done(Habit.TURNCOAT, duty, round))) {
      Value evil = evil(duty, 0);
      toAll(cast(boast(duty, round, evil), List.of(), evil));
    }
  }

  private Vote boast(DutyId duty, int round, Value value) {
    return new Vote.RoundChange(
        duty,
        self,
        round,
        round > 1 ? Optional.of(new Prepared(round - 1, value.hash())) : Optional.empty());
  }

  private void turn(DutyId duty, int round, List<SignedVote> changes) {
    Value evil = evil(duty, 0);
    Vote own =
        random.nextBoolean()
            ? boast(duty, round, evil)
            : new Vote.RoundChange(duty, self, round, Optional.empty());
    toAll(
        cast(
            new Vote.PrePrepare(duty, self, round, evil.hash()),
            withPrepares(duty, changes, own),
            evil));
    second(duty, round, evil.hash());
  }

  /** Another value for each peer. */
  private void scatter(DutyId duty, int round, List<SignedVote> changes) {
    Vote own = new Vote.RoundChange(duty, self, round, Optional.empty());
    List<SignedVote> justification = round == 1 ? List.of() : withPrepares(duty, changes, own);
    toEach(peer -> {
      Value value = evil(duty, peer);
      return cast(new Vote.PrePrepare(duty, self, round, value.hash()), justification, value);
    });
  }

  private List<SignedVote> withPrepares(DutyId duty, List<SignedVote> changes, Vote own) {
    return limited(
        Stream.of(
                changes.stream(),
                Stream.of(world.post().sign(own)),
                cabal.of(duty).onePerSender(vote -> vote.kind() == VoteKind.PREPARE).stream())
            .flatMap(votes -> votes));
  }

  /** Helps every value along. */
  private void agree(Vote vote) {
    if (vote.kind() != VoteKind.ROUND_CHANGE && answered.add(vote)) {
      toAll(cast(new Vote.Prepare(vote.duty(), self, vote.round(), vote.value())));
      toAll(cast(new Vote.Commit(vote.duty(), self, vote.round(), vote.value())));
    }
  }

  private void onPartial(DutyMessage.Partial heard) {
    if (habits.contains(Habit.BAD_PARTIALS)) {
      spoil(heard.duty(), heard.root());
    }
    if (habits.contains(Habit.BORROWED_PARTIALS) && answered.add(heard)) {
      toAll(partial(heard.duty(), heard.root(), heard.signature()));
      toAll(heard);
    }
  }

  /** As early as it can, so that peers try to make use of it. */
  private void spoil(DutyId duty, Bytes32 root) {
    if (answered.add(root)) {
      toEach(_ -> {
        // Mostly the last, which is the hardest to notice.
        int variant = random.nextBoolean() ? VARIANTS - 1 : random.nextInt(VARIANTS);
        return partial(duty, root, world.signatures().wrong(self, root, variant));
      });
    }
  }

  private DutyMessage.Partial partial(DutyId duty, Bytes32 root, Bytes signature) {
    return new DutyMessage.Partial(duty, self, root, signature);
  }

  // ---- what it says by itself

  private void indulge(Habit habit, DutyId duty) {
    Cabal.Heard heard = cabal.of(duty);
    int round = 1 + random.nextInt(heard.highestRound() + 1);
    Value evil = evil(duty, random.nextInt(3));
    switch (habit) {
      case TWO_FACES,
          CHOOSY,
          SILENT_TO_SOME,
          YES_TO_ALL,
          BORROWED_PARTIALS,
          REPETITION,
          TURNCOAT -> {}
      case POISON -> {
        Value poison = poison(duty, round);
        propose(duty, round, poison, List.of());
        agree(new Vote.PrePrepare(duty, self, round, poison.hash()));
      }
      case FORGERY -> lie(duty, round, evil, vote -> world.post().forge(self, vote));
      case CROSS_CLUSTER -> lie(duty, round, evil, world.post()::elsewhere);
      case REPLAY -> {
        List<DutyMessage> messages = heard.messages();
        for (int i = 0; i < 4 && !messages.isEmpty(); i++) {
          toSome(messages.get(random.nextInt(messages.size())));
        }
      }
      case CROSS_DUTY -> crossDuty(duty, round, heard);
      case FALSE_PROOF -> falseProof(duty, round, evil, heard);
      case USURPER -> usurp(duty, round, evil, heard);
      case FAR_AHEAD -> {
        int far = random.nextInt(2, 400);
        toAll(cast(new Vote.RoundChange(duty, self, far, Optional.empty())));
        toAll(cast(new Vote.PrePrepare(duty, self, far, evil.hash()), List.of(), evil));
        DutyId later = Chain.duty(duty.slot() + 1 + random.nextInt(6));
        toAll(cast(new Vote.Commit(later, self, 1, evil.hash())));
        toAll(cast(new Vote.Commit(Chain.duty(duty.slot() + FAR), self, 1, evil.hash())));
      }
      case FLOOD -> {
        for (int i = 0; i < FLOOD && round == 1; i++) {
          DutyId other = i % 2 == 0 ? duty : Chain.duty(duty.slot() + 1);
          Value value = evil(duty, i);
          toAll(
              i % 3 == 0
                  ? cast(new Vote.Prepare(other, self, 1 + i, value.hash()))
                  : i % 3 == 1
                      ? cast(new Vote.Commit(other, self, 1 + i, value.hash()))
                      : cast(new Vote.RoundChange(other, self, 2 + i, Optional.empty())));
        }
      }
      case BAD_PARTIALS -> {
        // Not always: peers look at the first one only.
        if (duty.slot() % 2 == 0) {
          Bytes32 root = evil.hash();
          toSome(partial(duty, root, world.signatures().sign(self, root)));
        }
      }
      case FALSE_STATUS -> toAll(new DutyMessage.Status(duty, self, 0, Optional.empty(), 0));
    }
  }

  /** Shows votes of others that these did not cast, in every place where votes prove something. */
  private void lie(DutyId duty, int round, Value evil, Function<Vote, SignedVote> prove) {
    Bytes32 hash = evil.hash();
    toSome(decided(duty, round, evil, everyone(duty, round, hash, Vote.Commit::new, prove)));
    List<SignedVote> prepares = everyone(duty, round, hash, Vote.Prepare::new, prove);
    toSome(
        cast(
            new Vote.RoundChange(duty, self, round + 1, Optional.of(new Prepared(round, hash))),
            prepares,
            evil));
    List<SignedVote> changes =
        operators()
            .mapToObj(operator ->
                prove.apply(new Vote.RoundChange(duty, operator, round + 1, Optional.empty())))
            .toList();
    propose(duty, round + 1, evil, changes);
    int victim = random.nextInt(world.setup().operators());
    toSome(message(prove.apply(new Vote.Prepare(duty, victim, round, hash)), List.of(), evil));
  }

  private interface Ballot {
    Vote of(DutyId duty, int sender, int round, Bytes32 value);
  }

  private List<SignedVote> everyone(
      DutyId duty, int round, Bytes32 value, Ballot ballot, Function<Vote, SignedVote> prove) {
    return operators()
        .mapToObj(operator ->
            operator == self
                ? world.post().sign(ballot.of(duty, self, round, value))
                : prove.apply(ballot.of(duty, operator, round, value)))
        .toList();
  }

  private void crossDuty(DutyId duty, int round, Cabal.Heard heard) {
    cabal
        .another(duty)
        .ifPresent(other -> {
          for (Value value : other.values()) {
            toSome(
                decided(
                    duty,
                    1,
                    value,
                    other.onePerSender(vote ->
                        vote.kind() == VoteKind.COMMIT && vote.value().equals(value.hash()))));
          }
          Value evil = evil(duty, 1);
          List<SignedVote> changes = new ArrayList<>(other.of(VoteKind.ROUND_CHANGE, round));
          changes.addAll(heard.of(VoteKind.ROUND_CHANGE, round));
          propose(duty, round, evil, changes);
        });
  }

  private void falseProof(DutyId duty, int round, Value evil, Cabal.Heard heard) {
    Bytes32 hash = evil.hash();
    List<SignedVote> others = heard.of(VoteKind.PREPARE, round);
    SignedVote own = world.post().sign(new Vote.Prepare(duty, self, round, hash));
    toAll(
        cast(
            new Vote.RoundChange(duty, self, round + 1, Optional.of(new Prepared(round, hash))),
            limited(Stream.concat(others.stream(), Stream.of(own, own, own))),
            evil));
    SignedVote commit = world.post().sign(new Vote.Commit(duty, self, round, hash));
    toAll(
        decided(
            duty,
            round,
            evil,
            limited(
                Stream.concat(
                    heard.of(VoteKind.COMMIT, round).stream(), Stream.of(commit, commit)))));
    // A quorum of COMMITs, but of several rounds, and of the value of another.
    for (Value value : List.copyOf(heard.values())) {
      toSome(
          decided(
              duty,
              round,
              value,
              heard.onePerSender(
                  vote -> vote.kind() == VoteKind.COMMIT || vote.kind() == VoteKind.PREPARE)));
    }
  }

  /** Leads a round with what it likes, on whatever ROUND-CHANGEs there are. */
  private void usurp(DutyId duty, int round, Value evil, Cabal.Heard heard) {
    for (int led = Math.max(2, round); led <= heard.highestRound() + 1; led++) {
      int wanted = led;
      List<SignedVote> changes =
          heard.onePerSender(
              vote -> vote.kind() == VoteKind.ROUND_CHANGE && vote.round() == wanted);
      for (Value value : List.of(evil, evil(duty, 2))) {
        SignedVote own =
            world
                .post()
                .sign(
                    new Vote.RoundChange(
                        duty,
                        self,
                        led,
                        random.nextBoolean()
                            ? Optional.empty()
                            : Optional.of(
                                new Prepared(1 + random.nextInt(led - 1), value.hash()))));
        List<SignedVote> prepares = heard.onePerSender(vote -> vote.kind() == VoteKind.PREPARE);
        propose(
            duty,
            led,
            value,
            limited(
                Stream.of(changes.stream(), Stream.of(own), prepares.stream())
                    .flatMap(votes -> votes)));
      }
    }
  }

  /** As the leader or not: peers have to know who leads. */
  private void propose(DutyId duty, int round, Value value, List<SignedVote> justification) {
    toSome(cast(new Vote.PrePrepare(duty, self, round, value.hash()), justification, value));
  }

  private static DutyMessage decided(
      DutyId duty, int round, Value value, List<SignedVote> commits, int sender) {
    return new DutyMessage.Agreement(
        new QbftMessage.Decided(duty, sender, new Decision(round, value, commits)));
  }

  private DutyMessage decided(DutyId duty, int round, Value value, List<SignedVote> commits) {
    return decided(duty, round, value, commits, self);
  }

  private DutyMessage cast(Vote vote) {
    return message(world.post().sign(vote), List.of(), Optional.empty());
  }

  private DutyMessage cast(Vote vote, List<SignedVote> justification, Value value) {
    return message(world.post().sign(vote), justification, Optional.of(value));
  }

  private static DutyMessage message(
      SignedVote signed, List<SignedVote> justification, Value value) {
    return message(signed, justification, Optional.of(value));
  }

  private static DutyMessage message(
      SignedVote signed, List<SignedVote> justification, Optional<Value> value) {
    return new DutyMessage.Agreement(new QbftMessage.Cast(signed, justification, value));
  }

  /** As many as a message may bring, or it would not be looked at. */
  private List<SignedVote> limited(Stream<SignedVote> votes) {
    return votes.limit(2L * world.setup().operators()).toList();
  }

  private QbftInstance instance(DutyId duty) {
    return new QbftInstance(
        world.setup().quorum(), self, duty, duty.slot(), Chain.ROUNDS, Participation.VOTES);
  }

  // ---- values

  /** A value that anyone might accept, though nobody honest would propose it. */
  private Value evil(DutyId duty, int variant) {
    return world.chain().value(Chain.honestVote(duty.slot(), 3 + (self + variant) % 8));
  }

  /** A value that nobody may sign, the same whenever it is said again. */
  private Value poison(DutyId duty, int round) {
    long slot = duty.slot();
    Chain.Vote honest = Chain.honestVote(slot, 2);
    long source = honest.sourceEpoch();
    long target = honest.targetEpoch();
    return switch ((int) ((duty.slot() * 3 + round + self) % 7)) {
      case 0 -> world.chain().value(new Chain.Vote(slot, 2, source, 0, target + FAR, 2));
      case 1 -> world.chain().value(new Chain.Vote(slot, 2, source + 1, 2, target, 0));
      case 2 -> world.chain().value(new Chain.Vote(slot, 2, source, 2, target, 0));
      case 3 -> world.chain().value(new Chain.Vote(slot, 2, source, 0, target, 2));
      case 4 -> world.chain().value(new Chain.Vote(slot + 1, 2, source, 0, target, 0));
      case 5 -> world.chain().value(new Chain.Vote(slot, 2, target, 2, target, 0));
      default -> new Value(Bytes.wrap(new byte[random.nextInt(200)]));
    };
  }

  // ---- to whom

  private void toAll(DutyMessage message) {
    toEach(_ -> message);
  }

  private void toSome(DutyMessage message) {
    others().filter(_ -> random.nextInt(3) > 0).forEach(peer -> say(peer, message));
  }

  private void toEach(Function<Integer, DutyMessage> message) {
    others().forEach(peer -> say(peer, message.apply(peer)));
  }

  private void say(int peer, DutyMessage message) {
    if ((deafened >>> peer & 1) != 0) {
      return;
    }
    world
        .trace()
        .add(
            world.agenda().nowMillis(),
            self,
            Mark.TREASON,
            peer,
            () -> "to operator " + peer + ": " + told(message));
    int times = habits.contains(Habit.REPETITION) ? REPETITIONS : 1;
    for (int i = 0; i < times; i++) {
      world.post().betray(self, peer, message);
    }
  }

  private static Object told(DutyMessage message) {
    return message instanceof DutyMessage.Agreement(QbftMessage agreement)
        ? Told.of(agreement)
        : message;
  }

  private IntStream operators() {
    return IntStream.range(0, world.setup().operators());
  }

  private IntStream others() {
    return operators().filter(peer -> peer != self);
  }

  private record Done(Habit habit, DutyId duty, int round) {}

  /** The real protocol with a value of its own, a choosy mouth and no conscience. */
  private final class Face {
    private final DutyId duty;
    private final Value own;
    private final IntPredicate audience;
    private final QbftInstance instance;
    private QbftState state = QbftState.initial();

    Face(DutyId duty, Value own, IntPredicate audience) {
      this.duty = duty;
      this.own = own;
      this.audience = audience;
      instance = instance(duty);
    }

    void begin() {
      obey(new QbftInput.OwnValue(own));
      obey(new QbftInput.Start());
    }

    void hear(QbftMessage message) {
      obey(new QbftInput.Received(message));
    }

    private void obey(QbftInput input) {
      var next = Qbft.step(instance, state, input);
      state = next.state();
      next.outputs().forEach(this::perform);
    }

    private void perform(QbftOutput output) {
      switch (output) {
        case QbftOutput.SendVote(Vote vote, var justification, var value) -> {
          SignedVote signed = world.post().sign(vote);
          DutyMessage message = message(signed, justification, value);
          tell(message);
          world
              .agenda()
              .after(
                  1,
                  () ->
                      obey(
                          new QbftInput.Received(
                              new QbftMessage.Cast(signed, justification, value))));
        }
        case QbftOutput.StartRoundTimer(int round, long millis) ->
            world.agenda().after(millis, () -> obey(new QbftInput.RoundExpired(round)));
        case QbftOutput.JudgeValue(Value value) ->
            world.agenda().after(1, () -> obey(new QbftInput.ValueAccepted(value.hash())));
        case QbftOutput.Decide(Decision decision) -> {
          Optional<Signable> signable = world.chain().rule(duty).signable(decision.value());
          signable
              .map(Signable::root)
              .ifPresent(root -> tell(partial(duty, root, world.signatures().sign(self, root))));
        }
        case QbftOutput.SendDecided(int peer, Decision decision) ->
            say(peer, decided(duty, decision.round(), decision.value(), decision.commits()));
        case QbftOutput.Accuse _, QbftOutput.Discard _ -> {}
      }
    }

    private void tell(DutyMessage message) {
      others().filter(audience).forEach(peer -> say(peer, message));
    }
  }
}
