/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import dev.quorate.actors.peer.PeerCounters;
import dev.quorate.actors.peer.PeerLinks;
import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityRef;

/**
 * Sorts what came over the links by validator and hands each entity all of its own at once. An
 * entity that waits for its disk takes no mail meanwhile: beyond a bound per operator it is dropped
 * here, counted, so that a flood of one operator's reaches neither the memory nor the entity's own
 * answers.
 */
final class Mailroom {
  /** Messages of one operator that one entity may have waiting. */
  static final int WAITING_PER_OPERATOR_MAX = 128;

  private final List<EntityRef<DistributedValidator.Command>> entities;
  private final PeerCounters counters;
  private final List<AtomicIntegerArray> waiting = new ArrayList<>();

  /**
   * @param entities in the order of the cluster file
   */
  Mailroom(
      List<EntityRef<DistributedValidator.Command>> entities,
      int operators,
      PeerCounters counters) {
    this.entities = entities;
    this.counters = counters;
    entities.forEach(_ -> waiting.add(new AtomicIntegerArray(operators)));
  }

  /**
   * @param onFailure told of the child that failed before everything stops
   */
  Behavior<PeerLinks.Inbound> open(Consumer<ChildFailed> onFailure) {
    return Behaviors.receive(PeerLinks.Inbound.class)
        .onMessage(
            PeerLinks.Inbound.class,
            inbound -> {
              sort(inbound.messages());
              return Behaviors.same();
            })
        .onSignal(
            ChildFailed.class,
            failed -> {
              onFailure.accept(failed);
              return Behaviors.stopped();
            })
        .build();
  }

  /** The entity came up anew: what waited for its last life is gone. */
  void forget(int validator) {
    AtomicIntegerArray counts = waiting.get(validator);
    for (int operator = 0; operator < counts.length(); operator++) {
      counts.set(operator, 0);
    }
  }

  private void sort(List<DutyMessage> messages) {
    Map<Integer, List<DutyMessage>> byValidator = new TreeMap<>();
    for (DutyMessage message : messages) {
      int validator = message.duty().validator();
      if (waiting.get(validator).incrementAndGet(message.sender()) > WAITING_PER_OPERATOR_MAX) {
        waiting.get(validator).decrementAndGet(message.sender());
        counters.refused(message.sender(), Reason.BUFFER_FULL);
      } else {
        byValidator.computeIfAbsent(validator, _ -> new ArrayList<>()).add(message);
      }
    }
    byValidator.forEach((validator, mail) ->
        entities
            .get(validator)
            .tell(new DistributedValidator.Deliver(mail, () -> taken(validator, mail))));
  }

  private void taken(int validator, List<DutyMessage> mail) {
    AtomicIntegerArray counts = waiting.get(validator);
    mail.forEach(message -> counts.updateAndGet(message.sender(), count -> Math.max(0, count - 1)));
  }
}
