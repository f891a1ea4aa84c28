/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Copies;
import dev.quorate.consensus.Transition;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyEvent.Aftermath;
import dev.quorate.consensus.duty.DutyEvent.Arrival;
import dev.quorate.consensus.duty.DutyEvent.CastVote;
import dev.quorate.consensus.duty.DutyEvent.DoubleVote;
import dev.quorate.consensus.duty.DutyEvent.Trail;
import dev.quorate.consensus.duty.DutyInput.Combined;
import dev.quorate.consensus.duty.DutyInput.ServiceFailed;
import dev.quorate.consensus.duty.DutyMessage.Agreement;
import dev.quorate.consensus.duty.DutyMessage.Partial;
import dev.quorate.consensus.duty.DutyMessage.Status;
import dev.quorate.consensus.duty.DutyState.Aggregate;
import dev.quorate.consensus.duty.DutyState.Agreed;
import dev.quorate.consensus.duty.DutyState.Fence;
import dev.quorate.consensus.duty.DutyState.Overdue;
import dev.quorate.consensus.duty.DutyState.Phase;
import dev.quorate.consensus.duty.DutyState.Share;
import dev.quorate.consensus.qbft.Decision;
import dev.quorate.consensus.qbft.Participation;
import dev.quorate.consensus.qbft.Qbft;
import dev.quorate.consensus.qbft.QbftInput;
import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.consensus.qbft.QbftOutput;
import dev.quorate.consensus.qbft.QbftState;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The whole life of a duty, from the fence to the broadcast, and every way in which it can fail. It
 * guards the safety order: validate, guard, durable intent, sign, durable share, send. Driven by
 * the validator's actor, and by the simulator.
 */
public final class DutyMachine {
  /**
   * How often one duty asks its own beacon nodes again because a proposal differs from their data.
   */
  static final int REFRESHES_MAX = 2;

  /** How many statuses of one peer that lacks something are answered in one duty. */
  static final int ANSWERS_PER_PEER_MAX = 16;

  /** The way of the mail takes less where none waits. */
  static final long MAIL_WAITS_MILLIS = 20;

  /**
   * It is gone again after so long, and not by all validators at the same time: looking is work as
   * well, and that of many would look like mail.
   */
  static final long LOOK_AGAIN_MILLIS = 100;

  private static final int LOOK_AGAIN_STEPS = 10;

  /** After so long a timer that expired no longer waits: the way is not gone again. */
  static final long HELD_MILLIS_MAX = 8_000;

  private static final long RETRY_FIRST_MILLIS = 100;
  private static final long RETRY_MAX_MILLIS = 6_400;

  private DutyMachine() {}

  /**
   * Opens a duty.
   *
   * @param past what the journal holds of it, in order; empty unless this operator restarted
   */
  public static Transition<DutyState, DutyOutput> open(
      DutyContext context, List<DutyEvent> past, long nowMillis) {
    Step step = new Step(context, INITIAL, nowMillis);
    step.open(past);
    return step.transition();
  }

  public static Transition<DutyState, DutyOutput> step(
      DutyContext context, DutyState state, long nowMillis, DutyInput input) {
    if (state.phase() == Phase.CLOSED) {
      return Transition.to(state);
    }
    Step step = new Step(context, state, nowMillis);
    step.on(input);
    return step.transition();
  }

  private static final DutyState INITIAL =
      new DutyState(
          Phase.SCHEDULED,
          Fence.ASKED,
          QbftState.initial(),
          List.of(),
          Collections.emptySortedMap(),
          0,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          new Share.Undecided(),
          Collections.emptySortedMap(),
          Collections.emptySortedMap(),
          Collections.emptySortedSet(),
          Collections.emptySortedSet(),
          List.of(),
          Collections.emptySortedMap(),
          0,
          new Aggregate.Collecting(),
          0,
          0,
          0,
          List.of(),
          Optional.empty(),
          Collections.emptySortedMap(),
          List.of(),
          0);

  /** One step under way: the fields of the state, replaced one by one, and what is to be done. */
  private static final class Step {
    private final DutyContext context;
    private final long nowMillis;

    private Phase phase;
    private Fence fence;
    private QbftState qbft;
    private List<Value> own;
    private SortedMap<Bytes32, Value> unconfirmed;
    private int refreshes;
    private Optional<Agreed> agreed;
    private Optional<Bytes32> signedFirst;
    private Optional<Agreed> mine;
    private Share share;
    private SortedMap<Integer, Partial> partials;
    private SortedMap<Integer, Long> arrivals;
    private SortedSet<Integer> culprits;
    private SortedSet<Integer> accused;
    private List<DoubleVote> evidence;
    private SortedMap<DutyTimer.Lane, Overdue> overdue;
    private int recoveredRound;
    private Aggregate aggregate;
    private long startedAtMillis;
    private long proposedAtMillis;
    private long decidedAtMillis;
    private List<CastVote> votes;
    private Optional<Reason> refusal;
    private SortedMap<Integer, Integer> answers;
    private List<DutyOutput> stalled;
    private int retries;

