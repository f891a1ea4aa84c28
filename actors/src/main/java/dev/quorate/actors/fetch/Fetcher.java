/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.fetch;

import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.beacon.client.BeaconNode;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyInput;
import dev.quorate.ethereum.attestation.AttestationData;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
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
 * Asks every own beacon node once per slot for the attestation data and gives it to all entities
 * with a duty in that slot. The first answer is what they propose; any later one with other
 * checkpoints is one more that they may vote for.
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
   * Fetch when due, and give the answer to these; more may follow for the same slot, and whoever is
   * named again is not given it again.
   */
  public record Fetch(long slot, long dueMillis, List<Recipient> recipients) implements Command {}

  /** A proposal differs from what is known of this slot. */
  public record Refresh(long slot) implements Command {}

  private record Due(long slot) implements Command {}

  private record NodeAnswered(long slot, Optional<AttestationData> answer) implements Command {}

  private final List<BeaconNode> nodes;
  private final LongSupplier clock;
  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final TreeMap<Long, Slot> slots = new TreeMap<>();

  /** What is known of one slot. */
  private static final class Slot {
    private final Set<Recipient> recipients = new LinkedHashSet<>();
    private final List<AttestationData> answers = new ArrayList<>();
    private int refreshes;
    private int failures;
    private int outstanding;

    List<Value> values() {
      return answers.stream().map(answer -> new Value(answer.encode())).toList();
    }
  }

  public static Behavior<Command> create(List<BeaconNode> nodes, LongSupplier clock) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(
            timers -> Behaviors.receiveMessage(new Fetcher(nodes, clock, context, timers)::on)));
  }

  private Fetcher(
      List<BeaconNode> nodes,
      LongSupplier clock,
      ActorContext<Command> context,
      TimerScheduler<Command> timers) {
    this.nodes = List.copyOf(nodes);
    this.clock = clock;
    this.context = context;
    this.timers = timers;
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Fetch fetch -> onFetch(fetch);
      case Refresh(long slot) -> {
        Slot known = slots.get(slot);
        if (known != null && known.outstanding < nodes.size() && known.refreshes < REFRESHES_MAX) {
          known.refreshes++;
          ask(slot);
        }
      }
      case Due(long slot) -> ask(slot);
      case NodeAnswered(long slot, Optional<AttestationData> answer) -> onAnswer(slot, answer);
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
      while (slots.size() > SLOTS_KEPT) {
        slots.pollFirstEntry();
      }
    }
    List<Recipient> added = fetch.recipients().stream().filter(slot.recipients::add).toList();
    if (!slot.answers.isEmpty()) {
      give(slot, added);
    }
  }

  private void ask(long number) {
    Slot slot = slots.get(number);
    if (slot == null) {
      return;
    }
    slot.outstanding += nodes.size();
    for (BeaconNode node : nodes) {
      context.pipeToSelf(
          node.attestationData(number),
          (answer, failure) -> {
            if (failure != null) {
              LOG.debug("slot {}: no attestation data: {}", number, failure.getMessage());
            }
            return new NodeAnswered(
                number, failure == null ? Optional.of(answer) : Optional.empty());
          });
    }
  }

  private void onAnswer(long number, Optional<AttestationData> answer) {
    Slot slot = slots.get(number);
    if (slot == null) {
      return;
    }
    slot.outstanding--;
    answer
        .filter(data -> data.slot() == number)
        // The committee is the duty's, not the slot's: all validators agree on one value.
        .map(Fetcher::ofNoCommittee)
        .filter(data -> slot.answers.stream().noneMatch(known -> sameCheckpoints(known, data)))
        .filter(_ -> slot.answers.size() < ANSWERS_MAX)
        .ifPresent(data -> {
          // What was asked for because a proposal differed is newer, and so is proposed.
          slot.answers.add(slot.refreshes > 0 ? 0 : slot.answers.size(), data);
          give(slot, slot.recipients);
        });
    if (slot.answers.isEmpty() && slot.outstanding == 0) {
      long pauseMillis =
          Math.min(AGAIN_FIRST_MILLIS << Math.min(slot.failures, 8), AGAIN_MAX_MILLIS);
      slot.failures++;
      timers.startSingleTimer(new Due(number), Duration.ofMillis(pauseMillis));
    }
  }

  private static AttestationData ofNoCommittee(AttestationData data) {
    return new AttestationData(
        data.slot(), 0, data.beaconBlockRoot(), data.source(), data.target());
  }

  private static boolean sameCheckpoints(AttestationData a, AttestationData b) {
    return a.source().equals(b.source()) && a.target().equals(b.target());
  }

  private static void give(Slot slot, Collection<Recipient> recipients) {
    DutyInput values = new DutyInput.OwnValues(slot.values());
    recipients.forEach(recipient ->
        recipient.entity().tell(new DistributedValidator.Tell(recipient.duty(), values)));
  }
}
