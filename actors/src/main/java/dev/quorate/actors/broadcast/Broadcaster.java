/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.broadcast;

import dev.quorate.actors.track.InclusionTracker;
import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.beacon.client.Submission;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.attestation.SignedAttestation;
import dev.quorate.ethereum.block.Proposal;
import dev.quorate.ethereum.block.SignedProposal;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.SyncCommitteeMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Submits the group's signatures to the beacon nodes, those of a few milliseconds in one request,
 * and tells the tracker what they took. It forgets what it was told as soon as it has answered:
 * whoever asked holds the durable signature and asks again.
 */
public final class Broadcaster {
  /** Items that wait for a request; beyond, the answer is UNKNOWN at once, and they come again. */
  static final int WAITING_MAX = 16_384;

  private static final Duration WINDOW = Duration.ofMillis(10);

  public sealed interface Command {}

  /**
   * @param value the decided value
   * @param signature the group's, 96 bytes
   */
  public record Submit(
      DutyId duty,
      Value value,
      Assignment.Published assignment,
      Bytes signature,
      ActorRef<Answer> replyTo)
      implements Command {}

  private record WindowEnded() implements Command {}

  private record Answered(List<Submit> items, List<SubmissionOutcome> outcomes)
      implements Command {}

  public record Answer(DutyId duty, SubmissionOutcome outcome) {}

  /** What was asked for, alone in a request. */
  private record Waiting(Submit submit, Submission submission) {}

  private final BeaconNodes nodes;
  private final SlotTimes times;
  private final ActorRef<InclusionTracker.Command> tracker;
  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private List<Waiting> waiting = new ArrayList<>();

  public static Behavior<Command> create(
      BeaconNodes nodes, SlotTimes times, ActorRef<InclusionTracker.Command> tracker) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(timers ->
            Behaviors.receiveMessage(new Broadcaster(nodes, times, tracker, context, timers)::on)));
  }

  private Broadcaster(
      BeaconNodes nodes,
      SlotTimes times,
      ActorRef<InclusionTracker.Command> tracker,
      ActorContext<Command> context,
      TimerScheduler<Command> timers) {
    this.nodes = nodes;
    this.times = times;
    this.tracker = tracker;
    this.context = context;
    this.timers = timers;
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Submit submit -> onSubmit(submit);
      case WindowEnded _ -> onWindowEnded();
      case Answered(List<Submit> items, List<SubmissionOutcome> outcomes) -> {
        for (int i = 0; i < items.size(); i++) {
          answered(items.get(i), outcomes.get(i));
        }
      }
    }
    return Behaviors.same();
  }

  private void answered(Submit submit, SubmissionOutcome outcome) {
    submit.replyTo().tell(new Answer(submit.duty(), outcome));
    if (outcome.isSuccess()) {
      tracker.tell(
          new InclusionTracker.Broadcast(submit.duty(), submit.value(), submit.assignment()));
    }
  }

  private void onSubmit(Submit submit) {
    if (waiting.size() >= WAITING_MAX) {
      submit.replyTo().tell(new Answer(submit.duty(), SubmissionOutcome.UNKNOWN));
      return;
    }
    if (waiting.isEmpty()) {
      timers.startSingleTimer(new WindowEnded(), WINDOW);
    }
    waiting.add(new Waiting(submit, submission(submit)));
  }

  private void onWindowEnded() {
    Map<Submission, List<Waiting>> byRoute =
        waiting.stream().collect(Collectors.groupingBy(item -> route(item.submission())));
    waiting = new ArrayList<>();
    byRoute.forEach(this::submit);
  }

  /** What goes into one request; of what is taken one at a time nothing goes with it. */
  private static Submission route(Submission submission) {
    return switch (submission.form()) {
      case LIST -> submission.with(List.of());
      case SINGLE -> submission;
    };
  }

  private void submit(Submission route, List<Waiting> items) {
    List<Submission.Item> all =
        items.stream().flatMap(item -> item.submission().items().stream()).toList();
    context.pipeToSelf(
        nodes.submit(route.with(all)),
        (outcomes, failure) ->
            new Answered(
                items.stream().map(Waiting::submit).toList(),
                failure == null && outcomes.size() == items.size()
                    ? outcomes
                    : items.stream().map(_ -> SubmissionOutcome.UNKNOWN).toList()));
  }

  private Submission submission(Submit submit) {
    DutySlot at = new DutySlot(times.spec(), times.genesis(), submit.duty().slot());
    return switch (submit.assignment()) {
      case Assignment.Attestation(AttesterDuty duty) ->
          Submission.attestations(
              at.fork(),
              List.of(
                  new SignedAttestation(
                      AttestationData.decode(submit.value().content()).orElseThrow(),
                      duty,
                      submit.signature())));
      case Assignment.Exit exit ->
          Submission.exit(new Signed<>(exit.message(at), submit.signature()));
      case Assignment.Aggregation aggregation ->
          Submission.aggregates(
              at.fork(),
              List.of(
                  new Signed<>(
                      aggregation.rule(at).message(submit.value()).orElseThrow(),
                      submit.signature())));
      case Assignment.SyncMessage(long validatorIndex) ->
          Submission.syncMessages(
              List.of(
                  new SyncCommitteeMessage(
                      at.slot(),
                      Bytes32.of(submit.value().content().toArray()),
                      validatorIndex,
                      submit.signature())));
      case Assignment.Contribution contribution ->
          Submission.contributions(
              List.of(
                  new Signed<>(
                      contribution.rule(at).message(submit.value()).orElseThrow(),
                      submit.signature())));
      case Assignment.BlockProposal _ ->
          Submission.block(
              at,
              new SignedProposal(
                  Proposal.decode(submit.value()).orElseThrow(), submit.signature()));
    };
  }
}