    private final List<QbftInput> agreement = new ArrayList<>();
    private final List<DutyOutput> outputs = new ArrayList<>();
    private final List<DutyOutput> onceDurable = new ArrayList<>();
    private Optional<DutyEvent> event = Optional.empty();

    Step(DutyContext context, DutyState state, long nowMillis) {
      this.context = context;
      this.nowMillis = nowMillis;
      phase = state.phase();
      fence = state.fence();
      qbft = state.qbft();
      own = state.own();
      unconfirmed = state.unconfirmed();
      refreshes = state.refreshes();
      agreed = state.agreed();
      signedFirst = state.signedFirst();
      mine = state.mine();
      share = state.share();
      partials = state.partials();
      arrivals = state.arrivals();
      culprits = state.culprits();
      accused = state.accused();
      evidence = state.evidence();
      overdue = state.overdue();
      recoveredRound = state.recoveredRound();
      aggregate = state.aggregate();
      startedAtMillis = state.startedAtMillis();
      proposedAtMillis = state.proposedAtMillis();
      decidedAtMillis = state.decidedAtMillis();
      votes = state.votes();
      refusal = state.refusal();
      answers = state.answers();
      stalled = state.stalled();
      retries = state.retries();
    }

    Transition<DutyState, DutyOutput> transition() {
      event.ifPresent(durable -> outputs.add(new DutyOutput.Persist(durable, onceDurable)));
      return new Transition<>(
          new DutyState(
              phase,
              fence,
              qbft,
              own,
              unconfirmed,
              refreshes,
              agreed,
              signedFirst,
              mine,
              share,
              partials,
              arrivals,
              culprits,
              accused,
              evidence,
              overdue,
              recoveredRound,
              aggregate,
              startedAtMillis,
              proposedAtMillis,
              decidedAtMillis,
              votes,
              refusal,
              answers,
              stalled,
              retries),
          outputs);
    }

    /** Whatever a step asks for after it asked to persist happens once that is durable. */
    private void emit(DutyOutput output) {
      (event.isPresent() ? onceDurable : outputs).add(output);
    }

    private void persist(DutyEvent durable) {
      if (event.isPresent()) {
        throw new IllegalStateException("one event a step: " + event + ", " + durable);
      }
      event = Optional.of(durable);
    }

    void open(List<DutyEvent> past) {
      for (DutyEvent durable : past) {
        recover(durable);
      }
      startTimer(new DutyTimer.Deadline(), context.deadlineMillis() - nowMillis);
      startTimer(new DutyTimer.Begin(), context.beginMillis() - nowMillis);
      if (context.rule().given().isPresent()) {
        fence = Fence.NEEDLESS;
      } else {
        emit(new DutyOutput.ClaimFence());
      }
      resume();
    }

    private void recover(DutyEvent durable) {
      switch (durable) {
        case DutyEvent.Intended(_, Value value, Signable signable, Trail trail, _) -> {
          mine = Optional.of(new Agreed(value, signable));
          // The group's signature may have come before the guard's answer, and be of another head.
          if (!(aggregate instanceof Aggregate.Complete)) {
            agreed = mine;
          }
          share = new Share.Resuming();
          recall(trail);
        }
        case DutyEvent.Shared(_, Bytes signature, _) -> shared(signature);
        case DutyEvent.Completed completed -> {
          // Without an intent of its own this operator did not sign, and does not start to now;
          // with one it may have signed another head than the group.
          completed
              .value()
              .flatMap(value -> context.rule().signable(value).map(s -> new Agreed(value, s)))
              .ifPresent(found -> {
                agreed = Optional.of(found);
                if (mine.isEmpty()) {
                  share = new Share.Withheld();
                  recall(completed.trail());
                }
              });
          for (Arrival one : completed.partials()) {
            arrivals = Copies.with(arrivals, one.operator(), one.atMillis());
          }
          for (int operator : completed.culprits()) {
            culprits = Copies.with(culprits, operator);
          }
          aggregate = new Aggregate.Complete(completed.signature());
        }
        // It was taken away, and is given back: nothing of it was voted in or signed. One that
        // ended
        // with its decision is never opened again.
        case DutyEvent.Failed _, DutyEvent.Decided _ -> {}
      }
    }

