/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.sign;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProblemCountsTest {
  private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 1);
  private final ProblemCounts<ClientProblem> counts =
      new ProblemCounts<>(ClientProblem.class, nanoTime::get);

  @Test
  void theLogHearsOfEachProblemOnceInTenSecondsAndThenOfAll() {
    assertThat(counts.countForTheLog(ClientProblem.TOO_LATE)).hasValue(1);
    assertThat(counts.countForTheLog(ClientProblem.NO_DATA)).hasValue(1);
    nanoTime.addAndGet(ProblemCounts.BETWEEN_LINES_NANOS - 1);
    assertThat(counts.countForTheLog(ClientProblem.TOO_LATE)).isEmpty();
    nanoTime.incrementAndGet();
    assertThat(counts.countForTheLog(ClientProblem.TOO_LATE)).hasValue(3);
    assertThat(counts.all())
        .isEqualTo(Map.of(ClientProblem.TOO_LATE, 3L, ClientProblem.NO_DATA, 1L));
  }

  @Test
  void whatIsOnlyCountedIsNotTold() {
    counts.count(ClientProblem.DUPLICATE);

    assertThat(counts.all()).isEqualTo(Map.of(ClientProblem.DUPLICATE, 1L));
    assertThat(counts.countForTheLog(ClientProblem.DUPLICATE)).hasValue(2);
  }
}
