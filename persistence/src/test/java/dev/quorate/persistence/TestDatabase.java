/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.persistence.store.OperatorIdentity;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** The two kinds of database: what holds on one must hold on the other. */
public enum TestDatabase {
  H2,
  POSTGRESQL;

  public static final OperatorIdentity IDENTITY =
      new OperatorIdentity(
          Bytes.wrap(new byte[32]),
          Bytes32.fromHex("11".repeat(32)),
          Bytes32.fromHex("22".repeat(32)));

  private static final AtomicInteger SCHEMAS = new AtomicInteger();

  /** One server for all tests of the process, forced as in production. */
  private static final class Server {
    static final EmbeddedPostgres RUNNING = start();

    private static EmbeddedPostgres start() {
      try {
        return EmbeddedPostgres.builder()
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("full_page_writes", "on")
            .setServerConfig("max_connections", "200")
            .start();
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }

  public static String postgresqlUrl() {
    return Server.RUNNING.getJdbcUrl("postgres", "postgres");
  }

  /** A database that does not exist yet. */
  public DatabaseSettings fresh() {
    return switch (this) {
      case H2 -> DatabaseSettings.of("jdbc:h2:file:" + freshFolder().resolve("db"));
      case POSTGRESQL ->
          DatabaseSettings.of(postgresqlUrl()).withSchema("s" + SCHEMAS.incrementAndGet());
    };
  }

  public static Path freshFolder() {
    try {
      Path parent = Files.createDirectories(Path.of("target", "databases").toAbsolutePath());
      return Files.createTempDirectory(parent, "db");
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  public static OperatorDatabase open(DatabaseSettings settings) {
    return OperatorDatabase.open(settings, IDENTITY);
  }

  public OperatorDatabase openFresh() {
    return open(fresh());
  }
}
