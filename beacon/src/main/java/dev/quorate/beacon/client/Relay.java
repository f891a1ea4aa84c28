/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.Uri;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.model.headers.RawRequestURI;

/**
 * Somebody's request as a beacon node gets it, and its answer as he gets it: body and headers as
 * they are, but for headers of one connection alone (RFC 9110, 7.6.1), and for whom either side
 * trusts.
 */
final class Relay {
  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  /** Of the request's own connection, or made up by Pekko. */
  private static final Set<String> OWN =
      Set.of(
          "authorization",
          "host",
          "raw-request-uri",
          "remote-address",
          "timeout-access",
          "tls-session-info");

  private Relay() {}

  /**
   * @param target path and query, as they are sent
   */
  static HttpRequest request(BeaconUrl url, HttpRequest request, String target) {
    String whole = url.resolve(target);
    String origin = url.toString();
    HttpRequest passed =
        HttpRequest.create()
            .withMethod(request.method())
            .withUri(Uri.create(whole, Uri.RELAXED))
            .withHeaders(kept(request.getHeaders(), OWN))
            .withEntity(request.entity())
            // As it was written: parsing it would change how it is spelt.
            .addHeader(RawRequestURI.create(whole.substring(origin.length())));
    return url.authorization()
        .map(value -> passed.addHeader(RawHeader.create("Authorization", value)))
        .orElse(passed);
  }

  static HttpResponse response(HttpResponse response) {
    return response.withHeaders(kept(response.getHeaders(), Set.of()));
  }

  private static List<HttpHeader> kept(Iterable<HttpHeader> headers, Set<String> others) {
    Set<String> dropped = new HashSet<>(HOP_BY_HOP);
    dropped.addAll(others);
    headers.forEach(header -> {
      if (header.lowercaseName().equals("connection")) {
        Arrays.stream(header.value().split(",", -1))
            .map(name -> name.strip().toLowerCase(Locale.ROOT))
            .forEach(dropped::add);
      }
    });
    return StreamSupport.stream(headers.spliterator(), false)
        .filter(header -> !dropped.contains(header.lowercaseName()))
        .toList();
  }
}
