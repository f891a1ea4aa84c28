/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.validator;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;

/** Where the entities of a pod turn to: the earlier stages of the flow, without knowing them. */
public interface Desk {
  /**
   * From now on this entity is the one to give the validator's duties to.
   *
   * @param unfinished duties that its journal knows as begun
   */
  void register(
      int validator, ActorRef<DistributedValidator.Command> entity, Set<DutyId> unfinished);

  /** Gives the command back to the entity, behind all mail that this pod has for it by now. */
  void behindMail(
      ActorRef<DistributedValidator.Command> entity, DistributedValidator.Command command);

  /** This operator's partial signature is durable. */
  void signed(DutyId duty);

  /** The group's signature is durable, and other duties of the validator may need it. */
  void finished(DutyId duty, Value value, Bytes signature);

  /** A peer has done its part of a duty that may be {@link DutyType#mayBeDoneAhead}. */
  void wanted(DutyId duty);

  /** A proposal differs from the own data of this duty: ask the own beacon nodes again. */
  void refresh(DutyId duty);
}
