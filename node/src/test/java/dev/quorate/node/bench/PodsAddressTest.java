/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.Test;

class PodsAddressTest {
  private static final int TIMEOUT_MILLIS = 20_000;

  private static ServerSocket listen() throws IOException {
    ServerSocket pod = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    pod.setSoTimeout(TIMEOUT_MILLIS);
    return pod;
  }

  private static Socket dial(PodsAddress address) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), address.port());
    socket.setSoTimeout(TIMEOUT_MILLIS);
    return socket;
  }

  @Test
  void leadsToOnePodAfterTheOtherAndEndsWithIt() throws IOException {
    try (ServerSocket first = listen();
        ServerSocket second = listen();
        PodsAddress address =
            new PodsAddress(List.of(first.getLocalPort(), second.getLocalPort()))) {
      for (ServerSocket pod : List.of(first, second, first)) {
        try (Socket client = dial(address)) {
          try (Socket accepted = pod.accept()) {
            client.getOutputStream().write(42);
            assertThat(accepted.getInputStream().read()).isEqualTo(42);
            accepted.getOutputStream().write(43);
            assertThat(client.getInputStream().read()).isEqualTo(43);
          }
          assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
      }
    }
  }
}
