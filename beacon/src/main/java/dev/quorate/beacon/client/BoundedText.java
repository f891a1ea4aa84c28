/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

/** A node's own words, fit to be logged: one line, not too long. */
final class BoundedText {
  private static final int CHARS_MAX = 200;

  private BoundedText() {}

  static String of(String text) {
    StringBuilder line = new StringBuilder();
    text.codePoints()
        .limit(CHARS_MAX)
        .map(c -> Character.isISOControl(c) ? ' ' : c)
        .forEach(line::appendCodePoint);
    return line.length() < text.length() ? line + "…" : line.toString();
  }
}
