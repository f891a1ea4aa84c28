/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.store;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Connections whose {@code commit()} returns only when the commit is on disk. What a statement
 * commits by itself (auto-commit) is not forced: reads, and snapshots, which the journal can
 * rebuild. Once it cannot, because events are deleted, the force of the deletion has covered the
 * snapshot too.
 *
 * <p>If the force fails, {@code commit()} fails although the transaction was committed: to the
 * caller its outcome is unknown. What can be read from then on may not be on disk, and a later
 * force that succeeds proves nothing for it, so there are no more connections: the process must
 * start anew.
 */
final class ForcedDataSource implements DataSource {
  /** What ends the use of a connection. */
  private static final Set<String> ENDINGS = Set.of("close", "rollback", "isClosed", "abort");

  private final DataSource pool;
  private final Dialect dialect;
  private final LongAdder commits = new LongAdder();
  private final LongAdder forces = new LongAdder();
  private final CompletableFuture<Void> forceFailed = new CompletableFuture<>();

  ForcedDataSource(DataSource pool, Dialect dialect) {
    this.pool = pool;
    this.dialect = dialect;
  }

  long commits() {
    return commits.sum();
  }

  long forces() {
    return forces.sum();
  }

  CompletionStage<Void> whenForceFailed() {
    return forceFailed.minimalCompletionStage();
  }

  @Override
  public Connection getConnection() throws SQLException {
    refuseIfForceFailed();
    Connection connection = pool.getConnection();
    return (Connection)
        Proxy.newProxyInstance(
            ForcedDataSource.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (_, method, arguments) -> {
              if (!ENDINGS.contains(method.getName())) {
                refuseIfForceFailed();
              }
              try {
                Object result = method.invoke(connection, arguments);
                if (method.getName().equals("commit")) {
                  committed(connection);
                }
                return result;
              } catch (InvocationTargetException thrown) {
                throw thrown.getTargetException();
              }
            });
  }

  private void committed(Connection connection) throws SQLException {
    try {
      if (dialect.force(connection)) {
        forces.increment();
      }
    } catch (SQLException | RuntimeException failure) {
      forceFailed.complete(null);
      throw failure;
    }
    // Another one's failure: that this force succeeded proves nothing.
    refuseIfForceFailed();
    commits.increment();
  }

  private void refuseIfForceFailed() throws SQLException {
    if (forceFailed.isDone()) {
      throw new SQLException("what was written could not be forced to disk; start again");
    }
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException("the URL names the user");
  }

  @Override
  public @Nullable PrintWriter getLogWriter() throws SQLException {
    return pool.getLogWriter();
  }

  @Override
  public void setLogWriter(@Nullable PrintWriter writer) throws SQLException {
    pool.setLogWriter(writer);
  }

  @Override
  public void setLoginTimeout(int timeoutSeconds) throws SQLException {
    pool.setLoginTimeout(timeoutSeconds);
  }

  @Override
  public int getLoginTimeout() throws SQLException {
    return pool.getLoginTimeout();
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    return pool.getParentLogger();
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    throw new SQLException("unwrapping would commit without force");
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return false;
  }
}
