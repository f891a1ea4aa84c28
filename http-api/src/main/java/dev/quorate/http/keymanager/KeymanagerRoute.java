/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.keymanager;

import java.util.Arrays;
import java.util.Optional;

/** What the keymanager API has, whatever is done to it. */
enum KeymanagerRoute {
  KEYSTORES("/eth/v1/keystores", ""),
  REMOTE_KEYS("/eth/v1/remotekeys", ""),
  FEE_RECIPIENT("/eth/v1/validator/", "/feerecipient"),
  GAS_LIMIT("/eth/v1/validator/", "/gas_limit"),
  GRAFFITI("/eth/v1/validator/", "/graffiti"),
  EXIT("/eth/v1/validator/", "/voluntary_exit");

  private final String before;
  private final String behind;

  /**
   * @param before what stands before a key in the path, or all of it
   * @param behind what stands behind the key; empty where there is none
   */
  KeymanagerRoute(String before, String behind) {
    this.before = before;
    this.behind = behind;
  }

  /**
   * @param key as it stands in the path; empty where the route has none
   */
  record Found(KeymanagerRoute route, String key) {}

  /** Empty if there is no such route. */
  static Optional<Found> of(String path) {
    return Arrays.stream(values()).flatMap(route -> route.match(path).stream()).findFirst();
  }

  private Optional<Found> match(String path) {
    if (behind.isEmpty()) {
      return path.equals(before) ? Optional.of(new Found(this, "")) : Optional.empty();
    }
    int end = path.length() - behind.length();
    return path.startsWith(before) && path.endsWith(behind) && end > before.length()
        ? Optional.of(new Found(this, path.substring(before.length(), end)))
        : Optional.empty();
  }
}
