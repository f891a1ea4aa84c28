/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.track;

import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.inclusion.Inclusion;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether the chain has what this pod broadcast, long after: one {@link Question} for all
 * duties of an epoch or block, one at a time, and begun only in the last sixth of a slot, when no
 * duty needs the beacon nodes. What it waits for is in memory alone, and whatever it cannot learn
 * costs a figure and nothing else.
 */
public final class InclusionTracker {
  private static final Logger LOG = LoggerFactory.getLogger(InclusionTracker.class);

  /** Duties that wait for an answer; of more the oldest stay unknown. */
  static final int WAITING_MAX = 65_536;

  /** How often something is asked, a slot apart at least. */
  static final int ATTEMPTS_MAX = 3;

  public sealed interface Command {}

  /**
   * A beacon node took what a duty is for.
   *
   * @param value what was agreed on, or given
   */
  public record Broadcast(DutyId duty, Value value, Assignment.Published assignment)
      implements Command {}

  private record QuietBegan() implements Command {}

  private record Answered(Question question, Map<Long, Inclusion> found) implements Command {}

  private record Failed(Question question, String problem) implements Command {}

  /**
   * @param validators group public keys, in the order of the cluster file
   * @param clock Unix milliseconds
   * @param told what becomes known of a duty; empty if nobody could tell. Called once for each
   */
  public record Setup(
      SlotTimes times,
      List<Bytes> validators,
      LongSupplier clock,
      BiConsumer<DutyId, Optional<Inclusion>> told) {}

  private final Setup setup;
  private final BeaconNodes nodes;
  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;

  /** In the order in which they arose. */
  private final Map<Question, Waiting> waiting = new LinkedHashMap<>();

  private int duties;
  private boolean isAsking;

  /** The duties of one question. */
  private static final class Waiting {
    private final Map<DutyId, Question.Asked> about = new LinkedHashMap<>();
    private long fromSlot;
    private int attempts;

    Waiting(long fromSlot) {
      this.fromSlot = fromSlot;
    }
  }

  public static Behavior<Command> create(Setup setup, BeaconNodes nodes) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(timers -> {
          InclusionTracker tracker = new InclusionTracker(setup, nodes, context, timers);
          tracker.awaitQuiet();
          return Behaviors.receiveMessage(tracker::on);
        }));
  }

  private InclusionTracker(
      Setup setup,
      BeaconNodes nodes,
      ActorContext<Command> context,
      TimerScheduler<Command> timers) {
    this.setup = setup;
    this.nodes = nodes;
    this.context = context;
    this.timers = timers;
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Broadcast broadcast -> onBroadcast(broadcast);
      case QuietBegan _ -> {
        awaitQuiet();
        askNext();
      }
      case Answered(Question question, Map<Long, Inclusion> found) -> {
        isAsking = false;
        end(question, found);
        askNext();
      }
      case Failed(Question question, String problem) -> {
        isAsking = false;
        onFailed(question, problem);
        askNext();
      }
    }
    return Behaviors.same();
  }

  // ---- when

  private long now() {
    return setup.clock().getAsLong();
  }

  private long currentSlot() {
    return setup.times().slotAt(now());
  }

  private long quietMillis(long slot) {
    return setup.times().startMillis(slot) + setup.times().spec().slotMillis() * 5 / 6;
  }

  private void awaitQuiet() {
    long slot = Math.max(0, currentSlot());
    long next = now() < quietMillis(slot) ? quietMillis(slot) : quietMillis(slot + 1);
    timers.startSingleTimer(new QuietBegan(), Duration.ofMillis(next - now()));
  }

  // ---- what

  private void onBroadcast(Broadcast broadcast) {
    DutyId duty = broadcast.duty();
    switch (broadcast.assignment()) {
      case Assignment.Attestation(var attester) ->
          add(
              new Question.OfAttestations(setup.times().spec().epochOf(duty.slot())),
              duty,
              attester.validatorIndex());
      case Assignment.SyncMessage(long validatorIndex) ->
          add(new Question.OfSyncMessages(duty.slot()), duty, validatorIndex);
      case Assignment.BlockProposal proposal ->
          proposal
              .rule(new DutySlot(setup.times().spec(), setup.times().genesis(), duty.slot()))
              .blockRoot(broadcast.value())
              .ifPresent(root ->
                  add(
                      new Question.OfBlock(duty.slot(), root),
                      duty,
                      proposal.duty().validatorIndex()));
      case Assignment.Exit(long validatorIndex) ->
          add(
              new Question.OfExits(setup.times().spec().epochOf(Math.max(0, currentSlot()))),
              duty,
              validatorIndex);
      // The chain does not say who summed up what it has.
      case Assignment.Aggregation _, Assignment.Contribution _ -> {}
    }
  }

  private void add(Question question, DutyId duty, long validatorIndex) {
    Waiting its =
        waiting.computeIfAbsent(
            question, _ -> new Waiting(question.fromSlot(setup.times().spec())));
    Question.Asked asked =
        new Question.Asked(validatorIndex, setup.validators().get(duty.validator()));
    if (its.about.putIfAbsent(duty, asked) == null) {
      duties++;
    }
    while (duties > WAITING_MAX) {
      end(waiting.keySet().iterator().next(), Map.of());
    }
  }

  private void askNext() {
    long slot = currentSlot();
    if (isAsking || now() < quietMillis(slot)) {
      return;
    }
    waiting.entrySet().stream()
        .filter(one -> one.getValue().fromSlot <= slot)
        .min(Comparator.comparingLong(one -> one.getValue().fromSlot))
        .ifPresent(one -> ask(one.getKey(), one.getValue()));
  }

  private void ask(Question question, Waiting its) {
    isAsking = true;
    its.attempts++;
    context.pipeToSelf(
        question.ask(nodes, List.copyOf(its.about.values())),
        (found, failure) ->
            failure == null
                ? new Answered(question, found)
                : new Failed(question, String.valueOf(failure.getMessage())));
  }

  private void onFailed(Question question, String problem) {
    Optional.ofNullable(waiting.get(question))
        .ifPresent(its -> {
          if (its.attempts < ATTEMPTS_MAX) {
            its.fromSlot = currentSlot() + 1;
          } else {
            LOG.info(
                "{}: no beacon node tells of {} duties: {}", question, its.about.size(), problem);
            end(question, Map.of());
          }
        });
  }

  private void end(Question question, Map<Long, Inclusion> found) {
    Optional.ofNullable(waiting.remove(question))
        .ifPresent(its -> {
          duties -= its.about.size();
          its.about.forEach((duty, asked) ->
              setup.told().accept(duty, Optional.ofNullable(found.get(asked.validatorIndex()))));
        });
  }
}
