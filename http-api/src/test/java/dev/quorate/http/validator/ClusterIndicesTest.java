/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.beacon.client.BeaconException;
import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.beacon.client.BeaconUrl;
import dev.quorate.beacon.simulator.Fault;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.chain.Fork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Of a cluster of which the simulated chain knows all validators but the last. */
class ClusterIndicesTest {
  private static final long SLOT = 7;
  private static final long FOREIGN = 99_999;

  private final ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "indices");
  private final ServedClient served = new ServedClient(Fork.FULU);
  private final List<Bytes> groups = new ArrayList<>();
  private final ClusterIndices indices;

  ClusterIndicesTest() throws Exception {
    served.groups.forEach(key -> groups.add(key.publicKey().compressed()));
    groups.add(Bytes.wrap(new byte[48]));
    indices =
        new ClusterIndices(
            new BeaconNodes(
                system, served.chain.nodeUrls().stream().map(BeaconUrl::of).toList(), 10_000),
            groups);
  }

  @AfterEach
  void close() {
    served.close();
    system.terminate();
  }

  private static Map<Long, Integer> joined(CompletionStage<Map<Long, Integer>> stage) {
    return stage.toCompletableFuture().join();
  }

  @Test
  void whatIsKnownIsSaidAtOnceWhileValidatorsAreUnknownAndTheNodeIsSilent() {
    Map<Long, Integer> known = joined(indices.positions(Set.of(), SLOT));
    assertThat(known.values()).containsExactlyInAnyOrder(0, 1, 2);
    served.chain.setFaults(0, List.of(new Fault.StallForever()));

    CompletionStage<Map<Long, Integer>> waiting = indices.positions(Set.of(FOREIGN), SLOT + 1);
    CompletionStage<Map<Long, Integer>> atOnce = indices.positions(known.keySet(), SLOT + 1);

    assertThat(atOnce.toCompletableFuture()).isCompletedWithValue(known);
    assertThat(waiting.toCompletableFuture()).isNotDone();
  }

  @Test
  void aQuestionThatFailsLeavesWhatIsKnown() {
    Map<Long, Integer> known = joined(indices.positions(Set.of(), SLOT));
    served.chain.setFaults(0, List.of(new Fault.Fail(500)));

    for (long slot = SLOT + 1; slot < SLOT + 4; slot++) {
      assertThat(joined(indices.positions(Set.of(FOREIGN), slot))).isEqualTo(known);
      assertThat(indices.positions(known.keySet(), slot).toCompletableFuture())
          .isCompletedWithValue(known);
    }
  }

  @Test
  void whatANodeSaidWronglyLastsUntilAnIndexIsWantedThatIsNotKnown() {
    AtomicLong first = new AtomicLong(500);
    ServerBinding node =
        Http.get(system)
            .newServerAt("127.0.0.1", 0)
            .bindSync(_ -> validators(first.get()))
            .toCompletableFuture()
            .join();
    String url = "http://127.0.0.1:" + node.localAddress().getPort();
    ClusterIndices all =
        new ClusterIndices(
            new BeaconNodes(system, List.of(BeaconUrl.of(url)), 10_000), groups.subList(0, 3));
    assertThat(joined(all.positions(Set.of(), SLOT))).isEqualTo(Map.of(500L, 0, 501L, 1, 502L, 2));

    first.set(7);
    assertThat(joined(all.positions(Set.of(), SLOT + 1))).containsOnlyKeys(500L, 501L, 502L);
    assertThat(joined(all.positions(Set.of(8L), SLOT + 1))).isEqualTo(Map.of(7L, 0, 8L, 1, 9L, 2));

    first.set(500);
    assertThat(joined(all.positions(Set.of(500L), SLOT + 1)))
        .as("once a slot")
        .containsOnlyKeys(7L, 8L, 9L);
  }

  private HttpResponse validators(long first) {
    String items =
        IntStream.range(0, 3)
            .mapToObj(i ->
                "{\"index\":\"%d\",\"status\":\"active_ongoing\",\"validator\":{\"pubkey\":\"0x%s\"}}"
                    .formatted(first + i, groups.get(i).hex()))
            .collect(Collectors.joining(","));
    return HttpResponse.create()
        .withEntity(ContentTypes.APPLICATION_JSON, "{\"data\":[" + items + "]}");
  }

  @Test
  void whereNothingIsKnownTheNextSlotAsksAgain() {
    served.chain.setFaults(0, List.of(new Fault.Fail(500)));
    assertThat(indices.positions(Set.of(1L), SLOT).toCompletableFuture())
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(BeaconException.class);
    served.chain.setFaults(0, List.of());

    assertThat(joined(indices.positions(Set.of(FOREIGN), SLOT + 1))).hasSize(3);
  }
}