    private void recall(Trail trail) {
      startedAtMillis = trail.startedAtMillis();
      proposedAtMillis = trail.proposedAtMillis();
      decidedAtMillis = trail.decidedAtMillis();
      recoveredRound = trail.round();
      for (CastVote vote : trail.own()) {
        votes = Copies.with(votes, vote);
      }
      for (DoubleVote votedTwice : trail.evidence()) {
        accused = Copies.with(accused, votedTwice.operator());
      }
    }

    /**
     * Takes up what the journal says was begun: the guard is passed again before anything is
     * signed.
     */
    private void resume() {
      if (agreed.isEmpty()) {
        return;
      }
      switch (share) {
        case Share.Resuming _ -> emit(new DutyOutput.AskGuard(mine.orElseThrow().signable()));
        case Share.Shared(Bytes signature) -> emit(new DutyOutput.SendToAll(partial(signature)));
        case Share.Undecided _, Share.AtGuard _, Share.Signing _, Share.Withheld _ -> {}
      }
      if (aggregate instanceof Aggregate.Complete(Bytes signature)) {
        emit(new DutyOutput.Submit(agreed.get().value(), signature));
      }
    }

    void on(DutyInput input) {
      switch (input) {
        case DutyInput.FenceAnswered(FenceVerdict verdict) -> onFenceAnswered(verdict);
        case DutyInput.OwnValues(List<Value> values) -> onOwnValues(values);
        case DutyInput.BeginEarly _ -> onBegin();
        case DutyInput.SignedFirst(Bytes32 root) -> signedFirst = Optional.of(root);
        case DutyInput.Received(DutyMessage message) -> onReceived(message);
        case DutyInput.GuardAnswered(GuardVerdict verdict) -> onGuardAnswered(verdict);
        case DutyInput.ShareSigned(Bytes signature) -> onShareSigned(signature);
        case Combined combined -> onCombined(combined);
        case DutyInput.CombineFailed(List<Integer> named) -> onCombineFailed(named);
        case DutyInput.Submitted(SubmissionOutcome outcome) -> onSubmitted(outcome);
        case DutyInput.PeerConnected(int operator) -> onPeerConnected(operator);
        case DutyInput.TimerExpired(DutyTimer timer) -> onTimerExpired(timer);
        case DutyInput.MailSeen(DutyTimer timer, long askedMillis) ->
            onMailSeen(timer, askedMillis);
        case DutyInput.Reassigned _ -> onReassigned();
        case ServiceFailed(DutyOutput request) -> onServiceFailed(request);
      }
    }

    // ---- the right to vote, and the begin

    private void onFenceAnswered(FenceVerdict verdict) {
      switch (verdict) {
        case FenceVerdict.Owned _ -> fence = Fence.OWNED;
        case FenceVerdict.Foreign(Reason reason) when reason == Reason.INTERNAL_FAILURE ->
            onServiceFailed(new DutyOutput.ClaimFence());
        case FenceVerdict.Foreign(Reason reason) -> {
          fence = Fence.FOREIGN;
          refusal = refusal.or(() -> Optional.of(reason));
        }
      }
      startVoting();
    }

    private void onBegin() {
      if (phase == Phase.SCHEDULED) {
        phase = Phase.BEGUN;
        startNudging();
        context.rule().given().ifPresentOrElse(this::onGiven, this::startVoting);
      }
    }

    /**
     * Whoever begins early does not end its rounds early: operators that know of no reason to begin
     * do so at the anchor, and are in the same round then.
     */
    private long sinceAnchor(long millis) {
      return Math.max(0, context.beginMillis() - nowMillis) + millis;
    }

    private void startVoting() {
      if (fence == Fence.OWNED && phase == Phase.BEGUN && agreed.isEmpty() && !qbft.hasStarted()) {
        agree(new QbftInput.Start());
      }
    }

    private void onGiven(Value value) {
      if (agreed.isEmpty()) {
        settle(value);
      }
    }

    // ---- agreement

    /** Inputs that an answer gives rise to wait until that answer is dealt with. */
    private void agree(QbftInput input) {
      agreement.add(input);
      if (agreement.size() > 1) {
        return;
      }
      while (!agreement.isEmpty()) {
        // Before its begin and without the fence an operator only listens.
        Participation participation =
            fence == Fence.OWNED && phase != Phase.SCHEDULED
                ? Participation.VOTES
                : Participation.OBSERVES;
        Transition<QbftState, QbftOutput> next =
            Qbft.step(context.instance(participation), qbft, agreement.getFirst());
        qbft = next.state();
        next.outputs().forEach(this::onQbft);
        agreement.removeFirst();
      }
    }

