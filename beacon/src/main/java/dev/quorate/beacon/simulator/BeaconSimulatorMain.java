/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.CompletionException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * The simulator in a process of its own, so that its CPU time is not that of the operators. Takes
 * one argument, a file of {@link SimulatorSettings}; prints one line on standard output once every
 * port is open, <code>{"control":"http://…","nodes":["http://…"]}</code>; ends when standard input
 * does, and so never outlives the process that started it. Exit status 0 then, 1 if a port cannot
 * be had, 2 on a bad file.
 */
public final class BeaconSimulatorMain {
  private static final int FAILED = 1;
  private static final int BAD_USAGE = 2;

  private BeaconSimulatorMain() {}

  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  private static int run(String[] arguments) {
    if (arguments.length != 1) {
      System.err.println("usage: BeaconSimulatorMain SETTINGS.json");
      return BAD_USAGE;
    }
    SimulatorSettings settings;
    ChainConfig chain;
    try {
      settings = SimulatorSettings.parse(Files.readString(Path.of(arguments[0])));
      chain = settings.chain();
    } catch (IOException | IllegalArgumentException unusable) {
      System.err.println(arguments[0] + ": " + unusable.getMessage());
      return BAD_USAGE;
    }
    return serve(settings, chain);
  }

  private static int serve(SimulatorSettings settings, ChainConfig chain) {
    ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "beacon-simulator");
    try {
      BeaconSimulator simulator =
          BeaconSimulator.start(
                  system, chain, settings.ports(), settings.controlPort(), InstantSource.system())
              .toCompletableFuture()
              .join();
      System.out.println(simulator.readyJson());
      System.in.transferTo(OutputStream.nullOutputStream());
      return 0;
    } catch (CompletionException | IOException failed) {
      System.err.println(failed.getMessage());
      return FAILED;
    } finally {
      system.terminate();
    }
  }
}
