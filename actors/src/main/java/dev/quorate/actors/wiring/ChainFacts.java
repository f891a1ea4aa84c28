/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import dev.quorate.beacon.client.BeaconNode;
import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.beacon.client.BeaconUrl;
import dev.quorate.config.ConfigurationFault;
import dev.quorate.config.InvalidConfiguration;
import dev.quorate.config.OperatorSettings;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.chain.SlotTimes;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
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
  private static final long BETWEEN_MILLIS = 250;
  private static final String URLS = "quorate.beacon-nodes.urls";

  private ChainFacts() {}

  /**
   * Asks until one of the nodes has answered. Blocks.
   *
   * @throws InvalidConfiguration if none answered in time, or nodes are of different chains
   */
  public static SlotTimes ask(OperatorSettings.BeaconNodes settings) throws InterruptedException {
    List<BeaconUrl> urls =
        settings.urls().stream().map(url -> BeaconUrl.of(url.toString())).toList();
    ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "chain-facts");
    try {
      BeaconNodes nodes = new BeaconNodes(system, urls, settings.timeoutMillis());
      long deadlineNanos =
          System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.firstAnswerMillis());
      while (true) {
        try {
          Genesis genesis = await(nodes.genesis());
          ChainSpec spec = await(nodes.spec());
          refuseOtherChains(nodes.nodes(), genesis);
          spec.unknownForks()
              .forEach(fork ->
                  LOG.warn(
                      "the chain activates fork {} in epoch {}, which this version does not know:"
                          + " nothing that it signs from then on is valid. Upgrade before.",
                      fork.name(),
                      fork.epoch()));
          return new SlotTimes(spec, genesis);
        } catch (ExecutionException failure) {
          if (System.nanoTime() > deadlineNanos) {
            throw new InvalidConfiguration(
                ConfigurationFault.NO_BEACON_NODE,
                URLS,
                "none of %s answered within %d ms: %s"
                    .formatted(urls, settings.firstAnswerMillis(), reason(failure)));
          }
          TimeUnit.MILLISECONDS.sleep(BETWEEN_MILLIS);
        }
      }
    } finally {
      Http.get(system).shutdownAllConnectionPools().whenComplete((_, _) -> system.terminate());
    }
  }

  private static <T> T await(CompletionStage<T> answer)
      throws ExecutionException, InterruptedException {
    return answer.toCompletableFuture().get();
  }

  /** A node that does not answer now is not asked: it may be down for an hour. */
  private static void refuseOtherChains(List<BeaconNode> nodes, Genesis genesis)
      throws InterruptedException {
    for (BeaconNode node : nodes) {
      try {
        Genesis other = await(node.genesis());
        if (!other.equals(genesis)) {
          throw new InvalidConfiguration(
              ConfigurationFault.WRONG_CHAIN,
              URLS,
              "the genesis of %s is %s, that of another node %s"
                  .formatted(node.url(), other.validatorsRoot(), genesis.validatorsRoot()));
        }
      } catch (ExecutionException away) {
        // Nothing is known of it.
      }
    }
  }

  private static String reason(ExecutionException failure) {
    return Optional.ofNullable(failure.getCause()).map(Throwable::getMessage).orElse("no answer");
  }
}
