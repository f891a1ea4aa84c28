/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where something listens.
 *
 * @param host a name, an IPv4 address, or an IPv6 address in brackets; lower case, so that equal
 *     addresses look equal
 * @param port from 0 to 65535; 0 lets the system choose and is for listening only
 */
public record Address(String host, int port) {
  private static final Pattern HOST =
      Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\\[[0-9a-f:.]{2,45}]");

  private static final Pattern HOST_AND_PORT = Pattern.compile("(.+):(0|[1-9][0-9]{0,4})");

  public static final int PORT_MAX = 65_535;

  public Address {
    if (!HOST.matcher(host).matches() || port < 0 || port > PORT_MAX) {
      throw new IllegalArgumentException("not an address: " + host + ":" + port);
    }
  }

  /** Reads {@code host:port}; empty if it is not one. */
  public static Optional<Address> parse(String text) {
    Matcher matcher = HOST_AND_PORT.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String host = matcher.group(1).toLowerCase(Locale.ROOT);
    int port = Integer.parseInt(matcher.group(2));
    return HOST.matcher(host).matches() && port <= PORT_MAX
        ? Optional.of(new Address(host, port))
        : Optional.empty();
  }

  /**
   * Where to listen if others come to this address: itself on loopback, else its port on every
   * interface, since what a name stands for may be another machine's business.
   */
  Address bindable() {
    return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]")
        ? this
        : new Address("0.0.0.0", port);
  }

  /** {@code host:port}. */
  @Override
  public String toString() {
    return host + ":" + port;
  }
}
