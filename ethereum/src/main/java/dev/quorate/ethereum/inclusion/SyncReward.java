/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.inclusion;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.ethereum.ApiJson;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a block brought a member of the sync committee for its message of the slot before, of {@code
 * POST /eth/v1/beacon/rewards/sync_committee/{block_id}}.
 *
 * @param reward in Gwei, of all seats together; negative if the block lacks the message
 */
public record SyncReward(long validatorIndex, long reward) {
  /** Empty unless {@code json} is one of the answer's. */
  public static Optional<SyncReward> ofJson(JsonNode json) {
    OptionalLong index = ApiJson.number(json.path("validator_index"));
    OptionalLong reward = ApiJson.signed(json.path("reward"));
    return index.isPresent() && reward.isPresent()
        ? Optional.of(new SyncReward(index.getAsLong(), reward.getAsLong()))
        : Optional.empty();
  }

  /**
   * Of whom several seats are told, and a part's contribution lacks it, as many may be punished as
   * rewarded: the block has the message then.
   */
  public Inclusion inclusion() {
    return Inclusion.of(reward >= 0);
  }
}
