/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quorate.config.Address;
import dev.quorate.config.ClusterCreation;
import dev.quorate.config.ClusterPlan;
import dev.quorate.config.FreePorts;
import dev.quorate.config.OperatorFolder;
import dev.quorate.node.run.QuorateProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BeaconSimulatorCommandTest {
  @TempDir private Path temporary = Path.of("");
  private Path cluster = Path.of("");

  @BeforeEach
  void makeACluster() throws IOException {
    List<Address> addresses =
        IntStream.range(1, 5).mapToObj(port -> new Address("127.0.0.1", port)).toList();
    List<OperatorFolder> dealt =
        ClusterCreation.dealFreshKeys(
            new ClusterPlan("test", 3, Optional.empty(), addresses), 32, new SecureRandom());
    cluster = temporary.resolve("cluster.json");
    Files.write(cluster, dealt.getFirst().cluster().toJson());
    dealt.forEach(OperatorFolder::close);
  }

  private static JsonNode get(String url) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return new ObjectMapper()
          .readTree(
              http.send(
                      HttpRequest.newBuilder(URI.create(url)).build(),
                      HttpResponse.BodyHandlers.ofString())
                  .body());
    }
  }

  @Test
  void servesTheChainThatItWasToldUntilItIsStopped() throws Exception {
    Path report = temporary.resolve("report.json");
    long genesis = System.currentTimeMillis() / 1000 - 100;
    List<Integer> ports = FreePorts.find(2);
    try (QuorateProcess process =
        QuorateProcess.start(
            "beacon-simulator",
            "--cluster=" + cluster,
            "--port=" + ports.getFirst(),
            "--control-port=" + ports.getLast(),
            "--slot-seconds=1",
            "--slots-per-epoch=8",
            "--fork=Electra",
            "--seed=9",
            "--genesis-time=" + genesis,
            "--report=" + report)) {
      process.awaitLine("ready");
      String node = "http://127.0.0.1:" + ports.getFirst();
      assertThat(process.out())
          .startsWith(
              "beacon node: " + node, "control: http://127.0.0.1:" + ports.getLast(), "ready");
      assertThat(get(node + "/eth/v1/beacon/genesis").at("/data/genesis_time").asLong())
          .isEqualTo(genesis);
      assertThat(get(node + "/eth/v1/config/spec").at("/data/SECONDS_PER_SLOT").asText())
          .isEqualTo("1");
      assertThat(get(node + "/eth/v1/config/spec").at("/data/SLOTS_PER_EPOCH").asText())
          .isEqualTo("8");

      // Four of 32 validators for each slot of the epoch, and nobody who does their duties.
      process.awaitLine(": 0 of 4 duties");
      process.stop();
      JsonNode written = new ObjectMapper().readTree(report.toFile());
      assertThat(written.path("missed").intValue()).isPositive();
      assertThat(written.path("broadcast").intValue()).isZero();
    }
  }

  @Test
  void saysWhichPortIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        QuorateProcess process =
            QuorateProcess.start(
                "beacon-simulator", "--cluster=" + cluster, "--port=" + taken.getLocalPort())) {
      assertThat(process.awaitExit()).isEqualTo(1);
      assertThat(process.err()).hasSize(1);
      assertThat(process.err().getFirst())
          .startsWith("quorate beacon-simulator: ")
          .contains(":" + taken.getLocalPort(), "choose other ports");
    }
  }
}
