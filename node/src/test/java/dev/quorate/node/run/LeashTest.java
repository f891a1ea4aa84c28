/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LeashTest {
  private static final String PID = "pid: ";

  /** Starts another process, as a test does. */
  static final class Owner {
    private Owner() {}

    public static void main(String[] arguments) throws Exception {
      try (QuorateProcess owned = QuorateProcess.startMain(Owned.class.getName())) {
        System.out.println(owned.awaitLine(PID));
        TimeUnit.HOURS.sleep(1);
      }
    }
  }

  /** Would never end by itself. */
  static final class Owned {
    private Owned() {}

    public static void main(String[] arguments) throws InterruptedException {
      System.out.println(PID + ProcessHandle.current().pid());
      TimeUnit.HOURS.sleep(1);
    }
  }

  @Test
  void whatATestStartedEndsWithTheTestEvenIfThatIsKilled() throws Exception {
    try (QuorateProcess owner = QuorateProcess.startMain(Owner.class.getName())) {
      long pid = Long.parseLong(owner.awaitLine(PID).substring(PID.length()));
      ProcessHandle owned = ProcessHandle.of(pid).orElseThrow();
      owner.kill();

      assertThat(owned.onExit()).succeedsWithin(Duration.ofSeconds(30));
    }
  }
}
