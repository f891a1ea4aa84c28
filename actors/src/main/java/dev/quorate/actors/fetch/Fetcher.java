/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.fetch;

import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyInput;
import dev.quorate.ethereum.attestation.AttestationData;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks every sound own beacon node once per slot for the attestation data and gives it to all
 * entities with a duty in that slot: when the data is due, or a node that has the slot's block
 * already as soon as it has it. The first answer is what they propose, unless more nodes say
 * otherwise; any other one with other checkpoints is one more that they may vote for.
 */
public final class Fetcher {
  private static final Logger LOG = LoggerFactory.getLogger(Fetcher.class);

  /** How often the nodes are asked again about one slot because a proposal differs. */
  static final int REFRESHES_MAX = 7;

  /** Different answers kept for one slot. */
  static final int ANSWERS_MAX = 8;

  static final int SLOTS_KEPT = 4;

  /** The pause after a failure doubles from the first to the second. */
  private static final long AGAIN_FIRST_MILLIS = 250;

  private static final long AGAIN_MAX_MILLIS = 4_000;

  public sealed interface Command {}

  /** An entity that needs the slot's data. */
  public record Recipient(DutyId duty, ActorRef<DistributedValidator.Command> entity) {}

  /**
   * Fetch when due, and give the answer to these; more may follow for the same slot. What is known
   * by then they are given at once, again if need be: a duty that was taken back and given anew has
   * forgotten it.
   */
  public record Fetch(long slot, long dueMillis, List<Recipient> recipients) implements Command {}

  /** A node has the block of this slot: what it would have attested is known before it is due. */
  public record BlockSeen(long slot, int node) implements Command {}

  /** A proposal differs from what is known of this slot. */
  public record Refresh(long slot) implements Command {}

  private record Due(long slot) implements Command {}

  private record NodeAnswered(long slot, int node, Optional<AttestationData> answer)
      implements Command {}

  private final BeaconNodes nodes;
  private final LongSupplier clock;
  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final TreeMap<Long, Slot> slots = new TreeMap<>();

  /** What is known of one slot. */
  private static final class Slot {
    private final Set<Recipient> recipients = new LinkedHashSet<>();
    private final List<AttestationData> answers = new ArrayList<>();
    private final Map<Integer, AttestationData> latest = new HashMap<>();
    private final Set<Integer> asked = new HashSet<>();
    private List<Value> given = List.of();
    private boolean isDue;
    private int refreshes;
    private int failures;
    private int outstanding;

    /** What most nodes say first, else what was said first. */
    List<Value> values() {
      return answers.stream()
          .sorted(Comparator.comparingLong(answer -> -supporters(answer)))
          .map(answer -> new Value(answer.encode()))
          .toList();
    }

    private long supporters(AttestationData answer) {
      return latest.values().stream().filter(data -> sameCheckpoints(data, answer)).count();
    }
  }

  public static Behavior<Command> create(BeaconNodes nodes, LongSupplier clock) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(
            timers -> Behaviors.receiveMessage(new Fetcher(nodes, clock, context, timers)::on)));
  }

  private Fetcher(
      BeaconNodes nodes,
      LongSupplier clock,
      ActorContext<Command> context,
      TimerScheduler<Command> timers) {
    this.nodes = nodes;
    this.clock = clock;
    this.context = context;
    this.timers = timers;
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Fetch fetch -> onFetch(fetch);
      case BlockSeen(long slot, int node) -> {
        Slot known = slots.get(slot);
        if (known != null && !known.asked.contains(node)) {
          ask(slot, known, List.of(node));
        }
      }
      case Refresh(long slot) -> {
        Slot known = slots.get(slot);
        if (known != null
            && known.outstanding < nodes.nodes().size()
            && known.refreshes < REFRESHES_MAX) {
          known.refreshes++;
          ask(slot, known, nodes.sound());
        }
      }
      case Due(long slot) -> {
        Slot known = slots.get(slot);
        if (known != null) {
          known.isDue = true;
          ask(
              slot,
              known,
              nodes.sound().stream().filter(node -> !known.asked.contains(node)).toList());
        }
      }
      case NodeAnswered(long slot, int node, Optional<AttestationData> answer) -> {
        Slot known = slots.get(slot);
        if (known != null) {
          known.outstanding--;
          answer.ifPresentOrElse(data -> onData(known, node, data), () -> known.asked.remove(node));
          retry(slot, known);
        }
      }
    }
    return Behaviors.same();
  }

  private void onFetch(Fetch fetch) {
    Slot slot = slots.get(fetch.slot());
    if (slot == null) {
      slot = new Slot();
      slots.put(fetch.slot(), slot);
      timers.startSingleTimer(
          new Due(fetch.slot()),
          Duration.ofMillis(Math.max(0, fetch.dueMillis() - clock.getAsLong())));
      // After a clock that was set back these are not near, and would push out those that are.
      slots.tailMap(fetch.slot() + SLOTS_KEPT, true).clear();
      while (slots.size() > SLOTS_KEPT) {
        slots.pollFirstEntry();
      }
    }
    slot.recipients.addAll(fetch.recipients());
    if (!slot.given.isEmpty()) {
      give(slot.given, fetch.recipients());
    }
  }

  private void ask(long number, Slot slot, List<Integer> positions) {
    slot.outstanding += positions.size();
    slot.asked.addAll(positions);
    for (int node : positions) {
      context.pipeToSelf(
          nodes.nodes().get(node).attestationData(number),
          (answer, failure) -> {
            if (failure != null) {
              LOG.debug("slot {}: no attestation data: {}", number, failure.getMessage());
            }
            return new NodeAnswered(
                number, node, failure == null ? Optional.of(answer) : Optional.empty());
          });
    }
  }

  private static void onData(Slot slot, int node, AttestationData data) {
    slot.latest.put(node, data);
    boolean isNew = slot.answers.stream().noneMatch(known -> sameCheckpoints(known, data));
    if (isNew && slot.answers.size() < ANSWERS_MAX) {
      // What was asked for because a proposal differed is newer, and so is proposed.
      slot.answers.add(slot.refreshes > 0 ? 0 : slot.answers.size(), data);
    }
    List<Value> values = slot.values();
    if (!values.equals(slot.given)) {
      slot.given = values;
      give(values, slot.recipients);
    }
  }

  private void retry(long number, Slot slot) {
    if (slot.isDue && slot.answers.isEmpty() && slot.outstanding == 0) {
      long pauseMillis =
          Math.min(AGAIN_FIRST_MILLIS << Math.min(slot.failures, 8), AGAIN_MAX_MILLIS);
      slot.failures++;
      timers.startSingleTimer(new Due(number), Duration.ofMillis(pauseMillis));
    }
  }

  private static boolean sameCheckpoints(AttestationData a, AttestationData b) {
    return a.source().equals(b.source()) && a.target().equals(b.target());
  }

  private static void give(List<Value> values, Collection<Recipient> recipients) {
    DutyInput own = new DutyInput.OwnValues(values);
    recipients.forEach(
        recipient -> recipient.entity().tell(new DistributedValidator.Tell(recipient.duty(), own)));
  }
}
