/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.config.FreePorts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operators as they are deployed: a process and a database each, and a beacon node. */
class ProcessesTest {
  private static final int SLOTS = 8;

  /** Two duties a slot. */
  private static final ProcessNetwork.Size SIZE = new ProcessNetwork.Size(64, 32);

  @Test
  void fourProcessesOnPostgresqlMissNothingAndStopWhenTold(@TempDir Path folder) throws Exception {
    try (ProcessNetwork network =
        ProcessNetwork.start(
            folder, SIZE, ProcessNetwork.loopback(FreePorts.find(ProcessNetwork.OPERATORS)))) {
      List<QuorateProcess> operators = new ArrayList<>();
      for (int operator = 0; operator < ProcessNetwork.OPERATORS; operator++) {
        operators.add(network.startPod(operator, "pod-0", ""));
      }
      for (QuorateProcess operator : operators) {
        ProcessNetwork.awaitReady(operator);
      }
      QuorateProcess status =
          network.run(Stream.of("status", "--api", ProcessNetwork.admin(operators.getFirst())));
      assertThat(status.out()).anyMatch(line -> line.matches("state +ready"));

      // Not the next: what was found open at the start is done by then, and counts for nothing.
      long first = network.currentSlot() + 2;
      network.assertNothingMissed(first, first + SLOTS - 1);

      for (QuorateProcess operator : operators) {
        operator.stop();
        assertThat(operator.out().getLast()).endsWith("INFO  run - stopped");
        assertThat(operator.out()).allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\dT.* - .+"));
      }
    }
  }
}
