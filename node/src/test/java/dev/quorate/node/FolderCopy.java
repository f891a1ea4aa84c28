/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * What is slow to make, as the key stores of a cluster are, is made once and copied for each test.
 */
public final class FolderCopy {
  private FolderCopy() {}

  /**
   * Copies it with all that is in it, and who may read that.
   *
   * @param to is not there yet
   */
  public static void make(Path from, Path to) throws IOException {
    try (Stream<Path> walk = Files.walk(from)) {
      List<Path> files = walk.toList();
      for (Path file : files) {
        Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }
}
