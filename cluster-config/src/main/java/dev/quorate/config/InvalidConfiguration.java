/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The set-up is broken and nothing may start from it. The message is one line for the operator:
 * where, what, and what to do. It never holds a secret.
 */
public final class InvalidConfiguration extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Of each part of the message: a file may be made of one long key. */
  private static final int PART_CHARS_MAX = 400;

  private final ConfigurationFault fault;
  private final String where;
  private final String what;

  /**
   * @param where a file, a path within it, or a setting's key
   * @param what what is wrong there
   */
  public InvalidConfiguration(ConfigurationFault fault, String where, String what) {
    this.fault = fault;
    this.where = where;
    this.what = what;
  }

  /** The same, found in {@code file}. */
  InvalidConfiguration in(Path file) {
    return new InvalidConfiguration(
        fault, where.isEmpty() ? file.toString() : file + ": " + where, what);
  }

  static InvalidConfiguration unreadable(Object where, IOException failure) {
    // The exception's own text is often no more than the path; its type says what happened.
    return new InvalidConfiguration(
        ConfigurationFault.UNREADABLE,
        where.toString(),
        failure.getClass().getSimpleName() + ": " + failure.getMessage());
  }

  /** Where, what, and what to do. */
  @Override
  public String getMessage() {
    return (where.isEmpty() ? "" : line(where) + ": ") + line(what) + "; " + fault.remedy();
  }

  /** What a file holds, fit for one line. */
  private static String line(String text) {
    String line = text.replaceAll("\\p{Cc}", " ");
    return line.length() <= PART_CHARS_MAX ? line : line.substring(0, PART_CHARS_MAX) + "…";
  }

  public ConfigurationFault fault() {
    return fault;
  }
}
