/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;

/**
 * Recovers an entity that has no events, and tells when that is done. The first recovery in a
 * process starts the journal and loads all that is behind it, a second or more; a pod that has not
 * done it yet must not take validators over from one that could go on.
 */
final class FirstRecovery extends EventSourcedBehavior<Void, Void, Done> {
  private final Runnable whenDone;

  static Behavior<Void> create(Runnable whenDone) {
    return Behaviors.setup(_ -> new FirstRecovery(whenDone));
  }

  private FirstRecovery(Runnable whenDone) {
    super(PersistenceId.ofUniqueId("first-recovery"));
    this.whenDone = whenDone;
  }

  @Override
  public Done emptyState() {
    return Done.getInstance();
  }

  @Override
  public CommandHandler<Void, Void, Done> commandHandler() {
    return (_, _) -> Effect().none();
  }

  @Override
  public EventHandler<Done, Void> eventHandler() {
    return (state, _) -> state;
  }

  @Override
  public SignalHandler<Done> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), _ -> whenDone.run())
        .build();
  }
}
