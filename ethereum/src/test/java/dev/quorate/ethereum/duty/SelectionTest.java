/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.duty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.chain.Preset;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Proofs of 96 equal bytes; who is selected was worked out in Python. */
class SelectionTest {

  @ParameterizedTest
  @CsvSource({
    "32, 0 2 3 4 10 12 13 14",
    "127, 4 8 12 13 15 16 21 22",
    "128, 2 12 17 27 64 67 71 76",
    "445, 5 13 99 111 141 170 206 245",
    "2048, 250"
  })
  void onePartInAsManyAsTheCommitteeHasSixteensAggregates(int committeeLength, String selected) {
    List<Integer> expected = Arrays.stream(selected.split(" ", -1)).map(Integer::valueOf).toList();
    assertThat(
            IntStream.range(0, 256)
                .filter(each -> Selection.isAggregator(committeeLength, proof(each)))
                .limit(8)
                .boxed())
        .isEqualTo(expected);
  }

  @Test
  void everybodyAggregatesInASmallCommittee() {
    for (int committeeLength : new int[] {1, 16, 31}) {
      assertThat(IntStream.range(0, 256))
          .allMatch(each -> Selection.isAggregator(committeeLength, proof(each)));
    }
    assertThat(IntStream.range(0, 256))
        .allMatch(each -> Selection.isSyncAggregator(Preset.MINIMAL, proof(each)));
  }

  @Test
  void oneOfEightAggregatesInASyncSubcommittee() {
    assertThat(IntStream.range(0, 256))
        .allMatch(each ->
            Selection.isSyncAggregator(Preset.MAINNET, proof(each))
                == Selection.isAggregator(128, proof(each)));
  }

  private static Bytes proof(int each) {
    byte[] proof = new byte[96];
    Arrays.fill(proof, (byte) each);
    return Bytes.wrap(proof);
  }
}
