/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.quorate.beacon.simulator.SimulatorHttp.Asked;
import dev.quorate.beacon.simulator.SimulatorHttp.Reply;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.ApiJson;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.ServerBinding;

/**
 * Several beacon nodes of one simulated chain, each a real HTTP server on the loopback interface,
 * and a control port that does what this class does:
 *
 * <ul>
 *   <li>{@code GET /simulator/report?from=SLOT&to=SLOT}: {@link #report} as JSON
 *   <li>{@code PUT /simulator/nodes/{position}/faults}: {@link #setFaults} with a JSON list of
 *       {@link Fault}s
 *   <li>{@code PUT /simulator/block-delay?millis=MILLIS}: {@link #setBlockDelay}
 *   <li>{@code PUT /simulator/block-size?bytes=BYTES}: {@link #setBlockBytes}
 *   <li>{@code PUT /simulator/reorganisations?epoch=EPOCH}: {@link #reorganise}
 *   <li>{@code PUT /simulator/orphans?slot=SLOT}: {@link #orphan}
 * </ul>
 */
public final class BeaconSimulator {
  private static final String NODES = "PUT /simulator/nodes/";
  private static final String FAULTS = "/faults";
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(1);

  private final SimulatedChain chain;
  private final Pools pools;
  private final List<SimulatedNode> nodes;
  private final ExecutorService executor;
  private final List<ServerBinding> bindings = new ArrayList<>();

  private BeaconSimulator(ChainConfig config, int nodes, InstantSource clock) {
    this.chain = new SimulatedChain(config);
    this.pools = new Pools(chain);
    this.nodes =
        Stream.generate(() -> new SimulatedNode(chain, pools, clock)).limit(nodes).toList();
    this.executor =
        Executors.newFixedThreadPool(
            Runtime.getRuntime().availableProcessors(),
            Thread.ofPlatform().daemon().name("beacon-simulator-", 0).factory());
  }

  /**
   * @param ports one for each node, 0 for any free one
   * @param controlPort 0 for any free one
   * @param clock what time it is on the chain
   * @return fails if a port cannot be had, with everything closed again
   */
  public static CompletionStage<BeaconSimulator> start(
      ActorSystem<?> system,
      ChainConfig config,
      List<Integer> ports,
      int controlPort,
      InstantSource clock) {
    BeaconSimulator simulator = new BeaconSimulator(config, ports.size(), clock);
    SimulatorHttp http = new SimulatorHttp(system, simulator.executor);
    CompletionStage<?> bound =
        http.serve(controlPort, simulator::control, List::of).thenAccept(simulator.bindings::add);
    for (int position = 0; position < ports.size(); position++) {
      int port = ports.get(position);
      SimulatedNode node = simulator.nodes.get(position);
      bound =
          bound
              .thenCompose(_ -> http.serve(port, node::answer, node::faults))
              .thenAccept(simulator.bindings::add);
    }
    return bound
        .thenApply(_ -> simulator)
        .exceptionallyCompose(
            failure -> simulator.stop().thenCompose(_ -> CompletableFuture.failedFuture(failure)));
  }

  public SimulatedChain chain() {
    return chain;
  }

  /** {@code http://127.0.0.1:port} of each node. */
  public List<String> nodeUrls() {
    return bindings.stream().skip(1).map(BeaconSimulator::url).toList();
  }

  public String controlUrl() {
    return url(bindings.getFirst());
  }

  /** Replaces the faults of the node at a position, from its next request on. */
  public void setFaults(int node, List<Fault> faults) {
    nodes.get(node).setFaults(faults);
  }

  /**
   * From now on blocks arrive so long after the start of their slots, at every node; by default
   * when attestations are due.
   *
   * @throws IllegalArgumentException if that is not within the slot
   */
  public void setBlockDelay(long millis) {
    chain.setBlockDelay(millis);
  }

  /**
   * From now on blocks have at most so many bytes with their blobs, and at least half as many.
   *
   * @throws IllegalArgumentException if no block is so large
   */
  public void setBlockBytes(long bytes) {
    chain.setBlockBytes(bytes);
  }

