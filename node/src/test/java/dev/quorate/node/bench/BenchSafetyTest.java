/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quorate.node.CommandRun;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** In sizes in which the figures say nothing. */
class BenchSafetyTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder = Path.of("");

  private record Outcome(CommandRun run, JsonNode json) {
    boolean hasRow(String name) {
      return run.out().lines().anyMatch(line -> line.startsWith(name + "  "));
    }
  }

  private Outcome measure(String... options) throws IOException {
    Path file = folder.resolve("safety.json");
    List<String> arguments = new ArrayList<>(List.of("bench", "safety", "--quick"));
    arguments.addAll(List.of(options));
    arguments.add("--json=" + file);
    CommandRun run = CommandRun.of(arguments.toArray(String[]::new));
    assertThat(run.exitCode()).as("%s", run).isZero();
    return new Outcome(run, JSON.readTree(file.toFile()));
  }

  private static EmbeddedPostgres postgres() throws IOException {
    return EmbeddedPostgres.builder()
        .setServerConfig("fsync", "on")
        .setServerConfig("synchronous_commit", "on")
        .setServerConfig("full_page_writes", "on")
        .start();
  }

  @Test
  void measuresEveryPartOfOneProcessOnH2() throws IOException {
    Outcome outcome = measure("--part=durability,size,recovery");

    assertDurabilityAndRecovery(outcome);
    assertThat(outcome.json().path("database").asText()).isEqualTo("h2");
    assertThat(outcome.json().has("takeover")).isFalse();
    assertThat(outcome.hasRow("file")).isTrue();
    assertThat(outcome.json().at("/size/bytesPerValidatorAddedOnDay/file")).hasSize(2);
  }

  @Test
  void tellsOfEachTableOnPostgresql() throws IOException {
    try (EmbeddedPostgres server = postgres()) {
      Outcome outcome =
          measure(
              "--part=durability,size,recovery",
              "--database=" + server.getJdbcUrl("postgres", "postgres"));

      assertDurabilityAndRecovery(outcome);
      assertThat(outcome.json().path("database").asText()).isEqualTo("postgresql");
      for (String table : List.of("event_journal", "signing_history", "all")) {
        assertThat(outcome.hasRow(table)).as(table).isTrue();
        assertThat(outcome.json().at("/size/bytesPerValidatorAddedOnDay/" + table)).hasSize(2);
      }
    }
  }

  private static void assertDurabilityAndRecovery(Outcome outcome) {
    for (String step : List.of("fence", "guard", "intent", "share", "completion", "duty")) {
      assertThat(outcome.hasRow(step)).as(step).isTrue();
      JsonNode figures = outcome.json().path("durability").path(step);
      assertThat(figures.fieldNames())
          .toIterable()
          .containsExactly("aloneP50Millis", "aloneP99Millis", "atOnceMillis", "perDutyMillis");
      assertThat(figures).allSatisfy(figure -> assertThat(figure.doubleValue()).isPositive());
    }
    assertThat(outcome.json().at("/durability/cpuMillisPerDuty").isNumber()).isTrue();
    JsonNode recovery = outcome.json().path("recovery");
    assertThat(recovery).hasSize(3);
    // The whole history, and no more than a snapshot leaves to replay.
    assertThat(recovery.get(1).path("replayed").longValue()).isEqualTo(675);
    assertThat(recovery.get(0).path("replayed").longValue()).isEqualTo(99);
    recovery.forEach(row -> {
      assertThat(outcome.hasRow(row.path("recovers").asText())).as("%s", row).isTrue();
      assertThat(row.path("maxMillis").doubleValue()).isPositive();
    });
  }

  @Test
  @EnabledIfSystemProperty(
      named = "quorate.pods",
      matches = "true",
      disabledReason = "it takes two minutes; mvn verify -Dquorate.pods=true runs it")
  void killsTheOnlyPodAndOneOfTwo() throws IOException {
    try (EmbeddedPostgres server = postgres()) {
      Outcome outcome =
          measure("--part=takeover", "--database=" + server.getJdbcUrl("postgres", "postgres"));

      JsonNode takeover = outcome.json().path("takeover");
      assertThat(takeover.findValuesAsText("pods")).containsExactly("1", "2");
      assertThat(takeover)
          .allSatisfy(row ->
              assertThat(row.at("/allMillis/max").longValue())
                  .isGreaterThanOrEqualTo(row.at("/firstMillis/median").longValue())
                  .isPositive());
    }
  }
}
