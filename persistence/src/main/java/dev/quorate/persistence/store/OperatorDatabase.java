/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import dev.quorate.persistence.store.DatabaseRefusedException.Problem;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/**
 * An operator's database, open: its tables are of this version, it belongs to this operator, and
 * what its connections commit is on disk. One per operator and process; the journal's actor system,
 * the signing guard and the vote fence share it and end before it is closed.
 */
public final class OperatorDatabase implements AutoCloseable {
  /** Connections for the journal: two writers and recoveries beside them. */
  public static final int JOURNAL_CONNECTIONS = 4;

  /** One each for guard, fence and lease, one for imports, pruning and statistics. */
  private static final int OTHER_CONNECTIONS = 4;

  /** A transaction that lost its race this often has failed. */
  private static final int ATTEMPTS_MAX = 5;

  private static final int CONNECTION_TIMEOUT_MILLIS = 10_000;
  private static final int SOCKET_TIMEOUT_SECONDS = 30;
  private static final int LOCK_TIMEOUT_MILLIS = 5_000;

  /** How full H2 keeps its file, by rewriting what is thin: its default of 90 costs much more. */
  private static final int FILL_RATE_PERCENT = 50;

  private final Dialect dialect;
  private final OperatorIdentity identity;
  private final HikariDataSource pool;
  private final ForcedDataSource forced;
  private final CompletableFuture<String> unusable = new CompletableFuture<>();
  private volatile Optional<HighWaterMark> mark = Optional.empty();

  private OperatorDatabase(Dialect dialect, OperatorIdentity identity, HikariDataSource pool) {
    this.dialect = dialect;
    this.identity = identity;
    this.pool = pool;
    this.forced = new ForcedDataSource(pool, dialect);
    forced
        .whenForceFailed()
        .thenRun(() -> unusable.complete("the database's file cannot be forced to disk"));
  }

  /**
   * Opens, migrates and binds the database; makes it where it is an H2 file or a schema that is
   * missing.
   *
   * @throws DatabaseRefusedException if this operator must not run on it
   */
  public static OperatorDatabase open(DatabaseSettings settings, OperatorIdentity identity) {
    return open(
        settings,
        identity,
        settings.url(),
        database -> {
          database.migrate(settings);
          database.bind();
        });
  }

  /**
   * Opens the database that the operator's pods run on, as they left it: beside pods of an earlier
   * version, too, whose tables it does not change.
   *
   * @throws DatabaseRefusedException if it is not there, not this operator's, or its tables are not
   *     of this version
   */
  public static OperatorDatabase openExisting(
      DatabaseSettings settings, OperatorIdentity identity) {
    String url =
        switch (settings.dialect()) {
          case H2 -> settings.url() + ";IFEXISTS=TRUE";
          case POSTGRESQL -> settings.url();
        };
    return open(
        settings,
        identity,
        url,
        database -> {
          database.requireTables(settings);
          if (!database.inTransaction(database::isBound)) {
            throw neverUsed(settings);
          }
        });
  }

  /** What is done with a database before it is used. */
  @FunctionalInterface
  private interface Preparation {
    void run(OperatorDatabase database) throws SQLException;
  }

  private static OperatorDatabase open(
      DatabaseSettings settings, OperatorIdentity identity, String url, Preparation preparation) {
    HikariDataSource pool = connect(settings, url);
    try {
      OperatorDatabase database = new OperatorDatabase(settings.dialect(), identity, pool);
      try (Connection connection = pool.getConnection()) {
        settings.dialect().refuseUnlessDurable(connection);
      }
      preparation.run(database);
      return database;
    } catch (SQLException failure) {
      pool.close();
      throw new DatabaseRefusedException(Problem.UNREACHABLE, settings + " failed", failure);
    } catch (RuntimeException refusal) {
      pool.close();
      throw refusal;
    }
  }

  /** Drops a schema of a PostgreSQL database and all that is in it, if it is there. */
  public static void drop(DatabaseSettings settings) {
    String schema =
        settings
            .schema()
            .orElseThrow(() -> new IllegalArgumentException("no schema named: " + settings));
    try (HikariDataSource pool = connect(settings, settings.url());
        Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("DROP SCHEMA IF EXISTS " + schema + " CASCADE");
    } catch (SQLException failure) {
      throw new DatabaseFailedException("dropping " + settings, failure);
    }
  }

