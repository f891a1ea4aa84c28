/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * Answers requests in grouped transactions: whatever queued while one transaction ran, and in the
 * two milliseconds after the first, goes into the next, so that a forced commit is paid once a
 * group and all validators of a slot are answered together. One daemon thread, which is never
 * interrupted (an interrupt closes H2's file under everyone else).
 *
 * <p>A failed transaction fails the stages of its group with {@link DatabaseFailedException}, and
 * the next group is tried anew. Replies are completed on this thread after the commit: what callers
 * chain to them must be short or asynchronous.
 */
public final class GroupCommit<Q, R> implements AutoCloseable {
  /** Decides a group inside one transaction; run again if that lost a race. */
  @FunctionalInterface
  public interface Work<Q, R> {
    /**
     * @return one reply per request, in their order
     */
    List<R> decide(Connection connection, List<Q> requests) throws SQLException;
  }

  /** How long the first request waits for others of the same burst. */
  private static final long LINGER_MILLIS = 2;

  private record Pending<Q, R>(Q request, CompletableFuture<R> reply) {}

  private final MarkedWriter writer;
  private final OperatorDatabase database;
  private final int queueMax;
  private final int groupMax;
  private final Work<Q, R> work;
  private final Object lock = new Object();
  // Both guarded by lock.
  private final ArrayDeque<Pending<Q, R>> queue = new ArrayDeque<>();
  private boolean closed;
  private final Thread thread;

  /**
   * @param queueMax requests that may wait
   * @param groupMax requests in one transaction
   */
  public GroupCommit(
      MarkedWriter writer, OperatorDatabase database, int queueMax, int groupMax, Work<Q, R> work) {
    this.writer = writer;
    this.database = database;
    this.queueMax = queueMax;
    this.groupMax = groupMax;
    this.work = work;
    this.thread = Thread.ofPlatform().daemon().name(writer.threadName()).start(this::run);
  }

  /**
   * @return empty if the queue is full or closed
   */
  public Optional<CompletionStage<R>> submit(Q request) {
    CompletableFuture<R> reply = new CompletableFuture<>();
    synchronized (lock) {
      if (closed || queue.size() >= queueMax) {
        return Optional.empty();
      }
      queue.add(new Pending<>(request, reply));
      lock.notifyAll();
    }
    return Optional.of(reply);
  }

  /** Answers what has queued, then ends. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      for (List<Pending<Q, R>> group = next(); !group.isEmpty(); group = next()) {
        commit(group);
      }
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException("nobody interrupts " + writer.threadName(), interrupted);
    }
  }

  /** Waits for requests; empty when closed and all are answered. */
  private List<Pending<Q, R>> next() throws InterruptedException {
    synchronized (lock) {
      while (queue.isEmpty() && !closed) {
        lock.wait();
      }
      linger();
      List<Pending<Q, R>> group = new ArrayList<>(Math.min(queue.size(), groupMax));
      while (group.size() < groupMax && !queue.isEmpty()) {
        group.add(queue.remove());
      }
      return group;
    }
  }

  private void linger() throws InterruptedException {
    long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LINGER_MILLIS);
    long leftMillis = LINGER_MILLIS;
    while (leftMillis > 0 && queue.size() < groupMax && !closed) {
      lock.wait(leftMillis);
      leftMillis = TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
    }
  }

  private void commit(List<Pending<Q, R>> group) {
    List<Q> requests = group.stream().map(Pending::request).toList();
    List<R> replies;
    try {
      replies =
          database.inCountedTransaction(writer, connection -> work.decide(connection, requests));
    } catch (Throwable failure) {
      // Even of an error: a stage that never completes would be worse than a group that failed.
      DatabaseFailedException failed = new DatabaseFailedException(writer.threadName(), failure);
      group.forEach(pending -> pending.reply().completeExceptionally(failed));
      return;
    }
    for (int i = 0; i < group.size(); i++) {
      group.get(i).reply().complete(replies.get(i));
    }
  }
}
