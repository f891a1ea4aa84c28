/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/**
 * Ports of the loopback interface that nobody listens on, for a whole network on one machine.
 *
 * <p>Between being found and being listened on, a port must go to nobody else. So none is of those
 * that the system gives to whoever asks for any (from 32768 on Linux, from 49152 by RFC 6335), and
 * each process takes them from blocks of its own: it listens on a block's first port for as long as
 * it lives. No port is found twice by the same process.
 */
public final class FreePorts {
  private static final int FIRST = 12_000;
  private static final int END = 32_700;
  private static final int BLOCK = 100;

  /** Whose first ports this process listens on. */
  private static final List<ServerSocket> BLOCKS = new ArrayList<>();

  private static int nextBlock = FIRST;
  private static int next = BLOCK;

  private FreePorts() {}

  /**
   * Finds this many.
   *
   * @throws IOException if all blocks are taken
   */
  public static synchronized List<Integer> find(int count) throws IOException {
    List<Integer> found = new ArrayList<>();
    while (found.size() < count) {
      if (next == BLOCK) {
        claim();
      }
      int port = BLOCKS.getLast().getLocalPort() + next++;
      if (isFree(port)) {
        found.add(port);
      }
    }
    return List.copyOf(found);
  }

  private static void claim() throws IOException {
    while (nextBlock < END) {
      int first = nextBlock;
      nextBlock += BLOCK;
      try {
        BLOCKS.add(listen(first));
        next = 1;
        return;
      } catch (BindException taken) {
        // By another process.
      }
    }
    throw new IOException("no free ports are left from %d to %d".formatted(FIRST, END));
  }

  private static boolean isFree(int port) throws IOException {
    try (ServerSocket held = listen(port)) {
      return held.isBound();
    } catch (BindException taken) {
      return false;
    }
  }

  private static ServerSocket listen(int port) throws IOException {
    return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
  }
}
