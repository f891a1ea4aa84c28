/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.store;

import dev.quorate.persistence.store.DatabaseRefusedException.Problem;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where the database is.
 *
 * @param url {@code jdbc:h2:file:PATH} or {@code jdbc:postgresql://…}, user and password as
 *     parameters of the latter
 * @param schema the PostgreSQL schema that holds the tables, made when missing; empty: the
 *     connection's own
 */
public record DatabaseSettings(String url, Optional<String> schema) {
  private static final Pattern SCHEMA = Pattern.compile("[a-z][a-z0-9_]{0,62}");

  /**
   * @throws DatabaseRefusedException if this program cannot use such a database
   */
  public DatabaseSettings {
    // Settings of H2 can take durability or the file lock away, so none are taken from outside.
    if (Dialect.of(url) == Dialect.H2 && (url.contains(";") || schema.isPresent())) {
      throw new DatabaseRefusedException(
          Problem.UNSUPPORTED_URL, "an H2 database takes neither settings nor a schema");
    }
    if (schema.isPresent() && !SCHEMA.matcher(schema.get()).matches()) {
      throw new DatabaseRefusedException(
          Problem.UNSUPPORTED_URL,
          "a schema is named by lower-case letters, digits and _, not " + schema.get());
    }
  }

  public static DatabaseSettings of(String url) {
    return new DatabaseSettings(url, Optional.empty());
  }

  public DatabaseSettings withSchema(String name) {
    return new DatabaseSettings(url, Optional.of(name));
  }

  Dialect dialect() {
    return Dialect.of(url);
  }

  /** Without the parameters, which may hold a password. */
  @Override
  public String toString() {
    return url.replaceFirst("[?;].*", "") + schema.map(name -> " schema " + name).orElse("");
  }
}
