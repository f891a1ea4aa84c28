/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.message.SyncCommitteeMessage;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/**
 * What the chain's blocks took of what the pools have, and what they pay for it: each block all
 * that had come when its slot began. The published block of a slot is the slot's, unless it was
 * orphaned; attested is the chain's own all the same.
 */
record Rewards(SimulatedChain chain, Pools pools) {
  /** The weights of consensus-specs' altair/beacon-chain.md, in units of as many Gwei. */
  private static final long SOURCE_WEIGHT = 14;

  private static final long TARGET_WEIGHT = 26;
  private static final long HEAD_WEIGHT = 14;
  private static final long GWEI_PER_WEIGHT = 100;

  private static final long SYNC_GWEI_PER_SEAT = 500;

  /** The root of a slot's block; empty if it has none. */
  Optional<Bytes32> blockRoot(long slot) {
    return chain.isOrphaned(slot)
        ? Optional.empty()
        : Optional.of(
            pools.blocks.accepted(slot).stream()
                .map(PublishedBlock::root)
                .findFirst()
                .orElse(chain.blockRoot(slot)));
  }

  /** Of a validator's attestation in an epoch; empty if the validator has none to make. */
  Optional<ObjectNode> ofAttestation(long validatorIndex, long epoch) {
    return chain
        .dutyOf(validatorIndex, epoch)
        .map(duty -> {
          long slot = duty.slot();
          OptionalLong included = inclusionSlot(slot, validatorIndex);
          long delay = included.orElse(Long.MAX_VALUE) - slot;
          boolean isHead =
              delay == 1
                  && pools
                      .attestations
                      .accepted(slot, validatorIndex)
                      .map(AttestationPool.Acceptance::data)
                      .map(AttestationData::beaconBlockRoot)
                      .filter(chain.blockRoot(slot)::equals)
                      .isPresent();
          return JsonNodeFactory.instance
              .objectNode()
              .put("validator_index", Long.toString(validatorIndex))
              .put("head", gwei(isHead ? HEAD_WEIGHT : 0))
              .put("target", gwei(included.isPresent() ? TARGET_WEIGHT : -TARGET_WEIGHT))
              .put("source", gwei(isInTime(delay) ? SOURCE_WEIGHT : -SOURCE_WEIGHT))
              .put("inactivity", "0");
        });
  }

  /** Up to the square root of the slots of an epoch. */
  private boolean isInTime(long delay) {
    long slots = chain.spec().slotsPerEpoch();
    return delay <= slots && delay * delay <= slots;
  }

  private OptionalLong inclusionSlot(long slot, long validatorIndex) {
    return pools
        .attestations
        .accepted(slot, validatorIndex)
        .map(accepted ->
            LongStream.rangeClosed(slot + 1, chain.spec().lastInclusionSlot(slot))
                .filter(block -> chain.times().startMillis(block) >= accepted.atMillis())
                .filter(block -> !chain.isOrphaned(block))
                .findFirst())
        .orElse(OptionalLong.empty());
  }

  private static String gwei(long weight) {
    return Long.toString(weight * GWEI_PER_WEIGHT);
  }

  /** Of a member of the sync committee, in a block that there is; empty if it is no member. */
  Optional<ObjectNode> ofSyncMessage(long validatorIndex, long blockSlot) {
    long slot = blockSlot - 1;
    return chain
        .syncCommitteeAt(slot)
        .dutyOf(validatorIndex)
        .map(duty -> {
          boolean isTaken =
              pools
                  .syncMessages
                  .at(new MessagePool.Place(slot, validatorIndex, 0))
                  .map(SyncCommitteeMessage::beaconBlockRoot)
                  .filter(chain.blockRoot(slot)::equals)
                  .isPresent();
          long gwei = duty.positions().size() * SYNC_GWEI_PER_SEAT;
          return JsonNodeFactory.instance
              .objectNode()
              .put("validator_index", Long.toString(validatorIndex))
              .put("reward", Long.toString(isTaken ? gwei : -gwei));
        });
  }
}
