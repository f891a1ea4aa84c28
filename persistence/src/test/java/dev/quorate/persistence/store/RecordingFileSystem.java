/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.store;

import dev.quorate.consensus.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.h2.store.fs.FileBase;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;

/**
 * H2's {@code recording:} file system: the files below, and beside each what a power cut would
 * leave of it, which is all that was written before the last force, and any of what was written
 * since.
 */
public final class RecordingFileSystem extends FilePathWrapper {
  private static final String SCHEME = "recording";
  private static final Map<String, Disk> DISKS = new HashMap<>();

  static {
    FilePath.register(new RecordingFileSystem());
  }

  /** Where a database is kept whose power is to be cut. */
  public static DatabaseSettings database(Path folder) {
    return DatabaseSettings.of("jdbc:h2:file:" + SCHEME + ":" + folder.resolve("db"));
  }

  /**
   * Puts into {@code copy} what a power cut now would leave of the database in {@code folder}.
   *
   * @param torn chooses which of the unforced writes are on disk
   */
  public static DatabaseSettings cutPower(Path folder, Path copy, Random torn) {
    String file = folder.resolve("db.mv.db").toString();
    try {
      Files.write(copy.resolve("db.mv.db"), disk(file).afterPowerCut(torn));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return DatabaseSettings.of("jdbc:h2:file:" + copy.resolve("db"));
  }

  /** Forces of the database's file so far. */
  public static int forces(Path folder) {
    return disk(folder.resolve("db.mv.db").toString()).forces();
  }

  /** From now on no write of the database in {@code folder} can be forced. */
  public static void refuseForces(Path folder) {
    disk(folder.resolve("db.mv.db").toString()).refusesForces = true;
  }

  private static Disk disk(String file) {
    synchronized (DISKS) {
      return DISKS.computeIfAbsent(file, _ -> new Disk());
    }
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public FileChannel open(String mode) throws IOException {
    FilePath base = getBase();
    return new RecordingChannel(base.open(mode), disk(base.toString()));
  }

  private sealed interface Change {
    record Written(long position, Bytes bytes) implements Change {}

    record Truncated(long size) implements Change {}
  }

  private static final class Disk {
    private byte[] forced = new byte[0];
    private final List<Change> unforced = new ArrayList<>();
    private int forces;
    private volatile boolean refusesForces;

    synchronized void record(Change change) {
      unforced.add(change);
    }

    synchronized void force() {
      for (Change change : unforced) {
        forced = apply(forced, change);
      }
      unforced.clear();
      forces++;
    }

    synchronized int forces() {
      return forces;
    }

    synchronized byte[] afterPowerCut(Random torn) {
      byte[] left = forced.clone();
      for (Change change : unforced) {
        if (torn.nextBoolean()) {
          left = apply(left, change);
        }
      }
      return left;
    }

    private static byte[] apply(byte[] file, Change change) {
      return switch (change) {
        case Change.Written(long position, Bytes bytes) -> {
          byte[] next = Arrays.copyOf(file, Math.max(file.length, (int) position + bytes.size()));
          bytes.copyTo(next, (int) position);
          yield next;
        }
        case Change.Truncated(long size) -> Arrays.copyOf(file, Math.min(file.length, (int) size));
      };
    }
  }

  private static final class RecordingChannel extends FileBase {
    private final FileChannel file;
    private final Disk disk;

    RecordingChannel(FileChannel file, Disk disk) {
      this.file = file;
      this.disk = disk;
    }

    @Override
    public synchronized int write(ByteBuffer source, long position) throws IOException {
      byte[] bytes = new byte[source.remaining()];
      source.duplicate().get(bytes);
      disk.record(new Change.Written(position, Bytes.wrap(bytes)));
      int written = file.write(source, position);
      if (written != bytes.length) {
        throw new IOException("a short write");
      }
      return written;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      int written = write(source, file.position());
      file.position(file.position() + written);
      return written;
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
      disk.record(new Change.Truncated(size));
      file.truncate(size);
      return this;
    }

    @Override
    public void force(boolean metadata) throws IOException {
      if (disk.refusesForces) {
        throw new IOException("the disk is broken");
      }
      file.force(metadata);
      disk.force();
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      return file.read(target);
    }

    @Override
    public synchronized int read(ByteBuffer target, long position) throws IOException {
      return file.read(target, position);
    }

    @Override
    public long position() throws IOException {
      return file.position();
    }

    @Override
    public FileChannel position(long position) throws IOException {
      file.position(position);
      return this;
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
      return file.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
      file.close();
    }
  }
}
