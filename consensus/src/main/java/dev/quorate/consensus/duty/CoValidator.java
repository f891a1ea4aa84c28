/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Copies;
import dev.quorate.consensus.Transition;
import dev.quorate.consensus.duty.DutyEvent.Aftermath;
import dev.quorate.consensus.qbft.QbftMessage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * One operator's part of one distributed validator: its open duties, and the mail of duties that it
 * does not know yet. This is everything that the validator's actor drives.
 */
public final class CoValidator {
  /**
   * Messages of one peer kept for duties that are not assigned yet, until they are over; those of
   * the furthest slot give way, of these the oldest.
   */
  public static final int EARLY_PER_PEER_MAX = 24;

  private CoValidator() {}

  /** What can happen to a co-validator. */
  public sealed interface Input {
    /** The beacon chain assigns a duty. Saying it again is harmless. */
    record Assigned(DutyContext context) implements Input {}

    /** An answer, a timer or data of one duty. */
    record ForDuty(DutyId duty, DutyInput input) implements Input {}

    /** Messages of peers, and own votes on their way back. */
    record Mail(List<DutyMessage> messages) implements Input {}

    record PeerConnected(int operator) implements Input {}

    /** The deadline passed of a duty that was begun before a restart and not taken up again. */
    record Expired(DutyId duty) implements Input {}
  }

  /** A request, and the duty that makes it. */
  public record Request(DutyId duty, DutyOutput output) {}

  /**
   * What to do, persist before send by its form: {@code now}; then all of {@code events} durable,
   * in one write; then {@code onceDurable}. No input may be taken before that.
   */
  public record Plan(
      State state, List<Request> now, List<DutyEvent> events, List<Request> onceDurable) {}

  /**
   * What an activation holds in memory, lost with it.
   *
   * @param early by peer: messages of duties that are not assigned yet
   * @param unrecorded what the next row tells of earlier duties
   */
  public record State(
      SortedMap<DutyId, Open> open,
      SortedMap<Integer, List<DutyMessage>> early,
      Aftermath unrecorded) {
    public static final State INITIAL =
        new State(Collections.emptySortedMap(), Collections.emptySortedMap(), Aftermath.NONE);
  }

  /** A duty under way. */
  public record Open(DutyContext context, DutyState state) {}

  /**
   * @param ledger what the journal says, all earlier plans' events included
   * @param nowMillis Unix milliseconds
   */
  public static Plan step(State state, DutyLedger ledger, long nowMillis, Input input) {
    Step step = new Step(state, ledger, nowMillis);
    switch (input) {
      case Input.Assigned(DutyContext context) -> step.assign(context);
      case Input.ForDuty(DutyId duty, DutyInput inner) -> step.forDuty(duty, inner);
      case Input.Mail(List<DutyMessage> messages) -> messages.forEach(step::deliver);
      case Input.PeerConnected(int operator) -> step.connected(operator);
      case Input.Expired(DutyId duty) -> step.expire(duty);
    }
    return step.plan();
  }

  private static final class Step {
    private final DutyLedger ledger;
    private final long nowMillis;
    private final SortedMap<DutyId, Open> open;
    private SortedMap<Integer, List<DutyMessage>> early;
    private Aftermath unrecorded;

    private final List<Request> now = new ArrayList<>();
    private final List<DutyEvent> events = new ArrayList<>();
    private final List<Request> onceDurable = new ArrayList<>();

    Step(State state, DutyLedger ledger, long nowMillis) {
      this.ledger = ledger;
      this.nowMillis = nowMillis;
      open = new TreeMap<>(state.open());
      early = state.early();
      unrecorded = state.unrecorded();
    }

    Plan plan() {
      return new Plan(
          new State(open, early, unrecorded),
          List.copyOf(now),
          List.copyOf(events),
          List.copyOf(onceDurable));
    }

    void assign(DutyContext context) {
      DutyId duty = context.id();
      if (open.containsKey(duty) || ledger.isOver(duty)) {
        return;
      }
      if (!duty.type().mayBeDoneAhead()) {
        dropEarly(message -> message.duty().isOverBy(duty.slot()));
      }
      if (context.deadlineMillis() <= nowMillis) {
        expire(duty);
        return;
      }
      accept(context, DutyMachine.open(context, ledger.of(duty), nowMillis));
      takeEarly(duty).forEach(this::deliver);
    }

    /**
     * Ends what was begun. What is complete stands as it is, for it may have been broadcast: the
     * own share may have become durable behind the group's signature.
     */
    void expire(DutyId duty) {
      List<DutyEvent> rows = ledger.of(duty);
      if (open.containsKey(duty) || rows.isEmpty() || isComplete(duty)) {
        return;
      }
      switch (rows.getLast()) {
        case DutyEvent.Intended _, DutyEvent.Shared _ -> {
          Optional<Bytes32> decided =
              rows.stream()
                  .flatMap(row ->
                      row instanceof DutyEvent.Intended intended
                          ? Stream.of(intended.value().hash())
                          : Stream.empty())
                  .findFirst();
          DutyEvent end =
              new DutyEvent.Failed(
                  duty,
                  Reason.INTERRUPTED,
                  List.of(),
                  List.of(),
                  DutyEvent.Trail.NONE,
                  Aftermath.NONE,
                  nowMillis);
          DutyOutcome outcome = new DutyOutcome.Missed(Reason.INTERRUPTED, decided);
          request(duty, new DutyOutput.Persist(end, List.of(new DutyOutput.Report(outcome))));
        }
        case DutyEvent.Completed _, DutyEvent.Decided _, DutyEvent.Failed _ -> {}
      }
    }