    private void onQbft(QbftOutput output) {
      switch (output) {
        case QbftOutput.SendVote(Vote vote, List<SignedVote> justification, var value) -> {
          votes =
              Copies.with(votes, new CastVote(vote.kind(), vote.round(), vote.value(), nowMillis));
          emit(new DutyOutput.SendVote(vote, justification, value));
        }
        case QbftOutput.SendDecided(int operator, Decision decision) ->
            sendTo(operator, decided(decision));
        case QbftOutput.StartRoundTimer(int round, long millis) ->
            startTimer(new DutyTimer.Round(round), sinceAnchor(millis));
        case QbftOutput.JudgeValue(Value value) -> {
          proposedAtMillis = nowMillis;
          judge(value);
        }
        case QbftOutput.Decide(Decision decision) -> onDecided(decision);
        case QbftOutput.Accuse(SignedVote first, SignedVote second) -> {
          Vote vote = first.vote();
          // One piece of evidence per operator and duty: a flood of them proves nothing more.
          if (!accused.contains(vote.sender())) {
            accused = Copies.with(accused, vote.sender());
            evidence =
                Copies.with(
                    evidence,
                    new DoubleVote(
                        vote.sender(),
                        vote.kind(),
                        vote.round(),
                        vote.value(),
                        second.vote().value()));
            emit(new DutyOutput.Accuse(first, second));
          }
        }
        case QbftOutput.Discard(int sender, Reason reason) -> discard(sender, reason);
      }
    }

    private void onOwnValues(List<Value> values) {
      if (values.isEmpty()) {
        return;
      }
      startedAtMillis = startedAtMillis == 0 ? nowMillis : startedAtMillis;
      own = values;
      agree(new QbftInput.OwnValue(values.getFirst()));
      unconfirmed.values().forEach(this::judge);
      // A head that enough operators signed may have become known.
      combine();
    }

    private void judge(Value proposed) {
      switch (context.rule().judge(proposed, own)) {
        case DutyRule.Verdict.Accepted _ -> {
          if (unconfirmed.containsKey(proposed.hash())) {
            unconfirmed = Copies.without(unconfirmed, proposed.hash());
            refusal = Optional.empty();
          }
          agree(new QbftInput.ValueAccepted(proposed.hash()));
        }
        case DutyRule.Verdict.Unconfirmed(Reason reason) -> {
          unconfirmed = Copies.with(unconfirmed, proposed.hash(), proposed);
          refusal = Optional.of(reason);
          refresh();
        }
        case DutyRule.Verdict.Refused(Reason reason) -> {
          unconfirmed = Copies.without(unconfirmed, proposed.hash());
          refusal = Optional.of(reason);
        }
      }
    }

    private void refresh() {
      if (!own.isEmpty() && refreshes < REFRESHES_MAX) {
        refreshes++;
        emit(new DutyOutput.RefreshOwnValues());
      }
    }

    /** Beacon nodes that lag behind catch up: in each round they are asked once more. */
    private void confirm() {
      if (!unconfirmed.isEmpty()) {
        refresh();
      }
    }

    private void onDecided(Decision decision) {
      if (agreed.isPresent()) {
        combine();
        return; // Recovered with an intent: what was intended stands.
      }
      decidedAtMillis = nowMillis;
      unconfirmed = Collections.emptySortedMap();
      if (context.id().type().isSigned()) {
        settle(decision.value());
      } else {
        conclude(decision);
      }
    }

    /** The decision is all there is to do; laggards are told of it until the deadline. */
    private void conclude(Decision decision) {
      persist(new DutyEvent.Decided(context.id(), decision.value(), trail(), Aftermath.NONE));
      report(
          new DutyOutcome.Decided(
              decision.value(), decision.round(), Math.max(0, nowMillis - context.beginMillis())));
    }

    /** What is to be signed is known. */
    private void settle(Value value) {
      Optional<Signable> signable = context.rule().signable(value);
      if (signable.isEmpty()) {
        withhold(Reason.MALFORMED_VALUE);
        return;
      }
      agreed = Optional.of(new Agreed(value, signable.get()));
      mine = signedFirst.flatMap(this::known).or(() -> agreed);
      share = new Share.AtGuard();
      emit(new DutyOutput.AskGuard(mine.get().signable()));
      combine();
    }

    /** What is not agreed and may be signed all the same, if it has this root. */
    private Optional<Agreed> known(Bytes32 root) {
      return targets().filter(target -> target.signable().root().equals(root)).findFirst();
    }

