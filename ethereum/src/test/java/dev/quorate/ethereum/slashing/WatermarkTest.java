/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.slashing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quorate.consensus.Bytes32;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WatermarkTest {
  private static final Bytes32 ROOT = Bytes32.sha256(new byte[] {1});
  private static final Bytes32 OTHER = Bytes32.sha256(new byte[] {2});
  private static final AttestationWatermark AT_5_7 =
      new AttestationWatermark(5, 7, Optional.of(ROOT));

  @ParameterizedTest
  @CsvSource({
    "5, 8, true",
    "6, 8, true",
    "7, 8, true",
    "4, 8, false",
    "5, 7, false",
    "6, 7, false",
    "6, 6, false",
    "0, 9223372036854775807, false",
    "5, 9223372036854775807, true"
  })
  void letsSourcesNotFallAndTargetsRise(long source, long target, boolean granted) {
    assertThat(AT_5_7.approve(source, target, OTHER))
        .isEqualTo(
            granted
                ? Optional.of(new AttestationWatermark(source, target, Optional.of(OTHER)))
                : Optional.empty());
  }

  @Test
  void grantsTheSameRootOfTheSameTargetAgain() {
    assertThat(AT_5_7.approve(5, 7, ROOT)).contains(AT_5_7);
    assertThat(AT_5_7.approve(5, 6, ROOT)).isEmpty();
    assertThat(new AttestationWatermark(5, 7, Optional.empty()).approve(5, 7, ROOT)).isEmpty();
    BlockWatermark block = new BlockWatermark(9, Optional.of(ROOT));
    assertThat(block.approve(9, ROOT)).contains(block);
    assertThat(block.approve(9, OTHER)).isEmpty();
    assertThat(block.approve(8, ROOT)).isEmpty();
    assertThat(block.approve(10, OTHER)).contains(new BlockWatermark(10, Optional.of(OTHER)));
    assertThat(new BlockWatermark(9, Optional.empty()).approve(9, ROOT)).isEmpty();
  }

  @Test
  void grantsOneAttestationInEpochZeroAndOneInEpochOne() {
    AttestationWatermark genesis = AttestationWatermark.NONE.approve(0, 0, ROOT).orElseThrow();
    assertThat(genesis).isEqualTo(new AttestationWatermark(0, 0, Optional.of(ROOT)));
    assertThat(genesis.approve(0, 0, ROOT)).contains(genesis);
    assertThat(genesis.approve(0, 0, OTHER)).isEmpty();
    assertThat(genesis.approve(0, 1, OTHER)).isPresent();
  }

  @Test
  void forgetsARootUnlessItIsClearlyAboveWhatElseWasSigned() {
    assertThat(AT_5_7.raisedTo(imported(4, 6))).isEqualTo(AT_5_7);
    assertThat(AT_5_7.raisedTo(imported(5, 6))).isEqualTo(AT_5_7);
    assertThat(AT_5_7.raisedTo(AttestationWatermark.NONE)).isEqualTo(AT_5_7);
    // The same target, a source that ours would surround, a target beyond.
    assertThat(AT_5_7.raisedTo(imported(5, 7))).isEqualTo(imported(5, 7));
    assertThat(AT_5_7.raisedTo(imported(6, 6))).isEqualTo(imported(6, 7));
    assertThat(AT_5_7.raisedTo(imported(4, 8))).isEqualTo(imported(5, 8));
    BlockWatermark block = new BlockWatermark(9, Optional.of(ROOT));
    BlockWatermark imported = new BlockWatermark(9, Optional.empty());
    assertThat(block.raisedTo(BlockWatermark.NONE)).isEqualTo(block);
    assertThat(block.raisedTo(imported)).isEqualTo(imported);
    assertThat(BlockWatermark.NONE.raisedTo(imported)).isEqualTo(imported);
  }

  private static AttestationWatermark imported(long source, long target) {
    return new AttestationWatermark(source, target, Optional.empty());
  }

  @Test
  void refusesNumbersBeyond63Bits() {
    assertThat(AT_5_7.approve(-1, 8, ROOT)).isEmpty();
    assertThat(AT_5_7.approve(5, Long.MIN_VALUE, ROOT)).isEmpty();
    assertThat(BlockWatermark.NONE.approve(-1, ROOT)).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AttestationWatermark.NONE.approve(-1, 3, ROOT));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AttestationWatermark(Long.MIN_VALUE, 0, Optional.empty()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BlockWatermark(Long.MIN_VALUE, Optional.empty()));
  }

  /** The rule against what it stands for: consensus-specs, is_slashable_attestation_data. */
  @Test
  void neverGrantsWhatIsSlashableWithAnythingGrantedBefore() {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("WatermarkTest -Dseed=" + seed);
    Random random = new Random(seed);
    for (int run = 0; run < 500; run++) {
      AttestationWatermark watermark = AttestationWatermark.NONE;
      List<long[]> signed = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        long target = random.nextInt(12);
        long source = target == 0 ? 0 : random.nextInt((int) target);
        long variant = random.nextInt(3);
        Bytes32 root = Bytes32.sha256(new byte[] {(byte) source, (byte) target, (byte) variant});
        Optional<AttestationWatermark> next = watermark.approve(source, target, root);
        if (next.isPresent()) {
          watermark = next.get();
          long[] now = {source, target, variant};
          assertThat(signed).noneMatch(before -> slashable(before, now));
          signed.add(now);
        }
      }
      assertThat(signed).isNotEmpty();
    }
  }

  private static boolean slashable(long[] a, long[] b) {
    boolean same = a[0] == b[0] && a[1] == b[1] && a[2] == b[2];
    return (a[1] == b[1] && !same) || surrounds(a, b) || surrounds(b, a);
  }

  private static boolean surrounds(long[] outer, long[] inner) {
    return outer[0] < inner[0] && inner[1] < outer[1];
  }
}