  /** The blocks of a slot that were published. */
  public List<PublishedBlock> blocks(long slot) {
    return pools.blocks.accepted(slot);
  }

  /**
   * Reorganises the chain so that other validators attest in {@code epoch}, with another dependent
   * root; every node tells its subscribers of the new head.
   */
  public void reorganise(long epoch) {
    chain.reorganise(epoch);
  }

  /** From now on the chain has no block at a slot, nor what that held. */
  public void orphan(long slot) {
    chain.orphan(slot);
  }

  /** Who listens to events now, at all nodes: whoever came hears of every later head. */
  public int subscribers() {
    return nodes.stream().mapToInt(SimulatedNode::subscribers).sum();
  }

  /** Requests that hand nothing in, to all nodes since the start. */
  public long questions() {
    return nodes.stream().mapToLong(SimulatedNode::questions).sum();
  }

  /** Who is to be paid for a validator's blocks; empty if nobody has said so. */
  public Optional<Bytes> feeRecipientOf(long validatorIndex) {
    return pools.subscriptions.feeRecipientOf(validatorIndex);
  }

  /** What became of the duties from one slot to another, both included. */
  public SimulatorReport report(long fromSlot, long toSlot) {
    return pools.report(fromSlot, toSlot);
  }

  /** Closes every port, also under answers that stall and streams of events. */
  public CompletionStage<Void> stop() {
    List<CompletableFuture<?>> closed = new ArrayList<>();
    for (ServerBinding binding : bindings) {
      closed.add(binding.terminate(STOP_TIMEOUT).toCompletableFuture());
    }
    return CompletableFuture.allOf(closed.toArray(CompletableFuture[]::new))
        .whenComplete((_, _) -> executor.shutdown());
  }

  private static String url(ServerBinding binding) {
    return "http://" + SimulatorHttp.HOST + ":" + binding.localAddress().getPort();
  }

  private Reply control(Asked asked) {
    String route = asked.method() + " " + asked.path();
    try {
      if (route.equals("GET /simulator/report")) {
        return report(asked);
      }
      if (route.startsWith(NODES) && route.endsWith(FAULTS)) {
        return setFaults(asked, route.substring(NODES.length(), route.length() - FAULTS.length()));
      }
      return switch (route) {
        case "PUT /simulator/block-delay" -> control(asked, "millis", this::setBlockDelay);
        case "PUT /simulator/block-size" -> control(asked, "bytes", this::setBlockBytes);
        case "PUT /simulator/reorganisations" -> control(asked, "epoch", this::reorganise);
        case "PUT /simulator/orphans" -> control(asked, "slot", this::orphan);
        default -> Reply.error(404, "Route not found");
      };
    } catch (IllegalArgumentException refused) {
      return Reply.error(400, String.valueOf(refused.getMessage()));
    }
  }

  private static Reply control(Asked asked, String parameter, LongConsumer action) {
    OptionalLong number = asked.number(parameter);
    number.ifPresent(action);
    return number.isPresent() ? Reply.ok() : Reply.error(400, parameter + " is a number");
  }

  private Reply report(Asked asked) {
    OptionalLong from = asked.number("from");
    OptionalLong to = asked.number("to");
    return from.isPresent() && to.isPresent()
        ? new Reply(200, report(from.getAsLong(), to.getAsLong()).toJson())
        : Reply.error(400, "from and to are slots");
  }

  private Reply setFaults(Asked asked, String position) {
    OptionalLong node = ApiJson.number(JsonNodeFactory.instance.textNode(position));
    if (node.isEmpty() || node.getAsLong() >= nodes.size()) {
      return Reply.error(404, "No such node");
    }
    JsonNode list = asked.json().orElse(JsonNodeFactory.instance.objectNode());
    try {
      setFaults(
          (int) node.getAsLong(),
          SimulatorHttp.MAPPER.treeToValue(list, new TypeReference<List<Fault>>() {}));
    } catch (JsonProcessingException malformed) {
      return Reply.error(400, malformed.getOriginalMessage());
    }
    return Reply.ok();
  }
}