    /** What partial signatures may add up for: what is agreed first. */
    private Stream<Agreed> targets() {
      Stream<Value> others =
          context.id().type().maySignOther()
              ? Stream.concat(own.stream(), qbft.decision().stream().map(Decision::value))
              : Stream.empty();
      return Stream.concat(
          agreed.stream(),
          others.flatMap(
              value -> context.rule().signable(value).map(s -> new Agreed(value, s)).stream()));
    }

    // ---- the own share: guard, durable intent, sign, durable share, send

    private void onGuardAnswered(GuardVerdict verdict) {
      if (mine.isEmpty()) {
        return;
      }
      Signable signable = mine.get().signable();
      switch (share) {
        case Share.AtGuard _ -> {
          switch (verdict) {
            case GuardVerdict.Granted _ -> {
              persist(
                  new DutyEvent.Intended(
                      context.id(), mine.get().value(), signable, trail(), Aftermath.NONE));
              sign(signable);
            }
            case GuardVerdict.Refused(Reason reason) -> onGuardRefused(signable, reason);
          }
        }
        case Share.Resuming _ -> {
          switch (verdict) {
            case GuardVerdict.Granted _ -> sign(signable);
            case GuardVerdict.Refused(Reason reason) -> onGuardRefused(signable, reason);
          }
        }
        case Share.Undecided _, Share.Signing _, Share.Shared _, Share.Withheld _ -> {}
      }
    }

    private void onGuardRefused(Signable signable, Reason reason) {
      if (reason == Reason.INTERNAL_FAILURE) {
        onServiceFailed(new DutyOutput.AskGuard(signable));
      } else {
        withhold(reason);
      }
    }

    private void sign(Signable signable) {
      share = new Share.Signing();
      emit(new DutyOutput.SignShare(mine.orElseThrow().value(), signable));
    }

    /** Meanwhile the guard may have learnt what was signed elsewhere: it is passed again. */
    private void signAnew(Signable signable) {
      share = new Share.Resuming();
      emit(new DutyOutput.AskGuard(signable));
    }

    private void withhold(Reason reason) {
      share = new Share.Withheld();
      refusal = Optional.of(reason);
    }

    private void onShareSigned(Bytes signature) {
      if (share instanceof Share.Signing || share instanceof Share.Resuming) {
        persist(new DutyEvent.Shared(context.id(), signature, nowMillis));
        shared(signature);
        emit(new DutyOutput.SendToAll(partial(signature)));
        combine();
      }
    }

    private void shared(Bytes signature) {
      share = new Share.Shared(signature);
      partials = Copies.with(partials, context.self(), partial(signature));
    }

    private Partial partial(Bytes signature) {
      return new Partial(
          context.id(), context.self(), mine.orElseThrow().signable().root(), signature);
    }

    // ---- the signature of the group

    private void onPartial(Partial partial) {
      int sender = partial.sender();
      if (sender == context.self()) {
        return;
      }
      if (aggregate instanceof Aggregate.Complete) {
        onLatePartial(partial);
        return;
      }
      if (culprits.contains(sender)) {
        discard(sender, Reason.BAD_PARTIAL);
        return;
      }
      Partial earlier = partials.get(sender);
      if (earlier != null) {
        discard(sender, earlier.equals(partial) ? Reason.DUPLICATE : Reason.EQUIVOCATION);
        return;
      }
      partials = Copies.with(partials, sender, partial);
      arrivals = Copies.with(arrivals, sender, nowMillis);
      combine();
    }

    private void onLatePartial(Partial partial) {
      int sender = partial.sender();
      if (!context.id().type().maySignOther()
          && agreed.filter(known -> known.signable().root().equals(partial.root())).isEmpty()) {
        discard(sender, Reason.WRONG_ROOT);
      } else if (!arrivals.containsKey(sender)) {
        arrivals = Copies.with(arrivals, sender, nowMillis);
        emit(new DutyOutput.Note(new DutyEvent.LatePartial(context.id(), sender, nowMillis)));
      }
    }

    private void combine() {
      if (agreed.isEmpty() || !(aggregate instanceof Aggregate.Collecting)) {
        return;
      }
      if (!context.id().type().maySignOther()) {
        refuseOthers(agreed.get().signable().root());
      }
      targets()
          .filter(target -> over(target).size() >= context.threshold())
          .findFirst()
          .ifPresent(target -> {
            aggregate = new Aggregate.Combining(target);
            emit(new DutyOutput.Combine(target.signable().root(), over(target)));
          });
    }

