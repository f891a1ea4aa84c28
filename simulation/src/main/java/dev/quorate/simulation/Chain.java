/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyRule;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.consensus.qbft.RoundTimes;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttestationRule;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.ForkSchedule;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.chain.Preset;
import dev.quorate.ethereum.chain.SlotTimes;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The beacon chain of a simulation: slots of 12 s, four an epoch, one validator that attests once
 * in each. What is the same in every run is worked out once.
 */
public final class Chain {
  static final int SLOTS_PER_EPOCH = 4;
  static final long SLOT_MILLIS = 12_000;
  private static final long DUE_MILLIS = 4_000;
  static final RoundTimes ROUNDS = new RoundTimes(1_000, 8_000);

  private static final ChainSpec SPEC =
      new ChainSpec(
          SLOT_MILLIS,
          SLOTS_PER_EPOCH,
          List.of(new ChainSpec.Due(0, Map.of(DutyType.ATTESTER, DUE_MILLIS))),
          Preset.MAINNET,
          new ForkSchedule(
              Arrays.stream(Fork.values())
                  .map(fork ->
                      new ForkSchedule.Activation(
                          fork,
                          Bytes.wrap(new byte[] {(byte) fork.compareTo(Fork.PHASE0), 0, 0, 1}),
                          0))
                  .toList()),
          List.of());
  private static final Genesis GENESIS =
      new Genesis(1_700_000_000, root(0, 0, 1), Bytes.wrap(new byte[] {0, 0, 0, 1}));
  public static final SlotTimes TIMES = new SlotTimes(SPEC, GENESIS);

  private final Map<Long, Long> slotOfEpoch = new HashMap<>();
  private final Map<Vote, Value> values = new HashMap<>();
  private final Map<DutyId, DutyRule> rules = new HashMap<>();
  private final Map<Long, Long> deadlines = new HashMap<>();

  /** What an attestation could say, of which the pure part is: everything but its slot's epoch. */
  public record Vote(
      long slot,
      int head,
      long sourceEpoch,
      int sourceBranch,
      long targetEpoch,
      int targetBranch) {}

  /**
   * Of each epoch the duty is in the second or third slot, so that a reorganisation can move it; in
   * calm epochs in the third or fourth, for which nobody has got ready while there was a storm.
   */
  Chain(SplittableRandom random, long firstEpoch, long firstCalmEpoch, long lastEpoch) {
    for (long epoch = firstEpoch; epoch <= lastEpoch; epoch++) {
      slotOfEpoch.put(
          epoch, SPEC.firstSlotOf(epoch) + (epoch < firstCalmEpoch ? 1 : 2) + random.nextInt(2));
    }
  }

  static long epochOf(long slot) {
    return SPEC.epochOf(slot);
  }

  /** The slot in which the validator attests in an epoch, before any reorganisation. */
  long slotOf(long epoch) {
    return slotOfEpoch.getOrDefault(epoch, -1L);
  }

  /** When the duty is worth nothing any more, Unix milliseconds. */
  long deadlineMillis(DutyId duty) {
    return deadlines.computeIfAbsent(duty.slot(), slot -> TIMES.deadlineMillis(duty.type(), slot));
  }

  static DutyId duty(long slot) {
    return DutyId.attester(slot, 0);
  }

  /** What a beacon node that knows better says: the canonical chain, and some head. */
  public static Vote honestVote(long slot, int head) {
    long epoch = epochOf(slot);
    return new Vote(slot, head, epoch - 2, 0, epoch, 0);
  }

  public Value value(Vote vote) {
    return values.computeIfAbsent(
        vote,
        v ->
            new Value(
                new AttestationData(
                        v.slot(),
                        0,
                        root(v.slot(), v.head(), 2),
                        new Checkpoint(v.sourceEpoch(), root(v.sourceEpoch(), v.sourceBranch(), 3)),
                        new Checkpoint(v.targetEpoch(), root(v.targetEpoch(), v.targetBranch(), 3)))
                    .encode()));
  }

  /** The rule of production; what signing a value means is worked out once for all operators. */
  DutyRule rule(DutyId duty) {
    return rules.computeIfAbsent(
        duty,
        id ->
            new OnceForAll(
                new AttestationRule(
                    SPEC,
                    GENESIS,
                    new AttesterDuty(Bytes.wrap(new byte[48]), 7, 0, 128, 1, 5, id.slot())),
                new HashMap<>()));
  }

  private record OnceForAll(DutyRule rule, Map<Bytes32, Optional<Signable>> known)
      implements DutyRule {
    @Override
    public Optional<Value> given() {
      return rule.given();
    }

    @Override
    public Verdict judge(Value proposed, List<Value> own) {
      return rule.judge(proposed, own);
    }

    @Override
    public Optional<Signable> signable(Value decided) {
      return known.computeIfAbsent(decided.hash(), _ -> rule.signable(decided));
    }
  }

  private static Bytes32 root(long a, long b, long c) {
    return Bytes32.of(ByteBuffer.allocate(32).putLong(a).putLong(b).putLong(c).array());
  }
}
