/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FreePortsTest {
  private static final int MORE_THAN_A_BLOCK = 250;

  @Test
  void noPortIsFoundTwice() throws IOException {
    List<Integer> ports = new ArrayList<>(FreePorts.find(MORE_THAN_A_BLOCK));
    ports.addAll(FreePorts.find(1));
    assertThat(ports).doesNotHaveDuplicates();
  }

  @Test
  void whatIsFoundCanBeListenedOn() throws IOException {
    int port = FreePorts.find(1).getFirst();
    try (ServerSocket own = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      assertThat(own.getLocalPort()).isEqualTo(port);
    }
  }

  @Test
  void whatOthersListenOnIsNotFound() throws IOException {
    int taken = FreePorts.find(1).getFirst() + 1;
    try (ServerSocket other = new ServerSocket(taken, 1, InetAddress.getLoopbackAddress())) {
      assertThat(FreePorts.find(2)).doesNotContain(other.getLocalPort());
    }
  }
}