    private void refuseOthers(Bytes32 root) {
      for (Partial partial : partials.values()) {
        if (!partial.root().equals(root)) {
          // It keeps its place as a culprit: nothing else is believed of it in this duty.
          partials = Copies.without(partials, partial.sender());
          culprits = Copies.with(culprits, partial.sender());
          discard(partial.sender(), Reason.WRONG_ROOT);
        }
      }
    }

    private SortedMap<Integer, Bytes> over(Agreed target) {
      SortedMap<Integer, Bytes> matching = new TreeMap<>();
      for (Partial partial : partials.values()) {
        if (partial.root().equals(target.signable().root())) {
          matching.put(partial.sender(), partial.signature());
        }
      }
      return Collections.unmodifiableSortedMap(matching);
    }

    private void onCombined(Combined combined) {
      if (!(aggregate instanceof Aggregate.Combining(Agreed target))) {
        return;
      }
      accuse(combined.culprits());
      agreed = Optional.of(target);
      persist(
          new DutyEvent.Completed(
              context.id(),
              isIntended() && mine.equals(agreed) ? Optional.empty() : Optional.of(target.value()),
              combined.signature(),
              combined.signers(),
              List.copyOf(culprits),
              arrived(),
              isIntended() ? Trail.none(newEvidence()) : trail(),
              Aftermath.NONE,
              nowMillis));
      aggregate = new Aggregate.Complete(combined.signature());
      partials = new TreeMap<>(partials);
      partials.keySet().removeIf(operator -> operator != context.self());
      emit(new DutyOutput.Submit(target.value(), combined.signature()));
    }

    private void onCombineFailed(List<Integer> named) {
      if (aggregate instanceof Aggregate.Combining) {
        aggregate = new Aggregate.Collecting();
        accuse(named);
        combine();
      }
    }

    private void accuse(List<Integer> named) {
      for (int operator : named) {
        partials = Copies.without(partials, operator);
        culprits = Copies.with(culprits, operator);
        discard(operator, Reason.BAD_PARTIAL);
      }
    }

    private void onSubmitted(SubmissionOutcome outcome) {
      emit(new DutyOutput.Note(new DutyEvent.Submission(context.id(), outcome, nowMillis)));
      if (!(aggregate instanceof Aggregate.Complete(Bytes signature)) || phase == Phase.REPORTED) {
        return;
      }
      switch (outcome) {
        case ACCEPTED, ALREADY_KNOWN ->
            report(
                new DutyOutcome.Broadcast(
                    outcome,
                    round(),
                    Math.max(0, nowMillis - context.beginMillis()),
                    agreed.orElseThrow().value().hash()));
        case REJECTED -> fail(Reason.REJECTED_BY_BEACON_NODE);
        case UNKNOWN ->
            onServiceFailed(new DutyOutput.Submit(agreed.orElseThrow().value(), signature));
      }
    }

    // ---- messages, laggards, lost frames

    private void onReceived(DutyMessage message) {
      switch (message) {
        case Agreement(QbftMessage agreement) when fence == Fence.NEEDLESS ->
            discard(agreement.sender(), Reason.UNKNOWN_MESSAGE_TYPE);
        case Agreement(QbftMessage agreement) -> agree(new QbftInput.Received(agreement));
        case Partial partial when !context.id().type().isSigned() ->
            discard(partial.sender(), Reason.UNKNOWN_MESSAGE_TYPE);
        case Partial partial -> onPartial(partial);
        case Status status -> onStatus(status);
        case DutyMessage.Bulk bulk -> discard(bulk.sender(), Reason.UNKNOWN_MESSAGE_TYPE);
      }
    }

    private void onStatus(Status status) {
      int peer = status.sender();
      if (peer == context.self()) {
        return;
      }
      List<DutyMessage> lacking = lacking(status);
      if (lacking.isEmpty()) {
        return;
      }
      int count = answers.getOrDefault(peer, 0) + 1;
      answers = Copies.with(answers, peer, count);
      if (count > ANSWERS_PER_PEER_MAX) {
        discard(peer, Reason.BUFFER_FULL);
      } else {
        lacking.forEach(message -> sendTo(peer, message));
      }
    }

    /** What this operator could send to one that stands where {@code status} says. */
    private List<DutyMessage> lacking(Status status) {
      List<DutyMessage> lacking = new ArrayList<>();
      if (status.decided().isEmpty()) {
        qbft.decision()
            .ifPresentOrElse(
                decision -> lacking.add(decided(decision)),
                () -> qbft.ownMessages().forEach(cast -> lacking.add(new Agreement(cast))));
      }
      if (share instanceof Share.Shared(Bytes signature)
          && !status.holdsPartialOf(context.self())) {
        lacking.add(partial(signature));
      }
      return lacking;
    }

