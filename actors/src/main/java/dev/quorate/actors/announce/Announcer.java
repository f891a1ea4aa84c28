/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.announce;

import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.beacon.client.Submission;
import dev.quorate.consensus.duty.SubmissionOutcome;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells all beacon nodes what validators are about to do: what is told within a few milliseconds in
 * one request for each kind, for all validators. What no node took is told again a few times; then
 * it waits for the next epoch, when all is told anew.
 */
public final class Announcer {
  private static final Logger LOG = LoggerFactory.getLogger(Announcer.class);

  /** Items of one kind that wait for a request; beyond, they come with the next epoch's. */
  static final int WAITING_MAX = 32_768;

  static final int ATTEMPTS_MAX = 5;

  private static final Duration WINDOW = Duration.ofMillis(50);

  /** The pause doubles from here with each attempt. */
  static final Duration AGAIN = Duration.ofSeconds(1);

  public sealed interface Command {}

  /** To be told to all nodes. */
  public record Announce(Submission submission) implements Command {}

  private record WindowEnded() implements Command {}

  private record Submit(Submission submission, int attempt) implements Command {}

  private record Answered(Submission submission, int attempt, List<SubmissionOutcome> outcomes)
      implements Command {}

  private final BeaconNodes nodes;
  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;

  /** By what they are without items. */
  private final Map<Submission, Submission> waiting = new LinkedHashMap<>();

  public static Behavior<Command> create(BeaconNodes nodes) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(
            timers -> Behaviors.receiveMessage(new Announcer(nodes, context, timers)::on)));
  }

  private Announcer(
      BeaconNodes nodes, ActorContext<Command> context, TimerScheduler<Command> timers) {
    this.nodes = nodes;
    this.context = context;
    this.timers = timers;
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Announce(Submission submission) -> onAnnounce(submission);
      case WindowEnded _ -> {
        waiting.values().forEach(submission -> submit(submission, 1));
        waiting.clear();
      }
      case Submit(Submission submission, int attempt) -> submit(submission, attempt);
      case Answered answered -> onAnswered(answered);
    }
    return Behaviors.same();
  }

  private void onAnnounce(Submission submission) {
    if (submission.items().isEmpty()) {
      return;
    }
    if (waiting.isEmpty()) {
      timers.startSingleTimer(new WindowEnded(), WINDOW);
    }
    waiting.merge(
        submission.with(List.of()),
        submission,
        (before, more) ->
            before.with(
                Stream.concat(before.items().stream(), more.items().stream())
                    .limit(WAITING_MAX)
                    .toList()));
  }

  private void submit(Submission submission, int attempt) {
    context.pipeToSelf(
        nodes.submit(submission),
        (outcomes, failure) ->
            new Answered(
                submission,
                attempt,
                failure == null
                    ? outcomes
                    : submission.items().stream().map(_ -> SubmissionOutcome.UNKNOWN).toList()));
  }

  private void onAnswered(Answered answered) {
    Submission submission = answered.submission();
    List<Submission.Item> untold =
        IntStream.range(0, submission.items().size())
            .filter(i -> answered.outcomes().get(i) == SubmissionOutcome.UNKNOWN)
            .mapToObj(submission.items()::get)
            .toList();
    if (untold.isEmpty()) {
      return;
    }
    if (answered.attempt() == ATTEMPTS_MAX) {
      LOG.warn("{}: no beacon node took {} items", submission.path(), untold.size());
      return;
    }
    Submit again = new Submit(submission.with(untold), answered.attempt() + 1);
    timers.startSingleTimer(again, again, AGAIN.multipliedBy(1L << (answered.attempt() - 1)));
  }
}
