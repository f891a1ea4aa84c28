/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simnet;

import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/** One database per operator: made for a run, and removed at its end unless it is to be kept. */
sealed interface Databases extends AutoCloseable {
  /** What the result calls them. */
  String name();

  DatabaseSettings of(int operator);

  @Override
  void close();

  static Databases of(Optional<String> postgresUrl, Afterwards afterwards) {
    return postgresUrl
        .<Databases>map(url -> new Schemas(url, afterwards, new TreeSet<>()))
        .orElseGet(() -> Folder.make(afterwards));
  }

  /** What becomes of them. */
  enum Afterwards {
    KEEP,
    REMOVE
  }

  /** Schemas of one PostgreSQL database; what an earlier run left there goes first. */
  record Schemas(String url, Afterwards afterwards, TreeSet<Integer> used) implements Databases {
    @Override
    public String name() {
      return "postgresql";
    }

    @Override
    public DatabaseSettings of(int operator) {
      DatabaseSettings settings = schema(operator);
      OperatorDatabase.drop(settings);
      used.add(operator);
      return settings;
    }

    private DatabaseSettings schema(int operator) {
      return DatabaseSettings.of(url).withSchema("quorate_operator_" + operator);
    }

    @Override
    public void close() {
      if (afterwards == Afterwards.REMOVE) {
        used.forEach(operator -> OperatorDatabase.drop(schema(operator)));
      }
    }
  }

  /** H2 files in a temporary folder. */
  record Folder(Path path, Afterwards afterwards) implements Databases {
    static Folder make(Afterwards afterwards) {
      try {
        return new Folder(Files.createTempDirectory("quorate-simnet"), afterwards);
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    @Override
    public String name() {
      return "h2";
    }

    @Override
    public DatabaseSettings of(int operator) {
      return DatabaseSettings.of(
          "jdbc:h2:file:" + path.resolve("operator-" + operator).toAbsolutePath());
    }

    @Override
    public void close() {
      if (afterwards == Afterwards.KEEP) {
        return;
      }
      try (Stream<Path> files = Files.walk(path)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }
}
