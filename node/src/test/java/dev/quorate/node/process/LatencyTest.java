/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LatencyTest {
  @Test
  void takesTheNearestRank() {
    assertThat(Latency.of(LongStream.rangeClosed(1, 200).boxed().toList()))
        .contains(new Latency(100, 198, 200));
    assertThat(Latency.of(List.of(7L))).contains(new Latency(7, 7, 7));
    assertThat(Latency.of(List.of(1L, 9L))).contains(new Latency(1, 9, 9));
  }

  @Test
  void isEmptyWithoutAny() {
    assertThat(Latency.of(List.of())).isEmpty();
  }
}
