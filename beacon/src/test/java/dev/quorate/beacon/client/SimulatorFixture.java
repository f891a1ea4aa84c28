/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import dev.quorate.beacon.simulator.BeaconSimulator;
import dev.quorate.beacon.simulator.ManualClock;
import dev.quorate.beacon.simulator.TestValidators;
import dev.quorate.ethereum.chain.Fork;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorSystem;

/** A simulated chain of 16 validators with one node, over HTTP, and a clock that stands still. */
final class SimulatorFixture implements AutoCloseable {
  static final TestValidators VALIDATORS = new TestValidators(16);

  private static final long PATIENT_MILLIS = 20_000;

  final ManualClock clock = new ManualClock();
  final BeaconSimulator simulator;
  private final ActorTestKit kit = ActorTestKit.create();

  SimulatorFixture(Fork fork) {
    simulator =
        await(BeaconSimulator.start(kit.system(), VALIDATORS.chain(fork), List.of(0), 0, clock));
  }

  ActorSystem<?> system() {
    return kit.system();
  }

  BeaconNode node() {
    return new BeaconNode(
        kit.system(), BeaconUrl.of(simulator.nodeUrls().getFirst()), PATIENT_MILLIS);
  }

  BeaconNodes nodes() {
    return new BeaconNodes(
        kit.system(), List.of(BeaconUrl.of(simulator.nodeUrls().getFirst())), PATIENT_MILLIS);
  }

  /** Two thirds into a slot. */
  void setSlot(long slot) {
    clock.set(
        simulator.chain().times().startMillis(slot)
            + simulator.chain().config().slotMillis() * 2 / 3);
  }

  static <T> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }

  static BeaconError errorOf(CompletionStage<?> stage) {
    try {
      throw new AssertionError("an answer: " + stage.toCompletableFuture().join());
    } catch (CompletionException failure) {
      return BeaconException.errorOf(failure).orElseThrow();
    }
  }

  @Override
  public void close() {
    await(simulator.stop());
    kit.shutdownTestKit();
  }
}
