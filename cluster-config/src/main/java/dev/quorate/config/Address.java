/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import java.util.Locale;
import java.util.Optional;
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

  public static final int PORT_MAX = 65_535;

  public Address {
    if (!HOST.matcher(host).matches() || port < 0 || port > PORT_MAX) {
      throw new IllegalArgumentException("not an address: " + host + ":" + port);
    }
  }

  /** Reads {@code host:port}; empty if it is not one. */
  public static Optional<Address> parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      return Optional.empty();
    }
    try {
      int port = Integer.parseUnsignedInt(text.substring(colon + 1));
      return Optional.of(new Address(text.substring(0, colon).toLowerCase(Locale.ROOT), port));
    } catch (IllegalArgumentException notAnAddress) {
      return Optional.empty();
    }
  }

  /** {@code host:port}. */
  @Override
  public String toString() {
    return host + ":" + port;
  }
}
