/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClockWatchTest {
  private static final long TOLERANCE_MILLIS = 500;
  private static final long WALL = 1_700_000_000_000L;

  /** Close to where it wraps around, which a monotonic clock may be anywhere. */
  private static final long TICKER = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(2);

  private long wallMillis = WALL;
  private long nanos = TICKER;
  private Runnable betweenTheClocks = () -> {};

  private final ClockWatch watch =
      new ClockWatch(
          TOLERANCE_MILLIS,
          () -> {
            long read = wallMillis;
            betweenTheClocks.run();
            return read;
          },
          () -> nanos);

  private OptionalLong observe(long wall, long ticker) {
    wallMillis = wall;
    nanos = ticker;
    return watch.observe();
  }

  private static long nanos(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  @Test
  void timeThatPassesIsNoStep() {
    for (long millis = 0; millis < 10_000; millis += 250) {
      assertThat(observe(WALL + millis, TICKER + nanos(millis))).isEmpty();
    }
    assertThat(observe(WALL + 999_999, TICKER + nanos(999_999))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {501, 12_000, 86_400_000, -501, -12_000, -86_400_000})
  void aStepIsSaidOnceAndBySoMuch(long stepMillis) {
    assertThat(observe(WALL + 1_000 + stepMillis, TICKER + nanos(1_000))).hasValue(stepMillis);
    assertThat(observe(WALL + 2_000 + stepMillis, TICKER + nanos(2_000))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 499, 500, -1, -499, -500})
  void whatIsWithinTheToleranceIsNone(long driftMillis) {
    assertThat(observe(WALL + 1_000 + driftMillis, TICKER + nanos(1_000))).isEmpty();
  }

  @Test
  void aSlowCorrectionIsNone() {
    // As fast as the Linux kernel slews: 500 millionths.
    for (long second = 1; second <= 10_000; second++) {
      long slewed = second / 2;
      assertThat(observe(WALL + 1_000 * second + slewed, TICKER + nanos(1_000 * second))).isEmpty();
    }
  }

  @Test
  void aStepInWhatASuspendedMachineMissed() {
    // The monotonic clock of Linux stands still while the machine sleeps.
    assertThat(observe(WALL + 60_000, TICKER + nanos(5))).hasValue(60_000 - 5);
  }

  @Test
  void aThreadThatWasHeldUpBetweenTheTwoClocksReadsThemAgain() {
    betweenTheClocks =
        () -> {
          betweenTheClocks = () -> {};
          wallMillis += 3_000;
          nanos += nanos(3_000);
        };
    assertThat(observe(WALL + 1_000, TICKER + nanos(1_000))).isEmpty();
    assertThat(observe(WALL + 5_000, TICKER + nanos(5_000))).isEmpty();
  }

  @Test
  void onAMachineThatNeverReadsQuicklyAStepIsStillSaid() {
    betweenTheClocks = () -> nanos += nanos(20);
    assertThat(observe(WALL + 90_000, TICKER + nanos(30_000))).hasValue(60_000 - 10 * 20);
  }
}
