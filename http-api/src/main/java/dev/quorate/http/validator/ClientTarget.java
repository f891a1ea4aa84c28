/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a request asks for, spelt in the one way that routes are known by, so that none gets past
 * its route by another spelling: neither by empty segments, as those of a base URL that ends in a
 * slash, nor by percent-encoding.
 *
 * @param segments of the path, each of letters, digits and {@code - . _ ~}
 * @param query with its question mark, as it was sent; empty where there is none
 */
record ClientTarget(List<String> segments, String query) {
  /** The origin form and, of those who take the pod for a proxy, the absolute form. */
  private static final Pattern FORM =
      Pattern.compile("(?i:https?://[^/?]*)?(?<path>/[^?]*)(?<query>\\?.*)?");

  /** RFC 3986, 2.3: whether these are encoded makes no difference. */
  private static final String UNRESERVED = "[A-Za-z0-9._~-]";

  private static final Pattern ENCODED = Pattern.compile("%(\\p{XDigit}{2})");
  private static final Pattern PLAIN = Pattern.compile("(?!\\.{1,2}$)" + UNRESERVED + "+");

  /**
   * @param raw as it stands in the request's first line
   * @return empty if the path may mean different things to different servers
   */
  static Optional<ClientTarget> of(String raw) {
    Matcher form = FORM.matcher(raw);
    if (!form.matches()) {
      return Optional.empty();
    }
    List<String> segments =
        Arrays.stream(form.group("path").split("/", -1))
            .filter(Predicate.not(String::isEmpty))
            .map(ClientTarget::decoded)
            .toList();
    return segments.stream().allMatch(segment -> PLAIN.matcher(segment).matches())
        ? Optional.of(
            new ClientTarget(segments, Optional.ofNullable(form.group("query")).orElse("")))
        : Optional.empty();
  }

  /** What validators ask may hold a signature in its query, as a randao reveal. */
  boolean isOfValidators() {
    return segments.stream().anyMatch("validator"::equalsIgnoreCase);
  }

  private static String decoded(String segment) {
    return ENCODED
        .matcher(segment)
        .replaceAll(encoded -> {
          String octet = Character.toString(Integer.parseInt(encoded.group(1), 16));
          return octet.matches(UNRESERVED) ? octet : encoded.group();
        });
  }

  @Override
  public String toString() {
    return "/" + String.join("/", segments) + query;
  }
}
