/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import static dev.quorate.wire.Operators.DUTY;
import static dev.quorate.wire.Operators.HASH;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.qbft.Vote;
import dev.quorate.signing.identity.IdentityKey;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class IdentitySignatureTest {
  private final IdentityKey key = IdentityKey.generate(new SecureRandom());
  private final IdentityKey other = IdentityKey.generate(new SecureRandom());
  private final WireCluster cluster =
      new WireCluster(
          Operators.CLUSTER_HASH,
          2,
          16,
          BatchVerifier.of(List.of(key.publicKey(), other.publicKey())));

  @Test
  void aBatchSignedWithTheOperatorsKeyIsTaken() {
    assertThat(decodedAs(0).messages()).hasSize(1);
  }

  @Test
  void aBatchSignedWithAnotherKeyIsRefused() {
    assertThat(decodedAs(1).refusals()).isEqualTo(Map.of(Reason.BAD_SIGNATURE, 1));
  }

  private Decoded decodedAs(int operator) {
    FrameEncoder encoder =
        new FrameEncoder(cluster, operator, BatchSigner.of(key), new VerifiedBatches(2));
    Flush flush =
        encoder.encode(List.of(Operators.bare(new Vote.Prepare(DUTY, operator, 1, HASH))));
    return new FrameDecoder(cluster, new VerifiedBatches(2), _ -> Optional.empty())
        .decode(operator, flush.broadcast().getFirst().toArray());
  }
}
