/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.apache.pekko.http.javadsl.model.Uri;
import org.apache.pekko.http.scaladsl.model.IllegalUriException;

/**
 * Where a beacon node is. User information, path and query of such a URL may hold credentials
 * (hosted nodes put access keys into the path), so {@link #toString} shows scheme, host and port
 * alone, and nothing else of this class is public.
 */
public final class BeaconUrl {
  private final String origin;
  private final String pathPrefix;
  private final Optional<String> authorization;

  private BeaconUrl(String origin, String pathPrefix, Optional<String> authorization) {
    this.origin = origin;
    this.pathPrefix = pathPrefix;
    this.authorization = authorization;
  }

  /**
   * @param url {@code http} or {@code https}, a host, and perhaps port, path prefix and {@code
   *     user:password@}
   * @throws IllegalArgumentException if it is anything else; the message does not repeat it
   */
  public static BeaconUrl of(String url) {
    URI uri = parse(url);
    boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    String origin = uri.getScheme() + "://" + uri.getHost() + port;
    String path = Optional.ofNullable(uri.getRawPath()).orElse("");
    if (!web
        || uri.getHost() == null
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null
        || !isRequestable(origin + path)) {
      throw new IllegalArgumentException(
          "the URL of a beacon node is http(s)://host[:port][/path], without query or fragment");
    }
    return new BeaconUrl(
        origin,
        path.endsWith("/") ? path.substring(0, path.length() - 1) : path,
        Optional.ofNullable(uri.getUserInfo()).map(BeaconUrl::basic));
  }

  private static URI parse(String url) {
    try {
      return new URI(url);
    } catch (URISyntaxException malformed) {
      // Without the cause: its message repeats the input.
      throw new IllegalArgumentException("the URL of a beacon node is malformed");
    }
  }

  /** Java takes ports and letters that no request can be sent to. */
  private static boolean isRequestable(String url) {
    try {
      return Uri.create(url).port() > 0;
    } catch (IllegalUriException malformed) {
      return false;
    }
  }

  private static String basic(String userInfo) {
    return "Basic " + Base64.getEncoder().encodeToString(userInfo.getBytes(StandardCharsets.UTF_8));
  }

  String resolve(String pathAndQuery) {
    return origin + pathPrefix + pathAndQuery;
  }

  Optional<String> authorization() {
    return authorization;
  }

  @Override
  public String toString() {
    return origin;
  }
}
