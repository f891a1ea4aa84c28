/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.value;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.persistence.store.DatabaseFailedException;
import dev.quorate.persistence.store.OperatorDatabase;
import java.io.ByteArrayOutputStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Whole values that the journal names by their hash alone: on disk before the intent to sign one
 * is, so that a restarted operator can publish what it signed. They go with their slots.
 *
 * <p>What is read is believed only if it has the hash: rows that somebody changed are rows that are
 * gone.
 */
public final class LargeValues implements AutoCloseable {
  /** Values that may wait to be written or read. */
  static final int QUEUE_MAX = 16;

  /** Less than a binary column of H2 holds. */
  static final int PART_BYTES = 512 * 1024;

  private final OperatorDatabase database;
  private final ThreadPoolExecutor thread =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(QUEUE_MAX),
          Thread.ofPlatform().daemon().name("large-values").factory());

  /** The values in {@code database}, which stays open longer. */
  public LargeValues(OperatorDatabase database) {
    this.database = database;
  }

  /**
   * Makes a value durable; one that is there already stays.
   *
   * @param slot with which it goes
   * @return completed when it is forced to disk; fails with {@link DatabaseFailedException} if that
   *     failed, or if too many wait
   */
  public CompletionStage<Value> store(long slot, Value value) {
    return submit(connection -> {
      if (!isStored(connection, value.hash())) {
        insert(connection, slot, value);
      }
      return value;
    });
  }

  /**
   * @return empty if it is not there, or is not what it was; fails as {@link #store} does
   */
  public CompletionStage<Optional<Value>> load(Bytes32 hash) {
    return submit(connection -> read(connection, hash));
  }

  /**
   * Deletes the values of lower slots. Blocks for one transaction.
   *
   * @throws DatabaseFailedException if the transaction failed
   */
  public void prune(long belowSlot) {
    try {
      database.inTransaction(connection -> {
        try (PreparedStatement delete =
            connection.prepareStatement("DELETE FROM large_value WHERE slot < ?")) {
          delete.setLong(1, belowSlot);
          return delete.executeUpdate();
        }
      });
    } catch (SQLException failure) {
      throw new DatabaseFailedException("pruning large values", failure);
    }
  }

  /** Does what waits, then ends. */
  @Override
  public void close() {
    thread.close();
  }

  private <T> CompletionStage<T> submit(OperatorDatabase.Transaction<T> transaction) {
    CompletableFuture<T> done = new CompletableFuture<>();
    try {
      thread.execute(() -> {
        try {
          done.complete(database.inTransaction(transaction));
        } catch (SQLException | RuntimeException failure) {
          done.completeExceptionally(new DatabaseFailedException("large values", failure));
        }
      });
    } catch (RejectedExecutionException full) {
      done.completeExceptionally(new DatabaseFailedException("too many large values wait", full));
    }
    return done;
  }

  private static boolean isStored(Connection connection, Bytes32 hash) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT 1 FROM large_value WHERE hash = ? AND position = 0")) {
      select.setBytes(1, hash.toArray());
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }

  private static void insert(Connection connection, long slot, Value value) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO large_value (hash, position, slot, content) VALUES (?, ?, ?, ?)")) {
      int size = value.content().size();
      for (int from = 0; from < size; from += PART_BYTES) {
        insert.setBytes(1, value.hash().toArray());
        insert.setInt(2, from / PART_BYTES);
        insert.setLong(3, slot);
        insert.setBytes(
            4, value.content().slice(from, Math.min(size, from + PART_BYTES)).toArray());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  private static Optional<Value> read(Connection connection, Bytes32 hash) throws SQLException {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT content FROM large_value WHERE hash = ? ORDER BY position LIMIT ?")) {
      select.setBytes(1, hash.toArray());
      select.setInt(2, Value.BYTES_MAX / PART_BYTES);
      try (ResultSet row = select.executeQuery()) {
        while (row.next() && content.size() <= Value.BYTES_MAX) {
          content.writeBytes(row.getBytes(1));
        }
      }
    }
    return content.size() > Value.BYTES_MAX
        ? Optional.empty()
        : Optional.of(new Value(Bytes.wrap(content.toByteArray())))
            .filter(value -> value.hash().equals(hash));
  }
}
