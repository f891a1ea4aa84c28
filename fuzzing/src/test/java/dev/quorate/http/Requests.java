/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import dev.quorate.http.Query.BadParameterException;
import java.util.Optional;
import org.apache.pekko.http.javadsl.model.Uri;
import org.apache.pekko.http.scaladsl.model.IllegalUriException;

/** What the admin API reads of a request's line. */
public final class Requests {
  private Requests() {}

  /** Whether the request is one that could be answered. */
  public static boolean isUnderstood(String target) {
    try {
      Uri uri = Uri.create("http://127.0.0.1" + target);
      Optional<Route.Found> found = Route.of(uri.path());
      if (found.isEmpty()) {
        return false;
      }
      Query query = Query.of(uri.query().toList(), found.get().route().parameters());
      query.number("page", 1, Integer.MAX_VALUE, 1);
      query.number("after", 0, Long.MAX_VALUE);
      query.text("search");
      return true;
    } catch (BadParameterException | IllegalUriException refused) {
      return false;
    }
  }
}
