/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.beacon.simulator.MessagePool.Place;
import dev.quorate.beacon.simulator.SignatureChecks.Claim;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.message.SyncCommitteeMessage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * When a message of a member of the sync committee is taken (consensus-specs,
 * altair/p2p-interface.md).
 */
record SyncMessageRules(SimulatedChain chain) implements MessagePool.Rules<SyncCommitteeMessage> {
  @Override
  public Optional<SyncCommitteeMessage> read(JsonNode item) {
    return SyncCommitteeMessage.ofJson(item)
        .filter(message -> message.slot() < SubmittedAttestation.SLOT_MAX);
  }

  @Override
  public Place place(SyncCommitteeMessage message) {
    return new Place(message.slot(), message.validatorIndex(), 0);
  }

  @Override
  public Bytes32 root(SyncCommitteeMessage message) {
    return message.beaconBlockRoot();
  }

  @Override
  public List<Claim> claims(SyncCommitteeMessage message) {
    return chain
        .keyOf(message.validatorIndex())
        .map(key ->
            Claim.of(
                key,
                chain.syncSigningRoot(message.slot(), message.beaconBlockRoot()),
                message.signature()))
        .stream()
        .toList();
  }

  @Override
  public Optional<Rejection> misfit(SyncCommitteeMessage message, long nowMillis) {
    if (chain.keyOf(message.validatorIndex()).isEmpty()) {
      return Optional.of(Rejection.UNKNOWN_VALIDATOR);
    }
    return chain.syncCommitteeAt(message.slot()).dutyOf(message.validatorIndex()).isEmpty()
        ? Optional.of(Rejection.NO_DUTY)
        : chain.syncMisfit(message.slot(), message.beaconBlockRoot(), nowMillis);
  }

  @Override
  public Rejection known() {
    return Rejection.MESSAGE_KNOWN;
  }

  /** One of each member among the validators under test. */
  @Override
  public OptionalLong expected(long slot) {
    return OptionalLong.of(chain.syncCommitteeAt(slot).duties().size());
  }
}
