/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.fetch;

import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyInput;
import dev.quorate.consensus.duty.HeadView;
import dev.quorate.consensus.duty.HeadViews;
import dev.quorate.consensus.quorum.Quorum;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks every sound own beacon node once for what duties need and gives it to all entities that have
 * one: when the answer is due, or a node that has the slot's block already as soon as it has it. A
 * node that was asked before the answer was due, and fails after, is asked once more. What most
 * nodes say is what they propose, else the first answer; any other one that is another vote is one
 * more that they may vote for. What the nodes say of the head is told to the other operators, and
 * what these say counts, too.
 *
 * <p>A leader proposes what it is given first. So of {@linkplain Question#isOfMajority some
 * questions} nothing is given until more than half of the nodes that were asked, and did not fail,
 * say the same, or all have answered, or {@link #MAJORITY_PATIENCE_MILLIS} have passed since the
 * first answer: with one node that is at once, with two it takes both, with three two that agree.
 * What a node says that was asked because it has the slot's block is given without waiting: its
 * head is the latest that there can be, and the others, which may still name the parent, are not
 * asked before the data is due. If most of these say otherwise then, that is proposed from then on;
 * followers vote for neither unless one of their own nodes says it.
 */
public final class Fetcher {
  private static final Logger LOG = LoggerFactory.getLogger(Fetcher.class);

  /** How often the nodes are asked one question again because a proposal differs. */
  static final int REFRESHES_MAX = 7;

  /** Different answers kept to one question. */
  static final int ANSWERS_MAX = 8;

  static final int SLOTS_KEPT = 4;

  /**
   * How long a majority of the nodes is waited for. Nodes that are well answer within tens of
   * milliseconds of one another, and three quarters of a first round of one second are left to
   * propose and vote.
   */
  static final long MAJORITY_PATIENCE_MILLIS = 250;

  /** The pause after a failure doubles from the first to the second. */
  private static final long AGAIN_FIRST_MILLIS = 250;

  private static final long AGAIN_MAX_MILLIS = 4_000;

  public sealed interface Command {}

  /** An entity that needs the answer. */
  public record Recipient(DutyId duty, ActorRef<DistributedValidator.Command> entity) {}

  /**
   * Ask when due, and give the answer to these; more may follow for the same question. What is
   * known by then they are given at once, again if need be: a duty that was taken back and given
   * anew has forgotten it.
   */
  public record Fetch(Question question, long dueMillis, List<Recipient> recipients)
      implements Command {}

  /** A node has the block of this slot: what it would have attested is known before it is due. */
  public record BlockSeen(long slot, int node) implements Command {}

  /** A proposal differs from what is known of this duty. */
  public record Refresh(DutyId duty) implements Command {}

  /** Another operator says what its head is. */
  public record HeadSaid(HeadViews.Heard heard) implements Command {}

  private record Due(Question question) implements Command {}

  private record MajorityOverdue(Question question) implements Command {}

  /**
   * @param isEarly whether it was asked before the data was due
   */
  private record NodeAnswered(Question question, int node, boolean isEarly, Optional<Value> answer)
      implements Command {}

  private final BeaconNodes nodes;
  private final LongSupplier clock;
  private final Consumer<HeadView> outbox;
  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final TreeMap<Long, Map<Question, Asked>> slots = new TreeMap<>();
  private HeadViews views;

  /** What is known of one question. */
  private static final class Asked {
    private final Question question;
    private final Map<DutyId, Recipient> recipients = new LinkedHashMap<>();
    private final List<Value> answers = new ArrayList<>();
    private final Map<Integer, Value> latest = new HashMap<>();
    private final Set<Integer> asked = new HashSet<>();
    private final Set<Integer> withBlock = new HashSet<>();
    private List<Value> given = List.of();
    private Optional<HeadView> said = Optional.empty();
    private boolean isDue;
    private boolean isOverdue;
    private int refreshes;
    private int failures;
    private int outstanding;

    Asked(Question question) {
      this.question = question;
    }

    /**
     * What most nodes say first, else what was said first; of answers that are the same vote the
     * latest.
     */
    List<Value> values(Function<Bytes32, Optional<Long>> headSlots) {
      return answers.stream()
          .sorted(Comparator.comparingLong(answer -> -supporters(answer)))
          .map(answer ->
              latest.values().stream()
                  .reduce(
                      answer,
                      (best, said) ->
                          question.isLater(said, best, headSlots) && question.isSameVote(said, best)
                              ? said
                              : best))
          .toList();
    }

    /** Whether what is known is not to be given yet. */
    boolean isToWait() {
      return question.isOfMajority()
          && !isOverdue
          && given.isEmpty()
          && !latest.isEmpty()
          && outstanding > 0
          && Collections.disjoint(latest.keySet(), withBlock)
          && answers.stream().noneMatch(answer -> 2 * supporters(answer) > asked.size());
    }

    private long supporters(Value answer) {
      return latest.values().stream().filter(said -> question.isSameVote(said, answer)).count();
    }
  }

  /**
   * @param outbox gets the own head views, for the other operators
   */
  public static Behavior<Command> create(
      BeaconNodes nodes, LongSupplier clock, Quorum quorum, Consumer<HeadView> outbox) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(timers ->
            Behaviors.receiveMessage(
                new Fetcher(nodes, clock, HeadViews.none(quorum), outbox, context, timers)::on)));
  }

  private Fetcher(
      BeaconNodes nodes,
      LongSupplier clock,
      HeadViews views,
      Consumer<HeadView> outbox,
      ActorContext<Command> context,
      TimerScheduler<Command> timers) {
    this.nodes = nodes;
    this.clock = clock;
    this.views = views;
    this.outbox = outbox;
    this.context = context;
    this.timers = timers;
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Fetch fetch -> onFetch(fetch);
      case BlockSeen(long slot, int node) ->
          slots.getOrDefault(slot, Map.of()).values().stream()
              .filter(known -> known.question.isOfHead() && !known.asked.contains(node))
              .forEach(known -> {
                known.withBlock.add(node);
                ask(known, List.of(node));
              });
      case Refresh(DutyId duty) ->
          slots.getOrDefault(duty.slot(), Map.of()).values().stream()
              .filter(known -> known.recipients.containsKey(duty))
              .forEach(this::refresh);
      case HeadSaid(HeadViews.Heard heard) -> {
        HeadViews next = views.with(heard);
        if (!next.equals(views)) {
          views = next;
          slots.getOrDefault(heard.view().slot(), Map.of()).values().stream()
              .filter(known -> known.question instanceof Question.ToNameHead)
              .forEach(this::give);
        }
      }
      case Due(Question question) ->
          known(question)
              .ifPresent(known -> {
                known.isDue = true;
                ask(
                    known,
                    nodes.sound().stream().filter(node -> !known.asked.contains(node)).toList());
                // Where no node may be asked there is one later, perhaps.
                retry(known);
              });
      case NodeAnswered(Question question, int node, boolean isEarly, Optional<Value> answer) ->
          known(question)
              .ifPresent(known -> {
                known.outstanding--;
                answer.ifPresentOrElse(
                    value -> onAnswer(known, node, value),
                    () -> {
                      known.asked.remove(node);
                      if (isEarly && known.isDue && nodes.sound().contains(node)) {
                        ask(known, List.of(node));
                      }
                      give(known);
                    });
                retry(known);
              });
      case MajorityOverdue(Question question) ->
          known(question)
              .ifPresent(known -> {
                known.isOverdue = true;
                give(known);
              });
    }
    return Behaviors.same();
  }

  private Optional<Asked> known(Question question) {
    return Optional.ofNullable(slots.getOrDefault(question.slot(), Map.of()).get(question));
  }

  private void onFetch(Fetch fetch) {
    Question question = fetch.question();
    Asked asked =
        slots
            .computeIfAbsent(question.slot(), _ -> new LinkedHashMap<>())
            .computeIfAbsent(
                question,
                _ -> {
                  timers.startSingleTimer(
                      new Due(question),
                      Duration.ofMillis(Math.max(0, fetch.dueMillis() - clock.getAsLong())));
                  return new Asked(question);
                });
    // After a clock that was set back these are not near, and would push out those that are.
    slots.tailMap(question.slot() + SLOTS_KEPT, true).clear();
    while (slots.size() > SLOTS_KEPT) {
      slots.pollFirstEntry();
    }
    if (!asked.given.isEmpty()) {
      give(asked.given, fetch.recipients());
    }
    fetch.recipients().forEach(one -> asked.recipients.put(one.duty(), one));
    give(asked);
  }

  private void refresh(Asked known) {
    if (known.outstanding < nodes.nodes().size() && known.refreshes < REFRESHES_MAX) {
      known.refreshes++;
      ask(known, nodes.sound());
    }
  }

  private void ask(Asked known, List<Integer> positions) {
    Question question = known.question;
    boolean isEarly = !known.isDue;
    known.outstanding += positions.size();
    known.asked.addAll(positions);
    for (int node : positions) {
      context.pipeToSelf(
          question.ask(nodes.nodes().get(node)),
          (answer, failure) -> {
            if (failure != null) {
              LOG.debug("{}: no answer: {}", question, failure.getMessage());
            }
            return new NodeAnswered(
                question, node, isEarly, failure == null ? Optional.of(answer) : Optional.empty());
          });
    }
  }

  private void onAnswer(Asked asked, int node, Value value) {
    asked.latest.put(node, value);
    boolean isNew =
        asked.answers.stream().noneMatch(known -> asked.question.isSameVote(known, value));
    if (isNew && asked.answers.size() < ANSWERS_MAX) {
      // What was asked for because a proposal differed is newer, and so is proposed.
      asked.answers.add(asked.refreshes > 0 ? 0 : asked.answers.size(), value);
    }
    give(asked);
    Optional<HeadView> view = asked.question.view(asked.values(nodes::headSlot));
    if (!view.equals(asked.said)) {
      asked.said = view;
      view.ifPresent(outbox);
    }
  }

  private void give(Asked asked) {
    if (asked.isToWait()) {
      MajorityOverdue overdue = new MajorityOverdue(asked.question);
      if (!timers.isTimerActive(overdue)) {
        timers.startSingleTimer(overdue, Duration.ofMillis(MAJORITY_PATIENCE_MILLIS));
      }
      return;
    }
    List<Value> values = asked.question.known(asked.values(nodes::headSlot), views);
    if (!values.equals(asked.given)) {
      asked.given = values;
      give(values, asked.recipients.values());
    }
  }

  private void retry(Asked known) {
    if (known.isDue && known.answers.isEmpty() && known.outstanding == 0) {
      long pauseMillis =
          Math.min(AGAIN_FIRST_MILLIS << Math.min(known.failures, 8), AGAIN_MAX_MILLIS);
      known.failures++;
      timers.startSingleTimer(new Due(known.question), Duration.ofMillis(pauseMillis));
    }
  }

  private static void give(List<Value> values, Collection<Recipient> recipients) {
    DutyInput own = new DutyInput.OwnValues(values);
    recipients.forEach(
        recipient -> recipient.entity().tell(new DistributedValidator.Tell(recipient.duty(), own)));
  }
}
