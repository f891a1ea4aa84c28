/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.run;

import dev.quorate.consensus.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The way of TCP connections from one process to another, and what networks do to them. Who dials
 * it reaches the process behind it.
 */
final class Wire implements AutoCloseable {
  /** What becomes of bytes. */
  enum Condition {
    FINE,
    /** Each comes {@value #DELAY_MILLIS} ms later, in either direction. */
    SLOW,
    /** None comes, and nobody is told. */
    SILENT,
    /** Connections are closed, also new ones. */
    CUT,
    /** The server commits, and its answer does not get back. */
    LOSES_ANSWERS_TO_COMMITS
  }

  private static final int DELAY_MILLIS = 300;
  private static final int CHUNK_BYTES = 16 * 1024;

  /** In flight in one direction of one connection. */
  private static final int CHUNKS_MAX = 256;

  /** How PostgreSQL answers it. */
  private static final byte[] COMMIT = "COMMIT".getBytes(StandardCharsets.US_ASCII);

  private final ServerSocket server;
  private final InetSocketAddress target;
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong answersLost = new AtomicLong();
  private volatile Condition condition = Condition.FINE;

  /**
   * @param port 0 for any free one
   */
  Wire(String host, int port, InetSocketAddress target) throws IOException {
    this.target = target;
    server = new ServerSocket();
    server.bind(new InetSocketAddress(host, port));
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  void become(Condition next) {
    condition = next;
    if (next == Condition.CUT) {
      open.forEach(Connection::end);
    }
  }

  /** How many answers to commits it has lost. */
  long answersLost() {
    return answersLost.get();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        Thread.ofVirtual().start(() -> connect(client));
      } catch (IOException closed) {
        // As the loop will see.
      }
    }
  }

  private void connect(Socket client) {
    try {
      if (condition == Condition.CUT) {
        client.close();
        return;
      }
      Socket behind = new Socket(target.getAddress(), target.getPort());
      client.setTcpNoDelay(true);
      behind.setTcpNoDelay(true);
      Connection connection = new Connection(client, behind);
      open.add(connection);
      connection.carry(client, behind);
      connection.carry(behind, client);
    } catch (IOException nobodyThere) {
      // Whoever dialled tries again.
      close(client);
    }
  }

  /** Bytes, or none behind the last ones. */
  private record Chunk(Bytes bytes, long dueNanos) {
    static final Chunk LAST = new Chunk(Bytes.wrap(new byte[0]), 0);

    boolean isLast() {
      return bytes.size() == 0;
    }
  }

  private final class Connection {
    private final Socket client;
    private final Socket behind;

    Connection(Socket client, Socket behind) {
      this.client = client;
      this.behind = behind;
    }

    void carry(Socket from, Socket to) {
      BlockingQueue<Chunk> flight = new ArrayBlockingQueue<>(CHUNKS_MAX);
      Thread.ofVirtual().start(() -> take(from, flight));
      Thread.ofVirtual().start(() -> give(flight, to));
    }

    private void take(Socket from, BlockingQueue<Chunk> flight) {
      try {
        InputStream in = from.getInputStream();
        byte[] buffer = new byte[CHUNK_BYTES];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          long delayMillis = condition == Condition.SLOW ? DELAY_MILLIS : 0;
          long dueNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(delayMillis);
          flight.put(new Chunk(Bytes.wrap(Arrays.copyOf(buffer, n)), dueNanos));
        }
        flight.put(Chunk.LAST);
      } catch (IOException | InterruptedException ended) {
        end();
      }
    }

    private void give(BlockingQueue<Chunk> flight, Socket to) {
      try {
        OutputStream out = to.getOutputStream();
        for (Chunk chunk = flight.take(); !chunk.isLast(); chunk = flight.take()) {
          TimeUnit.NANOSECONDS.sleep(chunk.dueNanos() - System.nanoTime());
          while (condition == Condition.SILENT && !to.isClosed()) {
            TimeUnit.MILLISECONDS.sleep(DELAY_MILLIS);
          }
          byte[] bytes = chunk.bytes().toArray();
          if (condition == Condition.LOSES_ANSWERS_TO_COMMITS
              && to.equals(client)
              && saysCommit(bytes)) {
            answersLost.incrementAndGet();
            break;
          }
          out.write(bytes);
          out.flush();
        }
      } catch (IOException | InterruptedException ended) {
        // As any connection may.
      }
      end();
      flight.clear();
    }

    void end() {
      close(client);
      close(behind);
      open.remove(this);
    }
  }

  private static boolean saysCommit(byte[] bytes) {
    for (int i = 0; i + COMMIT.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + COMMIT.length, COMMIT, 0, COMMIT.length)) {
        return true;
      }
    }
    return false;
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    open.forEach(Connection::end);
  }
}
