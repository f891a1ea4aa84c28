/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import dev.quorate.actors.fetch.Question;
import dev.quorate.beacon.client.Submission;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.assignment.Assignment;
import java.util.List;
import java.util.Optional;

/** Who does what in an epoch, of one {@link RosterKind}: passive, asked by the scheduler. */
interface Roster {
  /** What it hangs on; empty if no reorganisation that nodes tell of changes it. */
  Optional<Bytes32> dependentRoot();

  /** What is given to entities when a slot begins. */
  List<Entry> at(long slot);

  /** What of it is given when the slot before begins. */
  List<Entry> ahead(long slot);

  /** A duty that {@link DutyType#mayBeDoneAhead}; empty if the validator does not have it. */
  default Optional<Entry> ahead(DutyId duty) {
    return Optional.empty();
  }

  /**
   * What can be given now that a duty is done.
   *
   * @param known all that are done, this one among them
   */
  List<Entry> after(Scheduler.Finished finished, FinishedDuties known);

  /** What beacon nodes should know beforehand of the duties from a slot on. */
  Optional<Submission> announcement(long fromSlot);

  /** What they should know now that a duty is done. */
  Optional<Submission> announcement(Scheduler.Finished finished);

  /**
   * A duty to give.
   *
   * @param question whose answer it needs; empty if it needs none
   */
  record Entry(DutyId duty, Assignment assignment, Optional<Question> question) {
    /** Whether it may begin as soon as the slot's block is known. */
    boolean isOfHead() {
      return question.filter(Question::isOfHead).isPresent();
    }
  }
}
