/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.beacon.simulator.MessagePool.Place;
import dev.quorate.beacon.simulator.SignatureChecks.Claim;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.domain.Domains;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.ValidatorRegistration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** When builders take a registration (builder-specs, bellatrix/builder.md). */
record RegistrationRules(SimulatedChain chain)
    implements MessagePool.Rules<Signed<ValidatorRegistration>> {
  /** MAX_REGISTRATION_LOOKAHEAD. */
  private static final long LOOKAHEAD_SECONDS = 10;

  @Override
  public Optional<Signed<ValidatorRegistration>> read(JsonNode item) {
    return Signed.ofJson(item, ValidatorRegistration::ofJson);
  }

  @Override
  public Place place(Signed<ValidatorRegistration> signed) {
    return new Place(
        signed.message().timestamp(),
        chain.indices().getOrDefault(signed.message().pubkey(), -1L),
        0);
  }

  @Override
  public Bytes32 root(Signed<ValidatorRegistration> signed) {
    return signed.message().hashTreeRoot();
  }

  @Override
  public List<Claim> claims(Signed<ValidatorRegistration> signed) {
    return isKnown(signed)
        ? List.of(
            Claim.of(
                signed.message().pubkey(),
                Domains.signingRoot(root(signed), chain.domains().builderRegistration()),
                signed.signature()))
        : List.of();
  }

  @Override
  public Optional<Rejection> misfit(Signed<ValidatorRegistration> signed, long nowMillis) {
    if (!isKnown(signed)) {
      return Optional.of(Rejection.UNKNOWN_VALIDATOR);
    }
    return signed.message().timestamp() > nowMillis / 1000 + LOOKAHEAD_SECONDS
        ? Optional.of(Rejection.FUTURE_TIMESTAMP)
        : Optional.empty();
  }

  @Override
  public Rejection known() {
    return Rejection.REGISTRATION_KNOWN;
  }

  /** No slot asks for one. */
  @Override
  public OptionalLong expected(long slot) {
    return OptionalLong.empty();
  }

  private boolean isKnown(Signed<ValidatorRegistration> signed) {
    return chain.indices().containsKey(signed.message().pubkey());
  }
}
