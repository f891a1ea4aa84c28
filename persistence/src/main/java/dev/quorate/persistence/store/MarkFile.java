/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.store;

import dev.quorate.consensus.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;

/**
 * Numbers outside the database, each forced to disk: one for each {@link MarkedWriter}. A number
 * stands in a sector of its own, with its complement behind it, so that a write that tore is seen.
 */
final class MarkFile implements AutoCloseable {
  static final int ID_BYTES = 16;

  private static final byte[] MAGIC = "QUORMRK1".getBytes(StandardCharsets.US_ASCII);
  private static final int SECTOR_BYTES = 512;
  private static final int BYTES = SECTOR_BYTES * (1 + MarkedWriter.values().length);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final FileChannel channel;
  private final Bytes id;

  private MarkFile(FileChannel channel, Bytes id) {
    this.channel = channel;
    this.id = id;
  }

  /** Makes the file anew, of another identity, with all numbers 0; it is on disk afterwards. */
  static MarkFile create(Path file) throws IOException {
    Path folder = Files.createDirectories(folder(file));
    Path beside = file.resolveSibling(file.getFileName() + ".new");
    byte[] id = new byte[ID_BYTES];
    RANDOM.nextBytes(id);
    FileChannel channel =
        FileChannel.open(
            beside,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING);
    MarkFile made = new MarkFile(channel, Bytes.wrap(id));
    channel.write(ByteBuffer.allocate(BYTES), 0);
    channel.write(ByteBuffer.wrap(MAGIC), 0);
    channel.write(ByteBuffer.wrap(id), MAGIC.length);
    for (MarkedWriter writer : MarkedWriter.values()) {
      made.write(writer, 0);
    }
    channel.force(true);
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    forceFolder(folder);
    return made;
  }

  /** Empty if there is none, or none that can be read as one. */
  static Optional<MarkFile> open(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      return read(channel);
    } catch (IOException unreadable) {
      channel.close();
      throw unreadable;
    }
  }

  private static Optional<MarkFile> read(FileChannel channel) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(MAGIC.length + ID_BYTES);
    channel.read(head, 0);
    MarkFile mark =
        new MarkFile(
            channel, Bytes.wrap(Arrays.copyOfRange(head.array(), MAGIC.length, head.capacity())));
    boolean isWhole =
        channel.size() == BYTES && Arrays.mismatch(head.array(), MAGIC) == MAGIC.length;
    for (MarkedWriter writer : MarkedWriter.values()) {
      isWhole = isWhole && mark.read(writer).isPresent();
    }
    if (!isWhole) {
      channel.close();
      return Optional.empty();
    }
    return Optional.of(mark);
  }

  /** Deletes a file for good, if it is there. */
  static void delete(Path file) throws IOException {
    if (Files.deleteIfExists(file)) {
      forceFolder(folder(file));
    }
  }

  static Path folder(Path file) {
    return Optional.ofNullable(file.toAbsolutePath().getParent()).orElseThrow();
  }

  private static void forceFolder(Path folder) throws IOException {
    try (FileChannel opened = FileChannel.open(folder, StandardOpenOption.READ)) {
      opened.force(true);
    }
  }

  Bytes id() {
    return id;
  }

  Optional<Long> read(MarkedWriter writer) throws IOException {
    ByteBuffer number = ByteBuffer.allocate(2 * Long.BYTES);
    channel.read(number, position(writer));
    number.flip();
    if (number.remaining() < 2 * Long.BYTES) {
      return Optional.empty();
    }
    long value = number.getLong();
    return value == ~number.getLong() ? Optional.of(value) : Optional.empty();
  }

  /** On disk afterwards. */
  void write(MarkedWriter writer, long number) throws IOException {
    ByteBuffer content =
        ByteBuffer.allocate(2 * Long.BYTES).putLong(number).putLong(~number).flip();
    while (content.hasRemaining()) {
      channel.write(content, position(writer) + content.position());
    }
    channel.force(false);
  }

  private static long position(MarkedWriter writer) {
    return (long) SECTOR_BYTES * writer.code();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