    private void onPeerConnected(int operator) {
      if (phase != Phase.SCHEDULED) {
        sendTo(operator, status());
      }
    }

    private void nudge() {
      if (!(aggregate instanceof Aggregate.Complete) && phase == Phase.BEGUN) {
        emit(new DutyOutput.SendToAll(status()));
      }
    }

    /**
     * In the middle of rounds, when peers still hold votes of this round to send again: those of an
     * earlier one help nobody. Where nothing is to be agreed there are no rounds: what is done
     * ahead of its slot may be complete elsewhere.
     */
    private void startNudging() {
      long millis = context.times().millis(1) / 2;
      startTimer(
          new DutyTimer.Nudge(1),
          context.rule().given().isPresent() ? millis : sinceAnchor(millis));
    }

    /** What a service was asked and has not answered for a whole nudge may have been lost. */
    private void askAgain() {
      if (fence == Fence.ASKED) {
        emit(new DutyOutput.ClaimFence());
      }
      mine.ifPresent(known -> {
        switch (share) {
          case Share.AtGuard _, Share.Resuming _ -> emit(new DutyOutput.AskGuard(known.signable()));
          case Share.Signing _ -> signAnew(known.signable());
          case Share.Undecided _, Share.Shared _, Share.Withheld _ -> {}
        }
      });
    }

    private Status status() {
      long held = partials.keySet().stream().mapToLong(operator -> 1L << operator).sum();
      return new Status(
          context.id(),
          context.self(),
          qbft.round(),
          decided(),
          aggregate instanceof Aggregate.Complete ? -1L : held);
    }

    private DutyMessage decided(Decision decision) {
      return new Agreement(new QbftMessage.Decided(context.id(), context.self(), decision));
    }

    private void sendTo(int operator, DutyMessage message) {
      emit(new DutyOutput.SendTo(operator, message));
    }

    // ---- timers, failures, the end

    private void onTimerExpired(DutyTimer timer) {
      switch (timer) {
        case DutyTimer.Begin _ -> onBegin();
        // They tell of silence, unless it is this operator that does not listen.
        case DutyTimer.Round _, DutyTimer.Nudge _ -> {
          if (isAwaited(timer)) {
            lookForMail(timer);
          }
        }
        case DutyTimer.Retry _ -> {
          List<DutyOutput> again = stalled;
          stalled = List.of();
          for (DutyOutput output : again) {
            if (output instanceof DutyOutput.SignShare(_, Signable signable)) {
              signAnew(signable);
            } else {
              emit(output);
            }
          }
        }
        case DutyTimer.Deadline _ -> onDeadline();
      }
    }

    private void lookForMail(DutyTimer timer) {
      Overdue before = overdue.get(timer.lane());
      overdue =
          Copies.with(
              overdue,
              timer.lane(),
              new Overdue(
                  timer,
                  nowMillis,
                  before == null ? nowMillis + HELD_MILLIS_MAX : before.heldUntilMillis()));
      emit(new DutyOutput.LookForMail(timer, nowMillis));
    }

    /**
     * A way of the mail that took long shows that this operator does not keep up, and that there is
     * more mail by now: it is gone again. Who is late with its own mail must not take the others
     * for silent, or overload would breed rounds, and rounds more load.
     */
    private void onMailSeen(DutyTimer timer, long askedMillis) {
      Overdue last = overdue.get(timer.lane());
      if (last == null || !last.timer().equals(timer) || last.askedMillis() != askedMillis) {
        return;
      }
      if (nowMillis - askedMillis > MAIL_WAITS_MILLIS && nowMillis < last.heldUntilMillis()) {
        int step = context.id().validator() % LOOK_AGAIN_STEPS;
        startTimer(timer, LOOK_AGAIN_MILLIS * (1 + step));
        return;
      }
      overdue = Copies.without(overdue, timer.lane());
      if (isAwaited(timer)) {
        onSilence(timer);
      }
    }

    /** Is what the timer gives up waiting for still to come? */
    private boolean isAwaited(DutyTimer timer) {
      return switch (timer) {
        case DutyTimer.Round(int round) -> round == qbft.round() && decided().isEmpty();
        case DutyTimer.Nudge _ ->
            !(aggregate instanceof Aggregate.Complete) && phase != Phase.REPORTED;
        case DutyTimer.Begin _, DutyTimer.Retry _, DutyTimer.Deadline _ -> false;
      };
    }

