/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import dev.quorate.actors.validator.QuietTime;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.cluster.sharding.ShardCoordinator;
import org.apache.pekko.cluster.sharding.ShardCoordinator.ShardAllocationStrategy;
import org.apache.pekko.cluster.sharding.ShardCoordinator.ShardAllocationStrategy$;
import org.apache.pekko.dispatch.Futures;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Map;
import scala.collection.immutable.Set;
import scala.concurrent.Future;

/**
 * Which pod gets a shard: the one with the fewest, as Pekko does it. But shards only begin to move
 * for the sake of balance in the quiet time of a slot, and few at a time, so that theirs is the
 * only duty that could be late.
 */
final class QuietAllocation implements ShardCoordinator.ActorSystemDependentAllocationStrategy {
  /** Of a hundred; the next ones begin to move when these are up again. */
  private static final int MOVING_MAX = 10;

  private final ShardAllocationStrategy fewest =
      ShardAllocationStrategy$.MODULE$.leastShardAllocationStrategy(MOVING_MAX, 1.0);

  private final QuietTime quiet;

  QuietAllocation(QuietTime quiet) {
    this.quiet = quiet;
  }

  @Override
  public void start(ActorSystem system) {
    if (fewest instanceof ShardCoordinator.ActorSystemDependentAllocationStrategy dependent) {
      dependent.start(system);
    }
  }

  @Override
  public Future<ActorRef> allocateShard(
      ActorRef requester, String shard, Map<ActorRef, IndexedSeq<String>> shards) {
    return fewest.allocateShard(requester, shard, shards);
  }

  @Override
  public Future<Set<String>> rebalance(
      Map<ActorRef, IndexedSeq<String>> shards, Set<String> moving) {
    return quiet.millisUntil() == 0
        ? fewest.rebalance(shards, moving)
        : Futures.successful(scala.collection.immutable.Set$.MODULE$.empty());
  }
}
