/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.beacon.client.BeaconUrl;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.chain.SlotTimes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.http.javadsl.Http;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What must be known of the chain before an operator starts: its database is bound to the genesis,
 * and its actor system to the database.
 */
public final class ChainFacts {
  private static final Logger LOG = LoggerFactory.getLogger(ChainFacts.class);
  private static final Duration BETWEEN = Duration.ofMillis(250);

  private ChainFacts() {}

  /**
   * Asks until one of the nodes has answered. Blocks.
   *
   * @param patience how long to ask
   * @throws TimeoutException if none answered; its cause is the last answer
   */
  public static SlotTimes ask(List<BeaconUrl> urls, long timeoutMillis, Duration patience)
      throws TimeoutException, InterruptedException {
    ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "chain-facts");
    try {
      BeaconNodes nodes = new BeaconNodes(system, urls, timeoutMillis);
      long deadline = System.nanoTime() + patience.toNanos();
      while (true) {
        try {
          Genesis genesis = nodes.genesis().toCompletableFuture().get();
          ChainSpec spec = nodes.spec().toCompletableFuture().get();
          spec.unknownForks()
              .forEach(fork ->
                  LOG.warn(
                      "the chain activates fork {} in epoch {}, which this version does not know:"
                          + " nothing that it signs from then on is valid. Upgrade before.",
                      fork.name(),
                      fork.epoch()));
          return new SlotTimes(spec, genesis);
        } catch (ExecutionException failure) {
          if (System.nanoTime() > deadline) {
            TimeoutException tooLong =
                new TimeoutException(
                    "no beacon node of "
                        + urls
                        + " answered within "
                        + patience.toSeconds()
                        + " s: "
                        + failure.getMessage());
            tooLong.initCause(failure);
            throw tooLong;
          }
          TimeUnit.MILLISECONDS.sleep(BETWEEN.toMillis());
        }
      }
    } finally {
      Http.get(system).shutdownAllConnectionPools().whenComplete((_, _) -> system.terminate());
    }
  }
}
