/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.store;

import dev.quorate.consensus.Bytes;
import dev.quorate.persistence.store.DatabaseRefusedException.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Knows when a database is older than what was acknowledged from it: restored from a backup, or a
 * replica that lagged behind when it took over. A pod counts the commits of guard and fence that it
 * acts upon, in the same transaction and, before it acts, in a file of its own outside the
 * database. A row may be ahead of the file, after a crash between both; a row behind the file is a
 * database that has forgotten, while the pod runs as well as when it starts. The journal needs no
 * mark: what it forgets guard and fence refuse to do again.
 *
 * <p>A file that was made with the key shares says when that was, so that a cluster that has just
 * been made need not wait: nobody can have forgotten anything. It is believed for an hour, so that
 * it says nothing in a copy of the folder that is found later, and the first mark takes it away.
 * Neither belongs into a backup.
 */
public final class HighWaterMark implements AutoCloseable {
  /** How long key shares that were just made are taken for never used. */
  static final Duration FRESH = Duration.ofHours(1);

  /**
   * Files outside the database.
   *
   * @param mark this pod's own
   * @param neverSigned holds the time in Unix milliseconds at which the key shares were made
   */
  public record Paths(Path mark, Path neverSigned) {}

  /** What is known of the database when a pod starts. */
  public enum Standing {
    /** It holds all that this pod ever acknowledged. */
    CONTINUED,
    /** Nobody ever signed with these key shares. */
    NEVER_SIGNED,
    /** It lacks what this pod acknowledged. */
    OLDER,
    /** This pod never acknowledged anything from it, or its mark is lost. */
    UNKNOWN
  }

  /** Commits of one writer, whose one thread alone changes them. */
  private static final class Count {
    /** The last that was tried, whether it was committed or not. */
    private long tried;

    /** The last that may have been acted upon: what the database must hold. */
    private long acknowledged;

    private Count(long acknowledged) {
      this.tried = acknowledged;
      this.acknowledged = acknowledged;
    }
  }

  private final OperatorDatabase database;
  private final Paths paths;
  private final FileChannel lock;
  private final Standing standing;
  private final Map<MarkedWriter, Count> counts = new EnumMap<>(MarkedWriter.class);
  private @Nullable MarkFile file;
  private Runnable onFallBehind = () -> {};

  private HighWaterMark(OperatorDatabase database, Paths paths, FileChannel lock, long nowMillis)
      throws SQLException, IOException {
    this.database = database;
    this.paths = paths;
    this.lock = lock;
    try (Connection connection = database.dataSource().getConnection()) {
      this.file = MarkFile.open(paths.mark()).orElse(null);
      if (file != null && holdsAllOf(file, connection)) {
        this.standing = Standing.CONTINUED;
      } else if (file != null && wasActedUpon(file)) {
        this.standing = Standing.OLDER;
      } else {
        this.standing =
            isFresh(paths.neverSigned(), nowMillis) && isUntouched(connection)
                ? Standing.NEVER_SIGNED
                : Standing.UNKNOWN;
      }
    }
  }

  /**
   * Compares the database with what the pod remembers of it. The mark is this process's until it is
   * closed.
   *
   * @param nowMillis Unix milliseconds
   * @throws DatabaseRefusedException if another process uses the same mark
   * @throws DatabaseFailedException if it cannot be read
   */
  public static HighWaterMark open(OperatorDatabase database, Paths paths, long nowMillis) {
    try {
      FileChannel lock = lock(paths.mark());
      try {
        return new HighWaterMark(database, paths, lock, nowMillis);
      } catch (SQLException | IOException | RuntimeException failure) {
        lock.close();
        throw failure;
      }
    } catch (SQLException | IOException failure) {
      throw new DatabaseFailedException("comparing it with the pod's high-water mark", failure);
    }
  }

  /** Beside the mark, which is replaced when it is begun anew. */
  private static FileChannel lock(Path mark) throws IOException {
    Files.createDirectories(MarkFile.folder(mark));
    FileChannel channel =
        FileChannel.open(
            mark.resolveSibling(mark.getFileName() + ".lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException _) {
      // Held within this process: refused like every other holder.
    }
    channel.close();
    throw new DatabaseRefusedException(Problem.IN_USE, "another process has " + mark + " open");
  }

  /**
   * Whether the database lacks what a pod acknowledged from it, whose mark this is.
   *
   * @throws DatabaseFailedException if it cannot be read
   */
  public static boolean isOlder(OperatorDatabase database, Path mark) {
    try (Connection connection = database.dataSource().getConnection()) {
      Optional<MarkFile> file = MarkFile.open(mark);
      if (file.isEmpty()) {
        return false;
      }
      try (MarkFile known = file.get()) {
        return !holdsAllOf(known, connection) && wasActedUpon(known);
      }
    } catch (SQLException | IOException failure) {
      throw new DatabaseFailedException("comparing it with a high-water mark", failure);
    }
  }

  private static boolean isFresh(Path neverSigned, long nowMillis) throws IOException {
    try (InputStream in = Files.newInputStream(neverSigned)) {
      String text = new String(in.readNBytes(32), StandardCharsets.US_ASCII).strip();
      if (!text.matches("[0-9]{1,15}")) {
        return false;
      }
      long ageMillis = nowMillis - Long.parseLong(text);
      return ageMillis >= 0 && ageMillis <= FRESH.toMillis();
    } catch (NoSuchFileException _) {
      return false;
    }
  }

  private static boolean isUntouched(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet count =
            statement.executeQuery(
                "SELECT (SELECT COUNT(*) FROM high_water) + (SELECT COUNT(*) FROM vote_fence)"
                    + " + (SELECT COUNT(*) FROM signing_history)")) {
      count.next();
      return count.getLong(1) == 0;
    }
  }

