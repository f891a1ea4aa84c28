/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.peer;

import dev.quorate.consensus.duty.Reason;
import dev.quorate.wire.Hello;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.stream.KillSwitch;

/**
 * The connections that this pod accepted: bounded as a whole while they have not said who they are,
 * and per operator afterwards. A pod has one link; a later one, of the same or a later start of the
 * pod, replaces it. Used by the threads of all connections.
 */
final class AcceptedLinks {
  /** Connections at a time that have not yet said who they are. */
  static final int HANDSHAKES_MAX = 64;

  /** Pods of one operator, and so links at a time. */
  static final int LINKS_PER_OPERATOR_MAX = 8;

  private record Pod(int operator, String name) {}

  private record Link(long incarnation, KillSwitch close) {}

  private final Set<KillSwitch> handshakes = new HashSet<>();
  private final Map<Pod, Link> links = new HashMap<>();
  private boolean closed;

  /**
   * @return whether there is room for a handshake
   */
  synchronized boolean begin(KillSwitch connection) {
    return !closed && handshakes.size() < HANDSHAKES_MAX && handshakes.add(connection);
  }

  /** The handshake of {@code connection} is done. */
  synchronized Optional<Reason> admit(Hello hello, KillSwitch connection) {
    handshakes.remove(connection);
    Pod pod = new Pod(hello.operator(), hello.pod());
    Optional<Link> earlier = Optional.ofNullable(links.get(pod));
    boolean isOutdated =
        earlier.filter(link -> link.incarnation() > hello.incarnation()).isPresent();
    long siblings =
        links.keySet().stream().filter(other -> other.operator() == hello.operator()).count();
    if (closed || isOutdated || (earlier.isEmpty() && siblings >= LINKS_PER_OPERATOR_MAX)) {
      return Optional.of(Reason.SURPLUS_LINK);
    }
    links.put(pod, new Link(hello.incarnation(), connection));
    earlier.ifPresent(link -> link.close().shutdown());
    return Optional.empty();
  }

  synchronized void end(KillSwitch connection) {
    handshakes.remove(connection);
    links.values().removeIf(link -> link.close().equals(connection));
  }

  synchronized void close() {
    closed = true;
    handshakes.forEach(KillSwitch::shutdown);
    links.values().forEach(link -> link.close().shutdown());
  }
}
