/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import dev.quorate.actors.peer.PeerLinks;
import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.consensus.duty.DutyMessage;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityRef;

/** Sorts what came over the links by validator and hands each entity all of its own at once. */
final class Mailroom {
  private Mailroom() {}

  /**
   * @param entities in the order of the cluster file
   */
  static Behavior<PeerLinks.Inbound> create(
      List<EntityRef<DistributedValidator.Command>> entities) {
    return Behaviors.receiveMessage(inbound -> {
      inbound.messages().stream()
          .collect(Collectors.groupingBy(message -> message.duty().validator()))
          .forEach((Integer validator, List<DutyMessage> mail) ->
              entities.get(validator).tell(new DistributedValidator.Deliver(mail)));
      return Behaviors.same();
    });
  }
}
