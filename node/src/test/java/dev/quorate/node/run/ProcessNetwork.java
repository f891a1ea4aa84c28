/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quorate.config.Address;
import dev.quorate.node.process.ChildProgram;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Four operators as they are deployed: their pods are processes, each operator has a database of
 * its own and a beacon node of one simulated chain.
 */
final class ProcessNetwork implements AutoCloseable {
  static final int OPERATORS = 4;

  /** Of every operator's tables. */
  static final String SCHEMA = "guarded";

  /** For duties that are still open when a report is asked for. */
  private static final int GRACE_SLOTS = 8;

  private static final ObjectMapper JSON = new ObjectMapper();

  /** How many validators attest, and how often. */
  record Size(int validators, int slotsPerEpoch, int slotSeconds) {
    Size(int validators, int slotsPerEpoch) {
      this(validators, slotsPerEpoch, 2);
    }
  }

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<QuorateProcess> processes = new ArrayList<>();
  private final PostgresProcess postgres;
  private final Path folder;
  private final QuorateProcess simulator;
  private final List<String> beaconUrls;
  private final int slotMillis;
  private final long genesisMillis;

  private ProcessNetwork(Path folder, PostgresProcess postgres, Size size, List<Address> addresses)
      throws Exception {
    this.postgres = postgres;
    this.folder = folder.resolve("cluster");
    run(
        Stream.concat(
            Stream.of("cluster", "create", "--validators", size.validators(), "--out", this.folder),
            addresses.stream().flatMap(address -> Stream.of("--address", address))));
    slotMillis = size.slotSeconds() * 1_000;
    long epochMillis = (long) size.slotsPerEpoch() * slotMillis;
    genesisMillis = (System.currentTimeMillis() - epochMillis) / 1000 * 1000;
    simulator =
        start(
            "beacon-simulator",
            "--cluster=" + this.folder.resolve("cluster.json"),
            "--nodes=" + OPERATORS,
            "--port=0",
            "--slot-seconds=" + size.slotSeconds(),
            "--slots-per-epoch=" + size.slotsPerEpoch(),
            "--genesis-time=" + genesisMillis / 1000);
    simulator.awaitLine("ready");
    beaconUrls = after(simulator, "beacon node: ");
    assertThat(beaconUrls).hasSize(OPERATORS);
    for (int operator = 0; operator < OPERATORS; operator++) {
      postgres.create(database(operator));
    }
  }

  /**
   * The chain and the databases, but no pod as yet.
   *
   * @param addresses where operators reach one another
   */
  static ProcessNetwork start(Path folder, Size size, List<Address> addresses) throws Exception {
    PostgresProcess postgres = PostgresProcess.start();
    try {
      return new ProcessNetwork(folder, postgres, size, addresses);
    } catch (Throwable failure) {
      postgres.close();
      throw failure;
    }
  }

  static List<Address> loopback(List<Integer> ports) {
    return ports.stream().map(port -> new Address("127.0.0.1", port)).toList();
  }

  PostgresProcess postgres() {
    return postgres;
  }

  static String database(int operator) {
    return "operator_" + operator;
  }

  // ---- pods

  /**
   * Starts one pod.
   *
   * @param name among the operator's pods
   * @param settings beside those that every pod of the operator has, in HOCON
   */
  QuorateProcess startPod(int operator, String name, String settings) throws Exception {
    return startPod(operator, name, settings, QuorateProcess.Ground.PLAIN);
  }

  QuorateProcess startPod(int operator, String name, String settings, QuorateProcess.Ground ground)
      throws Exception {
    Path conf = folder(operator).resolve(name + ".conf");
    Path password =
        Files.writeString(conf.resolveSibling("database-password.txt"), PostgresProcess.USER);
    Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
    Files.writeString(
        conf,
        """
        include "operator.conf"
        quorate {
          beacon-nodes.urls = ["%s"]
          admin.bind-address = "127.0.0.1:0"
          database { url = "%s", user = %s, schema = %s, password-file = database-password.txt }
          pod.name = "%s"
          %s
        }
        """
            .formatted(
                beaconUrls.get(operator),
                postgres.url(database(operator)),
                PostgresProcess.USER,
                SCHEMA,
                name,
                settings));
    QuorateProcess pod =
        QuorateProcess.startMain(
            ground, ChildProgram.QUORATE, "run", "--log-level=debug", "--config=" + conf);
    processes.add(pod);
    return pod;
  }

