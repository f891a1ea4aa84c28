/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.persistence.TestDatabase;
import dev.quorate.persistence.store.DatabaseRefusedException.Problem;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OperatorDatabaseTest {
  @ParameterizedTest
  @EnumSource
  void opensAgainForItsOwnerAndForNobodyElse(TestDatabase kind) {
    DatabaseSettings settings = kind.fresh();
    OperatorIdentity own = TestDatabase.IDENTITY;
    TestDatabase.open(settings).close();
    TestDatabase.open(settings).close();
    Bytes otherKey = Bytes.fromHex("07".repeat(32));
    Bytes32 other = Bytes32.fromHex("07".repeat(32));
    assertForeign(
        settings, new OperatorIdentity(otherKey, own.clusterHash(), own.genesisRoot()), "operator");
    assertForeign(
        settings, new OperatorIdentity(own.operatorKey(), other, own.genesisRoot()), "cluster");
    assertForeign(
        settings, new OperatorIdentity(own.operatorKey(), own.clusterHash(), other), "chain");
    try (OperatorDatabase database = TestDatabase.open(settings)) {
      assertThat(database.journalRows()).isZero();
    }
  }

  @Test
  void refusesAFileThatAnotherProcessHasOpen() throws Exception {
    DatabaseSettings settings = TestDatabase.H2.fresh();
    try (OperatorDatabase _ = TestDatabase.open(settings)) {
      Process second =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  SecondProcess.class.getName(),
                  settings.url())
              .redirectErrorStream(true)
              .start();
      String output = new String(second.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(output).contains("IN_USE: another process has " + settings.url() + " open");
      assertThat(second.waitFor()).isZero();
    }
  }

  /** What another process would see. */
  static final class SecondProcess {
    public static void main(String[] arguments) {
      try {
        TestDatabase.open(DatabaseSettings.of(arguments[0])).close();
      } catch (DatabaseRefusedException refused) {
        System.out.println(refused.problem() + ": " + refused.getMessage());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:h2:mem:test",
        "jdbc:h2:tcp://localhost/test",
        "jdbc:h2:/somewhere/db",
        "jdbc:h2:file:/somewhere/db;FILE_LOCK=NO",
        "jdbc:mysql://localhost/db",
        ""
      })
  void refusesAnyOtherUrl(String url) {
    assertThatExceptionOfType(DatabaseRefusedException.class)
        .isThrownBy(() -> DatabaseSettings.of(url))
        .returns(Problem.UNSUPPORTED_URL, DatabaseRefusedException::problem);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Upper", "semi;colon", "a\"b", "1st", "with space"})
  void refusesASchemaNameThatWouldNeedQuotes(String schema) {
    DatabaseSettings settings = DatabaseSettings.of("jdbc:postgresql://localhost/db");
    assertThatExceptionOfType(DatabaseRefusedException.class)
        .isThrownBy(() -> settings.withSchema(schema))
        .returns(Problem.UNSUPPORTED_URL, DatabaseRefusedException::problem);
  }

  @ParameterizedTest
  @EnumSource
  void refusesTheTablesOfANewerVersion(TestDatabase kind) throws SQLException {
    DatabaseSettings settings = kind.fresh();
    try (OperatorDatabase database = TestDatabase.open(settings)) {
      execute(
          database,
          "INSERT INTO \"flyway_schema_history\" (\"installed_rank\", \"version\","
              + " \"description\", \"type\", \"script\", \"checksum\", \"installed_by\","
              + " \"execution_time\", \"success\") VALUES (999, '999', 'later', 'SQL',"
              + " 'V999__later.sql', 1, 'later', 1, TRUE)");
    }
    assertNotMigrated(settings);
  }

  @ParameterizedTest
  @EnumSource
  void refusesTablesThatAnotherProgramMade(TestDatabase kind) throws SQLException {
    DatabaseSettings settings = kind.fresh();
    String schema = settings.schema().orElse("PUBLIC");
    try (Connection connection = DriverManager.getConnection(settings.url(), user(kind), "");
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA IF NOT EXISTS " + schema);
      statement.execute("CREATE TABLE " + schema + ".theirs (id INT)");
    }
    assertNotMigrated(settings);
  }

  @ParameterizedTest
  @EnumSource
  void makesAndChangesNothingWhereOnlyWhatIsThereIsWanted(TestDatabase kind) throws SQLException {
    DatabaseSettings settings = kind.fresh();
    assertNoneExists(settings, Problem.NEVER_USED);
    assertNoneExists(settings, Problem.NEVER_USED);
    try (OperatorDatabase database = TestDatabase.open(settings)) {
      try (OperatorDatabase beside =
          OperatorDatabase.openExisting(settings, TestDatabase.IDENTITY)) {
        assertThat(beside.journalRows()).isZero();
      }
      execute(database, "DELETE FROM identity");
      assertNoneExists(settings, Problem.NEVER_USED);
      // As an earlier version left it.
      execute(database, "DELETE FROM \"flyway_schema_history\" WHERE \"version\" = '3'");
      assertNoneExists(settings, Problem.NOT_MIGRATED);
    }
  }

  private static void execute(OperatorDatabase database, String sql) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void assertNoneExists(DatabaseSettings settings, Problem problem) {
    assertThatExceptionOfType(DatabaseRefusedException.class)
        .isThrownBy(() -> OperatorDatabase.openExisting(settings, TestDatabase.IDENTITY))
        .returns(problem, DatabaseRefusedException::problem);
  }

  private static String user(TestDatabase kind) {
    return switch (kind) {
      case H2 -> "sa";
      case POSTGRESQL -> "postgres";
    };
  }

  private static void assertNotMigrated(DatabaseSettings settings) {
    assertThatExceptionOfType(DatabaseRefusedException.class)
        .isThrownBy(() -> TestDatabase.open(settings))
        .returns(Problem.NOT_MIGRATED, DatabaseRefusedException::problem);
  }

  @ParameterizedTest
  @ValueSource(ints = {8_192, Integer.MAX_VALUE})
  void refusesAFileThatIsDamaged(int bytes) throws IOException {
    DatabaseSettings settings = TestDatabase.H2.fresh();
    TestDatabase.open(settings).close();
    Path file = Path.of(settings.url().substring("jdbc:h2:file:".length()) + ".mv.db");
    byte[] content = Files.readAllBytes(file);
    Arrays.fill(content, 0, Math.min(bytes, content.length), (byte) 7);
    Files.write(file, content);
    assertThatExceptionOfType(DatabaseRefusedException.class)
        .isThrownBy(() -> TestDatabase.open(settings))
        .returns(Problem.DAMAGED, DatabaseRefusedException::problem);
  }

  @Test
  void refusesASchemaInAFile() {
    DatabaseSettings settings = TestDatabase.H2.fresh();
    assertThatExceptionOfType(DatabaseRefusedException.class)
        .isThrownBy(() -> settings.withSchema("a"));
  }

  @Test
  void neverShowsThePassword() {
    DatabaseSettings settings =
        DatabaseSettings.of("jdbc:postgresql://localhost:1/db?user=me&password=hunter2");
    assertThat(settings.toString()).isEqualTo("jdbc:postgresql://localhost:1/db");
    assertThatExceptionOfType(DatabaseRefusedException.class)
        .isThrownBy(() -> TestDatabase.open(settings))
        .returns(Problem.UNREACHABLE, DatabaseRefusedException::problem)
        .satisfies(refused -> {
          for (Throwable cause = refused; cause != null; cause = cause.getCause()) {
            assertThat(cause.toString()).doesNotContain("hunter2");
          }
        });
  }

  @Test
  void refusesAServerThatDoesNotForce() throws Exception {
    try (EmbeddedPostgres server =
        EmbeddedPostgres.builder()
            .setServerConfig("fsync", "off")
            .setServerConfig("synchronous_commit", "off")
            .setServerConfig("full_page_writes", "off")
            .start()) {
      DatabaseSettings settings = DatabaseSettings.of(server.getJdbcUrl("postgres", "postgres"));
      assertNotDurable(settings, "fsync, synchronous_commit, full_page_writes");
    }
  }

  @Test
  void refusesASessionThatDoesNotWaitForTheForce() {
    DatabaseSettings settings =
        DatabaseSettings.of(TestDatabase.postgresqlUrl() + "&options=-c%20synchronous_commit%3Doff")
            .withSchema("unforced");
    assertNotDurable(settings, "synchronous_commit");
  }

  @Test
  void keepsOperatorsOfOneServerApartAndDropsThemOnDemand() {
    DatabaseSettings one = TestDatabase.POSTGRESQL.fresh();
    DatabaseSettings two = TestDatabase.POSTGRESQL.fresh();
    OperatorIdentity other =
        new OperatorIdentity(
            Bytes.fromHex("09".repeat(32)),
            TestDatabase.IDENTITY.clusterHash(),
            TestDatabase.IDENTITY.genesisRoot());
    TestDatabase.open(one).close();
    OperatorDatabase.open(two, other).close();
    assertForeign(one, other, "operator");
    OperatorDatabase.drop(one);
    OperatorDatabase.drop(one);
    OperatorDatabase.open(one, other).close();
    OperatorDatabase.drop(one);
  }

  private static void assertForeign(
      DatabaseSettings settings, OperatorIdentity identity, String what) {
    assertThatExceptionOfType(DatabaseRefusedException.class)
        .isThrownBy(() -> OperatorDatabase.open(settings, identity))
        .withMessageContaining("the database belongs to the " + what)
        .returns(Problem.FOREIGN, DatabaseRefusedException::problem);
  }

  private static void assertNotDurable(DatabaseSettings settings, String off) {
    assertThatExceptionOfType(DatabaseRefusedException.class)
        .isThrownBy(() -> TestDatabase.open(settings))
        .withMessageContaining("PostgreSQL runs with " + off + " off")
        .returns(Problem.NOT_DURABLE, DatabaseRefusedException::problem);
  }
}
