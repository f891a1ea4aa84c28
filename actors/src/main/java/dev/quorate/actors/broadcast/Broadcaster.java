/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.broadcast;

import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.attestation.SignedAttestation;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Submits the group's signatures to the beacon nodes, those of a few milliseconds in one request.
 * It forgets what it was told as soon as it has answered: whoever asked holds the durable signature
 * and asks again.
 */
public final class Broadcaster {
  /** Items that wait for a request; beyond, the answer is UNKNOWN at once, and they come again. */
  static final int WAITING_MAX = 16_384;

  private static final Duration WINDOW = Duration.ofMillis(10);

  public sealed interface Command {}

  /**
   * @param value the decided value; of an attester duty {@link AttestationData}
   * @param signature the group's, 96 bytes
   */
  public record Submit(
      DutyId duty, Value value, AttesterDuty definition, Bytes signature, ActorRef<Answer> replyTo)
      implements Command {}

  private record WindowEnded() implements Command {}

  private record Answered(List<Submit> items, List<SubmissionOutcome> outcomes)
      implements Command {}

  public record Answer(DutyId duty, SubmissionOutcome outcome) {}

  private final BeaconNodes nodes;
  private final ChainSpec chain;
  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private List<Submit> waiting = new ArrayList<>();

  public static Behavior<Command> create(BeaconNodes nodes, ChainSpec chain) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(timers ->
            Behaviors.receiveMessage(new Broadcaster(nodes, chain, context, timers)::on)));
  }

  private Broadcaster(
      BeaconNodes nodes,
      ChainSpec chain,
      ActorContext<Command> context,
      TimerScheduler<Command> timers) {
    this.nodes = nodes;
    this.chain = chain;
    this.context = context;
    this.timers = timers;
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Submit submit -> onSubmit(submit);
      case WindowEnded _ -> onWindowEnded();
      case Answered(List<Submit> items, List<SubmissionOutcome> outcomes) -> {
        for (int i = 0; i < items.size(); i++) {
          items.get(i).replyTo().tell(new Answer(items.get(i).duty(), outcomes.get(i)));
        }
      }
    }
    return Behaviors.same();
  }

  private void onSubmit(Submit submit) {
    if (waiting.size() >= WAITING_MAX) {
      submit.replyTo().tell(new Answer(submit.duty(), SubmissionOutcome.UNKNOWN));
      return;
    }
    if (waiting.isEmpty()) {
      timers.startSingleTimer(new WindowEnded(), WINDOW);
    }
    waiting.add(submit);
  }

  private void onWindowEnded() {
    Map<Fork, List<Submit>> byFork =
        waiting.stream()
            .collect(
                Collectors.groupingBy(
                    item -> chain.forkAtSlot(item.duty().slot()),
                    TreeMap::new,
                    Collectors.toList()));
    waiting = new ArrayList<>();
    byFork.forEach(this::submit);
  }

  private void submit(Fork fork, List<Submit> items) {
    List<SignedAttestation> attestations =
        items.stream()
            .map(item ->
                new SignedAttestation(
                    AttestationData.decode(item.value().content()).orElseThrow(),
                    item.definition(),
                    item.signature()))
            .toList();
    context.pipeToSelf(
        nodes.submitAttestations(fork, attestations),
        (outcomes, failure) ->
            new Answered(
                items,
                failure == null && outcomes.size() == items.size()
                    ? outcomes
                    : items.stream().map(_ -> SubmissionOutcome.UNKNOWN).toList()));
  }
}
