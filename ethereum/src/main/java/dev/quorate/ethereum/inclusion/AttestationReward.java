/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.inclusion;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.ethereum.ApiJson;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What an epoch's attestation brought a validator, of {@code POST
 * /eth/v1/beacon/rewards/attestations/{epoch}}, in Gwei. Nothing is said of the head, for which
 * nobody is punished, nor of inactivity, which who attests pays for as well while it lasts.
 *
 * @param target negative if no block has an attestation with the right target
 * @param source negative if none has one that came within five slots
 */
public record AttestationReward(long validatorIndex, long target, long source) {
  /** Empty unless {@code json} is one of {@code total_rewards}. */
  public static Optional<AttestationReward> ofJson(JsonNode json) {
    OptionalLong index = ApiJson.number(json.path("validator_index"));
    OptionalLong target = ApiJson.signed(json.path("target"));
    OptionalLong source = ApiJson.signed(json.path("source"));
    return index.isPresent() && target.isPresent() && source.isPresent()
        ? Optional.of(
            new AttestationReward(index.getAsLong(), target.getAsLong(), source.getAsLong()))
        : Optional.empty();
  }

  /**
   * Who attested is not punished for both (consensus-specs, altair, {@code get_flag_index_deltas}):
   * a late one loses the source's reward, one with another target the target's. In an inactivity
   * leak nothing is gained, so no punishment counts, not a reward. An attestation with another
   * target that came late, too, is like none.
   */
  public Inclusion inclusion() {
    return Inclusion.of(target >= 0 || source >= 0);
  }
}
