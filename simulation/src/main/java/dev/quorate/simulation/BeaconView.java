/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.simulation.fault.Fault;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/** What one operator's own beacon nodes say. */
final class BeaconView {
  private final Chain chain;
  private final SplittableRandom random;
  private final Map<Long, Fault.Rumour> rumours = new HashMap<>();
  private final Map<Long, Long> movedTo = new HashMap<>();
  private final List<Fault.Refusal> refusals = new ArrayList<>();
  private final Set<DutyId> accepted = new HashSet<>();

  BeaconView(Chain chain, SplittableRandom random) {
    this.chain = chain;
    this.random = random;
  }

  void begin(Fault.Rumour rumour) {
    rumours.putIfAbsent(rumour.epoch(), rumour);
  }

  void end(Fault.Rumour rumour) {
    rumours.remove(rumour.epoch(), rumour);
  }

  void begin(Fault.Refusal refusal) {
    refusals.add(refusal);
  }

  void end(Fault.Refusal refusal) {
    refusals.remove(refusal);
  }

  void move(long epoch, long slot) {
    movedTo.put(epoch, slot);
  }

  void heal() {
    rumours.clear();
    refusals.clear();
  }

  /** The slot in which the validator attests in an epoch, as far as they know. */
  long slotOf(long epoch) {
    return movedTo.getOrDefault(epoch, chain.slotOf(epoch));
  }

  /** How much later than others they answer. */
  long lateMillis(DutyId duty) {
    Fault.Rumour rumour = rumours.get(Chain.epochOf(duty.slot()));
    return rumour == null ? 0 : rumour.lateMillis();
  }

  /** What they would have the validator attest; empty if they do not answer. */
  Optional<Value> value(DutyId duty) {
    long slot = duty.slot();
    Chain.Vote honest = Chain.honestVote(slot, 0);
    Fault.Rumour rumour = rumours.get(Chain.epochOf(slot));
    if (rumour == null) {
      return Optional.of(chain.value(honest));
    }
    return switch (rumour.tale()) {
      case NOTHING -> Optional.empty();
      case ANOTHER_HEAD -> Optional.of(chain.value(Chain.honestVote(slot, 1 + random.nextInt(2))));
      case ANOTHER_TARGET ->
          Optional.of(
              chain.value(
                  new Chain.Vote(slot, 1, honest.sourceEpoch(), 0, honest.targetEpoch(), 1)));
      case ANOTHER_SOURCE ->
          Optional.of(
              chain.value(
                  new Chain.Vote(slot, 1, honest.sourceEpoch() - 2, 1, honest.targetEpoch(), 0)));
      case FUTURE_TARGET ->
          Optional.of(
              chain.value(
                  new Chain.Vote(slot, 1, honest.sourceEpoch(), 0, honest.targetEpoch() + 1, 1)));
      case RAISED_SOURCE ->
          Optional.of(
              chain.value(
                  new Chain.Vote(slot, 1, honest.sourceEpoch() + 1, 1, honest.targetEpoch(), 0)));
    };
  }

  SubmissionOutcome submit(DutyId duty) {
    for (Fault.Refusal refusal : refusals) {
      if (random.nextInt(100) < refusal.unknownPercent()) {
        return random.nextInt(8) == 0 ? SubmissionOutcome.REJECTED : SubmissionOutcome.UNKNOWN;
      }
    }
    return accepted.add(duty) ? SubmissionOutcome.ACCEPTED : SubmissionOutcome.ALREADY_KNOWN;
  }
}
