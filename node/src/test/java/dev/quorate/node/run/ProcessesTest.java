/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quorate.node.process.FreePorts;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operators as they are deployed: a process and a database each, and a beacon node. */
class ProcessesTest {
  private static final int OPERATORS = 4;
  private static final int SLOT_SECONDS = 2;

  /** Two duties a slot. */
  private static final int VALIDATORS = 64;

  private static final int SLOTS = Integer.getInteger("quorate.slots", 8);
  private static final int GRACE_SLOTS = 8;

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<QuorateProcess> processes = new ArrayList<>();

  @Test
  void fourProcessesOnPostgresqlMissNothingAndStopWhenTold(@TempDir Path folder) throws Exception {
    try (EmbeddedPostgres server =
        EmbeddedPostgres.builder()
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("full_page_writes", "on")
            .setServerConfig("max_connections", "100")
            .start()) {
      run(folder, server);
    } finally {
      processes.forEach(QuorateProcess::close);
      http.close();
    }
  }

  private void run(Path folder, EmbeddedPostgres server) throws Exception {
    Path out = folder.resolve("cluster");
    List<Object> create =
        new ArrayList<>(List.of("cluster", "create", "--validators", VALIDATORS, "--out", out));
    FreePorts.find(OPERATORS)
        .forEach(port -> create.addAll(List.of("--address", "127.0.0.1:" + port)));
    QuorateProcess created = start(create.toArray());
    assertThat(created.awaitExit()).as("%s", created).isZero();

    long genesisSeconds = System.currentTimeMillis() / 1000 - 32 * SLOT_SECONDS;
    Path reportFile = folder.resolve("report.json");
    QuorateProcess simulator =
        start(
            "beacon-simulator",
            "--cluster=" + out.resolve("cluster.json"),
            "--nodes=" + OPERATORS,
            "--port=0",
            "--slot-seconds=" + SLOT_SECONDS,
            "--genesis-time=" + genesisSeconds,
            "--report=" + reportFile);
    simulator.awaitLine("ready");
    List<String> urls = after(simulator, "beacon node: ");
    assertThat(urls).hasSize(OPERATORS);

    List<QuorateProcess> operators = new ArrayList<>();
    for (int operator = 0; operator < OPERATORS; operator++) {
      Path conf = out.resolve("operator-" + operator).resolve("operator.conf");
      settle(conf, urls.get(operator), database(server, operator));
      operators.add(start("run", "--config=" + conf));
    }
    for (QuorateProcess operator : operators) {
      operator.awaitLine("INFO  run - ready");
    }

    String admin =
        operators.getFirst().out().stream()
            .filter(line -> line.contains("INFO  run - admin API: "))
            .map(line -> line.substring(line.indexOf("http://")))
            .findFirst()
            .orElseThrow();
    QuorateProcess status = start("status", "--api=" + admin);
    assertThat(status.awaitExit()).as("%s", status).isZero();
    assertThat(status.out()).anyMatch(line -> line.matches("state +ready"));

    // Not the next: what was found open at the start is done by then, and counts for nothing.
    long first = (System.currentTimeMillis() / 1000 - genesisSeconds) / SLOT_SECONDS + 2;
    long last = first + SLOTS - 1;
    String control = after(simulator, "control: ").getFirst();
    JsonNode report = awaitReport(control, first, last, genesisSeconds);

    for (QuorateProcess operator : operators) {
      operator.stop();
      assertThat(operator.out().getLast()).endsWith("INFO  run - stopped");
      assertThat(operator.out()).allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\dT.* - .+"));
    }
    simulator.stop();
    System.out.printf("%d slots: %s%n", SLOTS, report);
    assertThat(report.path("expected").intValue()).isPositive();
    assertThat(report.path("missed").intValue()).as("%s", report).isZero();
    assertThat(report.path("invalidAggregates").intValue()).isZero();
    assertThat(report.path("conflictingSignatures").intValue()).isZero();
    assertThat(new ObjectMapper().readTree(reportFile.toFile()).path("broadcast").intValue())
        .isGreaterThanOrEqualTo(report.path("expected").intValue());
  }

  private QuorateProcess start(Object... arguments) throws Exception {
    QuorateProcess process = QuorateProcess.start(arguments);
    processes.add(process);
    return process;
  }

  private static List<String> after(QuorateProcess process, String prefix) {
    return process.out().stream()
        .filter(line -> line.startsWith(prefix))
        .map(line -> line.substring(prefix.length()))
        .toList();
  }

  private static String database(EmbeddedPostgres server, int operator) throws Exception {
    String name = "operator_" + operator;
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    }
    return "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/" + name;
  }

  /** What the operator fills in. */
  private static void settle(Path conf, String beaconUrl, String database) throws Exception {
    Path password = Files.writeString(conf.resolveSibling("database-password.txt"), "postgres\n");
    Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
    Files.writeString(
        conf,
        """
        quorate {
          beacon-nodes.urls = ["%s"]
          admin.bind-address = "127.0.0.1:0"
          database { url = "%s", user = postgres, password-file = database-password.txt }
        }
        """
            .formatted(beaconUrl, database),
        StandardOpenOption.APPEND);
  }

  /** After the last slot duties that are still open get some more. */
  private JsonNode awaitReport(String control, long first, long last, long genesisSeconds)
      throws Exception {
    URI uri = URI.create(control + "/simulator/report?from=" + first + "&to=" + last);
    for (long slot = last + 1; ; slot++) {
      TimeUnit.MILLISECONDS.sleep(
          (genesisSeconds + slot * SLOT_SECONDS) * 1000 - System.currentTimeMillis());
      JsonNode report =
          new ObjectMapper()
              .readTree(
                  http.send(
                          HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                      .body());
      if (report.path("missed").intValue() == 0 || slot > last + GRACE_SLOTS) {
        return report;
      }
    }
  }
}
