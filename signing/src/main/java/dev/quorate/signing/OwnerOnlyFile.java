/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;

/**
 * Files that hold secrets: created for their owner alone, never overwritten, read up to a bound.
 */
public final class OwnerOnlyFile {
  private static final Set<PosixFilePermission> OPEN = PosixFilePermissions.fromString("----w-rwx");

  private OwnerOnlyFile() {}

  /**
   * Creates {@code file} with permissions 0600 (where the file system knows such) and forces it to
   * disk: a lost key share is as bad as a lost key.
   *
   * @throws IOException if the file exists already, or cannot be written
   */
  public static void create(Path file, byte[] content) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            permissions(file))) {
      ByteBuffer remaining = ByteBuffer.wrap(content);
      while (remaining.hasRemaining()) {
        channel.write(remaining);
      }
      channel.force(true);
    }
  }

  /**
   * Puts {@code file} there, whatever was there before: wholly or not at all, and on disk
   * afterwards.
   *
   * @throws IOException if it cannot be written; then what was there is there still
   */
  public static void replace(Path file, byte[] content) throws IOException {
    Path whole = unfinished(file);
    Files.deleteIfExists(whole);
    create(whole, content);
    Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    forceFolder(file);
  }

  /** Deletes {@code file} for good, if it is there, and what {@link #replace} left unfinished. */
  public static void delete(Path file) throws IOException {
    boolean wasUnfinished = Files.deleteIfExists(unfinished(file));
    if (Files.deleteIfExists(file) || wasUnfinished) {
      forceFolder(file);
    }
  }

  private static Path unfinished(Path file) {
    return file.resolveSibling(file.getFileName() + ".new");
  }

  private static void forceFolder(Path file) throws IOException {
    Path folder = Optional.ofNullable(file.toAbsolutePath().getParent()).orElseThrow();
    try (FileChannel opened = FileChannel.open(folder, StandardOpenOption.READ)) {
      opened.force(true);
    }
  }

  /**
   * The first {@code bytesMax + 1} bytes at most, so that the caller sees that a file is too long
   * without reading it.
   */
  public static byte[] read(Path file, int bytesMax) throws IOException {
    try (InputStream content = Files.newInputStream(file)) {
      return content.readNBytes(bytesMax + 1);
    }
  }

  /**
   * Whether others have access to {@code file}, or its group may write it. That the group reads is
   * how orchestrators hand secrets to a process that is not root. False where the file system knows
   * no such permissions.
   */
  public static boolean isOpenToOthers(Path file) throws IOException {
    return isPosix(file) && !Collections.disjoint(Files.getPosixFilePermissions(file), OPEN);
  }

  private static boolean isPosix(Path file) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  private static FileAttribute<?>[] permissions(Path file) {
    return isPosix(file)
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }
}
