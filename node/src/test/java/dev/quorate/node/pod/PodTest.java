/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.pod;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import dev.quorate.actors.validator.DutyFigures;
import dev.quorate.actors.wiring.ChainFacts;
import dev.quorate.actors.wiring.Operator;
import dev.quorate.config.Address;
import dev.quorate.config.ClusterCreation;
import dev.quorate.config.ClusterPlan;
import dev.quorate.config.FreePorts;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.node.simulator.SimulatorProcess;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.persistence.store.OperatorIdentity;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodTest {
  @Test
  void stopsWithTheReasonWhenAPartOfItFails(@TempDir Path folder) throws Exception {
    List<Address> addresses =
        FreePorts.find(4).stream().map(port -> new Address("127.0.0.1", port)).toList();
    List<OperatorFolder> dealt =
        ClusterCreation.dealFreshKeys(
            new ClusterPlan("test", 3, Optional.empty(), addresses), 1, new SecureRandom());
    try (SimulatorProcess chain =
        SimulatorProcess.start(dealt.getFirst().cluster(), List.of("--port=0"))) {
      OperatorSettings settings =
          OperatorSettings.of(
              ConfigFactory.parseMap(
                  Map.of(
                      "quorate.peers.bind-address",
                      addresses.getFirst().toString(),
                      "quorate.beacon-nodes.urls",
                      chain.nodeUrls())),
              folder);
      SlotTimes times = ChainFacts.ask(settings.beaconNodes());
      // Behind the back of the pod, which would have looked before.
      try (ServerSocket taken =
              new ServerSocket(addresses.getFirst().port(), 1, InetAddress.getLoopbackAddress());
          OperatorDatabase database =
              OperatorDatabase.open(
                  DatabaseSettings.of(settings.database().url()),
                  new OperatorIdentity(
                      dealt.getFirst().identity().publicKey().encoded().toBytes(),
                      dealt.getFirst().cluster().hash(),
                      times.genesis().validatorsRoot()));
          Operator operator =
              Operator.start(
                  new Operator.Parts(
                      dealt.getFirst(),
                      settings,
                      times,
                      database,
                      new DutyFigures((_, _) -> {})))) {
        assertThat(operator.whenStopped())
            .succeedsWithin(Duration.ofSeconds(60))
            .asString()
            .startsWith("peer-links failed: cannot listen on /127.0.0.1")
            .contains("in use");
        assertThat(taken.isBound()).isTrue();
      }
    } finally {
      dealt.forEach(OperatorFolder::close);
    }
  }
}
