/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import dev.quorate.http.Answer.Refusal;
import org.apache.pekko.event.LoggingAdapter;
import org.apache.pekko.http.ParsingErrorHandler;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.scaladsl.model.ErrorInfo;
import org.apache.pekko.http.scaladsl.model.StatusCode;
import org.apache.pekko.http.scaladsl.settings.ServerSettings;

/**
 * Answers what is no request of HTTP, in the words of all other refusals. Named in {@code
 * admin.conf}, since Pekko makes it itself.
 */
final class BadRequests extends ParsingErrorHandler {
  /** Pekko looks for a Scala object, which is a class with this field. */
  @SuppressWarnings("UnusedVariable") // Read by reflection.
  public static final BadRequests MODULE$ = new BadRequests();

  private BadRequests() {}

  @Override
  public HttpResponse handle(
      StatusCode status, ErrorInfo error, LoggingAdapter log, ServerSettings settings) {
    Refusal refusal =
        status.intValue() == Refusal.URI_TOO_LONG.status()
            ? Refusal.URI_TOO_LONG
            : Refusal.MALFORMED_REQUEST;
    // The summary names what is wrong; the detail would repeat what was sent.
    return AdminApi.response(new Answer.Refused(refusal, error.summary()));
  }
}
