/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import com.typesafe.config.ConfigUtil;
import dev.quorate.node.process.PostgresUrl;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.signing.OwnerOnlyFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where the operators of a run keep what they sign: an H2 file in each one's folder, or a schema
 * each of one PostgreSQL database, made anew for the run.
 */
record BenchDatabases(Optional<PostgresUrl> postgres) {
  private static final String PASSWORD_FILE = "database-password.txt";

  String name() {
    return postgres.isPresent() ? "postgresql" : "h2";
  }

  /** To tell the user where they are, without a password. */
  String text() {
    return postgres.map(PostgresUrl::toString).orElse("files");
  }

  /**
   * What an operator's settings say of its database, in HOCON; nothing of an H2 file.
   *
   * @param folder of the settings, where the password's file goes
   */
  String settings(int operator, Path folder) throws IOException {
    if (postgres.isEmpty()) {
      return "";
    }
    PostgresUrl url = postgres.get();
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("url", url.withoutLogin());
    settings.put("user", url.user());
    settings.put("schema", schema(operator));
    if (url.password().isPresent()) {
      OwnerOnlyFile.create(
          folder.resolve(PASSWORD_FILE), url.password().get().getBytes(StandardCharsets.UTF_8));
      settings.put("password-file", PASSWORD_FILE);
    }
    return settings.entrySet().stream()
        .map(entry ->
            "quorate.database.%s = %s\n"
                .formatted(entry.getKey(), ConfigUtil.quoteString(entry.getValue())))
        .collect(Collectors.joining());
  }

  /** The schemas of so many operators go, if they are there, and what is in them. */
  void drop(int operators) {
    postgres.ifPresent(url -> {
      for (int operator = 0; operator < operators; operator++) {
        OperatorDatabase.drop(url.schema(schema(operator)));
      }
    });
  }

  private static String schema(int operator) {
    return "quorate_bench_operator_" + operator;
  }
}
