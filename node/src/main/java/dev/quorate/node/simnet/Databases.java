/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simnet;

import dev.quorate.config.OperatorFolder;
import dev.quorate.consensus.Bytes32;
import dev.quorate.node.process.PostgresUrl;
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

/**
 * One database per operator. Those of keys that live only in this process go when it ends; those of
 * an existing cluster stay, since a guard that forgets what was signed is none.
 */
sealed interface Databases extends AutoCloseable {
  /** What the result calls them. */
  String name();

  DatabaseSettings of(int operator);

  /** The folder of an operator's high-water marks. */
  Path marks(int operator);

  @Override
  void close();

  /** For keys made for this run. */
  static Databases fresh(Optional<PostgresUrl> postgres, Afterwards afterwards) {
    Folder folder = Folder.make(afterwards);
    return postgres.<Databases>map(url -> new Schemas(url, folder, new TreeSet<>())).orElse(folder);
  }

  /** For an existing cluster: in its own folder, or in schemas that bear its hash. */
  static Databases lasting(Optional<PostgresUrl> postgres, Path cluster, Bytes32 clusterHash) {
    return new Lasting(postgres, cluster, clusterHash);
  }

  /** What becomes of them. */
  enum Afterwards {
    KEEP,
    REMOVE
  }

  /** Schemas of one PostgreSQL database; what an earlier run left there goes first. */
  record Schemas(PostgresUrl url, Folder folder, TreeSet<Integer> used) implements Databases {
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

    @Override
    public Path marks(int operator) {
      return folder.marks(operator);
    }

    private DatabaseSettings schema(int operator) {
      return url.schema("quorate_operator_" + operator);
    }

    @Override
    public void close() {
      if (folder.afterwards() == Afterwards.REMOVE) {
        used.forEach(operator -> OperatorDatabase.drop(schema(operator)));
      }
      folder.close();
    }
  }

  /** H2 files, if any, in a temporary folder. */
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
      return file(path.resolve("operator-" + operator));
    }

    @Override
    public Path marks(int operator) {
      Path marks = path.resolve("marks-" + operator);
      try {
        OperatorFolder.neverSigned(marks);
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
      return marks;
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

  /** Never dropped here. */
  record Lasting(Optional<PostgresUrl> postgres, Path cluster, Bytes32 clusterHash)
      implements Databases {
    @Override
    public String name() {
      return postgres.isPresent() ? "postgresql" : "h2";
    }

    @Override
    public DatabaseSettings of(int operator) {
      return postgres
          .map(url -> url.schema("quorate_" + clusterHash.hex().substring(0, 16) + "_" + operator))
          .orElseGet(
              () -> file(cluster.resolve("operator-" + operator).resolve("database/quorate")));
    }

    @Override
    public Path marks(int operator) {
      return cluster.resolve("operator-" + operator).resolve("marks");
    }

    @Override
    public void close() {}
  }

  private static DatabaseSettings file(Path path) {
    return DatabaseSettings.of("jdbc:h2:file:" + path.toAbsolutePath());
  }
}
