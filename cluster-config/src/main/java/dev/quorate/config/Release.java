/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** The version of this software, which operators tell one another. */
public final class Release {
  /** As the build wrote it, such as {@code 0.1.0-SNAPSHOT}. */
  public static final String VERSION = read();

  private Release() {}

  private static String read() {
    try (InputStream resource = Release.class.getResourceAsStream("release.txt")) {
      byte[] text = Objects.requireNonNull(resource, "release.txt").readAllBytes();
      return new String(text, StandardCharsets.UTF_8).strip();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
