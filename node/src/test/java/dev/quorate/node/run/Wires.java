/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.run;

import dev.quorate.config.Address;
import dev.quorate.config.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * A wire for each direction between two operators, and between two pods of one of them. Each
 * process believes in names of its own, behind which the wires are that begin at it.
 */
final class Wires implements AutoCloseable {
  /** From one operator to another. */
  record Direction(int from, int to) {
    boolean touches(int operator) {
      return from == operator || to == operator;
    }
  }

  private final Path folder;
  private final List<Integer> ports;
  private final List<Integer> podPorts;
  private final Map<Direction, Wire> links = new HashMap<>();
  private final Map<Direction, Wire> podLinks = new HashMap<>();

  /**
   * @param folder for files that name the names
   * @param behind ports at which operators listen on the loopback interface
   * @param pods how many may be of one operator
   */
  Wires(Path folder, List<Integer> behind, int pods) throws IOException {
    this.folder = Files.createDirectories(folder);
    this.ports = FreePorts.find(behind.size());
    this.podPorts = FreePorts.find(pods);
    connect(links, "127.1.", ports, behind);
    connect(podLinks, "127.2.", podPorts, podPorts);
  }

  private static void connect(
      Map<Direction, Wire> wires, String net, List<Integer> ports, List<Integer> behind)
      throws IOException {
    for (int from = 0; from < ports.size(); from++) {
      for (int to = 0; to < ports.size(); to++) {
        if (from != to) {
          InetSocketAddress target =
              new InetSocketAddress(InetAddress.getLoopbackAddress(), behind.get(to));
          wires.put(
              new Direction(from, to), new Wire(net + from + "." + to, ports.get(to), target));
        }
      }
    }
  }

  /** Where operators are for one another. */
  List<Address> addresses() {
    return IntStream.range(0, ports.size())
        .mapToObj(operator -> new Address("operator-" + operator + ".test", ports.get(operator)))
        .toList();
  }

  /** Where a pod is for the operator's other pods. */
  Address pod(int pod) {
    return new Address("pod-" + pod + ".test", podPorts.get(pod));
  }

  /**
   * Lets a virtual machine believe in names.
   *
   * @param pod empty if the operator has but one
   * @return its option
   */
  String namesFor(int operator, Optional<Integer> pod) throws IOException {
    StringBuilder hosts = new StringBuilder("127.0.0.1 localhost\n");
    links.keySet().stream()
        .filter(link -> link.from() == operator)
        .forEach(link ->
            hosts.append(
                "127.1.%d.%d operator-%d.test%n".formatted(operator, link.to(), link.to())));
    if (pod.isPresent()) {
      hosts.append("127.0.0.1 pod-%d.test%n".formatted(pod.get()));
      podLinks.keySet().stream()
          .filter(link -> link.from() == pod.get())
          .forEach(link ->
              hosts.append("127.2.%d.%d pod-%d.test%n".formatted(pod.get(), link.to(), link.to())));
    }
    Path file = folder.resolve("hosts-" + operator + pod.map(name -> "-" + name).orElse(""));
    return "-Djdk.net.hosts.file=" + Files.writeString(file, hosts);
  }

  /** Changes the links between operators that are chosen; all others stay as they are. */
  void become(Wire.Condition condition, Predicate<Direction> chosen) {
    change(links, condition, chosen);
  }

  /** Changes all links between pods. */
  void becomeBetweenPods(Wire.Condition condition) {
    change(podLinks, condition, _ -> true);
  }

  void heal() {
    become(Wire.Condition.FINE, _ -> true);
    becomeBetweenPods(Wire.Condition.FINE);
  }

  private static void change(
      Map<Direction, Wire> wires, Wire.Condition condition, Predicate<Direction> chosen) {
    wires.forEach((direction, wire) -> {
      if (chosen.test(direction)) {
        wire.become(condition);
      }
    });
  }

  @Override
  public void close() {
    links.values().forEach(Wire::close);
    podLinks.values().forEach(Wire::close);
  }
}
