/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.node.run.QuorateProcess;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StopSignalTest {
  /** Takes for ever to stop. */
  static final class Stubborn {
    private Stubborn() {}

    public static void main(String[] arguments) throws InterruptedException {
      try (StopSignal stop = StopSignal.listen()) {
        System.out.println("listening");
        System.out.println("asked by " + stop.asked().join());
        TimeUnit.HOURS.sleep(1);
      }
    }
  }

  @Test
  void theFirstSignalAsksAndTheSecondEnds() throws Exception {
    try (QuorateProcess process = QuorateProcess.startMain(Stubborn.class.getName())) {
      process.awaitLine("listening");
      process.terminate();
      process.awaitLine("asked by SIGTERM");
      process.terminate();

      assertThat(process.awaitExit()).isEqualTo(1);
    }
  }

  @Test
  void nobodyIsAskedWithoutASignal() throws InterruptedException {
    try (StopSignal stop = StopSignal.listen()) {
      assertThat(stop.isAskedWithin(1)).isFalse();
    }
  }
}
