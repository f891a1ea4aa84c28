/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.actors.validator.DistributedValidator.Journaled;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.persistence.event.ChainedEvent;
import java.util.List;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.javadsl.CommandHandlerWithReply;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehaviorWithEnforcedReplies;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;

/** The durable half of a validator's entity: its state, rows and snapshots, and no duties. */
final class JournaledEntity
    extends EventSourcedBehaviorWithEnforcedReplies<
        JournaledEntity.Command, ChainedEvent, Journaled> {

  sealed interface Command {}

  /** Answered once the events are durable; without any, once the entity has recovered. */
  record Append(List<DutyEvent> events, ActorRef<Done> replyTo) implements Command {}

  /** Answered before it ends. */
  record Stop(ActorRef<Done> replyTo) implements Command {}

  private final RetentionCriteria retention;

  /**
   * @param retention a validator's own, or none
   */
  JournaledEntity(Bytes groupKey, RetentionCriteria retention) {
    super(PersistenceId.of(DistributedValidator.TYPE.name(), groupKey.hex()));
    this.retention = retention;
  }

  @Override
  public Journaled emptyState() {
    return Journaled.EMPTY;
  }

  @Override
  public CommandHandlerWithReply<Command, ChainedEvent, Journaled> commandHandler() {
    return (journaled, command) ->
        switch (command) {
          case Append(List<DutyEvent> events, ActorRef<Done> replyTo) ->
              Effect().persist(journaled.chain(events)).thenReply(replyTo, _ -> Done.getInstance());
          case Stop(ActorRef<Done> replyTo) ->
              Effect().stop().thenReply(replyTo, _ -> Done.getInstance());
        };
  }

  @Override
  public EventHandler<Journaled, ChainedEvent> eventHandler() {
    return Journaled::apply;
  }

  @Override
  public RetentionCriteria retentionCriteria() {
    return retention;
  }

  @Override
  public SnapshotAdapter<Journaled> snapshotAdapter() {
    return DistributedValidator.snapshots();
  }
}
