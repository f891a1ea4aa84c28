/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import com.typesafe.config.ConfigUtil;
import dev.quorate.node.process.PostgresUrl;
import dev.quorate.persistence.store.DatabaseFailedException;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.signing.OwnerOnlyFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where the operators of a run keep what they sign: an H2 file in each one's folder, or a schema
 * each of one PostgreSQL database, made anew for the run.
 */
record BenchDatabases(Optional<PostgresUrl> postgres) {
  private static final String H2 = "bench";
  private static final int COMPACTION_MILLIS = 60_000;
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

  /**
   * An operator's database, for whoever runs it in this process.
   *
   * @param folder holds the file of H2
   */
  DatabaseSettings of(int operator, Path folder) {
    return postgres.map(url -> url.schema(schema(operator))).orElseGet(() -> h2(folder));
  }

  private static DatabaseSettings h2(Path folder) {
    return DatabaseSettings.of("jdbc:h2:file:" + folder.resolve(H2));
  }

  /**
   * The size of a file of H2 once it holds nothing that is free to be written again. Nobody may
   * have it open.
   */
  static long compactedBytes(Path folder) {
    try (Connection connection =
            DriverManager.getConnection(
                h2(folder).url() + ";MAX_COMPACT_TIME=" + COMPACTION_MILLIS, "sa", "");
        Statement statement = connection.createStatement()) {
      // SHUTDOWN COMPACT would compress as well, which it never does while it runs.
      statement.execute("SHUTDOWN");
      return Files.size(folder.resolve(H2 + ".mv.db"));
    } catch (SQLException failure) {
      throw new DatabaseFailedException("compacting " + folder, failure);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
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
