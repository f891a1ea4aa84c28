/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class VerifiedBatchesTest {
  @Test
  void oneSendersFloodForgetsOnlyItsOwnOldestBatches() {
    VerifiedBatches verified = new VerifiedBatches(2);
    verified.add(batch(0, 0));
    for (int i = 0; i <= VerifiedBatches.PER_SENDER_MAX; i++) {
      verified.add(batch(1, i));
      verified.contains(batch(1, 1));
    }
    assertThat(verified.size(1)).isEqualTo(VerifiedBatches.PER_SENDER_MAX);
    assertThat(verified.contains(batch(1, 0))).isFalse();
    assertThat(verified.contains(batch(1, 1))).isTrue();
    assertThat(verified.contains(batch(0, 0))).isTrue();
  }

  @Test
  void aSignatureThatWasNotCheckedIsNotKnown() {
    VerifiedBatches verified = new VerifiedBatches(2);
    Batch batch = batch(0, 0);
    verified.add(batch);
    assertThat(
            verified.contains(
                new Batch(0, batch.leafCount(), batch.root(), Bytes.wrap(new byte[64]))))
        .isFalse();
    assertThat(verified.contains(new Batch(0, 2, batch.root(), batch.signature()))).isFalse();
  }

  private static Batch batch(int sender, int number) {
    byte[] content = ByteBuffer.allocate(4).putInt(number).array();
    return new Batch(sender, 1, Bytes32.sha256(content), Bytes.wrap(content));
  }
}