  /** What a {@link #inTransaction transaction} does. */
  @FunctionalInterface
  public interface Transaction<T> {
    T run(Connection connection) throws SQLException;
  }

  /**
   * Runs {@code transaction} and commits it, from the start again if it lost a race. Blocks until
   * the commit is on disk.
   *
   * @throws SQLException if it failed; whether it was committed is unknown
   */
  public <T> T inTransaction(Transaction<T> transaction) throws SQLException {
    for (int attempt = 1; ; attempt++) {
      try (Connection connection = forced.getConnection()) {
        connection.setAutoCommit(false);
        try {
          T result = transaction.run(connection);
          connection.commit();
          return result;
        } catch (SQLException failure) {
          connection.rollback();
          if (attempt == ATTEMPTS_MAX || !SqlState.isLostRace(failure)) {
            throw failure;
          }
        }
      }
    }
  }

  /**
   * The same for what is acted upon outside the database: counted by the {@link HighWaterMark}, if
   * there is one, before it is acknowledged.
   *
   * @throws SQLException also if the database turns out to lack what was acknowledged
   */
  <T> T inCountedTransaction(MarkedWriter writer, Transaction<T> transaction) throws SQLException {
    Optional<HighWaterMark> counting = mark;
    if (counting.isEmpty()) {
      return inTransaction(transaction);
    }
    try {
      T result =
          inTransaction(connection -> {
            counting.get().count(connection, writer);
            return transaction.run(connection);
          });
      counting.get().acknowledge(writer);
      return result;
    } catch (HighWaterMark.FellBehindException behind) {
      counting.get().fellBehind();
      unusable.complete(behind.getMessage());
      throw behind;
    } catch (IOException failure) {
      String why = "the high-water mark cannot be written: " + failure;
      unusable.complete(why);
      throw new SQLException(why, failure);
    }
  }

  void countCommits(HighWaterMark mark) {
    this.mark = Optional.of(mark);
  }

  public Dialect dialect() {
    return dialect;
  }

  public OperatorIdentity identity() {
    return identity;
  }

  /** Connections whose commits are forced to disk. */
  public DataSource dataSource() {
    return forced;
  }

  /** Transactions committed since it was opened. */
  public long commits() {
    return forced.commits();
  }

  /** Forces to disk since it was opened; empty on PostgreSQL, where the server does them. */
  public OptionalLong forces() {
    return switch (dialect) {
      case H2 -> OptionalLong.of(forced.forces());
      case POSTGRESQL -> OptionalLong.empty();
    };
  }

  /**
   * Completed with the reason once the process must start anew: a commit could not be forced to
   * disk, after which there are no connections any more (never on PostgreSQL, where the server sees
   * to it), or the database lacks what was acknowledged from it.
   */
  public CompletionStage<String> whenUnusable() {
    return unusable.minimalCompletionStage();
  }

  /** Whether it answers. Blocks, for the timeout of a connection at most. */
  public boolean isReachable() {
    try (Connection connection = forced.getConnection()) {
      return connection.isValid(CONNECTION_TIMEOUT_MILLIS / 1000);
    } catch (SQLException unreachable) {
      return false;
    }
  }

  /** Rows in the journal. */
  public long journalRows() {
    try (Connection connection = forced.getConnection();
        Statement statement = connection.createStatement();
        ResultSet count = statement.executeQuery("SELECT COUNT(*) FROM \"event_journal\"")) {
      count.next();
      return count.getLong(1);
    } catch (SQLException failure) {
      throw new DatabaseFailedException("counting the journal", failure);
    }
  }

  @Override
  public void close() {
    pool.close();
  }