    void forDuty(DutyId duty, DutyInput input) {
      Open known = open.get(duty);
      if (known != null) {
        accept(known.context(), DutyMachine.step(known.context(), known.state(), nowMillis, input));
      }
    }

    void deliver(DutyMessage message) {
      DutyId duty = message.duty();
      if (open.containsKey(duty)) {
        forDuty(duty, new DutyInput.Received(message));
      } else if (ledger.isOver(duty) || isComplete(duty) || !isWorthKeeping(message)) {
        request(duty, new DutyOutput.Discard(message.sender(), Reason.TOO_LATE));
      } else {
        List<DutyMessage> kept = new ArrayList<>(early.getOrDefault(message.sender(), List.of()));
        // What a later status says is all that counts: an approval that waits repeats it for hours.
        kept.removeIf(older ->
            message instanceof DutyMessage.Status
                && older instanceof DutyMessage.Status
                && older.duty().equals(duty));
        kept.add(message);
        if (kept.size() > EARLY_PER_PEER_MAX) {
          giveWay(kept);
        }
        early = Copies.with(early, message.sender(), List.copyOf(kept));
      }
    }

    private boolean isComplete(DutyId duty) {
      return ledger.of(duty).stream().anyMatch(DutyEvent.Completed.class::isInstance);
    }

    /**
     * Of a duty that is not assigned yet only what is small: the rest is sent again when asked for.
     */
    private static boolean isWorthKeeping(DutyMessage message) {
      return switch (message) {
        case DutyMessage.Agreement(QbftMessage.Cast cast) -> cast.justification().isEmpty();
        case DutyMessage.Agreement(QbftMessage.Decided _) -> false;
        case DutyMessage.Partial _, DutyMessage.Status _ -> true;
        case DutyMessage.Bulk _ -> false;
      };
    }

    void connected(int operator) {
      List.copyOf(open.keySet())
          .forEach(duty -> forDuty(duty, new DutyInput.PeerConnected(operator)));
    }

    private List<DutyMessage> takeEarly(DutyId duty) {
      Predicate<DutyMessage> isOfDuty = message -> message.duty().equals(duty);
      List<DutyMessage> taken =
          early.values().stream().flatMap(List::stream).filter(isOfDuty).toList();
      dropEarly(isOfDuty);
      return taken;
    }

    private void dropEarly(Predicate<DutyMessage> needless) {
      SortedMap<Integer, List<DutyMessage>> left = new TreeMap<>();
      early.forEach((peer, kept) -> {
        List<DutyMessage> others = kept.stream().filter(needless.negate()).toList();
        if (!others.isEmpty()) {
          left.put(peer, others);
        }
      });
      early = left;
    }

    private void accept(DutyContext context, Transition<DutyState, DutyOutput> next) {
      open.put(context.id(), new Open(context, next.state()));
      next.outputs().forEach(output -> request(context.id(), output));
    }

    private void request(DutyId duty, DutyOutput output) {
      switch (output) {
        case DutyOutput.Persist(DutyEvent event, List<DutyOutput> then) -> {
          events.add(tellingOfEarlier(event));
          then.forEach(later -> request(duty, later));
        }
        case DutyOutput.Note(DutyEvent.Sequel sequel) -> unrecorded = unrecorded.with(sequel);
        case DutyOutput.Close close -> {
          open.remove(duty);
          schedule(duty, close);
        }
        default -> schedule(duty, output);
      }
    }

    private void schedule(DutyId duty, DutyOutput output) {
      (events.isEmpty() ? now : onceDurable).add(new Request(duty, output));
    }

    /** What waited to be told rides in any row but a share. */
    private DutyEvent tellingOfEarlier(DutyEvent event) {
      return switch (event) {
        case DutyEvent.Intended(var duty, var value, var signable, var trail, _) ->
            new DutyEvent.Intended(duty, value, signable, trail, takeUnrecorded());
        case DutyEvent.Shared shared -> shared;
        case DutyEvent.Completed done ->
            new DutyEvent.Completed(
                done.duty(),
                done.value(),
                done.signature(),
                done.signers(),
                done.culprits(),
                done.partials(),
                done.trail(),
                takeUnrecorded(),
                done.atMillis());
        case DutyEvent.Decided(var duty, var value, var trail, _) ->
            new DutyEvent.Decided(duty, value, trail, takeUnrecorded());
        case DutyEvent.Failed failed ->
            new DutyEvent.Failed(
                failed.duty(),
                failed.reason(),
                failed.culprits(),
                failed.partials(),
                failed.trail(),
                takeUnrecorded(),
                failed.atMillis());
      };
    }

    private Aftermath takeUnrecorded() {
      Aftermath taken = unrecorded;
      unrecorded = Aftermath.NONE;
      return taken;
    }

    /** A peer does nothing wrong that is far ahead: what it did then is asked for. */
    private void giveWay(List<DutyMessage> kept) {
      DutyMessage furthest =
          kept.stream()
              .max(Comparator.comparingLong(message -> message.duty().slot()))
              .orElseThrow();
      kept.remove(furthest);
      if (!furthest.duty().type().mayBeDoneAhead()) {
        request(furthest.duty(), new DutyOutput.Discard(furthest.sender(), Reason.BUFFER_FULL));
      }
    }
  }
}