    private void onSilence(DutyTimer timer) {
      switch (timer) {
        case DutyTimer.Round(int round) -> {
          agree(new QbftInput.RoundExpired(round));
          confirm();
        }
        case DutyTimer.Nudge(int count) -> {
          nudge();
          askAgain();
          if (nowMillis < context.beginMillis()) {
            startTimer(timer, sinceAnchor(context.times().millis(count) / 2));
          } else {
            startTimer(new DutyTimer.Nudge(count + 1), context.times().millis(count + 1));
          }
        }
        case DutyTimer.Begin _, DutyTimer.Retry _, DutyTimer.Deadline _ -> {}
      }
    }

    private void onServiceFailed(DutyOutput request) {
      if (stalled.contains(request)) {
        return;
      }
      stalled = Copies.with(stalled, request);
      retries++;
      startTimer(
          new DutyTimer.Retry(retries),
          Math.min(RETRY_FIRST_MILLIS << Math.min(retries - 1, 6), RETRY_MAX_MILLIS));
    }

    private void onDeadline() {
      switch (phase) {
        case SCHEDULED, BEGUN -> fail(missing());
        case REPORTED, CLOSED -> {}
      }
      close();
    }

    private Reason missing() {
      if (aggregate instanceof Aggregate.Complete) {
        return Reason.NOT_SUBMITTED;
      }
      if (agreed.isPresent()) {
        return switch (share) {
          // Whoever was asked did not answer.
          case Share.AtGuard _, Share.Resuming _, Share.Signing _ -> Reason.NO_OWN_SHARE;
          case Share.Undecided _, Share.Shared _, Share.Withheld _ -> Reason.TOO_FEW_PARTIALS;
        };
      }
      return qbft.decision().isPresent()
          ? Reason.MALFORMED_VALUE
          : own.isEmpty() && !qbft.sawProposal() ? Reason.NO_PROPOSAL : Reason.NO_QUORUM;
    }

    private void onReassigned() {
      if (votes.isEmpty() && agreed.isEmpty() && phase != Phase.REPORTED) {
        fail(Reason.REASSIGNED);
        close();
      }
    }

    private void fail(Reason reason) {
      boolean isComplete = aggregate instanceof Aggregate.Complete;
      persist(
          new DutyEvent.Failed(
              context.id(),
              reason,
              isComplete ? List.of() : List.copyOf(culprits),
              isComplete ? List.of() : arrived(),
              isComplete || isIntended() ? Trail.none(newEvidence()) : trail(),
              Aftermath.NONE,
              nowMillis));
      report(new DutyOutcome.Missed(reason, decided()));
    }

    private void report(DutyOutcome outcome) {
      phase = Phase.REPORTED;
      emit(new DutyOutput.Report(outcome));
    }

    private void close() {
      phase = Phase.CLOSED;
      emit(new DutyOutput.Close());
    }

    private void startTimer(DutyTimer timer, long millis) {
      Overdue last = overdue.get(timer.lane());
      if (last != null && !last.timer().equals(timer)) {
        overdue = Copies.without(overdue, timer.lane());
      }
      emit(new DutyOutput.StartTimer(timer, Math.max(0, millis)));
    }

    private void discard(int sender, Reason reason) {
      emit(new DutyOutput.Discard(sender, reason));
    }

    // ---- for the record

    private Optional<Bytes32> decided() {
      return agreed
          .map(Agreed::value)
          .or(() -> qbft.decision().map(Decision::value))
          .map(Value::hash);
    }

    /** The decided round, else the last one entered. */
    private int round() {
      return qbft.decision()
          .map(Decision::round)
          .orElse(recoveredRound > 0 ? recoveredRound : qbft.round());
    }

    /** Does an intent say already what was decided, and how? */
    private boolean isIntended() {
      return switch (share) {
        case Share.Undecided _, Share.AtGuard _, Share.Withheld _ -> false;
        case Share.Resuming _, Share.Signing _, Share.Shared _ -> true;
      };
    }

    private Trail trail() {
      int round = round();
      return new Trail(
          startedAtMillis,
          proposedAtMillis,
          decidedAtMillis,
          round,
          round > 0 ? Optional.of(context.leader(round)) : Optional.empty(),
          qbft.decision().stream()
              .flatMap(decision -> decision.commits().stream())
              .map(commit -> commit.vote().sender())
              .sorted()
              .toList(),
          votes,
          newEvidence(),
          refusal);
    }

    /** Each piece of evidence stands in one row. */
    private List<DoubleVote> newEvidence() {
      List<DoubleVote> found = evidence;
      evidence = List.of();
      return found;
    }

    private List<Arrival> arrived() {
      return arrivals.entrySet().stream()
          .map(arrival -> new Arrival(arrival.getKey(), arrival.getValue()))
          .toList();
    }
  }
}
