/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.run;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** A PostgreSQL server that ends with the test, even where the test is killed. */
final class PostgresProcess implements AutoCloseable {
  private static final String PORT = "port: ";

  /** Whom it knows, and with any password. */
  static final String USER = "postgres";

  private final QuorateProcess process;
  private final int port;

  private PostgresProcess(QuorateProcess process) throws InterruptedException {
    this.process = process;
    this.port = Integer.parseInt(process.awaitLine(PORT).substring(PORT.length()));
  }

  /** The server's keeper, in a process of its own: a shutdown hook of the server's stops it. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    try (EmbeddedPostgres server =
        EmbeddedPostgres.builder()
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("full_page_writes", "on")
            .setServerConfig("max_connections", "100")
            .start()) {
      System.out.println(PORT + server.getPort());
      Thread.currentThread().join();
    }
  }

  static PostgresProcess start() throws IOException, InterruptedException {
    return new PostgresProcess(QuorateProcess.startMain(PostgresProcess.class.getName()));
  }

  /**
   * Makes a database.
   *
   * @return its URL
   */
  String create(String database) throws SQLException {
    execute("CREATE DATABASE " + database);
    return url(database);
  }

  String url(String database) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
  }

  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** As the server's owner, in a database that is nobody's. */
  void execute(String statement) throws SQLException {
    try (Connection connection = connect("postgres");
        Statement running = connection.createStatement()) {
      running.execute(statement);
    }
  }

  /** Ends all connections to a database, and lets nobody connect. */
  void close(String database) throws SQLException {
    execute("ALTER DATABASE " + database + " ALLOW_CONNECTIONS false");
    disconnect(database);
  }

  /** Ends all connections to a database. */
  void disconnect(String database) throws SQLException {
    execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
            + database
            + "'");
  }

  void open(String database) throws SQLException {
    execute("ALTER DATABASE " + database + " ALLOW_CONNECTIONS true");
  }

  Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(url(database), USER, USER);
  }

  @Override
  public void close() {
    process.terminate();
    try {
      process.awaitExit();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
