/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.run;

import dev.quorate.actors.peer.PeerCounters;
import dev.quorate.actors.peer.PeerLinks;
import dev.quorate.actors.peer.PeerSettings;
import dev.quorate.actors.peer.PeerTimes;
import dev.quorate.config.Address;
import dev.quorate.config.ClusterFile;
import dev.quorate.config.OperatorFolder;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.qbft.Vote;
import dev.quorate.wire.Outgoing;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * An operator that lies: with its identity key, over links like anybody's, it sends signed votes
 * for made-up values in all rounds of all open duties, as many as the links take.
 */
final class FloodingPeer {
  private static final Duration PERIOD = Duration.ofMillis(50);
  private static final int VOTES_PER_PERIOD = 1_024;
  private static final int ROUNDS = 12;

  private FloodingPeer() {}

  /**
   * @param arguments the operator's folder, Unix milliseconds of the chain's genesis, of one slot
   */
  public static void main(String[] arguments) {
    OperatorFolder folder = OperatorFolder.load(Path.of(arguments[0]));
    long genesisMillis = Long.parseLong(arguments[1]);
    long slotMillis = Long.parseLong(arguments[2]);
    ActorSystem.create(
        Behaviors.<PeerLinks.Inbound>withTimers(timers ->
            Behaviors.setup(context -> {
              var links =
                  context.spawn(
                      PeerLinks.create(
                          settings(folder),
                          folder.identity(),
                          _ -> Optional.empty(),
                          new PeerCounters(folder.cluster().operators().size()),
                          context.getSelf(),
                          context.spawn(Behaviors.ignore(), "link-events")),
                      "links");
              flood(timers);
              System.out.println("floods");
              return Behaviors.receiveMessage(message -> {
                if (message.messages().isEmpty()) {
                  long slot = (System.currentTimeMillis() - genesisMillis) / slotMillis;
                  links.tell(new PeerLinks.SendAll(votes(folder, slot)));
                  flood(timers);
                }
                return Behaviors.same();
              });
            })),
        "flood");
  }

  /** An empty message of its own: time for more. */
  private static void flood(TimerScheduler<PeerLinks.Inbound> timers) {
    timers.startSingleTimer(new PeerLinks.Inbound(List.of()), PERIOD);
  }

  private static List<Outgoing> votes(OperatorFolder folder, long slot) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    List<Outgoing> votes = new ArrayList<>();
    for (int i = 0; i < VOTES_PER_PERIOD; i++) {
      DutyId duty =
          DutyId.attester(
              slot - random.nextInt(4), random.nextInt(folder.cluster().validators().size()));
      byte[] value = new byte[32];
      random.nextBytes(value);
      int round = 1 + random.nextInt(ROUNDS);
      Bytes32 hash = Bytes32.of(value);
      Vote vote =
          random.nextBoolean()
              ? new Vote.Prepare(duty, folder.position(), round, hash)
              : new Vote.Commit(duty, folder.position(), round, hash);
      votes.add(new Outgoing.Cast(vote, List.of(), Optional.empty()));
    }
    return votes;
  }

  private static PeerSettings settings(OperatorFolder folder) {
    ClusterFile cluster = folder.cluster();
    Map<Integer, InetSocketAddress> others = new HashMap<>();
    for (int operator = 0; operator < cluster.operators().size(); operator++) {
      if (operator != folder.position()) {
        Address address = cluster.operators().get(operator).address();
        others.put(operator, InetSocketAddress.createUnresolved(address.host(), address.port()));
      }
    }
    return new PeerSettings(
        cluster.hash(),
        cluster.operators().stream().map(ClusterFile.Operator::identityKey).toList(),
        cluster.validators().size(),
        folder.position(),
        "pod-0",
        System.currentTimeMillis(),
        "flood",
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        others,
        PeerTimes.DEFAULT);
  }
}
