/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.persistence.event.ChainedEvent;
import dev.quorate.persistence.event.EntitySnapshot;
import dev.quorate.persistence.event.EventCodec;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.persistence.typed.DeleteEventsCompleted;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;

/** The smallest entity that journals as a validator does: a chain of events, with snapshots. */
public final class Ledger
    extends EventSourcedBehavior<Ledger.Command, ChainedEvent, EntitySnapshot> {
  /** To the ledger. */
  public sealed interface Command {
    record Append(DutyEvent event, ActorRef<EntitySnapshot> replyTo) implements Command {}

    record Read(ActorRef<EntitySnapshot> replyTo) implements Command {}
  }

  private final RetentionCriteria retention;
  private final ActorRef<Done> deletions;

  /**
   * @param deletions told when the journal has deleted what it would
   */
  public Ledger(String id, RetentionCriteria retention, ActorRef<Done> deletions) {
    super(PersistenceId.ofUniqueId(id));
    this.retention = retention;
    this.deletions = deletions;
  }

  @Override
  public EntitySnapshot emptyState() {
    return new EntitySnapshot(Bytes32.ZERO, List.of());
  }

  @Override
  public CommandHandler<Command, ChainedEvent, EntitySnapshot> commandHandler() {
    return newCommandHandlerBuilder()
        .forAnyState()
        .onCommand(
            Command.Append.class,
            (state, append) ->
                Effect()
                    .persist(EventCodec.chain(state.lastHash(), append.event()))
                    .thenReply(append.replyTo(), next -> next))
        .onCommand(Command.Read.class, (state, read) -> Effect().reply(read.replyTo(), state))
        .build();
  }

  @Override
  public EventHandler<EntitySnapshot, ChainedEvent> eventHandler() {
    return (state, row) -> {
      List<DutyEvent> events = new ArrayList<>(state.recent());
      events.add(row.event());
      return new EntitySnapshot(row.hashAfter(state.lastHash()), events);
    };
  }

  @Override
  public RetentionCriteria retentionCriteria() {
    return retention;
  }

  @Override
  public SignalHandler<EntitySnapshot> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(DeleteEventsCompleted.class, (_, _) -> deletions.tell(Done.getInstance()))
        .build();
  }
}