  private static boolean holdsAllOf(MarkFile mark, Connection connection)
      throws SQLException, IOException {
    for (MarkedWriter writer : MarkedWriter.values()) {
      // Before the row: the pod may count on meanwhile.
      long acknowledged = mark.read(writer).orElseThrow();
      OptionalLong row = commits(connection, mark.id(), writer);
      if (row.isEmpty() || row.getAsLong() < acknowledged) {
        return false;
      }
    }
    return true;
  }

  /** Not one whose rows were never committed, because the process that made it ended in between. */
  private static boolean wasActedUpon(MarkFile mark) throws IOException {
    boolean isAnyCounted = false;
    for (MarkedWriter writer : MarkedWriter.values()) {
      isAnyCounted |= mark.read(writer).orElseThrow() > 0;
    }
    return isAnyCounted;
  }

  private static OptionalLong commits(Connection connection, Bytes mark, MarkedWriter writer)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT commits FROM high_water WHERE mark = ? AND writer = ?")) {
      select.setBytes(1, mark.toArray());
      select.setInt(2, writer.code());
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? OptionalLong.of(row.getLong(1)) : OptionalLong.empty();
      }
    }
  }

  public Standing standing() {
    return standing;
  }

  /**
   * Counts from now on, with a standing other than {@link Standing#CONTINUED} anew: whoever calls
   * it has made sure that nothing is signed that was or may be forgotten.
   *
   * @param onFallBehind makes sure of it again, before anybody hears that the database has
   *     forgotten
   * @throws DatabaseFailedException if it cannot be written
   */
  public void begin(Runnable onFallBehind) {
    this.onFallBehind = onFallBehind;
    try {
      MarkFile begun = standing == Standing.CONTINUED && file != null ? file : anew();
      file = begun;
      try (Connection connection = database.dataSource().getConnection()) {
        for (MarkedWriter writer : MarkedWriter.values()) {
          // Nobody acted upon what the row is ahead by, but the next commit must count on from it.
          long row = commits(connection, begun.id(), writer).orElse(0);
          // A mark never sinks, not even below a row that fell behind just now.
          long known = Math.max(row, begun.read(writer).orElseThrow());
          begun.write(writer, known);
          counts.put(writer, new Count(known));
        }
      }
      MarkFile.delete(paths.neverSigned());
      database.countCommits(this);
    } catch (SQLException | IOException failure) {
      throw new DatabaseFailedException("beginning a high-water mark", failure);
    }
  }

  private MarkFile anew() throws SQLException, IOException {
    Optional<Bytes> before = Optional.ofNullable(file).map(MarkFile::id);
    if (file != null) {
      file.close();
    }
    MarkFile made = MarkFile.create(paths.mark());
    database.inTransaction(connection -> {
      try (PreparedStatement delete =
              connection.prepareStatement("DELETE FROM high_water WHERE mark = ?");
          PreparedStatement insert =
              connection.prepareStatement(
                  "INSERT INTO high_water (mark, writer, commits) VALUES (?, ?, 0)")) {
        if (before.isPresent()) {
          delete.setBytes(1, before.get().toArray());
          delete.executeUpdate();
        }
        for (MarkedWriter writer : MarkedWriter.values()) {
          insert.setBytes(1, made.id().toArray());
          insert.setInt(2, writer.code());
          insert.addBatch();
        }
        return insert.executeBatch().length;
      }
    });
    return made;
  }

  /**
   * Counts the commit that the transaction will be.
   *
   * @throws FellBehindException if the database lacks what was acknowledged
   */
  void count(Connection connection, MarkedWriter writer) throws SQLException {
    Count count = of(writer);
    count.tried++;
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE high_water SET commits = GREATEST(commits, ?)"
                + " WHERE mark = ? AND writer = ? AND commits >= ?")) {
      update.setLong(1, count.tried);
      update.setBytes(2, begun().id().toArray());
      update.setInt(3, writer.code());
      update.setLong(4, count.acknowledged);
      if (update.executeUpdate() != 1) {
        throw new FellBehindException();
      }
    }
  }

  /** The commit that was counted last is on disk and is acted upon next. */
  void acknowledge(MarkedWriter writer) throws IOException {
    Count count = of(writer);
    begun().write(writer, count.tried);
    count.acknowledged = count.tried;
  }

  /** Before the failure is told. */
  void fellBehind() {
    onFallBehind.run();
  }

  private Count of(MarkedWriter writer) {
    return Optional.ofNullable(counts.get(writer)).orElseThrow();
  }

  private MarkFile begun() {
    return Optional.ofNullable(file).orElseThrow();
  }

  /** The database lacks what this process acknowledged from it. */
  static final class FellBehindException extends SQLException {
    private static final long serialVersionUID = 1;

    FellBehindException() {
      super("the database lacks what was acknowledged from it; start again");
    }
  }

  @Override
  public void close() {
    try (lock) {
      if (file != null) {
        file.close();
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
