/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.validator;

import dev.quorate.actors.aggregate.Aggregator;
import dev.quorate.actors.broadcast.Broadcaster;
import dev.quorate.actors.sign.ShareSource;
import dev.quorate.persistence.fence.Activation;
import dev.quorate.persistence.fence.VoteFence;
import dev.quorate.persistence.guard.SigningGuard;
import dev.quorate.persistence.value.LargeValues;
import dev.quorate.wire.Outgoing;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What the entities of a pod share.
 *
 * @param depots what the entities may keep of large values
 * @param self this operator's position in the cluster file
 * @param outbox to the peers; at most once
 * @param clock Unix milliseconds
 * @param quiet when an entity that is to stop leaves its duties as they are
 * @param activations a fresh random identity for every activation of an entity
 */
public record Services(
    VoteFence fence,
    Rivals rivals,
    Doubles doubles,
    SigningGuard guard,
    LargeValues values,
    DepotBudget depots,
    ShareSource shares,
    ActorRef<Aggregator.Command> aggregator,
    ActorRef<Broadcaster.Command> broadcaster,
    int self,
    Consumer<Outgoing> outbox,
    Desk desk,
    DutyFigures figures,
    LongSupplier clock,
    QuietTime quiet,
    Supplier<Activation> activations) {}
