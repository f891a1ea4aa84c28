/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.node.run.FaultyNetwork.Duty;
import dev.quorate.node.run.FaultyNetwork.Seat;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * A day of the chain, 225 epochs, in slots of a second and epochs of eight slots: each validator
 * has as many duties as in 24 hours, and each hour one of four operators is killed.
 */
@EnabledIfSystemProperty(
    named = "quorate.faults",
    matches = "true",
    disabledReason = "it takes half an hour; e2e/faults --day runs it")
class DayOfFaultsTest {
  private static final ProcessNetwork.Size SIZE = new ProcessNetwork.Size(100, 8, 1);
  private static final int EPOCHS = 225;
  private static final int HOURS = Integer.getInteger("quorate.faults.hours", 24);
  private static final int SLOTS_PER_HOUR = EPOCHS * SIZE.slotsPerEpoch() / 24;

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);

  @Test
  void aDayWithAKillEveryHour(@TempDir Path folder) throws Exception {
    System.out.println("DayOfFaultsTest -Dseed=" + seed);
    try (FaultyNetwork network = new FaultyNetwork(folder, SIZE)) {
      network.mend();
      Set<Duty> told = new HashSet<>();
      long first = network.chain().currentSlot() + 2;
      for (int hour = 1; hour <= HOURS; hour++) {
        long end = first + (long) hour * SLOTS_PER_HOUR;
        TimeUnit.MILLISECONDS.sleep(
            random.nextLong((long) SLOTS_PER_HOUR / 2 * network.chain().slotMillis()));
        Seat seat = new Seat(random.nextInt(FaultyNetwork.OPERATORS), 0);
        network.kill(seat);
        network.start(seat);
        network.awaitReady();
        network.chain().awaitSlot(end);
        FaultyNetwork.Judgement soFar = network.judge(first);
        System.out.printf("hour %d of %d: %s was killed; %s%n", hour, HOURS, seat, soFar);
        soFar.missed().stream()
            .filter(told::add)
            .forEach(missed -> System.out.println(network.told(missed)));
      }
      FaultyNetwork.Judgement day = network.judge(first);
      day.requireSafe();
      assertThat(day.missed()).allMatch(day.reasons()::containsKey, "is explained");
    }
  }
}