  /** The operator's keys and settings. */
  Path folder(int operator) {
    return folder.resolve("operator-" + operator);
  }

  static void awaitReady(QuorateProcess pod) throws InterruptedException {
    pod.awaitLine("INFO  run - ready");
  }

  /** Where the pod's admin API is. */
  static String admin(QuorateProcess pod) throws InterruptedException {
    String line = pod.awaitLine("INFO  run - admin API: ");
    return line.substring(line.indexOf("http://"));
  }

  private QuorateProcess start(Object... arguments) throws IOException {
    QuorateProcess process = QuorateProcess.start(arguments);
    processes.add(process);
    return process;
  }

  /** Any other command, to its end. */
  QuorateProcess run(Stream<Object> arguments) throws Exception {
    QuorateProcess process = start(arguments.toArray());
    assertThat(process.awaitExit()).as("%s", process).isZero();
    return process;
  }

  private static List<String> after(QuorateProcess process, String prefix) {
    return process.out().stream()
        .filter(line -> line.startsWith(prefix))
        .map(line -> line.substring(prefix.length()))
        .toList();
  }

  /** What it answers, with whatever status. */
  HttpResponse<String> get(String url) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
  }

  // ---- the chain

  long slotAt(long unixMillis) {
    return (unixMillis - genesisMillis) / slotMillis;
  }

  long currentSlot() {
    return slotAt(System.currentTimeMillis());
  }

  void awaitSlot(long slot) throws InterruptedException {
    awaitMillis(genesisMillis + slot * slotMillis);
  }

  void awaitMiddleOfASlot() throws InterruptedException {
    awaitMillis(genesisMillis + (currentSlot() + 1) * slotMillis + slotMillis / 2);
  }

  private static void awaitMillis(long unixMillis) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(unixMillis - System.currentTimeMillis());
  }

  int slotMillis() {
    return slotMillis;
  }

  long genesisMillis() {
    return genesisMillis;
  }

  /**
   * Replaces what is wrong with an operator's beacon node.
   *
   * @param faults as the simulator's control takes them
   */
  void setFaults(int node, String faults) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(control() + "/simulator/nodes/" + node + "/faults"))
            .header("Content-Type", "application/json")
            .PUT(HttpRequest.BodyPublishers.ofString(faults))
            .build();
    HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  private String control() {
    return after(simulator, "control: ").getFirst();
  }

  /** What became of the duties of some slots; those that are still open get some more. */
  JsonNode report(long first, long last) throws Exception {
    String url = control() + "/simulator/report?from=" + first + "&to=" + last;
    for (long slot = last + 1; ; slot++) {
      awaitSlot(slot);
      JsonNode report = JSON.readTree(get(url).body());
      if (report.path("missed").intValue() == 0 || slot > last + GRACE_SLOTS) {
        return report;
      }
    }
  }

  /** All that was due was done, nothing was signed wrongly or against anything else. */
  void assertNothingMissed(long first, long last) throws Exception {
    JsonNode report = report(first, last);
    System.out.printf(
        "slots %d to %d: %s of %s duties%n",
        first, last, report.path("broadcast"), report.path("expected"));
    assertThat(report.path("expected").intValue()).isPositive();
    assertThat(report.path("missed").intValue()).as("%s", report).isZero();
    assertThat(report.path("invalidAggregates").intValue()).as("%s", report).isZero();
    assertThat(report.path("conflictingSignatures").intValue()).as("%s", report).isZero();
  }

  @Override
  public void close() {
    processes.forEach(QuorateProcess::close);
    postgres.close();
    http.close();
  }
}
