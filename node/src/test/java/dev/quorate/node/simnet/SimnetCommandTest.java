/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simnet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quorate.node.Quorate;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The command as a user runs it, with a simulator in a process of its own. */
class SimnetCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return new CommandLine(new SimnetCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  private static void assertIsTrue(JsonNode json, String database) {
    assertThat(json.path("operators").intValue()).isEqualTo(4);
    assertThat(json.path("threshold").intValue()).isEqualTo(3);
    assertThat(json.path("database").textValue()).isEqualTo(database);
    JsonNode duties = json.path("duties").path("attester");
    assertThat(duties.path("expected").longValue()).isPositive();
    assertThat(duties.path("broadcast")).isEqualTo(duties.path("expected"));
    assertThat(duties.path("missed").longValue()).isZero();
    JsonNode syncMessages = json.path("duties").path("sync_message");
    assertThat(syncMessages.path("expected").longValue()).isPositive();
    assertThat(syncMessages.path("broadcast").longValue()).isPositive();
    assertThat(json.path("roundsHistogram").path("1").longValue()).isPositive();
    assertThat(json.path("roundsHistogram").path("0").isMissingNode()).isTrue();
    assertThat(json.path("invalidAggregates").longValue()).isZero();
    assertThat(json.path("conflictingSignatures").longValue()).isZero();
    assertThat(json.path("latencyMillis").path("p99").longValue()).isPositive();
    for (String figure :
        List.of("cpuSeconds", "wallSeconds", "peerBytes", "peerFrames", "journalRows")) {
      assertThat(json.path(figure).doubleValue()).as(figure).isPositive();
    }
  }

  @Test
  void runsTwiceInARowOnOnePostgresqlDatabaseAndLeavesNothingThere(@TempDir Path folder)
      throws Exception {
    try (EmbeddedPostgres server =
        EmbeddedPostgres.builder()
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("full_page_writes", "on")
            .setServerConfig("max_connections", "100")
            .start()) {
      for (int time = 1; time <= 2; time++) {
        Path json = folder.resolve(time + ".json");
        int exit =
            run(
                "--validators=32",
                "--slots=4",
                "--database=" + server.getJdbcUrl("postgres", "postgres"),
                "--json=" + json);
        assertThat(exit).as("%s%s", out, err).isZero();
        assertIsTrue(new ObjectMapper().readTree(json.toFile()), "postgresql");
      }
      assertThat(schemas(server)).isEmpty();
    }
  }

  private static List<String> schemas(EmbeddedPostgres server) throws Exception {
    List<String> names = new ArrayList<>();
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT schema_name FROM information_schema.schemata"
                    + " WHERE schema_name LIKE 'quorate%'")) {
      while (rows.next()) {
        names.add(rows.getString(1));
      }
    }
    return names;
  }

  @Test
  void printsALinePerSlotAndAClosingTable(@TempDir Path folder) throws IOException {
    Path json = folder.resolve("out.json");
    assertThat(run("--validators=32", "--slots=3", "--fork=capella", "--json=" + json))
        .as("%s%s", out, err)
        .isZero();
    assertThat(out.toString())
        .contains("slot 1 of 3: ", "slot 3 of 3: ", "expected, ", "0 missed", "simnet: passed")
        .containsPattern("sync_message +\\d+ expected, \\d+ broadcast");
    assertIsTrue(new ObjectMapper().readTree(json.toFile()), "h2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--slots=0",
        "--slot-seconds=3601",
        "--validators=0",
        "--fork=phase0",
        "--fork=unheard",
        "--cluster=somewhere",
        "--beacon-node=http://127.0.0.1:1"
      })
  void refusesNonsenseInOneLine(String argument) {
    assertThat(run(argument)).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("--");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--operators=2", "--threshold=2", "--threshold=5"})
  void refusesAClusterThatIsUnsafe(String argument) {
    assertThat(run(argument, "--slots=1")).isEqualTo(1);
    assertThat(err.toString().lines()).hasSize(1);
  }

  @Test
  void refusesAClusterThatIsNotThere(@TempDir Path folder) {
    for (Path cluster : List.of(folder, folder.resolve("absent"))) {
      int exitCode =
          Quorate.commandLine()
              .setErr(new PrintWriter(err, true))
              .execute("simnet", "--cluster=" + cluster, "--beacon-node=http://127.0.0.1:1");
      assertThat(exitCode).isEqualTo(1);
    }
    assertThat(err.toString().lines())
        .hasSize(2)
        .allMatch(line -> line.startsWith("quorate simnet: " + folder));
  }

  @Test
  void refusesAUrlOfNoBeaconNodeAndDoesNotRepeatIt() {
    assertThat(run("--cluster=x", "--beacon-node=http://localhost?token=hunter2"))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("--beacon-node").doesNotContain("hunter2");
  }

  @Test
  void refusesADatabaseThatIsNotThere() {
    assertThat(
            run(
                "--slots=1",
                "--validators=1",
                "--database=jdbc:postgresql://127.0.0.1:1/none?user=me"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("quorate simnet: ");
  }
}
