/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What can be asked for. */
enum Route {
  NODE("/v1/node"),
  PEERS("/v1/peers"),
  VALIDATORS("/v1/validators"),
  VALIDATOR("/v1/validators/{validator}"),
  PROTECTION_CHECK("/v1/protection/check"),
  DUTIES("/v1/duties"),
  EXPLANATION("/v1/duties/explain"),
  EXITS("/v1/exits"),
  PODS("/v1/pods"),
  LIVEZ("/livez"),
  READYZ("/readyz"),
  METRICS("/metrics"),
  OPENAPI("/openapi.json");

  private static final String PARAMETER = "{";

  private final String template;

  Route(String template) {
    this.template = template;
  }

  /** A path, whose last part may be a parameter in braces. */
  String template() {
    return template;
  }

  /** The one that changes anything; it takes an operator's signature for it. */
  boolean isWriting() {
    return this == EXITS;
  }

  /** The parameters of the query that it knows. */
  Set<String> parameters() {
    return switch (this) {
      case VALIDATORS -> Set.of("page", "size", "search");
      case PROTECTION_CHECK -> Set.of("validator", "source", "target", "slot", "root");
      case DUTIES -> Set.of("after", "limit");
      case EXPLANATION -> Set.of("validator", "slot", "type");
      case EXITS -> Set.of("validator", "slot", "signature");
      case NODE, PEERS, VALIDATOR, PODS, LIVEZ, READYZ, METRICS, OPENAPI -> Set.of();
    };
  }

  /**
   * A route and what its path names.
   *
   * @param parameter the last part of the path; empty where the route has none
   */
  record Found(Route route, String parameter) {}

  /** Empty if there is no such route. */
  static Optional<Found> of(String path) {
    return Arrays.stream(values()).flatMap(route -> route.match(path).stream()).findFirst();
  }

  private Optional<Found> match(String path) {
    List<String> parts = List.of(template.split("\\" + PARAMETER, 2));
    String fixed = parts.getFirst();
    if (parts.size() == 1) {
      return path.equals(fixed) ? Optional.of(new Found(this, "")) : Optional.empty();
    }
    return path.startsWith(fixed)
            && path.length() > fixed.length()
            && path.indexOf('/', fixed.length()) < 0
        ? Optional.of(new Found(this, path.substring(fixed.length())))
        : Optional.empty();
  }
}
