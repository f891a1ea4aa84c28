/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import java.util.Map;
import java.util.Optional;

/**
 * Many runs, one after the other. Speaks in types of the Java platform alone, so that it can be
 * called across class loaders.
 */
public final class Campaign {
  private Campaign() {}

  /**
   * The first seed from {@code firstSeed} on, of {@code runs} many, whose run breaks an invariant,
   * and the invariant.
   *
   * @param options those of the command line, without their dashes
   */
  public static Optional<Map.Entry<Long, String>> firstFailure(
      Map<String, String> options, long firstSeed, int runs) {
    return Optional.empty();
  }
}