  private static HikariDataSource connect(DatabaseSettings settings, String url) {
    HikariConfig config = new HikariConfig();
    config.setPoolName(settings.schema().orElse("quorate"));
    config.setMaximumPoolSize(JOURNAL_CONNECTIONS + OTHER_CONNECTIONS);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(CONNECTION_TIMEOUT_MILLIS);
    switch (settings.dialect()) {
      case H2 -> {
        // The owner closes it: H2's own shutdown hook would run before the actors have ended.
        config.setJdbcUrl(
            url
                + ";DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT="
                + LOCK_TIMEOUT_MILLIS
                + ";AUTO_COMPACT_FILL_RATE="
                + FILL_RATE_PERCENT);
        // H2 closes the file with its last connection, so one must always be there.
        config.setMaxLifetime(0);
        config.setUsername("sa");
        config.setPassword("");
      }
      case POSTGRESQL -> {
        config.setJdbcUrl(url);
        config.addDataSourceProperty("tcpKeepAlive", "true");
        // Errors would show the row they are about.
        config.addDataSourceProperty("logServerErrorDetail", "false");
        config.addDataSourceProperty("socketTimeout", Integer.toString(SOCKET_TIMEOUT_SECONDS));
        settings.schema().ifPresent(name -> config.addDataSourceProperty("currentSchema", name));
      }
    }
    try {
      return new HikariDataSource(config);
    } catch (PoolInitializationException failure) {
      if (failure.getCause() instanceof SQLException cause) {
        if (settings.dialect().isInUse(cause)) {
          throw new DatabaseRefusedException(
              Problem.IN_USE, "another process has " + settings + " open", failure);
        }
        if (settings.dialect().isDamaged(cause)) {
          throw new DatabaseRefusedException(Problem.DAMAGED, settings + " is damaged", failure);
        }
        if (settings.dialect().isMissing(cause)) {
          throw neverUsed(settings);
        }
      }
      throw new DatabaseRefusedException(
          Problem.UNREACHABLE, "no connection to " + settings, failure);
    }
  }

  private static DatabaseRefusedException neverUsed(DatabaseSettings settings) {
    return new DatabaseRefusedException(
        Problem.NEVER_USED, "no pod of this operator ever ran on " + settings);
  }

  private Flyway migrations(DatabaseSettings settings) {
    String folder = "classpath:dev/quorate/persistence/store/";
    FluentConfiguration flyway =
        Flyway.configure()
            .dataSource(forced)
            .locations(
                folder + "common",
                folder
                    + switch (dialect) {
                      case H2 -> "h2";
                      case POSTGRESQL -> "postgresql";
                    })
            .validateMigrationNaming(true)
            // By default tables of a newer version would pass.
            .ignoreMigrationPatterns(new String[0]);
    settings.schema().ifPresent(flyway::schemas);
    return flyway.load();
  }

  private void migrate(DatabaseSettings settings) {
    try {
      migrations(settings).migrate();
    } catch (FlywayException failure) {
      throw notMigrated(settings, failure);
    }
  }

  private void requireTables(DatabaseSettings settings) {
    Flyway migrations = migrations(settings);
    try {
      if (migrations.info().current() == null) {
        throw neverUsed(settings);
      }
      migrations.validate();
    } catch (FlywayException failure) {
      throw notMigrated(settings, failure);
    }
  }

  private static DatabaseRefusedException notMigrated(
      DatabaseSettings settings, FlywayException failure) {
    return new DatabaseRefusedException(
        Problem.NOT_MIGRATED, settings + " has no tables of this version", failure);
  }

  /**
   * One row binds the database to its owner; the first operator to open it writes the row. The
   * commit also forces whatever an earlier process wrote and did not live to force, before anybody
   * acts on it.
   */
  private void bind() throws SQLException {
    inTransaction(connection -> isBound(connection) || bind(connection));
  }

  /**
   * @throws DatabaseRefusedException if it is, but not to this operator
   */
  private boolean isBound(Connection connection) throws SQLException {
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT operator_key, cluster_hash, genesis_root FROM identity");
        ResultSet row = select.executeQuery()) {
      if (!row.next()) {
        return false;
      }
      refuseUnlessOwn("operator", row.getBytes(1), identity.operatorKey().toArray());
      refuseUnlessOwn("cluster", row.getBytes(2), identity.clusterHash().toArray());
      refuseUnlessOwn("chain", row.getBytes(3), identity.genesisRoot().toArray());
      return true;
    }
  }

  private boolean bind(Connection connection) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO identity (id, operator_key, cluster_hash, genesis_root)"
                + " VALUES (1, ?, ?, ?)")) {
      insert.setBytes(1, identity.operatorKey().toArray());
      insert.setBytes(2, identity.clusterHash().toArray());
      insert.setBytes(3, identity.genesisRoot().toArray());
      return insert.executeUpdate() == 1;
    }
  }

  private static void refuseUnlessOwn(String what, byte[] owner, byte[] own) {
    if (!Arrays.equals(owner, own)) {
      HexFormat hex = HexFormat.of();
      throw new DatabaseRefusedException(
          Problem.FOREIGN,
          "the database belongs to the "
              + what
              + " "
              + hex.formatHex(owner)
              + ", not to "
              + hex.formatHex(own));
    }
  }
}
