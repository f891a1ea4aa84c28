/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.consensus.qbft.VoteKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * What an attestation leaves in the database of an operator, the first of four, where all goes
 * well: decided in the first round, signed by three, a fourth partial signature that comes late.
 * Contents are random, so that nothing compresses better than the real thing.
 */
record DutyRows(int validator, long epoch) {
  /** Rows of a duty. */
  static final int EVENTS = 3;

  private static final int SLOTS_PER_EPOCH = 32;
  private static final int OPERATORS = 4;
  private static final int SELF = 0;
  private static final int LATE = 3;
  private static final int ATTESTATION_DATA_BYTES = 128;
  private static final int PARTIAL_BYTES = 192;
  private static final int SIGNATURE_BYTES = 96;

  /** So that times have as many digits as on a chain. */
  private static final long GENESIS_MILLIS = 1_600_000_000_000L;

  private static final long SLOT_MILLIS = 12_000;

  /** In the epoch's first slot, whichever validator's it is. */
  DutyId duty() {
    return DutyId.attester(epoch * SLOTS_PER_EPOCH, validator);
  }

  Signable signable() {
    return new Signable(
        Bytes32.of(random(Bytes32.ZERO.toArray().length).toArray()), epoch - 1, epoch);
  }

  /**
   * Event by event, duty by duty.
   *
   * @param number of the validator's events, from 0
   */
  static DutyEvent event(int validator, long number) {
    DutyRows rows = new DutyRows(validator, 1 + number / EVENTS);
    return switch ((int) (number % EVENTS)) {
      case 0 -> rows.intent();
      case 1 -> rows.share();
      default -> rows.completion();
    };
  }

  DutyEvent intent() {
    DutyId before = new DutyRows(validator, epoch - 1).duty();
    Value value = new Value(random(ATTESTATION_DATA_BYTES));
    int leader = (int) (epoch % OPERATORS);
    List<DutyEvent.CastVote> own = new ArrayList<>();
    if (leader == SELF) {
      own.add(cast(VoteKind.PRE_PREPARE, value));
    }
    own.add(cast(VoteKind.PREPARE, value));
    own.add(cast(VoteKind.COMMIT, value));
    return new DutyEvent.Intended(
        duty(),
        value,
        signable(),
        new DutyEvent.Trail(
            millis(),
            millis(),
            millis(),
            1,
            Optional.of(leader),
            List.of(0, 1, 2),
            own,
            List.of(),
            Optional.empty()),
        new DutyEvent.Aftermath(
            List.of(new DutyEvent.Submission(before, SubmissionOutcome.ACCEPTED, millis())),
            List.of(new DutyEvent.LatePartial(before, LATE, millis()))));
  }

  private DutyEvent.CastVote cast(VoteKind kind, Value value) {
    return new DutyEvent.CastVote(kind, 1, value.hash(), millis());
  }

  DutyEvent share() {
    return new DutyEvent.Shared(duty(), random(PARTIAL_BYTES), millis());
  }

  DutyEvent completion() {
    return new DutyEvent.Completed(
        duty(),
        Optional.empty(),
        random(SIGNATURE_BYTES),
        List.of(0, 1, 2),
        List.of(),
        List.of(new DutyEvent.Arrival(1, millis()), new DutyEvent.Arrival(2, millis())),
        DutyEvent.Trail.NONE,
        DutyEvent.Aftermath.NONE,
        millis());
  }

  private long millis() {
    return GENESIS_MILLIS + duty().slot() * SLOT_MILLIS;
  }

  private Bytes random(int size) {
    byte[] content = new byte[size];
    new Random((epoch << Integer.SIZE) + validator).nextBytes(content);
    return Bytes.wrap(content);
  }
}
