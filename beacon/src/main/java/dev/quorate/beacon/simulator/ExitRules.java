/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.beacon.simulator.MessagePool.Place;
import dev.quorate.beacon.simulator.SignatureChecks.Claim;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.domain.Domains;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.VoluntaryExit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * When an exit is taken (consensus-specs, {@code process_voluntary_exit}; deneb's for the domain,
 * EIP-7044). All validators have been active since genesis.
 */
record ExitRules(SimulatedChain chain) implements MessagePool.Rules<Signed<VoluntaryExit>> {
  @Override
  public Optional<Signed<VoluntaryExit>> read(JsonNode item) {
    return Signed.ofJson(item, VoluntaryExit::ofJson);
  }

  @Override
  public Place place(Signed<VoluntaryExit> signed) {
    return place(signed.message().validatorIndex());
  }

  /** A validator leaves once. */
  static Place place(long validatorIndex) {
    return new Place(0, validatorIndex, 0);
  }

  @Override
  public Bytes32 root(Signed<VoluntaryExit> signed) {
    return signed.message().hashTreeRoot();
  }

  @Override
  public List<Claim> claims(Signed<VoluntaryExit> signed) {
    // The chain's one fork has been in force since epoch 0.
    Bytes32 domain = chain.domains().voluntaryExit(signed.message().epoch(), 0);
    return chain
        .keyOf(signed.message().validatorIndex())
        .map(key -> Claim.of(key, Domains.signingRoot(root(signed), domain), signed.signature()))
        .stream()
        .toList();
  }

  @Override
  public Optional<Rejection> misfit(Signed<VoluntaryExit> signed, long nowMillis) {
    long epoch = chain.spec().epochOf(chain.times().slotAt(nowMillis));
    if (chain.keyOf(signed.message().validatorIndex()).isEmpty()) {
      return Optional.of(Rejection.UNKNOWN_VALIDATOR);
    }
    if (signed.message().epoch() > epoch) {
      return Optional.of(Rejection.FUTURE_EPOCH);
    }
    return epoch < SimulatedChain.SHARD_COMMITTEE_PERIOD
        ? Optional.of(Rejection.TOO_YOUNG)
        : Optional.empty();
  }

  @Override
  public Rejection known() {
    return Rejection.EXIT_KNOWN;
  }

  /** No slot asks for one. */
  @Override
  public OptionalLong expected(long slot) {
    return OptionalLong.empty();
  }
}
