/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Tcp;

/**
 * The one address that an operator of several pods publishes: each connection goes to the next pod,
 * whether it runs or not.
 */
final class PodsAddress implements AutoCloseable {
  private static final String HOST = "127.0.0.1";

  private final ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "pods-address");
  private final int port;

  /**
   * @param pods where they listen for peers
   */
  PodsAddress(List<Integer> pods) {
    AtomicInteger next = new AtomicInteger();
    port =
        Tcp.get(system)
            .bind(HOST, 0)
            .to(
                Sink.foreach(connection ->
                    connection.handleWith(
                        Tcp.get(system)
                            .outgoingConnection(
                                HOST, pods.get(next.getAndIncrement() % pods.size())),
                        system)))
            .run(system)
            .toCompletableFuture()
            .join()
            .localAddress()
            .getPort();
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().join();
  }
}
