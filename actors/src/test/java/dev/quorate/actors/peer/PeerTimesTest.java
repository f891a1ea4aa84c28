/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PeerTimesTest {
  @Test
  void thePauseDoublesUpToItsBound() {
    assertThat(
            IntStream.of(1, 2, 3, 6, 7, 1000)
                .mapToObj(PeerTimes.DEFAULT::redialAfter)
                .map(Duration::toMillis))
        .containsExactly(200L, 400L, 800L, 6_400L, 10_000L, 10_000L);
  }

  @Test
  void keepAlivesMustComeBeforeALinkCountsAsIdle() {
    Duration second = Duration.ofSeconds(1);
    assertThatThrownBy(() -> new PeerTimes(second, second, second, second, second, second))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
